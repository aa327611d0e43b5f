"""What a run is, within limits: the newest and the best of many checkpoints, and only files of the run itself."""

from dashboard.routes import run_description
from engine.runs import files
from tests.synthetic_run import write_run


def test_of_many_checkpoints_the_newest_and_the_best_are_told(client, runs, monkeypatch):
    monkeypatch.setattr(run_description, "MOST_CHECKPOINTS", 5)
    folder = write_run(runs, 40)
    before = len(folder.checkpoint_list())
    for iteration in range(1, 31):
        about = folder.checkpoint(iteration * 1000)
        about.path.mkdir()
        files.replace_json(about.about_file, {"name": "another", "kept_as": ["best"] if iteration == 7 else ["epoch"]})
    told = client.get(f"/api/runs/{folder.id}/checkpoints").json()
    assert [about["name"] for about in told["checkpoints"]] == [
        f"iteration-{iteration * 1000:08d}" for iteration in (7, 26, 27, 28, 29, 30)
    ]
    assert told["left_out"] == before + 30 - 6
    whole = client.get(f"/api/runs/{folder.id}").json()
    assert whole["checkpoints"] == told["checkpoints"] and whole["checkpoints_left_out"] == told["left_out"]


def test_the_weights_of_a_checkpoint_that_is_not_listed_can_be_downloaded(client, runs, monkeypatch):
    folder = write_run(runs)
    name = f"checkpoints/{folder.checkpoint_list()[0].name}/weights.safetensors"
    monkeypatch.setattr(run_description, "MOST_CHECKPOINTS", 1)
    assert client.get(f"/api/runs/{folder.id}/files/{name}").status_code == 200


def test_only_files_of_the_run_itself_are_given_away(client, runs, tmp_path):
    folder = write_run(runs)
    (tmp_path / "secret").write_text("mine", encoding="utf-8")
    folder.log_file.unlink()
    folder.log_file.symlink_to(tmp_path / "secret")
    for name in ("log.txt", "notes.json", "checkpoints/../../secret", "../../secret", "a/b/c"):
        assert client.get(f"/api/runs/{folder.id}/files/{name}").status_code == 404, name
    assert client.get(f"/api/runs/{folder.id}").json()["files"].count("log.txt") == 0
