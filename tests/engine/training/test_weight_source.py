"""Starting weights come with what is known of them."""

import pytest
import torch

from engine.config.differences import resolve
from engine.runs import files
from engine.training import weight_source
from engine.training.build_model import build_model
from tests.made_runs import make_run


def test_weights_of_a_run_tell_of_its_data_also_as_a_file_of_its_folder(tmp_path):
    run = make_run(tmp_path)
    by_id = weight_source.find_weights(run.id, tmp_path)
    assert by_id.data["classes"][0] == "T-shirt/top" and by_id.data["image_size"] == 28
    saved = run.find_checkpoint("last").weights_file
    by_file = weight_source.find_weights(str(saved), tmp_path)
    assert by_file.data == by_id.data and not by_file.same_classes(["a", "b"])
    elsewhere = tmp_path / "net.safetensors"
    elsewhere.write_bytes(saved.read_bytes())
    unknown = weight_source.find_weights(str(elsewhere), tmp_path)
    assert unknown.data == {} and unknown.same_classes(["a", "b"])


@pytest.mark.parametrize("pasted", ["{} ", ' "{}"', "'{}'\n"])
def test_weights_are_found_by_a_path_or_an_id_as_it_is_pasted(pasted, tmp_path):
    run = make_run(tmp_path)
    file = run.find_checkpoint("last").weights_file
    for source in (run.id, f"{run.id}/best", file, f"file://{file}"):
        found = weight_source.find_weights(pasted.format(source), tmp_path)
        assert found.data["classes"][0] == "T-shirt/top", source


def test_a_run_that_ended_before_it_knew_its_data_tells_nothing_of_them(tmp_path):
    run = make_run(tmp_path)
    files.replace_json(run.environment_file, {})
    assert weight_source.find_weights(run.id, tmp_path).data == {}


def test_wrapped_weights_arrive_under_the_names_of_the_model(tmp_path):
    model = build_model(resolve({"model": {"depth": 8}}), 1, 10, 28)
    plain = {name: value.clone() for name, value in model.state_dict().items()}
    wrapped = {"ema": {f"module.{name}": value for name, value in plain.items()}, "epoch": 7}
    torch.save(wrapped, tmp_path / "theirs.pth")
    found = weight_source.weights_for(model, str(tmp_path / "theirs.pth"), None, tmp_path, tmp_path)
    assert found.wrappers == ["ema", "module"] and set(found.weights) == set(plain)
    assert all(torch.equal(found.weights[name], value) for name, value in plain.items())


@pytest.mark.parametrize("name", ["clip", "resnet"])
def test_only_architectures_of_several_activations_name_one(name):
    assert weight_source.named_activation(resolve({"model": name})) == ("GELU" if name == "clip" else None)


@pytest.mark.parametrize("name", ["net.pth", "net.pt", "last.ckpt", "pytorch_model.bin", "model_best.pth.tar"])
def test_files_of_torch_are_read_under_all_their_usual_names_and_what_else_is_in_them_is_named(tmp_path, name):
    torch.save({"fc.weight": torch.ones(1), "epoch": 3}, tmp_path / name)
    found = weight_source.find_weights(str(tmp_path / name), tmp_path)
    assert list(found.weights) == ["fc.weight"] and found.unused == ["epoch"]


@pytest.mark.parametrize("content", [torch.ones(2), [torch.ones(2)], {"epoch": 3}, {0: torch.ones(2)}])
def test_a_file_without_named_weights_is_refused(tmp_path, content):
    torch.save(content, tmp_path / "net.pth")
    with pytest.raises(ValueError, match=r"net\.pth has no named weights"):
        weight_source.find_weights(str(tmp_path / "net.pth"), tmp_path)


@pytest.mark.parametrize(
    "source", ["x" * 300, "/" + "x/" * 3000, "a\0b", "", "."], ids=["name", "path", "nul", "", "."]
)
def test_what_can_be_no_file_is_neither_a_run_nor_a_file(tmp_path, source):
    with pytest.raises(ValueError, match="is neither the id of a saved run nor a file"):
        weight_source.find_weights(source, tmp_path)
