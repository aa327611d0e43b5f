"""The routes say what the run folders hold: all of it, and nothing else."""

import base64
import io
import os

import numpy as np
import pytest
from PIL import Image

from dashboard import texts
from engine.runs import runs_folder, series
from tests.dashboard.asking import client_of
from tests.synthetic_run import SyntheticRun, settings, write_run

PAYLOADS = [
    "<img src=x onerror=alert(1)>",
    "${alert(1)}",
    "{{7*7}}",
    "[x](javascript:alert(1))",
    '"; \u202e=cmd()',
    "../..",
]


@pytest.fixture
def runs(tmp_path):
    return tmp_path / "saved runs 实验"


@pytest.fixture
def client(runs, tmp_path):
    return client_of(runs, tmp_path)


def test_a_finished_run_is_listed_anew_when_its_files_change(client, runs):
    folder = write_run(runs, 40, label="before")
    assert client.get("/api/runs").json()["runs"][0]["label"] == "before"
    assert client.patch(f"/api/runs/{folder.id}", json={"label": "after"}).json()["label"] == "after"
    assert client.get("/api/runs").json()["runs"][0]["label"] == "after"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_names_are_data(client, runs, payload):
    folder = write_run(runs, 40, label=payload)
    answers = [client.get("/api/runs").json()["runs"][0], client.get(f"/api/runs/{folder.id}").json()]
    answers.append(client.patch(f"/api/runs/{folder.id}", json={"tags": [payload], "notes": payload}).json())
    assert all(answer["label"] == payload for answer in answers)
    assert answers[2]["tags"] == [payload] and folder.path.name in os.listdir(runs)


def test_labels_beyond_measure_are_refused_with_their_field(client, runs):
    folder = write_run(runs, 40)
    reply = client.patch(f"/api/runs/{folder.id}", json={"label": "x" * 4096})
    assert reply.status_code == 422 and reply.json()["faults"][0]["field"] == "label"
    assert client.patch(f"/api/runs/{folder.id}", json={"id": "other"}).status_code == 422


def test_nothing_outside_the_runs_can_be_reached(client, runs, tmp_path):
    inside = write_run(runs, 40)
    outside = write_run(tmp_path / "elsewhere", 40)
    link = "20200101-000000-abcd"
    (runs / link).symlink_to(outside.path, target_is_directory=True)
    wrong = [
        "..",
        "%2e%2e",
        f"..%2felsewhere%2f{outside.id}",
        outside.id,
        link,
        "CON",
        "x" * 4096,
        ".trash",
        "20200101-000000-aaaa",
    ]
    for name in wrong:
        for route in ("", "/live", "/epochs", "/maps", "/log", "/files/config.yaml"):
            assert client.get(f"/api/runs/{name}{route}").status_code == 404, (name, route)
    absent, linked = (client.get(f"/api/runs/{name}").json()["error"] for name in ("20200101-000000-aaaa", link))
    assert absent.replace("20200101-000000-aaaa", "") == linked.replace(link, "")
    (inside.path / "edits.yaml").symlink_to("/etc/passwd")
    (inside.path / "notes.html").write_text("<script>alert(1)</script>", encoding="utf-8")
    for name in ("edits.yaml", "notes.html", "../secret", "%2e%2e/secret", "/etc/passwd", "status.json", "run.lock"):
        assert client.get(f"/api/runs/{inside.id}/files/{name}").status_code == 404, name
    (runs / "secret.f64").write_bytes(bytes(80))
    names = "../../secret,../system/cpu,/etc/passwd"
    assert client.get(f"/api/runs/{inside.id}/series", params={"names": names}).json()["series"] == {}
    assert client.get(f"/api/runs/{inside.id}/live", params={"names": names}).json()["series"] == {}


