"""MUST's four terms against a second derivation, its teacher, and what happens where the teacher is never sure."""

import math

import pytest
import torch
import torch.nn.functional as F

from engine.config.stage import Stage
from engine.models import clip
from engine.objectives import must
from engine.objectives._masked_image_modelling import Drawing, hide
from engine.stages.parameter_groups import parameter_groups
from engine.training.augmented_views import View

CLASSES, BATCH = 5, 6
SMALL = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 28, "patch_size": 7, "width": 32, "layers": 2, "head_width": 16},
    "text_cfg": {"context_length": 24, "width": 16, "heads": 2, "layers": 1},
}


@pytest.fixture
def model(monkeypatch):
    monkeypatch.setattr(clip, "SMALL", SMALL)
    torch.manual_seed(0)
    made = clip.build(clip.Options(), 1, CLASSES, 28)
    made.head.scale.fill_(8.0)
    return made.train()


def begun(model, **options):
    objective = must.build(must.Options(**options), CLASSES, {})
    torch.manual_seed(5)
    objective.begin(model, 100, lambda name: iter(()))
    return objective


def view(seed):
    images = torch.randn(BATCH, 1, 28, 28, generator=torch.Generator().manual_seed(seed))
    return View(images, torch.full((BATCH, CLASSES), float("nan")), torch.arange(BATCH))


def losses_of(objective, model, weak, strong):
    torch.manual_seed(9)  # decides what is hidden
    return objective.losses(model, weak, strong)


