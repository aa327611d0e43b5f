"""What the machine has and how busy it is: cards, processor, memory, disk. Imports no torch.

Cards are read with nvidia-ml-py where a driver is there, everything else with psutil.
"""

import os
import platform
import shutil
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
import pynvml

MB = 1 << 20

# CUDA numbers cards by speed, the driver by slot. Both must mean the same card by `cuda:1`; set before torch is there.
os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")


@cache
def driver() -> ModuleType | None:
    """nvidia-ml-py, ready to be asked; None where there is no NVIDIA driver, or one that does not answer."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    return pynvml


def devices(ours: Mapping[int, str] | None = None, nvml: Any = None) -> list[dict[str, Any]]:
    """The processor and each card this process may use; memory in bytes.

    ours: process id -> run of trainings started here; every process on a card says whether it is one.
    """
    memory = psutil.virtual_memory()
    processor = {"name": "cpu", "title": processor_name(), "memory_total": memory.total,
                 "memory_free": memory.available, "processes": []}  # fmt: skip
    nvml = nvml or driver()
    if nvml is None:
        return [processor]
    return [processor, *(_card(nvml, i, handle, ours or {}) for i, handle in enumerate(_handles(nvml)))]


def choose_device(wish: str = "auto", nvml: Any = None) -> str:
    """The device to train on: `auto` is the card with most free memory, or the processor where there is none."""
    if wish != "auto":
        return "cuda:0" if wish == "cuda" else wish
    cards = [device for device in devices(nvml=nvml) if device["name"] != "cpu"]
    return max(cards, key=lambda card: card["memory_free"])["name"] if cards else "cpu"


def compute_capability(device: str, nvml: Any = None) -> tuple[int, int] | None:
    """The generation of a card, such as (8, 0) for NVIDIA's Ampere; None where there is no such card or it is mute."""
    nvml = nvml or driver()
    handles = _handles(nvml) if nvml and device.startswith("cuda") else []
    index = int(device.partition(":")[2] or 0)
    if index >= len(handles):
        return None
    try:
        major, minor = nvml.nvmlDeviceGetCudaComputeCapability(handles[index])
    except nvml.NVMLError:
        return None
    return int(major), int(minor)


def readings(folder: Path, ours: Mapping[int, str] | None = None) -> dict[str, Any]:
    """Everything at this moment: devices, processor and memory use in percent, the disk that holds `folder`."""
    memory = psutil.virtual_memory()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    disk = shutil.disk_usage(there)
    return {
        "devices": devices(ours), "cpu": {"title": processor_name(), "cores": os.cpu_count(),
                                          "percent": psutil.cpu_percent()},
        "memory": {"total": memory.total, "available": memory.available, "percent": memory.percent},
        "disk": {"path": str(folder), "total": disk.total, "free": disk.free},
    }  # fmt: skip


def be_polite(niceness: int) -> None:
    """Lower this process's priority, so that page and desktop stay quick; never raise one that is lower already."""
    process = psutil.Process()
    with suppress(psutil.Error):
        if sys.platform == "win32":
            process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        elif process.nice() < niceness:
            process.nice(niceness)


class Sampler:
    """Readings for the curves of a run, about the process that makes it and the device it trains on."""

    def __init__(self, device: str = "cpu", nvml: Any = None, before: float = 0.0):
        """before: seconds that an earlier process of the same run has told of."""
        self.process = psutil.Process()
        self.cores = os.cpu_count() or 1
        self.nvml: Any = nvml or driver()
        self.handle = self._handle(device)
        self.started = time.monotonic() - before
        self.process.cpu_percent()  # the first answer of both is 0.0: they count from the call before
        psutil.cpu_percent()

    def sample(self) -> dict[str, float]:
        """One row: seconds of the run, its pauses included, percent of the machine, MB, degrees Celsius, watts."""
        memory = psutil.virtual_memory()
        values = {
            "seconds": time.monotonic() - self.started, "cpu": psutil.cpu_percent(),
            "process_cpu": self.process.cpu_percent() / self.cores,
            "memory": self.process.memory_info().rss / MB, "memory_used_percent": memory.percent,
        }  # fmt: skip
        return values | (self._card() if self.handle is not None else {})

    def _handle(self, device: str) -> Any:
        if self.nvml is None or not device.startswith("cuda"):
            return None
        handles = _handles(self.nvml)
        index = int(device.partition(":")[2] or 0)
        return handles[index] if index < len(handles) else None

    def _card(self) -> dict[str, float]:
        """What the card tells; a reading that it does not have (or no longer, when it is lost) is left out."""
        nvml, handle = self.nvml, self.handle
        sources = {
            "gpu": lambda: nvml.nvmlDeviceGetUtilizationRates(handle).gpu,
            "gpu_memory": lambda: nvml.nvmlDeviceGetMemoryInfo(handle).used / MB,
            "gpu_temperature": lambda: nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU),
            "gpu_power": lambda: nvml.nvmlDeviceGetPowerUsage(handle) / 1000,
        }
        values = {}
        for name, read in sources.items():
            with suppress(nvml.NVMLError):
                values[name] = float(read())
        return values


@cache
def processor_name() -> str:
    """What the processor calls itself, and its cores."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text(encoding="utf-8", errors="replace").splitlines()
        name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), name)
    return f"{name}, {os.cpu_count()} cores"


def _handles(nvml: Any) -> list[Any]:
    """The cards in the order in which CUDA numbers them for this process (CUDA_VISIBLE_DEVICES)."""
    try:
        everything = [nvml.nvmlDeviceGetHandleByIndex(i) for i in range(nvml.nvmlDeviceGetCount())]
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        if visible is None:
            return everything
        names = [_text(nvml.nvmlDeviceGetUUID(handle)) for handle in everything]
    except nvml.NVMLError:
        return []
    handles = []
    for word in map(str.strip, visible.split(",")):
        matches = [handle for i, handle in enumerate(everything) if word in (str(i), names[i])]
        matches = matches or [handle for i, handle in enumerate(everything) if word and names[i].startswith(word)]
        if not matches:
            break  # as CUDA does: what follows an unknown card is not seen
        handles.append(matches[0])
    return handles


def _card(nvml: Any, index: int, handle: Any, ours: Mapping[int, str]) -> dict[str, Any]:
    card: dict[str, Any] = {"name": f"cuda:{index}", "title": f"GPU {index}", "memory_total": 0, "memory_free": 0,
                            "processes": []}  # fmt: skip
    with suppress(nvml.NVMLError):  # a card that fell off the bus answers nothing, and is shown without memory
        card["title"] = _text(nvml.nvmlDeviceGetName(handle))
        memory = nvml.nvmlDeviceGetMemoryInfo(handle)
        card |= {"memory_total": memory.total, "memory_free": memory.free}
        processes = nvml.nvmlDeviceGetComputeRunningProcesses(handle)
        card["processes"] = [
            {"pid": process.pid, "user": _user(process.pid), "memory": process.usedGpuMemory,
             "ours": ours.get(process.pid)}
            for process in processes
        ]  # fmt: skip
    return card


def _user(pid: int) -> str | None:
    """Whose process it is; None where the system does not tell."""
    try:
        return psutil.Process(pid).username()
    except (psutil.Error, KeyError):
        return None


def _text(name: str | bytes) -> str:
    """Older drivers' bindings answer with bytes."""
    return name.decode("utf-8", errors="replace") if isinstance(name, bytes) else name