def test_files_come_as_attachments_in_which_nothing_runs(client, runs):
    folder = write_run(runs)
    described = client.get(f"/api/runs/{folder.id}").json()
    assert "config.yaml" in described["files"] and described["files"][-1].endswith("/weights.safetensors")
    for name in described["files"]:
        reply = client.get(f"/api/runs/{folder.id}/files/{name}")
        assert reply.content == (folder.path / name).read_bytes()
        assert reply.headers["content-disposition"].startswith("attachment")
        assert reply.headers["content-type"] == "application/octet-stream"
        assert "sandbox" in reply.headers["content-security-policy"]


def test_a_run_is_described_with_all_it_has(client, runs):
    folder = write_run(runs, 600, label="all of it")
    answer = client.get(f"/api/runs/{folder.id}").json()
    assert answer["series"] == series.names(folder.series) and answer["system"] == series.names(folder.system)
    assert answer["map_iterations"] == folder.map_iterations() and answer["epochs"] == len(folder.epochs())
    assert [kept["name"] for kept in answer["checkpoints"]] == [kept.name for kept in folder.checkpoint_list()]
    assert answer["result"] and answer["label"] == "all of it" and answer["config"]["optimizer"]["name"] == "sgd"
    assert len(answer["class_names"]) == 10
    assert client.get(f"/api/runs/{folder.id}/result").json() == folder.result()
    assert client.get(f"/api/runs/{folder.id}/epochs").json()["epochs"] == folder.epochs()


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


def test_the_log_comes_in_pieces_and_again_from_its_start_when_it_was_rotated(client, runs):
    run = SyntheticRun(runs)
    run.log("first 第一")
    answer = client.get(f"/api/runs/{run.folder.id}/log").json()
    run.log("second")
    more = client.get(f"/api/runs/{run.folder.id}/log?after={answer['next']}").json()
    assert answer["text"].split() == ["first", "第一"] and more["text"].split() == ["second"]
    run.folder.log_file.write_text("new\n", encoding="utf-8")
    assert client.get(f"/api/runs/{run.folder.id}/log?after={more['next']}").json()["text"].split() == ["new"]


def test_commands_reach_an_active_run_only(client, runs):
    active, over = SyntheticRun(runs).folder, write_run(runs, 40)
    reply = client.post(f"/api/runs/{active.id}/commands", json={"command": "pause"})
    assert reply.status_code == 202 and active.pending(0)[0]["command"] == "pause"
    assert active.pending(0)[0]["number"] == reply.json()["number"]
    unknown = client.post(f"/api/runs/{active.id}/commands", json={"command": "explode"})
    assert unknown.status_code == 400 and "known: pause" in unknown.json()["error"]
    assert client.post(f"/api/runs/{over.id}/commands", json={"command": "stop"}).status_code == 409
    assert over.pending(0) == []


def test_deleting_moves_to_the_trash_and_back(client, runs):
    active, over = SyntheticRun(runs).folder, write_run(runs, 40)
    before = sorted(path.name for path in over.path.rglob("*"))
    assert client.delete(f"/api/runs/{active.id}").status_code == 409
    assert client.delete(f"/api/runs/{over.id}").status_code == 204
    assert [run["id"] for run in client.get("/api/runs").json()["runs"]] == [active.id]
    assert client.post(f"/api/runs/{over.id}/restore").json() == {"id": over.id}
    assert sorted(path.name for path in over.path.rglob("*")) == before
    assert client.post(f"/api/runs/{over.id}/restore").status_code == 404
    assert client.post("/api/runs/..%2f..%2fx/restore").status_code == 404


def test_the_trash_is_weighed_and_emptied_for_good(client, runs):
    """Only runs in the trash go; those beside it, and what a link in them leads to, stay."""
    assert client.get("/api/trash").json() == client.delete("/api/trash").json() == {"count": 0, "bytes": 0}
    kept, *gone = [write_run(runs, 40) for _ in range(3)]
    beside = runs.parent / "beside.txt"
    beside.write_text("not ours", encoding="utf-8")
    link = gone[0].path / "link.txt"
    link.symlink_to(beside)
    for folder in gone:
        client.delete(f"/api/runs/{folder.id}")
    weight = sum(path.lstat().st_size for path in (runs / ".trash").rglob("*") if path.is_symlink() or path.is_file())
    assert client.get("/api/trash").json() == {"count": 2, "bytes": weight}
    assert client.delete("/api/trash").json() == {"count": 0, "bytes": 0}
    assert list((runs / ".trash").iterdir()) == []
    assert kept.path.is_dir() and beside.read_text(encoding="utf-8") == "not ours"
    assert client.post(f"/api/runs/{gone[0].id}/restore").status_code == 404


