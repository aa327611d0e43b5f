"""Maps and images are, number for number, what was kept."""

import base64
import io

import numpy as np
from PIL import Image

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
