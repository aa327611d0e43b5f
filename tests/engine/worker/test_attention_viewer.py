"""What the viewer is told of a picture is what the network saw and did, and lies where the picture says.

Runs are made by hand here: a network whose weights are set so that it is known beforehand where it looks.
"""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from engine.config.differences import resolve
from engine.datasets._prepare import prepare
from engine.training.data_split import load_data
from engine.worker.attention_viewer import look
from engine.worker.cache import Cache
from tests.made_runs import TINY, ask, look_at_brightness, make_run, opened, unpacked


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return tmp_path_factory.mktemp("Läufe 运行")


@pytest.fixture(scope="module")
def run(runs):
    return make_run(runs)


@pytest.fixture(scope="module")
def bright_run(runs):
    return make_run(runs, change=look_at_brightness)


@pytest.fixture(scope="module")
def worker_cache(runs):
    return Cache(runs / "no data here", runs)


def spot(width, height, x, y, radius):
    """A dark picture with one bright disc."""
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    disc = (across - x) ** 2 + (down - y) ** 2 <= radius**2
    return Image.fromarray((20 + 235 * disc).astype(np.uint8))


def upload(tmp_path, image, **arguments):
    path = tmp_path / "0123456789abcdef"  # as the page stores it: no suffix
    image.save(path, **{"format": "PNG"} | arguments)
    return str(path)


def test_the_answer_holds_everything_that_the_viewer_shows(worker_cache, run, tmp_path):
    picture = Image.new("RGB", (60, 40), "white")
    answer = ask(worker_cache, "attention", run=str(run.path), checkpoint="best", upload=upload(tmp_path, picture))
    assert len(answer["top"]) == 5 and answer["top"][0]["name"] in answer_classes(run)
    probabilities = [top["probability"] for top in answer["top"]]
    assert probabilities == sorted(probabilities, reverse=True) and 0 < sum(probabilities) <= 1 + 1e-6
    assert [block["path"] for block in answer["blocks"]] == ["layer1.attention", "layer2.attention", "layer3.attention"]
    for block, side, channels in zip(answer["blocks"], (28, 14, 7), (16, 32, 64), strict=True):
        gate = unpacked(block["spatial"])
        assert gate.shape == (side, side) and gate.min() > 0 and gate.max() < 1
        assert (gate.min(), gate.max()) == (block["spatial"]["min"], block["spatial"]["max"])
        assert abs(gate.mean() - block["spatial"]["mean"]) < 1e-5
        assert len(block["channel"]["values"]) == channels and block["channel"]["word"] == "varies"
    cam = answer["grad_cam"]
    assert cam["class"] == answer["top"][0]["class"] and cam["layer"] == "layer3" and cam["shape"] == [7, 7]
    raw = unpacked({"data": cam["raw"], "shape": cam["shape"]})
    assert np.array_equal(unpacked(cam), raw.clip(min=0))
    assert (answer["width"], answer["height"], answer["box"]) == (60, 40, [10, 0, 50, 40])
    assert opened(answer["image"]).size == (60, 40)
    expected = prepare(picture, 28, 1)[0][0].numpy()
    assert np.array_equal(np.asarray(opened(answer["network_input"])), expected)
    saved = run.find_checkpoint("best")
    assert answer["checkpoint"] == {
        "name": saved.name, "epoch": 1, "stage": 0, "kept_as": ["best", "last"],
        "sha256": saved.about()["sha256"]["weights.safetensors"],
    }  # fmt: skip
    assert answer["non_finite_layers"] == [] and answer["notes"] == [] and answer["target"] is None


def answer_classes(run):
    return run.environment()["data"]["classes"]


def test_the_same_question_has_the_same_answer_and_another_class_another_map(worker_cache, run, tmp_path):
    question = {"run": str(run.path), "upload": upload(tmp_path, spot(50, 50, 20, 20, 8))}
    first, second = ask(worker_cache, "attention", **question), ask(worker_cache, "attention", **question)
    assert first == second
    other = ask(worker_cache, "attention", **question, **{"class": (first["top"][0]["class"] + 1) % 10})
    assert other["blocks"] == first["blocks"] and other["grad_cam"]["data"] != first["grad_cam"]["data"]