def test_wrong_arguments_are_named_and_show_no_trace(client, runs):
    folder = write_run(runs, 40)
    for query in ("after=x", "after=-1", "event=1e99", "life=[]"):
        reply = client.get(f"/api/runs/{folder.id}/live?{query}")
        assert reply.status_code == 422 and reply.json()["faults"][0]["field"] == query.split("=")[0]
    for query in ("points=0", "points=10000000", "smoothing=1", "smoothing=nan", "start=-5"):
        assert client.get(f"/api/runs/{folder.id}/series?names=loss&{query}").status_code == 422, query
    reply = client.post(f"/api/runs/{folder.id}/commands", content=b"{", headers={"content-type": "application/json"})
    assert reply.status_code == 422 and "Traceback" not in reply.text
    assert client.get("/api/nowhere").json()["error"]


def test_texts_charts_schema_and_presets(client, tmp_path):
    assert client.get("/api/texts?language=zh").json() == texts.catalogue("zh")
    assert client.get("/api/texts?language=../../etc").status_code == 404
    charts = client.get("/api/charts").json()
    assert {"loss", "accuracy"} <= {chart["name"] for chart in charts}
    assert [chart["order"] for chart in charts] == sorted(chart["order"] for chart in charts)
    schema = client.get("/api/schema").json()
    assert (
        "depth" in schema["kinds"]["models"]["resnet"]["options"]["properties"]
        and schema["sections"]["model"] == "models"
    )
    (tmp_path / "presets" / "more").mkdir(parents=True)
    good = "about: {title: {en: Good, zh: 好}, quick: null}\nmodel: {depth: 20}\n"
    (tmp_path / "presets" / "good.yaml").write_text(good, encoding="utf-8")
    (tmp_path / "presets" / "more" / "bad.yaml").write_text("model: [", encoding="utf-8")
    presets = {preset["name"]: preset for preset in client.get("/api/presets").json()}
    assert presets["good"]["title"] == {"en": "Good", "zh": "好"} and presets["good"]["changes"] == {
        "model": {"depth": 20}
    }
    assert presets["good"]["faults"] == [] and presets["more/bad"]["faults"]


def test_check_names_every_fault_or_gives_back_the_config(client):
    faults = client.post("/api/check", json={"config": {"optimizer": {"learning_rate": -1}, "batch_sise": 3}}).json()
    assert {fault["field"] for fault in faults["faults"]} == {"optimizer.learning_rate", "batch_sise"}
    assert faults["config"] is None
    fine = client.post("/api/check", json={"config": {"batch_size": 64}}).json()
    assert fine["faults"] == [] and fine["config"]["batch_size"] == 64 and fine["yaml"] == "batch_size: 64\n"


def test_a_folder_that_cannot_be_used_starts_nothing(client, runs, tmp_path):
    """Pressed without the engine having been asked: no run is made, and the causes stand beside their field."""
    order = {"config": {"data": {"name": "image_folder", "path": "absent"}}, "request": "a" * 32}
    reply = client.post("/api/runs", json=order)
    (fault,) = reply.json()["faults"]
    assert reply.status_code == 422 and (fault["field"], fault["code"]) == ("data.path", "folder_absent")
    assert fault["values"] == {"path": str(tmp_path / "data" / "absent")} and not list(runs.glob("*-*"))


def test_a_config_of_a_synthetic_run_is_read_like_any_other(runs):
    folder = runs_folder.create(runs, settings(), settings())
    assert folder.config() == settings()
