"""Nothing that is loaded can run code: hostile weights, YAML and pictures, while somebody hears what Python starts."""

import importlib
import os
import pickle
import socket
import subprocess

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from engine.config.yaml_files import parse
from engine.datasets._dataset import decode
from engine.training import checkpoint
from engine.worker import picture_files


def test_the_guard_hears_programs_and_connections(nothing_runs):
    """What it is for: whoever tries is stopped and remembered."""
    for reach_out in (
        lambda: os.system("true"),
        lambda: subprocess.run(["true"], check=False),
        lambda: socket.create_connection(("127.0.0.1", 9), timeout=1),
    ):
        with pytest.raises(PermissionError, match="must not reach out"):
            reach_out()
    assert len(nothing_runs) >= 3
    nothing_runs.clear()


class Call:
    """A pickle of this calls a function where it is loaded."""

    def __init__(self, function, *arguments):
        self.called = function, arguments

    def __reduce__(self):
        return self.called


HOSTILE = {
    "os.system": Call(os.system, "true"),
    "Popen": Call(subprocess.Popen, ["true"]),
    "connection": Call(socket.create_connection, ("127.0.0.1", 9), 1),
    "exec": Call(exec, "import os; os.system('true')"),
    "eval": Call(eval, "__import__('os').system('true')"),
    "import": Call(importlib.import_module, "antigravity"),
}


@pytest.mark.parametrize("packed", ["pickle", "torch", "inside a state dict"])
@pytest.mark.parametrize("name", HOSTILE)
def test_no_weights_file_runs_code(name, packed, nothing_runs, tmp_path):
    """Refused, not loaded in some other way instead."""
    path, content = tmp_path / "net.pth", {"weight": HOSTILE[name]}
    if packed == "pickle":
        path.write_bytes(pickle.dumps(content))
    else:
        torch.save({"state_dict": content | {"bias": torch.zeros(2)}} if packed != "torch" else content, path)
    with pytest.raises(ValueError, match=r"net\.pth holds Python objects beside weights"):
        checkpoint.read_weights_file(path)


def test_a_pickle_that_is_called_safetensors_is_not_unpickled(nothing_runs, tmp_path):
    path = tmp_path / "net.safetensors"
    path.write_bytes(pickle.dumps(HOSTILE["os.system"]))
    with pytest.raises(ValueError, match=r"net\.safetensors cannot be read as safetensors"):
        checkpoint.read_weights_file(path)
    save_file({"weight": torch.zeros(2)}, path)
    assert list(checkpoint.read_weights_file(path)) == ["weight"]


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system ['true']",
        "!!python/object/apply:subprocess.Popen [['true']]",
        "!!python/object/new:os.system ['true']",
        "!!python/name:os.system",
        "!!python/module:antigravity",
        "a: !!python/object:subprocess.Popen {args: 'true'}",
        "? !!python/object/apply:eval [\"__import__('os').system('true')\"]\n: 1",
    ],
)
def test_no_yaml_runs_code(text, nothing_runs):
    with pytest.raises(ValueError, match="could not determine a constructor"):
        parse(text)


PICTURES = {
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\n(true) run\nshowpage\n%%EOF\n",
    "pdf": b"%PDF-1.7\n1 0 obj<</OpenAction<</S/Launch/F(true)>>>>endobj\n",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><image href='http://127.0.0.1:9/x.png'/></svg>",
    "wmf": b"\xd7\xcd\xc6\x9a\x00\x00" + bytes(40),
    "pickle": pickle.dumps(HOSTILE["os.system"]),
}


@pytest.mark.parametrize("kind", PICTURES)
def test_no_picture_runs_anything(kind, nothing_runs, tmp_path):
    """Neither as an upload nor as an image of a data set, whatever it is called."""
    path = tmp_path / "cat.png"
    path.write_bytes(PICTURES[kind])
    with pytest.raises(ValueError, match="type not supported"):
        picture_files.read(path)
    with pytest.raises(ValueError, match=r"cat\.png cannot be read as an image"):
        decode(path, 8, 3)


def test_what_may_be_loaded_starts_nothing_either(nothing_runs, tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "cat.png")
    assert (
        picture_files.read(tmp_path / "cat.png").image.size == (8, 8) and decode(tmp_path / "cat.png", 4, 3).any() == 0
    )
    torch.save({"weight": torch.zeros(2)}, tmp_path / "net.pth")
    assert list(checkpoint.read_weights_file(tmp_path / "net.pth")) == ["weight"]
    assert parse("a: 1") == {"a": 1}
