"""The gates shown are those the network uses, and looking at them changes nothing that a training could notice."""

import itertools
import json

import numpy as np
import pytest
import torch

from engine.config.differences import resolve
from engine.maps import gates
from engine.maps.gates import Maps, attention_blocks, read_gates, superfluous
from engine.maps.probing import hooked
from engine.runs import all_runs
from engine.training.build_model import build_model
from tests.engine.maps.small_network import hooks, images, network

# --- the gates are true


@pytest.mark.parametrize("where", ["layer", "block"])
@pytest.mark.parametrize("variant", ["seed_002", "paper"])
def test_every_block_gives_its_input_times_the_gates_that_are_shown(variant, where):
    model, x = network(variant, where, depth=14).eval(), images()
    seen = {}
    with (
        torch.no_grad(),
        hooked(attention_blocks(model), lambda path, _, inputs, out: seen.update({path: (inputs[0], out)})),
    ):
        model(x)
    maps = read_gates(model, x)
    assert maps.blocks == list(seen) and len(seen) == (3 if where == "layer" else 6)
    for path, (inputs, out) in seen.items():
        product = inputs * maps.channel[path][:, :, None, None] * maps.spatial[path][:, None]
        assert (out - product).abs().max() <= 1e-6


def test_gates_are_finite_lie_between_zero_and_one_and_stand_in_order():
    maps = read_gates(network(), images())
    assert maps.blocks == ["layer1.attention", "layer2.attention", "layer3.attention"]
    assert [tuple(gate.shape) for gate in maps.spatial.values()] == [(8, 32, 32), (8, 16, 16), (8, 8, 8)]
    assert [tuple(gate.shape) for gate in maps.channel.values()] == [(8, 16), (8, 32), (8, 64)]
    for gate in (*maps.spatial.values(), *maps.channel.values()):
        assert torch.isfinite(gate).all() and gate.min() > 0 and gate.max() < 1
        assert gate.dtype == torch.float32 and not gate.requires_grad


def test_two_calls_give_the_same_bytes_and_a_batch_the_same_as_its_images():
    model, x = network(), images()
    first, second = read_gates(model, x), read_gates(model, x)
    singles = [read_gates(model, image[None]) for image in x]
    for path in first.blocks:
        for kind in ("spatial", "channel"):
            gate = getattr(first, kind)[path]
            assert torch.equal(gate, getattr(second, kind)[path])
            assert (gate - torch.cat([getattr(single, kind)[path] for single in singles])).abs().max() <= 1e-6
    assert torch.equal(first.logits, second.logits)


def test_a_model_that_was_compiled_in_place_shows_its_gates_too():
    model = network().eval()
    model.compile(backend="eager")
    with torch.no_grad():
        model(images())  # compiled now, without hooks
    assert len(read_gates(model, images()).spatial) == 3


def test_a_model_without_attention_has_no_maps():
    model = build_model(resolve({"model": {"depth": 8}}), 3, 5, 32)
    assert read_gates(model, images()).blocks == []


def test_the_same_logits_come_out_whether_one_looks_or_not():
    model = network().eval()
    with torch.no_grad():
        assert torch.equal(read_gates(model, images()).logits, model(images()))


# --- what can be said in words


def test_the_spatial_gate_of_the_paper_is_flat_at_the_start_and_said_so():
    """Its BatchNorm starts at zero: sigmoid(0) = 0.5 at every place. Stretched to full range it would show noise."""
    maps = read_gates(network("paper"), images())
    for path in maps.blocks:
        assert gates.map_kind(maps.spatial[path]) == "flat"
        assert (maps.spatial[path] == 0.5).all()
        assert gates.map_kind(maps.channel[path]) == "varies"
    assert gates.map_kind(read_gates(network("seed_002"), images()).spatial["layer1.attention"]) == "varies"


def test_gates_that_are_not_finite_are_said_and_the_first_layer_at_fault_is_named():
    model = network()
    assert gates.non_finite_layers(model, images()) == []
    with torch.no_grad():
        model.layer2[0].conv2.weight[0, 0, 0, 0] = float("nan")
    maps = read_gates(model, images())
    assert gates.map_kind(maps.spatial["layer1.attention"]) == "varies"
    assert gates.map_kind(maps.spatial["layer2.attention"]) == "non_finite"
    assert gates.non_finite_layers(model, images())[0] == "layer2.0.conv2"
    assert hooks(model) == 0


