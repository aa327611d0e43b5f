"""What Linux, macOS, Windows and the libraries say when something runs out or breaks is understood as what it is."""

import errno
import os

import pytest

from engine.messages import causes
from engine.messages.causes import CAUSES, cause_of, in_short, memory_asked
from engine.messages.coded_error import CodedError


class WindowsError(OSError):
    """As Windows raises it: its own number, words in the language of the machine, and an errno that fits badly."""

    def __init__(self, winerror, words):
        super().__init__(errno.EINVAL, words, "C:\\runs\\x")
        self.winerror = winerror


CAUGHT = "Caught {kind} in DataLoader worker process 0.\nOriginal Traceback (most recent call last):\n  File x\n{last}"
SAID = {
    "memory": [
        # Linux, macOS, Windows
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you "
                     "tried to allocate 8589934592 bytes. Error code 12 (Cannot allocate memory)"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:121] data. DefaultCPUAllocator: not enough memory: you tried to "
                     "allocate 8589934592 bytes."),
        WindowsError(1455, "Die Auslagerungsdatei ist zu klein, um diesen Vorgang durchzufuehren"),
        RuntimeError("The paging file is too small for this operation to complete. (os error 1455)"),
        # cards
        RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 7.79 GiB"),
        RuntimeError("CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported"),
        RuntimeError("HIP out of memory. Tried to allocate 20.00 MiB"),
        RuntimeError("MPS backend out of memory (MPS allocated: 9.05 GB, max allowed: 9.07 GB)"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        # libraries
        MemoryError("Unable to allocate 3.20 GiB for an array with shape (60000, 3, 224, 224)"),
        RuntimeError("std::bad_alloc"),
        RuntimeError(CAUGHT.format(kind="RuntimeError", last="RuntimeError: can't allocate memory")),
    ],
    "shared_memory": [
        RuntimeError("DataLoader worker (pid(s) 31) exited unexpectedly: insufficient shared memory (shm)"),
        RuntimeError("unable to open shared memory object </torch_8_1> in read-write mode: No space left (28)"),
        RuntimeError("unable to mmap 602112 bytes from file </torch_8_2>: Cannot allocate memory (12)"),
        RuntimeError("unable to write to file </torch_11_3>: No space left on device (28)"),
    ],
    "files_open": [
        OSError(errno.EMFILE, "Too many open files"), OSError(errno.ENFILE, "Too many open files in system"),
        RuntimeError("received 0 items of ancdata"), WindowsError(4, "Le systeme ne peut pas ouvrir le fichier"),
    ],
    "processes": [
        BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"), RuntimeError("can't start new thread"),
        OSError(errno.EAGAIN, "Resource temporarily unavailable"),
    ],
    "reader_killed": [RuntimeError("DataLoader worker (pid 4711) is killed by signal: Killed. ")],
    "disk_full": [
        OSError(errno.ENOSPC, "No space left on device"), WindowsError(112, "Nicht genug Speicherplatz"),
        OSError("There is not enough space on the disk. (os error 112)"),
        Exception('Error while serializing: IoError(Os { code: 28, kind: StorageFull, message: "No space left" })'),
        OSError(CAUGHT.format(kind="OSError", last="OSError: [Errno 28] No space left on device: '/tmp/x'")),
    ],
    "quota": [OSError(errno.EDQUOT, "Disc quota exceeded"), Exception("Disk quota exceeded (os error 122)")],
    "file_too_large": [OSError(errno.EFBIG, "File too large"), WindowsError(223, "Die Datei ist zu gross")],
    "read_only": [OSError(errno.EROFS, "Read-only file system"), WindowsError(19, "Das Medium ist schreibgeschuetzt")],
    "denied": [
        PermissionError(errno.EACCES, "Permission denied"), PermissionError(errno.EPERM, "Operation not permitted"),
        WindowsError(5, "Zugriff verweigert"), Exception("Access is denied. (os error 5)"),
    ],
    "in_use": [
        OSError(errno.EBUSY, "Device or resource busy"), WindowsError(32, "Der Prozess kann nicht zugreifen"),
        OSError("The process cannot access the file because it is being used by another process"),
    ],
    "missing": [
        FileNotFoundError(errno.ENOENT, "No such file or directory"), WindowsError(3, "Pfad nicht gefunden"),
        NotADirectoryError(errno.ENOTDIR, "Not a directory"),
    ],
    "drive_gone": [
        OSError(errno.ESTALE, "Stale NFS file handle"), OSError(errno.ENODEV, "Operation not supported by device"),
        OSError(errno.ENOTCONN, "Transport endpoint is not connected"), OSError(errno.ENXIO, "Device not configured"),
        WindowsError(64, "Der Netzwerkname ist nicht mehr verfuegbar"), WindowsError(21, "Das Geraet ist nicht bereit"),
    ],
    "disk_broken": [
        OSError(errno.EIO, "Input/output error"), WindowsError(23, "Datenfehler (CRC-Pruefung)"),
        Exception("The request could not be performed because of an I/O device error. (os error 1117)"),
    ],
    "name_too_long": [OSError(errno.ENAMETOOLONG, "File name too long"), WindowsError(206, "Der Name ist zu lang")],
    "write_failed": [RuntimeError("[enforce fail] . PytorchStreamWriter failed writing file data/0")],
    "driver": [
        RuntimeError("The NVIDIA driver on your system is too old (found version 11040)."),
        RuntimeError("CUDA driver version is insufficient for CUDA runtime version"),
    ],
    "no_card": [RuntimeError("No CUDA GPUs are available"), RuntimeError("No HIP GPUs are available")],
    "card_stopped": [
        RuntimeError("CUDA error: the launch timed out and was terminated"), RuntimeError("HIP error: unknown error"),
    ],
    None: [
        ValueError("the weights file is gone: no such file or directory"), CodedError("upload_empty"), KeyError("x"),
        RuntimeError("mat1 and mat2 shapes cannot be multiplied"), ConnectionResetError(errno.ECONNRESET, "reset"),
        RuntimeError(CAUGHT.format(kind="RuntimeError", last="RuntimeError: stack expects equal sizes")),
        RuntimeError("out of resource: shared memory, Required: 131072, Hardware limit: 101376"),
        # names that are words of somebody else
        RuntimeError("/dev/shm/data/cat/1.jpg: broken stream"), RuntimeError("'/d/out of memory/1.jpg' is no picture"),
        OSError("C:\\file too large\\1.jpg is cut"), KeyError("driver version"), TypeError("out of memory"),
        AttributeError("no attribute 'cuda error'"), IndexError("too many open files"),
        BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable", "/nfs/d/run.lock"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("code", SAID)
def test_every_text_is_understood(code):
    for error in SAID[code]:
        assert cause_of(error) == code, repr(error)


def test_every_cause_is_tried():
    assert {cause.code for cause in CAUSES} == set(SAID) - {None}


def test_every_number_of_the_table_is_known_by_its_number_alone_in_any_language(monkeypatch):
    for cause in CAUSES:
        for name in cause.numbers:
            if hasattr(errno, name):
                assert cause_of(OSError(getattr(errno, name), "?")) == cause.code, name
        for number in cause.windows:
            assert cause_of(WindowsError(number, "?")) == cause.code, number
    monkeypatch.delattr(errno, "EDQUOT")  # Windows lacks some
    assert cause_of(OSError(-7, "?")) is None and causes.cause_of(OSError(errno.EIO, "?")) == "disk_broken"


def test_what_the_system_says_here_is_understood_by_its_words_too():
    """A library passes on the system's words without the number."""
    for cause in CAUSES:
        for name in cause.numbers:
            if name in ("ENOSPC", "ENOMEM", "EROFS", "EACCES", "EFBIG", "EMFILE", "ENAMETOOLONG", "ESTALE", "EAGAIN"):
                assert cause_of(RuntimeError(f"write: {os.strerror(getattr(errno, name))}")) == cause.code, name


def test_the_error_behind_an_error_is_found():
    try:
        try:
            raise OSError(errno.ENOSPC, "?")
        except OSError as full:
            raise RuntimeError("the file could not be saved") from full
    except RuntimeError as error:
        assert cause_of(error) == "disk_full"


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("you tried to allocate 8589934592 bytes. Error code 12", "8 GiB"),
        ("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0", "2 GiB"),
        ("Unable to allocate 512. KiB for an array", "512 KiB"),
        ("out of memory", ""),
    ],
)
def test_how_much_memory_was_asked_for(said, asked):
    assert memory_asked(said) == asked


def test_of_a_trace_that_a_reader_hands_over_the_last_line_is_told():
    assert in_short(RuntimeError(CAUGHT.format(kind="KeyError", last="KeyError: 'x'"))) == "KeyError: 'x'"
