"""The switches of the process are set as the config says, and what a device cannot do or does slower is said."""

import inspect
import re

import pytest
import torch

from dashboard import texts
from engine.config.differences import resolve
from engine.device import precision
from engine.process.run_process import train_run
from tests.training import batch, new_run, new_trainer

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def restored():
    yield
    precision.set_switches(resolve({}), CPU)


def test_the_defaults_are_fast_and_warn_of_nothing():
    assert precision.set_switches(resolve({}), CPU) == []
    assert torch.backends.cuda.matmul.fp32_precision == torch.backends.cudnn.conv.fp32_precision == "tf32"
    assert torch.backends.cudnn.benchmark and not torch.are_deterministic_algorithms_enabled()


def test_exact_products_and_deterministic_algorithms_can_be_had():
    precision.set_switches(resolve({"tf32": False, "deterministic": True}), CPU)
    assert torch.backends.cuda.matmul.fp32_precision == torch.backends.cudnn.conv.fp32_precision == "ieee"
    assert not torch.backends.cudnn.benchmark and torch.are_deterministic_algorithms_enabled()


@pytest.mark.parametrize(("capability", "warned"), [("AVX2", True), ("DEFAULT", True), ("AVX512", False)])
def test_a_cpu_without_bf16_of_its_own_is_said_to_be_slow_at_it(monkeypatch, capability, warned):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    warnings = precision.set_switches(resolve({"precision": "bf16"}), CPU)
    assert any("bf16" in text for text in warnings) == warned


def test_compile_on_a_cpu_without_a_compiler_is_refused_with_what_to_do(monkeypatch):
    monkeypatch.setattr(precision.shutil, "which", lambda name: None)
    with pytest.raises(ValueError, match="needs a C\\+\\+ compiler on a CPU, and none is installed; install one, or"):
        precision.set_switches(resolve({"compile": True}), CPU)
    monkeypatch.setattr(precision.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert "gains little on a CPU" in precision.set_switches(resolve({"compile": True}), CPU)[0]


OLD, TURING, AMPERE, MUTE = (6, 1), (7, 5), (8, 0), None


@pytest.mark.parametrize(
    ("capability", "settings", "said"),
    [
        (OLD, {"precision": "bf16"}, ["bf16_without_tensor_cores"]),
        (TURING, {"precision": "bf16"}, ["bf16_on_old_gpu"]),
        (AMPERE, {"precision": "bf16"}, []),
        (MUTE, {"precision": "bf16"}, []),
        (OLD, {"precision": "fp16"}, ["fp16_on_old_gpu"]),
        (TURING, {"precision": "fp16"}, []),
        (TURING, {}, ["tf32_on_old_gpu"]),
        (TURING, {"tf32": False}, []),
        (AMPERE, {}, []),
        (AMPERE, {"compile": True, "deterministic": True}, ["deterministic_on_gpu"]),
    ],
)
def test_what_a_gpu_does_slower_is_said_by_its_compute_capability(monkeypatch, capability, settings, said):
    monkeypatch.setattr(precision.hardware, "compute_capability", lambda device: capability)
    monkeypatch.setattr(precision, "find_spec", lambda name: "there")
    assert list(precision.remarks(resolve(settings), "cuda:0")) == said
    assert len(precision.set_switches(resolve(settings), torch.device("cuda:0"))) == len(said)


@pytest.mark.parametrize(
    ("capability", "triton", "says"),
    [
        (OLD, "there", r"^compile: torch.compile needs a GPU of compute capability 7.0 or newer, and this one has 6.1"),
        (
            AMPERE,
            None,
            r"^compile: torch.compile needs the package triton on a GPU, and it is not installed; install it",
        ),
    ],
)
def test_compile_on_a_gpu_that_cannot_is_refused_with_what_to_do(monkeypatch, capability, triton, says):
    monkeypatch.setattr(precision.hardware, "compute_capability", lambda device: capability)
    monkeypatch.setattr(precision, "find_spec", lambda name: triton)
    with pytest.raises(ValueError, match=says):
        precision.remarks(resolve({"compile": True}), "cuda:0")


def test_what_is_uncertain_on_an_apple_gpu_is_said():
    settings = {"precision": "bf16", "compile": True, "deterministic": True}
    assert list(precision.remarks(resolve(settings), "mps")) == ["compile_on_mps", "deterministic_on_mps"]
    assert precision.remarks(resolve({}), "mps") == {}


def test_every_remark_has_its_sentence_in_the_texts_of_the_page():
    """The page says them in the reader's language, by their short name."""
    source = inspect.getsource(precision)
    codes = set(re.findall(r'found\["(\w+)"\]', source))
    assert codes and {f"trial.remark.{code}" for code in codes} <= set(texts.catalogue("en"))


def test_pure_fp16_keeps_weights_in_16_bits_and_norms_in_32_and_trains_nearly_as_fp32_at_first(tmp_path):
    settings = {"optimizer": {"learning_rate": 0.01}, "model": {"depth": 8}, "attention": "none", "probe_images": 0}
    short, whole = (new_trainer(tmp_path, settings | {"precision": one}) for one in ("pure_fp16", "fp32"))
    norms = {name for name, module in short.model.named_modules() if isinstance(module, torch.nn.BatchNorm2d)}
    for name, parameter in short.model.named_parameters():
        is_norm = name.rpartition(".")[0] in norms
        assert parameter.dtype == (torch.float32 if is_norm else torch.float16), name
    assert not short.stepper.updater.scaler.is_enabled()
    losses = [[trainer.step(batch(trainer, 4, 4 * step))["loss"] for step in range(2)] for trainer in (short, whole)]
    assert losses[0][0].dtype == torch.float32
    torch.testing.assert_close(torch.stack(losses[0]), torch.stack(losses[1]), rtol=0.05, atol=0)
    assert losses[0] != losses[1]


@pytest.mark.parametrize("precision", ["fp16", pytest.param("pure_fp16", marks=pytest.mark.slow)])
def test_a_run_says_it_before_it_starts(tmp_path, precision):
    folder = new_run(tmp_path, {"precision": precision, "stages": [{"epochs": 1}], "ema_decay": 0.9})
    assert train_run(folder, tmp_path) == "finished", folder.log(0)[0]
    kinds = [event["kind"] for event in folder.events()]
    warning = next(event for event in folder.events() if event["kind"] == "warning")
    assert "slower than fp32 on a CPU" in warning["text"]
    assert kinds.index("warning") < kinds.index("stage_began") and kinds[-1] == "finished"
