"""An edit of config.yaml is told once, also one that came before the first look."""

from engine.config.yaml_files import dump
from engine.training.config_watch import ConfigWatch
from tests.training import Ears, new_run


class Heard(Ears):
    def __init__(self, folder):
        super().__init__(folder)
        self.fields = []

    def event(self, kind, fields=""):
        assert (kind == "config_edited") == bool(fields)
        self.fields.append(fields or kind)


def test_each_edit_is_told_once(tmp_path):
    folder = new_run(tmp_path)
    folder.keep_trained_config(folder.config())
    heard = Heard(folder)
    watch = ConfigWatch(folder, heard)

    def write(**settings):
        folder.config_file.write_text(dump(folder.trained_config() | settings), encoding="utf-8")
        for _ in range(2):
            watch.look()

    write(seed=5)
    assert heard.fields == ["seed 0 -> 5"]
    write(seed=5, label="")  # touched, the same
    assert len(heard.fields) == 1
    write()
    write(seed=5)
    assert len(heard.fields) == 2
    folder.config_file.unlink()
    for _ in range(2):
        watch.look()
    assert heard.fields[2:] == ["config_lost"]
