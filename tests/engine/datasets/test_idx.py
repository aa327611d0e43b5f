"""Files of the idx format are read whole or refused."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from engine.datasets._idx import read_idx
from tests.engine.datasets.tiny_mnist import idx


@pytest.mark.parametrize("compress", [gzip.compress, bytes])
def test_idx_files_are_read_whole_or_refused(compress, tmp_path: Path) -> None:
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    path = tmp_path / ("a.gz" if compress is gzip.compress else "a")
    path.write_bytes(compress(idx(array)))
    assert read_idx(path).tolist() == array.tolist()
    for broken in (
        compress(idx(array)[:-1]),
        compress(b""),
        compress(b"\0\0\x0d\1" + bytes(4)),
        path.read_bytes()[:20],
    ):
        path.write_bytes(broken)
        with pytest.raises(ValueError, match="fetch it again"):
            read_idx(path)
