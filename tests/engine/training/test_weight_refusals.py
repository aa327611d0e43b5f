"""A file that is not read as weights is told by what it is, in words of our own."""

import zipfile

import pytest
import torch
from torch import nn

from engine.messages.coded_error import CodedError
from engine.training import checkpoint

TEXTS = {
    "a page": b"<!DOCTYPE html><html>404</html>",
    "a pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 9\n",
    "an answer": b'{"error": "not found"}',
}


@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
@pytest.mark.parametrize("content", TEXTS.values(), ids=list(TEXTS))
def test_a_text_in_place_of_weights_is_called_one(tmp_path, content, suffix):
    path = tmp_path / f"net.{suffix}"
    path.write_bytes(content)
    with pytest.raises(CodedError) as refused:
        checkpoint.read_weights_file(path)
    assert refused.value.code == "weights_text"


def test_no_file_is_refused_with_the_advice_to_load_it_unsafely(tmp_path):
    torch.save(nn.Linear(3, 2), tmp_path / "whole.pth")
    torch.save(nn.Linear(3, 2).state_dict(), tmp_path / "cut.pth")
    (tmp_path / "cut.pth").write_bytes((tmp_path / "cut.pth").read_bytes()[:-200])
    (tmp_path / "zeros.pth").write_bytes(bytes(4096))
    (tmp_path / "empty.pth").touch()
    with zipfile.ZipFile(tmp_path / "script.pth", "w") as script:
        script.writestr("net/constants.pkl", b"")
        script.writestr("net/code/net.py", "")
        script.writestr("net/data.pkl", b"")
    told = {
        "whole": "weights_refused",
        "cut": "weights_damaged",
        "zeros": "weights_damaged",
        "empty": "weights_damaged",
    }
    for name, code in (told | {"script": "weights_script"}).items():
        with pytest.raises(CodedError) as refused:
            checkpoint.read_weights_file(tmp_path / f"{name}.pth")
        assert refused.value.code == code, name
        said = str(refused.value)
        assert "weights_only" not in said and "trust" not in said and "\x1b" not in said


@pytest.mark.parametrize("other", ["sparse", "csr", "meta", "quantised"])
def test_tensors_that_are_not_plain_numbers_are_refused_by_name(tmp_path, other):
    made = {
        "sparse": lambda value: value.to_sparse(),
        "csr": lambda value: value.to_sparse_csr(),
        "meta": lambda value: value.to("meta"),
        "quantised": lambda value: torch.quantize_per_tensor(value, 0.1, 0, torch.qint8),
    }
    torch.save({"bias": torch.ones(2), "head.weight": made[other](torch.ones(2, 2))}, tmp_path / "net.pth")
    with pytest.raises(CodedError) as refused:
        checkpoint.read_weights_file(tmp_path / "net.pth")
    assert refused.value.as_dict()["code"] == "weights_not_plain" and refused.value.values["name"] == "head.weight"
