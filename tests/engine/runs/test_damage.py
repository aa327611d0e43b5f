"""What is wrong with the files of a run is named, and only that."""

from engine.runs import damage
from engine.runs.json_lines import LeftOut
from tests.synthetic_run import write_run


def test_links_and_series_that_do_not_fit_are_named(tmp_path):
    folder = write_run(tmp_path)
    status = folder.status()
    assert damage.of_folder(folder, status) == []
    folder.log_file.unlink()
    folder.log_file.symlink_to(tmp_path / "secret")
    (folder.series / "loss.f64").write_bytes(b"")
    told = damage.of_folder(folder, status)
    assert [(each["code"], each["values"]["file"]) for each in told] == [
        ("entry_link", "log.txt"), ("series_damaged", "series/loss.f64"),
    ]  # fmt: skip
    assert told[0]["message"].startswith("log.txt is a link.")


def test_lines_that_are_left_out_are_counted():
    assert damage.of_lines("events.jsonl", LeftOut(0, 0)) == []
    codes = [told["code"] for told in damage.of_lines("events.jsonl", LeftOut(2, 5000))]
    assert codes == ["lines_damaged", "lines_skipped"]
