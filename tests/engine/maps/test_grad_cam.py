"""Grad-CAM agrees with its definition, works on a frozen model, and leaves the model as it was."""

import pytest
import torch
from torch import nn

from engine import catalog
from engine.config.differences import resolve
from engine.maps.grad_cam import grad_cam
from engine.maps.places import on_grid, with_places
from engine.maps.probing import hooked
from engine.models import timm, torchvision
from engine.training.build_model import build_model
from tests.engine.models.library_weights import build


def network(attention="cbam", seed=0):
    config = resolve({"model": {"name": "resnet", "depth": 8}, "attention": attention, "seed": seed})
    return build_model(config, channels=3, classes=5, image_size=32)


def image():
    return torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))


def by_definition(model, x, target):
    """Mean gradient of each channel of the last layer, times the channel, summed over channels (equations 1 and 2)."""
    with torch.enable_grad():
        model.eval()
        features = x
        for name in ("stem", "layer1", "layer2", "layer3"):
            features = model.get_submodule(name)(features)
        features = features.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(model.head(features)[0, target], features)
        return (gradient.mean((2, 3), keepdim=True) * features).sum(1)[0].detach()


@pytest.mark.parametrize("attention", ["none", "cbam"])
def test_the_map_is_what_the_paper_defines(attention):
    model = network(attention)
    cam = grad_cam(model, image(), 2)
    assert cam.layer == "layer3"
    expected = by_definition(model, image(), 2)
    assert cam.raw.shape == (8, 8) and torch.allclose(cam.raw, expected, atol=1e-6)
    assert torch.equal(cam.map, cam.raw.clamp(min=0)) and not cam.raw.requires_grad
    assert cam.raw.min() < 0, "the raw map keeps what speaks against the class"


def test_another_class_gives_another_map_and_the_same_class_the_same():
    model = network()
    assert torch.equal(grad_cam(model, image(), 1).raw, grad_cam(model, image(), 1).raw)
    assert not torch.allclose(grad_cam(model, image(), 1).raw, grad_cam(model, image(), 2).raw, atol=1e-3)


def test_a_wholly_frozen_model_gives_the_same_map_as_a_free_one():
    free, frozen = network(), network().requires_grad_(False)
    assert torch.equal(grad_cam(free, image(), 3).raw, grad_cam(frozen, image(), 3).raw)
    assert not any(parameter.requires_grad for parameter in frozen.parameters())


@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode])
def test_it_works_where_gradients_are_switched_off(context):
    model = network()
    expected = grad_cam(model, image(), 0).raw
    with context():
        found = grad_cam(model, image(), 0).raw
        assert not torch.is_grad_enabled()
    assert torch.equal(found, expected)


def test_nothing_that_a_training_could_notice_changes():
    model = network().train()
    model.stem.eval().requires_grad_(False)
    model(image().repeat(4, 1, 1, 1)).sum().backward()
    modes = [module.training for module in model.modules()]
    needs = [parameter.requires_grad for parameter in model.parameters()]
    gradients = [None if p.grad is None else p.grad.clone() for p in model.parameters()]
    values = [value.clone() for value in model.state_dict().values()]
    x = image()
    random = torch.get_rng_state()
    for target in (2, 99):
        if target == 99:  # there is no such class
            with pytest.raises((IndexError, AssertionError)):
                grad_cam(model, x, target)
        else:
            grad_cam(model, x, target)
        assert [module.training for module in model.modules()] == modes
        assert [parameter.requires_grad for parameter in model.parameters()] == needs
        for parameter, gradient in zip(model.parameters(), gradients, strict=True):
            assert (parameter.grad is None) == (gradient is None)
            assert gradient is None or torch.equal(parameter.grad, gradient)
        assert all(torch.equal(a, b) for a, b in zip(model.state_dict().values(), values, strict=True))
        assert torch.equal(torch.get_rng_state(), random)
        assert sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()) == 0
        assert not x.requires_grad and x.grad is None


def test_a_map_of_a_broken_model_is_not_finite_rather_than_silently_empty():
    model = network()
    with torch.no_grad():
        model.layer3[0].conv1.weight.fill_(float("nan"))
    assert not torch.isfinite(grad_cam(model, image(), 0).raw).all()


def test_one_image_at_a_time():
    with pytest.raises(AssertionError):
        grad_cam(network(), torch.zeros(2, 3, 32, 32), 0)


