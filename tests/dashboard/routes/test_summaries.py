"""A finished run is read again where its files have changed."""

from tests.synthetic_run import write_run


def test_a_finished_run_is_listed_anew_when_its_files_change(client, runs):
    folder = write_run(runs, 40, label="before")
    assert client.get("/api/runs").json()["runs"][0]["label"] == "before"
    assert client.patch(f"/api/runs/{folder.id}", json={"label": "after"}).json()["label"] == "after"
    assert client.get("/api/runs").json()["runs"][0]["label"] == "after"
