"""The routes say what the run folders hold: all of it, and nothing else."""

import os

import pytest

from dashboard.form import form_state
from engine.config.differences import resolve
from engine.runs import all_runs, example_run, series
from tests.synthetic_run import SyntheticRun, settings, write_run

PAYLOADS = [
    "<img src=x onerror=alert(1)>",
    "${alert(1)}",
    "{{7*7}}",
    "[x](javascript:alert(1))",
    '"; \u202e=cmd()',
    "../..",
]


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
    reply = client.patch(f"/api/runs/{folder.id}", json={"tags": ["good", "x" * 100_000]})
    assert reply.status_code == 422 and reply.json()["faults"][0]["field"] == "tags.1"
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


def test_a_config_of_a_synthetic_run_is_read_like_any_other(runs):
    folder = all_runs.create(runs, settings(), settings())
    assert folder.config() == settings()


def test_some_runs_are_listed_by_their_ids(client, runs):
    first, second, third = (write_run(runs, 40, label=str(index)) for index in range(3))
    reply = client.get("/api/runs", params={"ids": f"{third.id},20200101-000000-0000,{first.id}"}).json()["runs"]
    assert {run["id"] for run in reply} == {first.id, third.id}
    everything = client.get("/api/runs").json()["runs"]
    assert [run for run in everything if run["id"] != second.id] == reply


def test_a_run_tells_its_group_and_seed(client, runs):
    folder = write_run(runs, 40, config=settings(seed=7) | {"group": "five seeds"})
    about = client.get(f"/api/runs/{folder.id}").json()
    assert (about["group"], about["seed"]) == ("five seeds", 7)


def test_a_run_whose_config_was_edited_shows_what_it_trains_with_and_asks_before_it_is_resumed(client, runs):
    folder = write_run(runs, 300, state="stopped")
    folder.keep_trained_config(resolve({"batch_size": 64}).model_dump())
    folder.write_config(resolve({"batch_size": 32}).model_dump(), {"batch_size": 32})
    shown = client.get(f"/api/runs/{folder.id}").json()
    assert shown["config"]["batch_size"] == 64 == shown["changes"]["batch_size"]
    assert shown["edited"] == [{"field": "batch_size", "trained": 64, "written": 32}]
    for order, word in (({}, "batch_size 64 -> 32"), ({"settings": "edited"}, "cannot continue with other settings")):
        reply = client.post(f"/api/runs/{folder.id}/resume", json=order)
        assert reply.status_code == 409 and word in reply.json()["error"]
    assert client.post(f"/api/runs/{folder.id}/resume", json={"settings": "both"}).status_code == 422
    old = write_run(runs, 300)
    assert client.get(f"/api/runs/{old.id}").json()["edited"] == []


def test_the_example_is_read_from_any_folder_of_runs_and_changed_only_in_its_own(client, runs):
    mine = write_run(runs, 40)
    listed = client.get("/api/runs").json()
    assert [run["id"] for run in listed["runs"]] == [mine.id] and listed["example"] == example_run.ID
    address = f"/api/runs/{example_run.ID}"
    assert client.get(address).json()["label"].startswith("The example")
    assert client.get(f"{address}/live").json()["status"]["state"] == "finished"
    assert client.get(f"{address}/maps").status_code == 200
    state = {"form": form_state.blank(), "preset": ""}
    filled = client.post("/api/form/run", json={"state": state, "value": example_run.ID}).json()
    assert filled["form"]["data"]["name"] == "clothing"
    for answer in (
        client.patch(address, json={"label": "mine"}), client.delete(address), client.post(f"{address}/kill"),
        client.post(f"{address}/resume"), client.post(f"{address}/commands", json={"command": "stop"}),
    ):  # fmt: skip
        assert answer.status_code == 409 and "ships with Thaw" in answer.json()["error"]
