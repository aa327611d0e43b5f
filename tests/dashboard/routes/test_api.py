"""What belongs to no run: texts, charts, schema, presets and the check."""

from tests.synthetic_run import write_run


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


def test_check_names_every_fault_or_gives_back_the_config(client):
    faults = client.post("/api/check", json={"config": {"optimizer": {"learning_rate": -1}, "batch_sise": 3}}).json()
    assert {fault["field"] for fault in faults["faults"]} == {"optimizer.learning_rate", "batch_sise"}
    assert faults["config"] is None
    fine = client.post("/api/check", json={"config": {"batch_size": 64}}).json()
    assert fine["faults"] == [] and fine["config"]["batch_size"] == 64 and fine["yaml"] == "batch_size: 64\n"
