"""A download tells how far it is, happens once, waits for another, and says what to do where it fails."""

from pathlib import Path

import pytest
import torch
from filelock import FileLock

from engine.datasets import _torchvision
from tests.engine.datasets.painted import silent
from tests.engine.datasets.tiny_mnist import Tiny


def test_a_download_tells_its_progress_and_happens_once(site: Path, tmp_path: Path) -> None:
    data, lines = tmp_path / "数据 data", []
    train, test, _ = _torchvision.load_splits(Tiny, data, lines.append, "1 kB")
    assert train.images(torch.arange(20)).shape == (20, 1, 28, 28)
    assert test.targets.tolist() == list(range(10))
    assert any(site.as_uri() in line for line in lines) and any("100 %" in line for line in lines)
    for path in site.iterdir():
        path.unlink()
    lines.clear()
    assert len(_torchvision.load_splits(Tiny, data, lines.append, "1 kB")[0]) == 20 and not lines


def test_files_fetched_by_hand_are_used(site: Path, tmp_path: Path) -> None:
    raw, lines = tmp_path / "data" / "Tiny" / "raw", []
    raw.mkdir(parents=True)
    for path in site.iterdir():
        path.rename(raw / path.name)
    assert len(_torchvision.load_splits(Tiny, tmp_path / "data", lines.append, "1 kB")[0]) == 20 and not lines


@pytest.mark.parametrize("fault", ["missing", "damaged"])
def test_a_failed_download_says_what_to_do_by_hand_and_leaves_nothing_half_done(
    fault: str, site: Path, tmp_path: Path
) -> None:
    labels = site / "t10k-labels-idx1-ubyte.gz"
    labels.unlink() if fault == "missing" else labels.write_bytes(b"half")
    with pytest.raises(ValueError) as error:
        _torchvision.load_splits(Tiny, tmp_path / "data", silent, "1 kB")
    told = str(error.value)
    assert "Tiny (1 kB) could not be downloaded into" in told and "by hand" in told
    assert labels.as_uri() in told and str(tmp_path / "data" / "Tiny" / "raw" / labels.name) in told
    assert not (tmp_path / "data" / "Tiny" / "raw" / labels.name).exists()


def test_a_second_download_waits_for_the_first(site: Path, tmp_path: Path) -> None:
    lock, lines = FileLock(tmp_path / "Tiny.lock", thread_local=False), []
    lock.acquire()

    def progress(line: str) -> None:
        lines.append(line)
        if "waiting" in line:
            lock.release()

    assert len(_torchvision.load_splits(Tiny, tmp_path, progress, "1 kB")[0]) == 20
    assert "waiting for another download" in lines[0]
