"""What is said of a file that is not read as weights, and which tensors are none that a network could take.

Torch's own words are left out: they advise to load the file in a way that can run code.
"""

import pickle
import re
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from engine.messages.coded_error import CodedError
from engine.runs.plain_files import opened

DAMAGED = (  # what a reader of pickles meets in a damaged one
    RuntimeError, EOFError, ValueError, pickle.UnpicklingError, LookupError, TypeError, AttributeError, ArithmeticError,
    AssertionError, struct.error,
)  # fmt: skip
GLOBAL = re.compile(r"GLOBAL ([\w.]{1,80})")  # in torch's message: the class or function that a file asks for
BEGINNING = 64  # bytes
SHOWN = 30  # letters of a text
TORCHS_PROTOCOL = 2  # of the pickles that torch writes
SCRIPT = "constants.pkl"  # what only TorchScript keeps
LEAST_LETTER = 32
TEXT_ENDS = b"\t\n\r"


def refusal(path: Path, error: Exception) -> CodedError:
    """Why a file of torch could not be read, by what it is."""
    if isinstance(error, OSError):
        return unopened(path, error)
    if text := text_in(path):
        return CodedError("weights_text", file=path.name, said=text)
    if _is_script(path):
        return CodedError("weights_script", file=path.name)
    asked = GLOBAL.search(str(error))
    if said := asked[1] if asked else _protocol(path):
        return CodedError("weights_refused", file=path.name, said=said)
    return CodedError("weights_damaged", file=path.name)


def unopened(path: Path, error: OSError) -> CodedError:
    return CodedError("weights_unopened", file=path.name, said=error.strerror or str(error))


def text_in(path: Path) -> str:
    """How a file begins that holds a text: a page in place of a download, or a pointer of Git LFS. Empty for others."""
    with opened(path) as file:
        start: bytes = file.read(BEGINNING)
    if any(byte < LEAST_LETTER and byte not in TEXT_ENDS for byte in start):
        return ""
    text = start.decode(errors="ignore").strip()
    return text.splitlines()[0][:SHOWN] if text else ""


def check_plain(file: str, weights: Mapping[str, Tensor]) -> None:
    """Raise ValueError where a tensor has no number at each place: a sparse, quantised one, or one of shapes only."""
    odd = [
        name
        for name, value in weights.items()
        if value.is_meta or value.is_quantized or value.is_nested or value.layout != torch.strided
    ]
    if odd:
        raise CodedError("weights_not_plain", file=file, name=odd[0], count=len(odd))


def _protocol(path: Path) -> str:
    """Which pickle a file is whose protocol torch never writes; empty for others."""
    with opened(path) as file:
        start: bytes = file.read(2)
    newer = len(start) == 2 and start[0] == pickle.PROTO[0] and TORCHS_PROTOCOL < start[1] <= pickle.HIGHEST_PROTOCOL
    return f"pickle protocol {start[1]}" if newer else ""


def _is_script(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as entries:
            return any(name.rpartition("/")[2] == SCRIPT for name in entries.namelist())
    except zipfile.BadZipFile:
        return False