def test_the_map_peaks_where_the_evidence_is():
    """A network that looks for brightness alone, and one bright spot."""
    model = network("none")
    model.stem, model.layer1, model.layer2 = nn.Identity(), nn.Identity(), nn.Identity()
    model.layer3 = nn.Sequential(nn.AvgPool2d(4))
    model.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 5))
    with torch.no_grad():
        model.head[2].weight.fill_(1.0)
    x = torch.zeros(1, 3, 32, 32)
    x[:, :, 20:24, 8:12] = 1
    assert divmod(grad_cam(model, x, 0).map.argmax().item(), 8) == (5, 2)


# One of each layout that networks of libraries have at their end. prefix tokens stand before those of the patches.
LAYOUTS = [
    (timm, "swin_tiny_patch4_window7_224", 128, "norm", 4),  # channels last
    (timm, "mixer_s32_224", 224, "norm", 7),  # tokens of patches only
    (timm, "test_vit3", 64, "norm", 4),  # their mean is read, a class token is not
    (timm, "vit_tiny_r_s16_p8_224", 128, "blocks.10", 4),  # behind the last attention only the class token is read
    (timm, "convit_tiny", 64, "blocks.10", 4),  # the class token comes in late
    (timm, "xcit_nano_12_p16_224", 64, "cls_attn_blocks.0", 4),
    (timm, "pit_ti_224", 128, "transformers.2.blocks.2", 4),  # maps and a class token side by side
    (timm, "test_efficientnet", 64, "bn2", 2),
    (torchvision, "squeezenet1_1", 64, "features.12", 3),
]  # fmt: skip


@pytest.mark.parametrize(("library", "name", "side", "layer", "grid"), LAYOUTS, ids=[case[1] for case in LAYOUTS])
def test_every_layout_gives_a_map_that_lies_on_the_image(library, name, side, layer, grid):
    """What changes in a corner of the image changes the map's own layer there, more than elsewhere."""
    torch.manual_seed(0)
    model = build(library, name, side=side).eval()
    with torch.no_grad():
        for weights in model.get_submodule(model.parts["head"][-1]).parameters():
            weights.normal_(std=0.1)  # some begin with zeros, which speak for nothing
    x = torch.rand(1, 3, side, side)
    cam = grad_cam(model, x, 1)
    assert (cam.layer, tuple(cam.raw.shape)) == (layer, (grid, grid))
    assert cam.raw.isfinite().all() and cam.raw.min() < cam.raw.max()

    changed, seen, prefix = x.clone(), [], getattr(model, "num_prefix_tokens", None)
    changed[..., : side // 4, side // 2 :] = 1 - changed[..., : side // 4, side // 2 :]
    see = lambda path, module, inputs, output: seen.append(with_places(output, prefix).detach())  # noqa: E731
    with torch.no_grad(), hooked({layer: model.get_submodule(layer)}, see):
        model(x), model(changed)
    before, after = (on_grid(output, prefix) for output in seen)
    change = (after - before).square().sum(0)
    top_right = change[: (grid + 1) // 2, grid // 2 :].sum()
    assert top_right > 0.4 * change.sum(), change


CATALOGUE = [
    (name, options)
    for name in catalog.names("models")
    for options in getattr(catalog.load("models", name), "EXAMPLES", [{}])
]


@pytest.mark.parametrize(("name", "options"), CATALOGUE)
def test_every_model_of_the_catalogue_gives_a_square_map(name, options):
    config = resolve({"model": {"name": name} | options})
    model = build_model(config, channels=3, classes=5, image_size=64)
    cam = grad_cam(model, torch.randn(1, 3, 64, 64), 2)
    height, width = cam.raw.shape
    assert height == width >= 2 and cam.raw.isfinite().all() and cam.layer not in next(iter(model.parts.values()))


def test_a_network_without_places_gives_none():
    """Everything is one vector from the first layer on."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 4), nn.Linear(4, 5))
    model.parts = {"stem": ["1"], "head": ["2"]}
    assert grad_cam(model, torch.rand(1, 3, 2, 2), 0) is None


def test_what_follows_in_place_does_not_change_what_the_layer_gave():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    model.parts = {"stem": ["0"], "head": ["3"]}
    x = torch.randn(1, 3, 4, 4)
    features = model[0](x).detach()
    gradient = (features[0, 2] > 0) / 16
    torch.testing.assert_close(grad_cam(model, x, 2).raw, gradient.mean() * features[0, 2])