def test_infinity_is_not_finite_either():
    assert gates.map_kind(torch.tensor([0.1, float("inf")])) == "non_finite"


# --- what a run keeps


@pytest.fixture
def folder(tmp_path):
    return all_runs.create(tmp_path / "Läufe 运行", {}, {})


def some_maps(seed=0, count=2):
    generator = torch.Generator().manual_seed(seed)
    path = "layer1.attention"
    return Maps(
        torch.randn(count, 5, generator=generator),
        {path: torch.rand(count, 16, generator=generator)},
        {path: torch.rand(count, 4, 4, generator=generator)},
    )


def test_saved_maps_read_back_as_they_were(folder):
    maps = read_gates(network(), images())
    gates.save(folder, 1560, maps, {"epoch": 4, "stage": 1, "why": "stage_end"})
    with np.load(folder.map_file(1560)) as arrays:
        kinds = [f"{path}/{kind}" for path in maps.blocks for kind in ("spatial", "channel")]
        assert sorted(arrays.files) == sorted([*kinds, "probabilities"])
        assert all(array.dtype == np.float16 for array in arrays.values())
        for path in maps.blocks:
            assert np.abs(arrays[f"{path}/spatial"] - maps.spatial[path].numpy()).max() < 5e-4
            assert arrays[f"{path}/channel"].shape == maps.channel[path].shape
        assert np.allclose(arrays["probabilities"].sum(1), 1, atol=3e-3)
    about = json.loads(folder.map_file(1560).with_suffix(".json").read_text(encoding="utf-8"))
    assert about == {"iteration": 1560, "epoch": 4, "stage": 1, "why": "stage_end", "blocks": maps.blocks}
    assert {path.name for path in folder.maps.iterdir()} == {"00001560.npz", "00001560.json"}


def test_probes_and_mistakes_read_back_as_they_were(folder):
    pictures = torch.randint(0, 256, (6, 3, 8, 8), dtype=torch.uint8)
    gates.save_probes(folder, pictures, torch.arange(6), torch.arange(6) * 10)
    gates.save_mistakes(folder.mistakes_file, pictures)
    with np.load(folder.probes_file) as arrays:
        assert (arrays["images"] == pictures.numpy()).all() and arrays["images"].dtype == np.uint8
        assert arrays["targets"].tolist() == list(range(6)) and arrays["indices"].tolist() == [0, 10, 20, 30, 40, 50]
    with np.load(folder.maps / "mistakes.npz") as arrays:
        assert (arrays["images"] == pictures.numpy()).all()


def kept_epochs(folder):
    paths = [folder.map_file(iteration).with_suffix(".json") for iteration in folder.map_iterations()]
    return [json.loads(path.read_text(encoding="utf-8"))["epoch"] for path in paths]


def test_every_epoch_is_kept_until_there_are_many_then_evenly(folder):
    for epoch in range(1, 131):
        gates.save(folder, epoch * 10, some_maps(), {"epoch": epoch, "stage": 0, "why": "epoch"})
        kept = kept_epochs(folder)
        assert kept[-1] == epoch
        if epoch <= 60:
            assert kept == list(range(1, epoch + 1))
    assert kept == [*range(4, 129, 4), 130]
    assert len(list(folder.maps.iterdir())) == 2 * len(kept)


def test_thinning_is_even_and_spares_what_was_kept_for_a_reason():
    abouts = [{"iteration": 0, "epoch": 1, "why": "first"}]
    reasons = {7: "stage_end", 13: "inspect", 501: "stage_end", 3: "best", 11: "best", 999: "best", 1000: "last"}
    for epoch in range(1, 1001):
        abouts.append({"iteration": epoch * 5, "epoch": epoch, "why": reasons.get(epoch, "epoch")})
        gone = superfluous(abouts)
        abouts = [about for about in abouts if about not in gone]
        assert superfluous(abouts) == []
    kept = [about["epoch"] for about in abouts if about["iteration"]]
    assert abouts[0]["why"] == "first"
    assert {7, 13, 501, 999, 1000} <= set(kept) and not {3, 11} & set(kept), "only the newest best is the best"
    even = [epoch for epoch in kept if epoch not in reasons]
    assert 30 <= len(even) <= 60
    assert {b - a for a, b in itertools.pairwise(even)} == {32} or {b - a for a, b in itertools.pairwise(even)} == {16}
