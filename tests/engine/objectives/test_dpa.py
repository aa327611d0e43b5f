"""DPA against a second derivation that is written out image by image."""

import math

import pytest
import torch
from torch import Tensor, nn

from engine.objectives import dpa
from tests.engine.objectives.toy import BATCH, CLASSES, IMAGES, Toy, pictures, soft, view

pytestmark = pytest.mark.usefixtures("in_double")


def begun(model: nn.Module, **options: float) -> dpa.Dpa:
    objective = dpa.build(dpa.Options(**options), CLASSES, {})
    all_images = pictures(IMAGES, seed=1)
    chunks = torch.arange(IMAGES).split(8)
    objective.begin(model, IMAGES, lambda name: (view(all_images[chunk], chunk) for chunk in chunks))
    return objective


def unit(vector: Tensor) -> Tensor:
    return vector / vector.square().sum().sqrt()


def like(feature: Tensor, rows: Tensor, scale: float) -> list[float]:
    return soft([scale * float(feature @ unit(row)) for row in rows])


def plain_dpa(model: Toy, objective: dpa.Dpa, queue: list[list[float]], weak: Tensor, strong: Tensor):
    """Labels, trust and the three terms for one batch, with nothing but numbers. queue: earlier batch means."""
    rows, prototypes = model.head.weight.detach(), objective.memory.prototypes
    features = [unit(feature) for feature in model.tower(weak.flatten(1)).detach()]
    by_text = [like(feature, rows, 10.0) for feature in features]
    means = [*queue, [sum(p[k] for p in by_text) / len(by_text) for k in range(CLASSES)]][-objective.options.queue :]
    usual = [sum(mean[k] for mean in means) / len(means) for k in range(CLASSES)]
    labels, trust = [], []
    for feature, text in zip(features, by_text, strict=True):
        image = like(feature, prototypes, 10.0)
        evened = [text[k] / usual[k] for k in range(CLASSES)]
        mixed = [0.1 * image[k] + 0.9 * evened[k] / sum(evened) for k in range(CLASSES)]
        label = mixed.index(max(mixed))
        labels.append(label)
        trust.append(image[label] / max(image) * text[label] / max(text))
    strong_features = [unit(feature) for feature in model.tower(strong.flatten(1)).detach()]
    answers = [like(feature, rows, 10.0) for feature in strong_features]
    cls = sum(-w * math.log(p[y]) for w, p, y in zip(trust, answers, labels, strict=True)) / len(labels)
    mean = [sum(p[k] for p in answers) / len(answers) for k in range(CLASSES)]
    reg = -sum(math.log(m) for m in mean) / CLASSES
    align = -sum(math.log(like(unit(prototypes[k]), rows, 100.0)[k]) for k in range(CLASSES)) / CLASSES
    return labels, trust, {"cls": cls, "reg": 0.7 * reg, "align": 0.3 * align}, means


def test_dpa_equals_its_second_derivation_over_several_steps():
    model = Toy()
    objective = begun(model, queue=3, reg=0.7, align=0.3)
    means: list[list[float]] = []
    for step in range(5):
        weak, strong = pictures(5, seed=10 + step), pictures(5, seed=20 + step)
        labels, trust, terms, means = plain_dpa(model, objective, means, weak, strong)
        losses = objective.losses(model, view(weak, BATCH), view(strong, BATCH))
        assert losses.pseudo_labels.tolist() == labels
        assert losses.measures["trust"].item() == pytest.approx(100 * sum(trust) / 5, rel=1e-9)
        for name, expected in terms.items():
            assert losses.components[name].item() == pytest.approx(expected, rel=1e-9), name
        assert losses.total.item() == pytest.approx(sum(terms.values()), rel=1e-9)
        assert objective.queue.shape == (min(step + 1, 3), CLASSES)
        torch.testing.assert_close(objective.queue, torch.tensor(means, dtype=torch.float64))


def test_the_memory_begins_with_what_the_sentences_say_and_keeps_the_newest_answer():
    model = Toy()
    objective = begun(model)
    all_images = pictures(IMAGES, seed=1)
    with torch.no_grad():
        torch.testing.assert_close(objective.memory.features, model.features(all_images))
        assert torch.equal(objective.memory.labels, model(all_images).argmax(1))
    before = objective.memory.features.clone()
    weak = pictures(5, seed=10)
    losses = objective.losses(model, view(weak, BATCH), view(weak, BATCH))
    changed = (objective.memory.features != before).any(1).nonzero().flatten()
    assert changed.tolist() == sorted(BATCH.tolist())
    torch.testing.assert_close(objective.memory.features[BATCH], model.features(weak).detach())
    assert torch.equal(objective.memory.labels[BATCH], losses.pseudo_labels)


def test_prototypes_change_only_at_the_end_of_an_epoch_and_an_empty_class_gets_its_row():
    model = Toy()
    objective = begun(model)
    before = objective.memory.prototypes.clone()
    weak = pictures(5, seed=10)
    objective.losses(model, view(weak, BATCH), view(weak, BATCH))
    assert torch.equal(objective.memory.prototypes, before)
    objective.memory.labels[objective.memory.labels == 2] = 1  # class 2 is empty now
    objective.epoch_end(model)
    for k in range(CLASSES):
        members = [f for f, y in zip(objective.memory.features, objective.memory.labels, strict=True) if y == k]
        expected = unit(sum(members) / len(members)) if k != 2 else unit(model.head.weight[2].detach())
        torch.testing.assert_close(objective.memory.prototypes[k], expected)


def test_images_that_a_batch_leaves_over_keep_their_first_answer():
    """Whole batches only: the rest of an epoch stays in memory as it was."""
    objective = begun(Toy())
    assert (objective.memory.labels >= 0).all() and IMAGES % 8
    assert objective.memory.counts().sum() == IMAGES


def test_alignment_reaches_the_classifier_alone():
    model = Toy()
    objective = begun(model)
    weak = pictures(5, seed=10)
    losses = objective.losses(model, view(weak, BATCH), view(weak, BATCH))
    rows, tower = torch.autograd.grad(
        losses.components["align"], [model.head.weight, model.tower.weight], allow_unused=True
    )
    assert tower is None and rows.abs().sum() > 0
    assert not losses.pseudo_labels.requires_grad and not objective.memory.prototypes.requires_grad


def test_all_pseudo_labels_in_one_class_are_warned_of_by_name():
    model = Toy()
    objective = begun(model)
    assert objective.epoch_end(model) == []
    objective.memory.labels[:] = 2
    (warning,) = objective.epoch_end(model)
    assert warning.startswith("All pseudo-labels are of one class (dress)")


def test_dpa_remembers_across_a_restart():
    model = Toy()
    first, second = begun(model), begun(model)
    weak = pictures(5, seed=10)
    first.losses(model, view(weak, BATCH), view(weak, BATCH))
    first.epoch_end(model)
    second.load_state_dict(first.state_dict())
    strong = pictures(5, seed=11)
    totals = [each.losses(model, view(weak, BATCH), view(strong, BATCH)).total for each in (first, second)]
    assert torch.equal(*totals)


def test_a_term_without_weight_is_absent():
    model = Toy()
    objective = begun(model, reg=0.0, align=0.0)
    weak = view(pictures(5, seed=10), BATCH)
    assert list(objective.losses(model, weak, weak).components) == ["cls"]
    row = {"train.loss": 0.5, "val.top1": 50.0, "loss.cls": 0.5}
    keys = objective.record(row)
    assert (keys["cls_percent"], keys["loss_reg"], keys["reg_percent"]) == (100, 0, 0)
    assert sum(keys["pseudo.balance"]) == pytest.approx(100)
