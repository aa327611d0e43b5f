"""Reader of the idx format of MNIST: a header of big-endian sizes, then bytes. http://yann.lecun.com/exdb/mnist"""

import gzip
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

UNSIGNED_BYTES = 8


def read_idx(path: Path) -> Tensor:
    """The uint8 array in a .gz or plain idx file. Raises ValueError if it is damaged or holds something else."""
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (EOFError, gzip.BadGzipFile) as error:
        raise ValueError(f"{path} is damaged ({error}); fetch it again") from error
    dimensions = content[3] if len(content) > 3 else 0
    start = 4 + 4 * dimensions
    shape = [int.from_bytes(content[i : i + 4], "big") for i in range(4, start, 4)]
    if content[:3] != bytes([0, 0, UNSIGNED_BYTES]) or len(content) - start != np.prod(shape):
        raise ValueError(f"{path} is not a whole idx file of bytes; fetch it again")
    return torch.from_numpy(np.frombuffer(content, np.uint8, offset=start).copy()).reshape(shape)