def test_the_four_terms_equal_their_second_derivation(model):
    weak, strong = view(1), view(2)
    with torch.no_grad():
        sure, guess = model(weak.images).softmax(1).max(1)
    threshold = float(sure.median())
    objective = begun(model, threshold=threshold, mask_ratio=0.5)
    losses = losses_of(objective, model, weak, strong)

    torch.manual_seed(9)
    hidden = hide(BATCH, 4, side=2, ratio=0.5, device=torch.device("cpu"))
    drawing, visual = objective.modules, model.visual
    cls, mim, align, answers = 0.0, 0.0, 0.0, []
    with torch.no_grad():
        for i in range(BATCH):
            image = strong.images[i : i + 1].repeat(1, 3, 1, 1)
            patches = visual.conv1(image)[0].flatten(1).T.clone()
            patches[hidden[i]] = drawing.token
            tokens = torch.cat([visual.class_embedding[None], patches]) + visual.positional_embedding
            tokens = visual.transformer(visual.ln_pre(tokens)[None])[0]
            feature = F.normalize(visual.ln_post(tokens[0]) @ visual.proj, dim=0)
            answers.append((8 * F.normalize(model.head.weight, dim=1) @ feature).softmax(0))
            normed = drawing.norm(tokens[1:])
            drawn = drawing.decoder(normed.T.reshape(1, 32, 4, 4))[0]
            for number in hidden[i].nonzero().flatten().tolist():
                row, column = 7 * (number // 4), 7 * (number % 4)
                place = (slice(None), slice(row, row + 7), slice(column, column + 7))
                mim += float((drawn[place] - image[0][place]).abs().sum())
                align += float((F.normalize(normed[number] @ visual.proj, dim=0) - feature).square().sum())
    kept = [i for i in range(BATCH) if sure[i] > threshold]
    assert 0 < len(kept) < BATCH
    cls = -sum(math.log(answers[i][guess[i]]) for i in kept) / len(kept)
    mean = torch.stack(answers).mean(0)
    expected = {
        "cls": cls, "reg": -float(mean.log().mean()), "mim": mim / (int(hidden.sum()) * 49) / 3,
        "align": align / int(hidden.sum()),
    }  # fmt: skip
    for name, value in expected.items():
        assert losses.components[name].item() == pytest.approx(value, rel=2e-6, abs=1e-6), name
    assert losses.weights == {"cls": 1.0, "reg": 1.0, "mim": 1.0, "align": 0.2}
    assert losses.pseudo_labels.tolist() == [int(guess[i]) if i in kept else -1 for i in range(BATCH)]
    assert losses.measures["taken"].item() == pytest.approx(100 * len(kept) / BATCH)
    assert objective.counts.sum() == len(kept)


def test_nothing_above_the_threshold_contributes_zero_and_no_gradient(model):
    objective = begun(model, threshold=0.999, mask_ratio=0.0)
    losses = losses_of(objective, model, view(1), view(2))
    assert losses.components["cls"].item() == 0 and (losses.pseudo_labels == -1).all()
    gradient = torch.autograd.grad(losses.components["cls"], model.head.weight)[0]
    assert (gradient == 0).all()
    (warning,) = objective.epoch_end(model)
    assert warning == "The teacher was sure of no image in this epoch; lower the threshold of 0.999."


def test_without_masks_only_the_first_two_terms_remain_and_nothing_more_trains(model):
    objective = begun(model, mask_ratio=0.0)
    assert objective.modules is None
    strong = view(2)
    losses = losses_of(objective, model, view(1), strong)
    assert list(losses.components) == ["cls", "reg"]
    torch.testing.assert_close(losses.logits, model(strong.images))


def test_everything_that_draws_gets_a_gradient(model):
    objective = begun(model)
    losses_of(objective, model, view(1), view(2)).total.backward()
    assert isinstance(objective.modules, Drawing)
    assert all(parameter.grad is not None for parameter in objective.modules.parameters())


def test_the_token_of_hidden_patches_learns_at_the_rate_of_the_embeddings(model):
    objective = begun(model)
    groups = parameter_groups(model, Stage(learning_rate=2.0, layer_decay=0.65), 0.1, 0.05, objective=objective.modules)
    rates = {group["part"]: group["base_rate"] for group in groups}
    assert rates["objective_at_input"] == rates["embeddings"] == pytest.approx(2 * 0.65**3)
    assert rates["objective"] == rates["head"] == 2
    (token,) = (group["params"] for group in groups if group["part"] == "objective_at_input")
    assert token == [objective.modules.token]
    assert sum(len(group["params"]) for group in groups) == len([*model.parameters(), *objective.modules.parameters()])


def test_the_decay_rises_in_a_straight_line_and_stays():
    objective = must.build(must.Options(first_decay=0.99, last_decay=0.9998, ramp=500), CLASSES, {})
    assert objective.decay(0) == 0.99
    assert objective.decay(250) == pytest.approx((0.99 + 0.9998) / 2)
    assert objective.decay(500) == objective.decay(10_000) == pytest.approx(0.9998)
    assert must.build(must.Options(ramp=0), CLASSES, {}).decay(0) == pytest.approx(0.9998)


def test_the_teacher_is_the_running_mean_of_the_student(model):
    objective = begun(model, first_decay=0.5, last_decay=0.9, ramp=4, mask_ratio=0.0)
    expected = model.visual.proj.detach().clone()
    for step in range(4):
        objective.step_begin(model)
        torch.testing.assert_close(objective.teacher.visual.proj, expected)
        with torch.no_grad():
            model.visual.proj += step + 1.0
        decay = 0.5 + 0.4 * step / 4
        expected = decay * expected + (1 - decay) * model.visual.proj.detach()
    assert not any(parameter.requires_grad for parameter in objective.teacher.parameters())


def test_with_many_classes_fairness_is_of_a_running_mean_and_twice_as_heavy():
    objective = must.build(must.Options(), 512, {})
    first, second = torch.randn(8, 512), torch.randn(8, 512, requires_grad=True)
    p, q = first.softmax(1).mean(0), second.softmax(1).mean(0)
    torch.testing.assert_close(objective.fairness(first), -2 * p.log().mean())
    objective.frequencies.step_begin()
    torch.testing.assert_close(objective.fairness(second), -2 * ((p + q) / 2).log().mean())
    objective.epoch_end(None) if objective.counts.sum() else objective.counts.fill_(1)
    objective.epoch_end(None)
    objective.frequencies.step_begin()
    torch.testing.assert_close(objective.fairness(first), -2 * p.log().mean())


@pytest.mark.parametrize("classes", [7, 512])
def test_fairness_of_a_step_made_of_batches_is_that_of_one_large_batch(classes):
    """Once a step has shown how many batches it has, value and gradient are those of all its images together."""
    logits = torch.randn(12, classes, requires_grad=True)
    whole, parted = (must.build(must.Options(), classes, {}) for _ in range(2))
    for _ in range(3):  # the same step again and again, as the weights do not change
        whole.frequencies.step_begin()
        parted.frequencies.step_begin()
        once = whole.fairness(logits)
        values = [parted.fairness(batch) for batch in logits.split(3)]
    expected = torch.autograd.grad(once, logits)[0]
    found = torch.autograd.grad(sum(values) / len(values), logits)[0]
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(values[-1], once)


def test_must_goes_on_where_it_stopped(model):
    first, second = begun(model, threshold=0.3), begun(model, threshold=0.3)
    first.step_begin(model)
    losses_of(first, model, view(1), view(2))
    with torch.no_grad():
        model.head.weight += 0.1
        first.modules.token += 1
    second.load_state_dict(first.state_dict())
    assert torch.equal(second.counts, first.counts)
    totals = []
    for objective in (first, second):
        objective.step_begin(model)
        totals.append(losses_of(objective, model, view(3), view(4)).total)
    assert torch.equal(*totals)


def test_rows_of_the_classifier_count_at_their_own_length_from_the_first_step_on(model):
    """As in the authors' code: 100 times the features, of length one, times the rows as training left them."""
    objective = begun(model, threshold=0.0, mask_ratio=0.0, first_decay=0.0, ramp=1, last_decay=0.0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    images = view(2)
    for step in range(2):
        objective.step_begin(model)
        with torch.no_grad():
            features = model.features(images.images)
            expected = 8 * features @ model.head.weight.T
        lengths = model.head.weight.norm(dim=1)
        assert torch.allclose(lengths, torch.ones(CLASSES), atol=1e-6) == (step == 0)
        losses = losses_of(objective, model, view(1), images)
        torch.testing.assert_close(losses.logits, expected)
        torch.testing.assert_close(model(images.images), expected)
        optimizer.zero_grad()
        losses.total.backward()
        optimizer.step()
    objective.epoch_end(model)
    torch.testing.assert_close(objective.average(images.images), model(images.images))


def test_how_rows_count_is_kept_with_the_weights_and_older_ones_count_at_length_one(model):
    begun(model).step_begin(model)
    with torch.no_grad():
        model.head.weight *= 3
    images, weights = view(1).images, {name: value.clone() for name, value in model.state_dict().items()}
    again = clip.build(clip.Options(), 1, CLASSES, 28)
    again.load_state_dict(weights)
    torch.testing.assert_close(again(images), model(images))
    again.load_state_dict({name: value for name, value in weights.items() if name != "head.raw_rows"})
    torch.testing.assert_close(3 * again(images), model(images))


def test_a_training_of_before_goes_on_with_rows_of_length_one_and_the_teacher_misses_no_step(model):
    objective = begun(model, first_decay=0.5, ramp=0, last_decay=0.5, mask_ratio=0.0)
    old = {name: value for name, value in objective.state_dict().items() if name != "followed"} | {"steps": 3}
    objective.load_state_dict(old)
    with torch.no_grad():
        model.visual.proj += 1
    before = objective.teacher.visual.proj.clone()
    objective.step_begin(model)
    assert not model.head.raw_rows and not objective.teacher.head.raw_rows
    torch.testing.assert_close(objective.teacher.visual.proj, before + 0.5)


def test_the_teacher_that_is_scored_has_taken_in_the_last_step_once(model):
    objective = begun(model, first_decay=0.5, ramp=0, last_decay=0.5, mask_ratio=0.0, threshold=0.0)
    objective.step_begin(model)
    losses_of(objective, model, view(1), view(2))
    with torch.no_grad():
        model.visual.proj += 1
    before = objective.average.visual.proj.clone()
    objective.epoch_end(model)
    objective.epoch_end(model)
    torch.testing.assert_close(objective.average.visual.proj, before + 0.5)
    objective.load_state_dict(objective.state_dict())
    objective.step_begin(model)
    torch.testing.assert_close(objective.average.visual.proj, before + 0.5)


def test_what_does_not_fit_is_named(model):
    with pytest.raises(ValueError, match="mask_side 3 does not divide the 4 patches a side; 1, 2, 4 do"):
        must.check(must.Options(mask_side=3), model)
    with pytest.raises(ValueError, match="needs model clip"):
        must.check(must.Options(), torch.nn.Linear(2, 2))
