"""The command line."""

from engine.__main__ import main
from engine.config import presets


def test_the_command_line_is_content_with_every_preset(tmp_path, capsys):
    assert main(["check", *presets.names(), "--data", str(tmp_path)]) == 0
    assert "must/dtd_b16: data.path: folder " in capsys.readouterr().out
