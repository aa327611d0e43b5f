"""What a config means is told truly, without data where that will do and never by downloading any."""

import base64
import io
import json

import numpy as np
import pytest
import torch
from PIL import Image

from engine import catalog
from engine.config.differences import resolve
from engine.device import device_checks, precision
from engine.training.build_model import build_model
from engine.worker.cache import Cache
from tests.made_runs import ask, by_name, make_run
from tests.training import TINY, new_trainer


def test_the_summary_counts_every_parameter_once(worker_cache):
    config = {"data": "cifar10", "model": {"depth": 20}, "attention": {"name": "cbam"}}
    answer = ask(worker_cache, "summary", config=config)
    model = build_model(resolve(config), 3, 10, 32)
    assert answer["total"] == sum(parameter.numel() for parameter in model.parameters())
    assert answer["total"] == sum(part["parameters"] for part in answer["parts"])
    assert [part["name"] for part in answer["parts"]] == list(model.parts) and answer["input"] == [3, 32, 32]


@pytest.mark.parametrize(
    ("differences", "field", "code"),
    [
        ({"optimizer": {"learning_rate": -1}}, "optimizer.learning_rate", "more_than"),
        ({"stages": [{"train": ["haed"]}]}, "stages.0.train", "unknown_part"),
        ({"stages": [{"train": ["head"]}]}, "stages.0.train", "random_frozen"),
    ],
)
def test_check_finds_faults_of_the_schema_and_of_the_model(worker_cache, differences, field, code):
    faults = ask(worker_cache, "check", config=differences)["faults"]
    assert (field, code) in [(fault["field"], fault["code"]) for fault in faults]
    assert all(fault["message"] for fault in faults)


def test_check_lists_what_is_wrong_with_a_folder_of_images_beside_what_is_wrong_with_the_plan(worker_cache):
    config = {"data": {"name": "image_folder", "path": "absent"}, "stages": [{"train": ["head"]}]}
    answer = ask(worker_cache, "check", config=config)
    assert answer["plan"] == []
    codes = [(fault["field"], fault["code"]) for fault in answer["faults"]]
    assert codes == [("data.path", "folder_absent"), ("stages.0.train", "random_frozen")]


ONE_PIXEL_AT_THE_END = {"name": "timm", "architecture": "test_resnet"}  # of images of 16 to 32


@pytest.mark.parametrize(
    ("sizes", "field"),
    [
        ({"batch_size": 1}, "batch_size"),
        ({"batch_size": 8, "subdivisions": 8}, "subdivisions"),
        ({"batch_size": 8, "ghost_batch": 1}, "ghost_batch"),
        ({"batch_size": 32, "accumulate": 2, "data": {"name": "digits", "limit": 33}}, "batch_size"),
        ({"batch_size": 32, "accumulate": 2, "data": {"name": "digits", "limit": 34}}, None),
        ({"batch_size": 64, "accumulate": 2, "data": {"name": "image_folder", "path": "65 to train on"}}, "batch_size"),
        ({"batch_size": 64, "data": {"name": "image_folder", "path": "65 to train on"}}, None),
    ],
)
def test_check_foresees_a_group_of_one_image_that_batchnorm_cannot_normalise(worker_cache, sizes, field):
    """Also where it is what is left of the images: they are counted by their files, none is opened."""
    root = worker_cache.data / "65 to train on"
    for number in range(81):  # 16 of them are for the test
        place = root / f"class {number % 2}" / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    config = {"model": ONE_PIXEL_AT_THE_END, "validation": "test", "data": {"name": "digits"}, "device": "cpu"} | sizes
    config["data"] |= {"image_size": 32} if config["data"]["name"] == "image_folder" else {}
    faults = ask(worker_cache, "check", config=config)["faults"]
    assert [(fault["field"], fault["code"]) for fault in faults] == ([(field, "lone_image")] if field else [])


def test_check_of_a_good_config_gives_the_plan(worker_cache):
    answer = ask(worker_cache, "check", config={"stages": [{"epochs": 2}, {"epochs": 3}], "device": "cpu"})
    assert answer["faults"] == answer["remarks"] == [] and len(answer["plan"]) == 2


def test_check_says_which_parts_the_weights_do_not_fill(worker_cache):
    same = TINY | {"weights": make_run(worker_cache.runs, TINY).id, "device": "cpu"}
    answer = ask(worker_cache, "check", config=same)
    assert answer["faults"] == answer["remarks"] == []
    (remark,) = ask(worker_cache, "check", config=same | {"attention": {"name": "se"}})["remarks"]
    assert (remark["code"], remark["parts"]) == ("weights_unfit", "attention")
    (remark,) = ask(worker_cache, "check", config=same | {"model": TINY["model"] | {"depth": 14}})["remarks"]
    assert (remark["code"], remark["parts"]) == ("weights_partly", "layer1, layer2, layer3")


def test_check_refuses_weights_of_which_nothing_fits(worker_cache):
    run = make_run(worker_cache.runs, TINY)
    (fault,) = ask(worker_cache, "check", config=TINY | {"weights": run.id, "model": "densenet"})["faults"]
    assert (fault["field"], fault["code"]) == ("weights", "weights_fit_nothing")
    assert "stem.conv.weight" in fault["message"]