def rotated(image):
    """As a camera that was held upright stores it: turned by 90 degrees, with an EXIF note how to turn it back."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return image.transpose(Image.Transpose.ROTATE_90), {"format": "JPEG", "quality": 95, "exif": exif}


@pytest.mark.parametrize("turned", [False, True], ids=["as it is", "turned by EXIF"])
@pytest.mark.parametrize(
    ("size", "place", "radius"),
    [((280, 280), (90, 170), 30), ((840, 280), (350, 90), 30), ((300, 900), (200, 520), 40), ((70, 64), (50, 20), 7)],
    ids=["square", "3:1", "1:3", "almost square"],
)
def test_maps_lie_where_the_picture_says(worker_cache, bright_run, tmp_path, size, place, radius, turned):
    """A bright spot in the upright picture is where every map peaks, within one of the map's own cells."""
    image, how = spot(*size, *place, radius), {}
    if turned:
        image, how = rotated(image)
    answer = ask(worker_cache, "attention", run=str(bright_run.path), upload=upload(tmp_path, image, **how))
    assert (answer["width"], answer["height"]) == size
    assert ("turned_upright" in answer["notes"]) == turned
    left, top, right, bottom = answer["box"]
    for block in answer["blocks"]:
        gate = unpacked(block["spatial"])
        rows, columns = gate.shape
        peak = np.argwhere(gate >= gate.max() - 1e-3 * (gate.max() - gate.min())).mean(0)
        x = left + (peak[1] + 0.5) * (right - left) / columns
        y = top + (peak[0] + 0.5) * (bottom - top) / rows
        assert abs(x - place[0]) <= (right - left) / columns, block["path"]
        assert abs(y - place[1]) <= (bottom - top) / rows, block["path"]


def test_what_was_cropped_away_is_not_in_the_box_and_not_in_the_maps(worker_cache, bright_run, tmp_path):
    image = spot(840, 280, 100, 140, 40)
    answer = ask(worker_cache, "attention", run=str(bright_run.path), upload=upload(tmp_path, image))
    assert answer["box"] == [280, 0, 560, 280]
    assert [block["spatial"]["word"] for block in answer["blocks"]] == ["flat"] * 3


def test_a_large_picture_is_sent_back_smaller_but_measured_in_full(worker_cache, run, tmp_path):
    answer = ask(
        worker_cache, "attention", run=str(run.path), upload=upload(tmp_path, Image.new("L", (3000, 1500), 99))
    )
    assert (answer["width"], answer["height"], answer["box"]) == (3000, 1500, [750, 0, 2250, 1500])
    assert opened(answer["image"]).size == (1024, 512)


def test_a_flat_gate_is_called_flat(worker_cache, runs, tmp_path):
    run = make_run(runs, {"attention": {"name": "cbam", "variant": "paper"}})
    answer = ask(worker_cache, "attention", run=str(run.path), upload=upload(tmp_path, spot(50, 50, 20, 20, 8)))
    for block in answer["blocks"]:
        said = block["spatial"]
        assert (said["word"], said["min"], said["max"]) == ("flat", 0.5, 0.5)


def test_a_model_that_gives_no_numbers_is_said_and_its_layer_named(worker_cache, runs, tmp_path):
    def overflow(model):
        model.layer2[0].conv1.weight.fill_(3e38)

    run = make_run(runs, change=overflow)
    answer = ask(worker_cache, "attention", run=str(run.path), upload=upload(tmp_path, spot(50, 50, 20, 20, 8)))
    assert answer["non_finite_layers"][0] == "layer2.0.conv1"
    assert answer["top"] == [] and answer["grad_cam"] is None
    first, second, third = answer["blocks"]
    assert first["spatial"]["word"] == "varies" and first["spatial"]["data"]
    for block in (second, third):
        assert block["spatial"] == {
            "shape": block["spatial"]["shape"], "data": None, "min": None, "max": None, "mean": None,
            "word": "non_finite",
        }  # fmt: skip
        assert block["channel"]["values"] is None and block["channel"]["word"] == "non_finite"


