"""What there is to choose from: texts, charts, schema and presets."""

from dashboard import texts


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
