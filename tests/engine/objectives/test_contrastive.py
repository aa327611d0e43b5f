"""Images and captions find each other: the loss written out pair by pair, and a head that follows the text tower."""

import math

import pytest
import torch

from engine.models import clip
from engine.objectives import contrastive
from engine.training.augmented_views import View

NAMES, TEMPLATES = ["coat", "bag", "sandal"], ["a photo of a {}.", "one {}."]
LABELS = [0, 1, 0, 2, 1, 1]


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    made = clip.build(clip.Options(templates=TEMPLATES, text_tower="kept"), 1, 3, 28)
    made.set_classes(NAMES)
    return made


def view():
    images = torch.randn(6, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    return View(images, torch.nn.functional.one_hot(torch.tensor(LABELS), 3).float(), torch.arange(6))


def soft(scores):
    powers = [math.exp(score) for score in scores]
    return [power / sum(powers) for power in powers]


def test_the_loss_equals_its_second_derivation(model):
    torch.manual_seed(4)
    losses = contrastive.build(contrastive.Options(), 3, {}).losses(model, view())
    torch.manual_seed(4)
    drawn = torch.randint(2, (6,)).tolist()
    captions = sorted({(label, template) for label, template in zip(LABELS, drawn, strict=True)})
    with torch.no_grad():
        texts = [model.text.encode_text(model.sentences[label, template][None])[0] for label, template in captions]
        images = model.features(view().images)
        scale = float(model.text.logit_scale.exp())
        similar = [[scale * float(image @ (text / text.norm())) for text in texts] for image in images]
    to_text = to_image = 0.0
    for i, label in enumerate(LABELS):
        p = soft(similar[i])
        right = [m for m, (named, _) in enumerate(captions) if named == label]
        to_text -= sum(math.log(p[m]) for m in right) / len(right) / len(LABELS)
    for m, (named, _) in enumerate(captions):
        p = soft([similar[i][m] for i in range(6)])
        right = [i for i, label in enumerate(LABELS) if label == named]
        to_image -= sum(math.log(p[i]) for i in right) / len(right) / len(captions)
    assert losses.components["image_to_text"].item() == pytest.approx(to_text, rel=1e-5)
    assert losses.components["text_to_image"].item() == pytest.approx(to_image, rel=1e-5)
    assert losses.total.item() == pytest.approx((to_text + to_image) / 2, rel=1e-5)


def test_both_towers_and_the_temperature_learn_and_the_head_does_not(model):
    contrastive.build(contrastive.Options(), 3, {}).losses(model, view()).total.backward()
    assert all(p.grad is not None for name, p in model.named_parameters() if name.split(".")[0] != "head")
    assert model.head.weight.grad is None


def test_the_head_follows_the_text_tower_at_the_end_of_an_epoch(model):
    objective = contrastive.build(contrastive.Options(), 3, {})
    assert objective.epoch_end(model) == []
    with torch.no_grad():
        torch.testing.assert_close(model.head.weight, clip.class_rows(model.text, model.sentences))
        torch.testing.assert_close(model.head.scale, model.text.logit_scale.exp())
        model.text.logit_scale.fill_(9.0)
        objective.epoch_end(model)
    assert model.head.scale.item() == pytest.approx(100)


def test_a_model_without_a_text_tower_is_refused():
    with pytest.raises(ValueError, match="choose model clip with text_tower: kept"):
        contrastive.check(contrastive.Options(), clip.build(clip.Options(), 1, 3, 28))
