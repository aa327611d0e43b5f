"""A file that crashes its decoder is a damaged picture, and the worker lives on."""

import subprocess
import sys

import pytest
from PIL import Image

from engine.worker import picture_files, picture_process


def test_a_tiff_is_read_as_in_this_process(tmp_path):
    path = tmp_path / "whole"
    Image.new("RGBA", (30, 20), (0, 0, 0, 128)).save(path, format="TIFF")
    apart, here = picture_process.read(path), picture_files.read(path)
    assert apart.image.mode == "RGB" and apart.image.tobytes() == here.image.tobytes()
    assert apart.notes == here.notes == ["transparency_on_white"]


def test_a_damaged_tiff_and_one_that_crashes_its_decoder_are_refused_in_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "damaged").write_bytes(b"II*\0" + bytes(20))
    with pytest.raises(ValueError, match=r"like TIFF.*damaged"):
        picture_process.read(tmp_path / "damaged")
    run, crash = subprocess.run, "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
    monkeypatch.setattr(subprocess, "run", lambda command, **more: run([sys.executable, "-c", crash], **more))
    with pytest.raises(ValueError, match=r"like TIFF.*damaged"):
        picture_process.read(tmp_path / "damaged")


@pytest.mark.usefixtures("nothing_runs")
def test_other_kinds_need_no_process(tmp_path):
    Image.new("L", (30, 20), 7).save(tmp_path / "plain", format="PNG")
    assert picture_process.read(tmp_path / "plain").image.getpixel((0, 0)) == (7, 7, 7)