def test_a_model_without_attention_still_answers(worker_cache, runs, tmp_path):
    run = make_run(runs, {"attention": "none"})
    answer = ask(worker_cache, "attention", run=str(run.path), upload=upload(tmp_path, spot(50, 50, 20, 20, 8)))
    assert answer["blocks"] == [] and answer["grad_cam"]["word"] == "varies" and len(answer["top"]) == 5


def test_a_network_whose_layers_keep_no_places_is_said():
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 4), torch.nn.Linear(4, 2))
    model.parts = {"stem": ["1"], "head": ["2"]}
    data = SimpleNamespace(classes=["cat", "dog"], mean=[0.5] * 3, std=[1.0] * 3)
    answer = look(model, data, torch.zeros(3, 2, 2, dtype=torch.uint8), chosen=1)
    assert answer["grad_cam"] == {"class": 1, "layer": None, "word": "no_places"}


def test_samples_are_test_images_that_can_be_looked_at(worker_cache, run):
    found = ask(worker_cache, "samples", run=str(run.path), count=12)["samples"]
    assert len(found) == 12 and [sample["class"] for sample in found[:10]] == list(range(10))
    sample = found[3]
    answer = ask(worker_cache, "attention", run=str(run.path), sample=sample["index"])
    assert answer["target"] == sample["class"] and sample["name"] == answer_classes(run)[sample["class"]]
    assert answer["box"] == [0, 0, 28, 28] and answer["network_input"] == sample["image"]
    test = load_data(resolve(TINY), Path()).dataset.test
    assert np.array_equal(np.asarray(opened(sample["image"])), test.images(torch.tensor([sample["index"]]))[0, 0])


def test_another_checkpoint_or_run_is_not_answered_from_the_last_one(worker_cache, run, bright_run, tmp_path):
    path = upload(tmp_path, spot(50, 50, 20, 20, 8))
    answers = [ask(worker_cache, "attention", run=str(folder.path), upload=path) for folder in (run, bright_run, run)]
    assert answers[0] == answers[2] != answers[1]
    assert answers[0]["checkpoint"]["sha256"] != answers[1]["checkpoint"]["sha256"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"checkpoint": "bset"}, "no checkpoint 'bset'; there is: iteration-00000040"),
        ({"class": 10}, "class 10 does not exist"),
        ({"class": -1}, "class: must be at least 0"),
        ({"class": "cat"}, "class: must be a whole number"),
        ({"sample": 99999}, "test image 99999 does not exist"),
        ({"smaple": 1}, "smaple is unknown; did you mean 'sample'"),
        ({"upload": None}, "no image selected"),
        ({"upload": "/nowhere/at/all"}, "/nowhere/at/all is gone"),
        ({"run": "/nowhere/at/all"}, "config.yaml cannot be read"),
    ],
)
def test_a_wrong_question_is_answered_with_a_sentence(worker_cache, run, tmp_path, arguments, says):
    question = {"run": str(run.path), "upload": upload(tmp_path, Image.new("L", (9, 9)))} | arguments
    if "sample" in arguments:
        del question["upload"]
    with pytest.raises(ValueError) as caught:
        ask(worker_cache, "attention", **question)
    assert says in str(caught.value) and "Traceback" not in str(caught.value)


def test_a_damaged_checkpoint_is_named(worker_cache, runs, tmp_path):
    run = make_run(runs)
    weights = run.find_checkpoint("last").weights_file
    weights.write_bytes(weights.read_bytes()[:-1] + b"!")
    with pytest.raises(ValueError, match=r"weights\.safetensors is damaged"):
        ask(worker_cache, "attention", run=str(run.path), upload=upload(tmp_path, Image.new("L", (9, 9))))


def test_a_run_that_never_began_says_so(worker_cache, runs, tmp_path):
    run = make_run(runs)
    run.environment_file.unlink()
    with pytest.raises(ValueError, match="ended before training began"):
        ask(worker_cache, "attention", run=str(run.path), upload=upload(tmp_path, Image.new("L", (9, 9))))
