"""Readings of the machine: the cards that CUDA would use, in its order, and rows that lack what cannot be read."""

import math
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from engine import hardware

ROOT = Path(__file__).parents[2]
GB = 1 << 30


class FakeDriver:
    """nvidia-ml-py as far as it is asked: three cards, of which some questions may fail."""

    NVML_TEMPERATURE_GPU = 0

    class NVMLError(Exception):
        pass

    def __init__(self, free=(10, 70, 40), broken=()):
        self.free, self.broken = free, broken

    def answer(self, question, value):
        if question in self.broken:
            raise self.NVMLError(question)
        return value

    def nvmlDeviceGetCount(self):
        return self.answer("count", len(self.free))

    def nvmlDeviceGetHandleByIndex(self, index):
        return index

    def nvmlDeviceGetUUID(self, handle):
        return f"GPU-{handle}abc-{handle}"

    def nvmlDeviceGetName(self, handle):
        return self.answer("name", f"Card {handle}".encode())

    def nvmlDeviceGetMemoryInfo(self, handle):
        free = self.free[handle] * GB
        return self.answer("memory", SimpleNamespace(total=80 * GB, free=free, used=80 * GB - free))

    def nvmlDeviceGetComputeRunningProcesses(self, handle):
        ours = [SimpleNamespace(pid=os.getpid(), usedGpuMemory=2 * GB), SimpleNamespace(pid=2**22, usedGpuMemory=None)]
        return self.answer("processes", ours)

    def nvmlDeviceGetUtilizationRates(self, handle):
        return self.answer("use", SimpleNamespace(gpu=97, memory=50))

    def nvmlDeviceGetTemperature(self, handle, sensor):
        return self.answer("temperature", 61)

    def nvmlDeviceGetPowerUsage(self, handle):
        return self.answer("power", 412_500)


@pytest.fixture(autouse=True)
def no_card(monkeypatch):
    monkeypatch.setattr(hardware, "driver", lambda: None)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def cards(nvml):
    return {device["name"]: device["title"] for device in hardware.devices(nvml=nvml) if device["name"] != "cpu"}


def test_without_a_driver_there_is_the_processor():
    (processor,) = hardware.devices()
    assert processor["name"] == "cpu" and str(os.cpu_count()) in processor["title"]
    assert processor["memory_total"] == psutil.virtual_memory().total
    assert 0 < processor["memory_free"] <= processor["memory_total"]
    assert hardware.choose_device("auto") == "cpu"


def test_each_card_is_listed_with_its_memory_and_whose_processes_are_on_it():
    _, card, *_ = hardware.devices({os.getpid(): "20261122-000000-abcd"}, FakeDriver())
    assert card["name"] == "cuda:0" and card["title"] == "Card 0"
    assert (card["memory_total"], card["memory_free"]) == (80 * GB, 10 * GB)
    mine, gone = card["processes"]
    assert mine == {"pid": os.getpid(), "user": psutil.Process().username(), "memory": 2 * GB,
                    "ours": "20261122-000000-abcd"}  # fmt: skip
    assert gone["user"] is None and gone["ours"] is None and gone["memory"] is None


def test_auto_is_the_card_with_most_free_memory_and_a_wish_is_a_wish():
    assert hardware.choose_device("auto", FakeDriver()) == "cuda:1"
    assert hardware.choose_device("auto", FakeDriver(free=(10, 7, 40))) == "cuda:2"
    for wish, device in (("cuda:2", "cuda:2"), ("cuda", "cuda:0"), ("cpu", "cpu")):
        assert hardware.choose_device(wish, FakeDriver()) == device


@pytest.mark.parametrize(
    ("visible", "titles"),
    [
        ("2,0", ["Card 2", "Card 0"]),
        (" 1 ", ["Card 1"]),
        ("GPU-2abc-2,1", ["Card 2", "Card 1"]),
        ("GPU-1a", ["Card 1"]),
        ("0,7,1", ["Card 0"]),
        ("-1", []),
        ("", []),
    ],
)
def test_cards_are_numbered_as_cuda_does_for_this_process(monkeypatch, visible, titles):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert list(cards(FakeDriver()).values()) == titles
    assert list(cards(FakeDriver())) == [f"cuda:{i}" for i in range(len(titles))]
    if not titles:
        assert hardware.choose_device("auto", FakeDriver()) == "cpu"


def test_a_lost_card_or_driver_is_no_error():
    lost = FakeDriver(broken=("name", "memory", "processes"))
    assert cards(lost) == {"cuda:0": "GPU 0", "cuda:1": "GPU 1", "cuda:2": "GPU 2"}
    assert cards(FakeDriver(broken=("count",))) == {}
    assert hardware.choose_device("auto", FakeDriver(broken=("count",))) == "cpu"


def test_a_row_on_the_processor_has_no_card_in_it():
    row = hardware.Sampler("cpu", FakeDriver()).sample()
    assert set(row) == {"seconds", "cpu", "process_cpu", "memory", "memory_used_percent"}
    assert all(isinstance(value, float) and math.isfinite(value) for value in row.values())
    assert row["seconds"] > 0 and row["memory"] == pytest.approx(
        psutil.Process().memory_info().rss / (1 << 20), rel=0.2
    )


def test_a_row_on_a_card_is_about_that_card_in_the_documented_units(monkeypatch):
    row = hardware.Sampler("cuda:1", FakeDriver()).sample()
    assert (row["gpu"], row["gpu_memory"], row["gpu_temperature"], row["gpu_power"]) == (97, 10 * 1024, 61, 412.5)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2")
    assert hardware.Sampler("cuda:0", FakeDriver()).sample()["gpu_memory"] == 40 * 1024


def test_what_a_card_does_not_tell_is_left_out():
    sampler = hardware.Sampler("cuda:0", FakeDriver(broken=("power", "temperature")))
    row = sampler.sample()
    assert "gpu_power" not in row and "gpu_temperature" not in row and row["gpu"] == 97
    sampler.nvml.broken = ("power", "temperature", "use", "memory")
    assert set(sampler.sample()) == {"seconds", "cpu", "process_cpu", "memory", "memory_used_percent"}
    assert set(hardware.Sampler("cuda:9", FakeDriver()).sample()) == set(sampler.sample())


def test_the_process_counts_its_own_work():
    sampler = hardware.Sampler()
    assert sum(i * i for i in range(3_000_000))
    busy = sampler.sample()["process_cpu"]
    assert 0 < busy <= 101


def test_readings_of_a_folder_that_is_not_there_yet(tmp_path):
    readings = hardware.readings(tmp_path / "not" / "there")
    assert readings["disk"]["free"] > 0 and readings["devices"][0]["name"] == "cpu"
    assert 0 < readings["memory"]["available"] <= readings["memory"]["total"]


def test_cards_have_the_same_numbers_for_torch_as_for_us():
    script = "import engine.hardware, os, sys; print(os.environ['CUDA_DEVICE_ORDER'], 'torch' in sys.modules)"
    clean = {name: value for name, value in os.environ.items() if name != "CUDA_DEVICE_ORDER"}
    told = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=clean, capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["PCI_BUS_ID", "False"]
