"""Maps and images are, number for number, what was kept."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from dashboard.routes import maps
from engine.runs import files
from tests.synthetic_run import write_run


def test_maps_are_the_numbers_that_were_kept(client, runs):
    folder = write_run(runs, 600)
    overview = client.get(f"/api/runs/{folder.id}/maps").json()
    iteration = overview["iterations"][-1]
    answer = client.get(f"/api/runs/{folder.id}/maps/{iteration}").json()
    kept = np.load(folder.map_file(iteration))
    assert set(answer["gates"]) == set(kept.files) and answer["iteration"] == iteration
    for name in kept.files:
        gate = answer["gates"][name]
        values = np.frombuffer(base64.b64decode(gate["data"]), "<f4").reshape(gate["shape"])
        assert np.array_equal(values, kept[name].astype("float32"))
    assert client.get(f"/api/runs/{folder.id}/maps/{iteration + 1}").status_code == 404


def test_probe_images_are_pixel_for_pixel_what_was_kept(client, runs):
    folder = write_run(runs)
    probes = client.get(f"/api/runs/{folder.id}/maps").json()["probes"]
    images = np.load(folder.probes_file)["images"]
    assert (probes["count"], probes["channels"], probes["height"], probes["width"]) == images.shape
    for index in range(probes["count"]):
        reply = client.get(f"/api/runs/{folder.id}/maps/probes.png?index={index}")
        shown = np.asarray(Image.open(io.BytesIO(reply.content)))
        assert np.array_equal(shown.transpose(2, 0, 1), images[index])
    for index in (-1, probes["count"]):
        assert client.get(f"/api/runs/{folder.id}/maps/probes.png?index={index}").status_code == 404


def test_probes_have_the_same_digest_only_where_the_images_are_the_same(client, runs):
    seeds = (1, 1, 2)
    folders = [write_run(runs, 40, seed=seed) for seed in seeds]
    first, same, other = (client.get(f"/api/runs/{run.id}/maps").json()["probes"]["digest"] for run in folders)
    assert first == same != other


def test_maps_that_would_fill_the_memory_are_refused_unread(client, runs, monkeypatch):
    """A few kilobytes may stand for gigabytes."""
    folder = write_run(runs)
    iteration = folder.map_iterations()[0]
    np.savez_compressed(folder.map_file(iteration), x=np.zeros(50_000_000, "uint8"))
    monkeypatch.setattr(maps, "LARGEST", 40 << 20)
    reply = client.get(f"/api/runs/{folder.id}/maps/{iteration}")
    assert reply.status_code == 404 and "at most 40 are read" in reply.json()["error"]


@pytest.mark.parametrize("array", [np.array(["a"]), np.array([1j]), np.array(["2024-01-01"], "datetime64[D]")])
def test_arrays_of_anything_but_numbers_are_damage(client, runs, array):
    folder = write_run(runs)
    iteration = folder.map_iterations()[0]
    np.savez(folder.map_file(iteration), x=array)
    assert client.get(f"/api/runs/{folder.id}/maps/{iteration}").status_code == 404


def test_of_very_many_moments_the_newest_are_told_and_the_rest_counted(client, runs, monkeypatch):
    folder = write_run(runs)
    found = folder.map_iterations()
    monkeypatch.setattr(maps, "MOST_MOMENTS", 2)
    told = client.get(f"/api/runs/{folder.id}/maps").json()
    assert told["iterations"] == found[-2:] and told["left_out"] == len(found) - 2


def test_a_map_is_of_the_iteration_in_its_name(client, runs):
    """What the file beside it says decides nothing: neither which map is shown, nor which is thinned away."""
    folder = write_run(runs)
    first, last = folder.map_iterations()[0], folder.map_iterations()[-1]
    about = folder.map_file(first).with_suffix(".json")
    files.replace_json(about, {"iteration": last, "gates": "none", "epoch": 1, "why": "epoch"})
    shown = client.get(f"/api/runs/{folder.id}/maps/{first}").json()
    assert shown["iteration"] == first and isinstance(shown["gates"], dict)


def test_an_image_is_kept_by_the_browser_until_its_file_changes(client, runs):
    folder = write_run(runs)
    address = f"/api/runs/{folder.id}/maps/probes.png?index=0"
    first = client.get(address)
    assert first.headers["cache-control"] == "private, no-cache"
    unchanged = client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert unchanged.status_code == 304 and not unchanged.content
    kept = dict(np.load(folder.probes_file))
    np.savez(folder.probes_file, **kept | {"images": 255 - kept["images"]})
    changed = client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200 and changed.content != first.content
