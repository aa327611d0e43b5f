"""Grad-CAM agrees with its definition, works on a frozen model, and leaves the model as it was."""

import pytest
import torch
from torch import nn

from engine.config.differences import resolve
from engine.maps.grad_cam import grad_cam, last_layer
from engine.training.build_model import build_model


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
    assert cam.layer == last_layer(model) == "layer3"
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