def test_check_says_where_the_weights_learned_other_classes_and_images(worker_cache):
    run = make_run(worker_cache.runs, TINY)
    remarks = by_name(
        {"name": remark["code"]} | remark
        for remark in ask(worker_cache, "check", config=TINY | {"weights": run.id, "data": "clothing"})["remarks"]
    )
    assert list(remarks) == ["weights_classes", "weights_normalisation", "weights_image_size"]
    assert (
        remarks["weights_classes"]["theirs"].startswith("0, 1, 2") and "T-shirt" in remarks["weights_classes"]["ours"]
    )
    assert (remarks["weights_image_size"]["theirs"], remarks["weights_image_size"]["ours"]) == (16, 28)
    told = remarks["weights_normalisation"]
    offered = {"channel_mean": json.loads(told["their_mean"]), "channel_std": json.loads(told["their_std"])}
    config = TINY | {"weights": run.id, "data": {"name": "clothing"} | offered}
    codes = [remark["code"] for remark in ask(worker_cache, "check", config=config)["remarks"]]
    assert codes == ["weights_classes", "weights_image_size"]


def test_check_says_what_the_device_does_slower_and_what_it_cannot(worker_cache, monkeypatch):
    answer = ask(worker_cache, "check", config={"precision": "fp16", "device": "cpu"})
    assert answer["faults"] == []
    (remark,) = answer["remarks"]
    assert remark["code"] == "fp16_on_cpu" and "slower than fp32 on a CPU" in remark["message"]
    monkeypatch.setattr(precision.shutil, "which", lambda name: None)
    (fault,) = ask(worker_cache, "check", config={"compile": True, "device": "cpu"})["faults"]
    assert fault["field"] == "compile" and "none is installed; install one, or switch compile off" in fault["message"]


def test_check_knows_which_devices_there_are(worker_cache, monkeypatch):
    """A card that is not there is a fault beside the device, before anybody waits for a run to fail."""
    monkeypatch.setattr(device_checks.torch.cuda, "device_count", lambda: 2)
    for device in ("auto", "cpu", "cuda", "cuda:1"):
        assert ask(worker_cache, "check", config={"device": device})["faults"] == []
    (fault,) = ask(worker_cache, "check", config={"device": "cuda:7"})["faults"]
    assert (fault["field"], fault["code"]) == ("device", "no_device")
    assert fault["message"].startswith("cuda:7 is not available; available: auto, cpu, cuda:0, cuda:1")


def test_a_preview_without_augmentations_shows_the_images_as_they_are(worker_cache):
    for image in ask(worker_cache, "preview", config={}, count=4)["images"]:
        (view,) = image["views"]
        assert view["view"] == "train" and view["image"] == image["before"]
        assert view["labels"] == [{"name": image["name"], "share": 1.0}]


def test_a_preview_shows_mixed_images_and_their_soft_labels(worker_cache):
    config = {"augmentations": [{"name": "mixup"}]}
    answer = ask(worker_cache, "preview", config=config, count=6, seed=1)["images"]
    assert len(answer) == 6
    assert any(image["before"] != image["views"][0]["image"] for image in answer)
    for image in answer:
        labels = image["views"][0]["labels"]
        assert abs(sum(label["share"] for label in labels) - 1) < 1e-5
        assert 1 <= len(labels) <= 2
    assert answer == ask(worker_cache, "preview", config=config, count=6, seed=1)["images"]
    assert answer != ask(worker_cache, "preview", config=config, count=6, seed=2)["images"]


def test_a_preview_is_what_a_training_feeds_its_network(tmp_path):
    """The same seed and images give the very pixels, in every view of the stage's objective."""
    dual = {"objective": {"dual_cutout_consistency": 0.1}}
    augmentations = [{"name": "random_crop", "padding": 2}, {"name": "cutout", "size": 6}, {"name": "mixup"}]
    config = TINY | {
        "augmentations": augmentations,
        "validation": "test",
        "stages": [{"epochs": 1}, {"epochs": 1, **dual}],
    }
    answer = ask(Cache(tmp_path, tmp_path), "preview", config=config, count=6, seed=3, stage=1)
    assert answer["stages"] == [["train"], ["train", "twin"]]
    trainer = new_trainer(tmp_path / "runs", config | {"seed": 3})
    numbers = torch.tensor([image["index"] for image in answer["images"]])
    split, dataset = trainer.data.dataset.train, trainer.data.dataset
    for place, name in enumerate(["train", "twin"]):
        seen = trainer.stepper.view(name, trainer.position, (numbers, split.images(numbers), split.targets[numbers]))
        pixels = (seen.images * dataset.std[0] + dataset.mean[0]).mul(255).round().clamp(0, 255).byte()
        for shown, wanted, soft in zip(answer["images"], pixels, seen.targets, strict=True):
            picture = Image.open(io.BytesIO(base64.b64decode(shown["views"][place]["image"])))
            assert torch.equal(torch.from_numpy(np.array(picture)), wanted[0])
            told = {label["name"]: label["share"] for label in shown["views"][place]["labels"]}
            assert told == {dataset.classes[i]: share for i, share in enumerate(soft.tolist()) if share > 0}


@pytest.mark.parametrize("name", catalog.names("objectives"))
def test_every_objective_can_be_previewed_without_teacher_and_starting_weights(worker_cache, name):
    settings = {"name": name} | ({"teacher": "20260101-000000-aaaa"} if name == "distillation" else {})
    settings |= {"l2_sp": 0.1} if name == "supervised" else {}
    answer = ask(worker_cache, "preview", config={"objective": settings}, count=2)
    assert [view["view"] for view in answer["images"][0]["views"]] == answer["stages"][0] != []


def test_a_stage_that_does_not_exist_cannot_be_previewed(worker_cache):
    with pytest.raises(ValueError, match="stage 1 does not exist; the plan has 1, counted from 0"):
        ask(worker_cache, "preview", config={}, stage=1)


def test_a_preview_downloads_nothing(worker_cache, monkeypatch):
    def no_network(*arguments, **more):
        raise AssertionError("asked for the network")

    monkeypatch.setattr("urllib.request.urlopen", no_network)
    with pytest.raises(ValueError, match="has not been downloaded yet"):
        ask(worker_cache, "preview", config={"data": "kmnist"})
