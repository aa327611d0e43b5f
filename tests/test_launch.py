"""The front door on a bare machine: old Pythons, interrupted installs, two launches at once, ssh, no browser.

Each test copies launch.py into a folder of its own with a fake dashboard; nothing is downloaded.
"""

import ast
import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

LAUNCH = Path(__file__).parent.parent / "launch.py"
posix = pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")

DASHBOARD = """
import http.server, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print("asked for", self.path, flush=True)
        self.send_error(401)
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
print("words", sys.argv[1:])
print("Thaw is at http://127.0.0.1:%d/" % server.server_port, flush=True)
server.serve_forever()
"""


@pytest.fixture
def house(tmp_path):
    """A checkout with a space and Chinese characters in its path, with a dashboard that needs nothing."""
    folder = tmp_path / "the house 解冻"
    (folder / "dashboard").mkdir(parents=True)
    shutil.copy(LAUNCH, folder)
    (folder / "requirements.txt").write_text("one\n", encoding="utf-8")
    (folder / "requirements-dev.txt").write_text("two\n", encoding="utf-8")
    (folder / "dashboard" / "__main__.py").write_text(DASHBOARD, encoding="utf-8")
    return folder


def launched(house, *words, **variables):
    """Start launch.py as a user would, from another folder."""
    loud = ("SSH_", "DISPLAY", "WAYLAND", "PYTHON")
    quiet = {name: value for name, value in os.environ.items() if not name.startswith(loud)}
    return subprocess.Popen(
        [sys.executable, str(house / "launch.py"), *words],
        env={**quiet, "PYTHONUTF8": "1", **variables},
        cwd=house.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    )


def output_of(house, *words, **variables):
    process = launched(house, *words, **variables)
    return process.communicate(timeout=60)[0], process.returncode


@pytest.fixture
def launch(house):
    """The launch.py of a house, imported."""
    specification = importlib.util.spec_from_file_location("launch_under_test", house / "launch.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def pip(launch, monkeypatch):
    """Replace the environment's Python and pip by fakes that record what they are asked."""
    state = SimpleNamespace(version="3.11", works=False, fails=False, installs=[], environments=0)

    def call(command, **_):
        if command[1:3] == ["-m", "venv"]:
            state.environments += 1
            state.works = True
            Path(command[-1]).mkdir(exist_ok=True)
            return 0
        assert command[1:4] == ["-m", "pip", "install"]
        assert not launch.STAMP.exists(), "the stamp stood while the environment was changed"
        state.installs.append([Path(word).name for word in command if word.endswith(".txt")])
        return 1 if state.fails else 0

    def ask(*words):
        return ("pip 1" if "pip" in words else state.version) if state.works else ""

    monkeypatch.setattr(launch.subprocess, "call", call)
    monkeypatch.setattr(launch, "ask_python", ask)
    return state


# The Python that starts it.


def test_it_parses_on_any_python_3_and_imports_the_standard_library_only():
    tree = ast.parse(LAUNCH.read_text(encoding="utf-8"))
    newer = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.AsyncFunctionDef, ast.Await, ast.Match, ast.YieldFrom)
    nodes = list(ast.walk(tree))
    assert not [node.lineno for node in nodes if isinstance(node, newer)]
    assert not [node for node in nodes if isinstance(node, ast.Dict) and None in node.keys]
    displays = [node for node in nodes if isinstance(node, ast.List | ast.Tuple | ast.Set)]
    assert not [node for display in displays for node in display.elts if isinstance(node, ast.Starred)]
    assert not [node for node in nodes if isinstance(node, ast.arguments) and node.posonlyargs]
    imported = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


@pytest.mark.parametrize("version", [(3, 0, 1), (3, 9, 99)])
def test_an_old_python_is_told_so_before_anything_newer_is_imported(version):
    script = f"""
import sys
source = compile(open({str(LAUNCH)!r}, encoding="utf-8").read(), "launch.py", "exec")
sys.version_info = {version}
sys.modules = {{"sys": sys}}
sys.meta_path = []
exec(source)
"""
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8")
    said = f"Thaw needs Python 3.10 or newer, and this is Python {version[0]}.{version[1]} ("
    assert answer.stderr.startswith(said) and answer.stderr.count("\n") == 1
    assert (answer.stdout, answer.returncode) == ("", 1)


# What is installed.


def test_the_first_start_makes_the_environment_and_the_next_one_only_looks(launch, pip):
    for _ in range(2):
        assert launch.prepare(launch.RUNTIME, []) == str(launch.PYTHON)
    assert (pip.environments, pip.installs) == (1, [["requirements.txt"]])
    stamp = json.loads(launch.STAMP.read_text(encoding="utf-8"))
    assert stamp["files"] == {"requirements.txt": hashlib.sha256(b"one\n").hexdigest()}


def test_the_tests_packages_are_added_once_and_do_not_disturb_the_dashboard(launch, pip):
    for files in (launch.RUNTIME, launch.TESTS, launch.TESTS, launch.RUNTIME):
        launch.prepare(files, [])
    assert pip.installs == [["requirements.txt"], ["requirements.txt", "requirements-dev.txt"]]


def test_a_changed_requirements_file_is_installed_into_the_same_environment(launch, pip):
    launch.prepare(launch.TESTS, [])
    (launch.HOUSE / "requirements.txt").write_text("one\nmore\n", encoding="utf-8")
    launch.prepare(launch.RUNTIME, [])
    launch.prepare(launch.TESTS, [])
    assert (pip.environments, len(pip.installs)) == (1, 2)


def test_a_failed_install_is_one_sentence_and_is_taken_up_again(launch, pip):
    pip.fails = True
    with pytest.raises(SystemExit, match=r"^pip failed; see above\. .*Run launch\.py again"):
        launch.prepare(launch.RUNTIME, [])
    assert not launch.is_installed(launch.RUNTIME)
    pip.fails = False
    launch.prepare(launch.RUNTIME, [])
    assert launch.is_installed(launch.RUNTIME)
    assert pip.environments == 1


def test_a_half_made_environment_is_made_anew(launch, pip):
    launch.prepare(launch.RUNTIME, [])
    launch.STAMP.write_text('{"venv": ', encoding="utf-8")
    pip.works = False
    launch.prepare(launch.RUNTIME, [])
    assert (pip.environments, len(pip.installs)) == (2, 2)


@pytest.mark.parametrize("changed", [{"python": "3.10"}, {"venv": "/somewhere/else/.venv"}])
def test_another_python_and_a_moved_checkout_are_noticed(launch, pip, changed):
    launch.prepare(launch.RUNTIME, [])
    stamp = json.loads(launch.STAMP.read_text(encoding="utf-8"))
    launch.STAMP.write_text(json.dumps({**stamp, **changed}), encoding="utf-8")
    for _ in range(2):
        launch.prepare(launch.RUNTIME, [])
    assert len(pip.installs) == 2


def test_two_launches_at_once_install_once(launch, pip, capsys):
    with launch.alone():
        others = [threading.Thread(target=launch.prepare, args=(launch.RUNTIME, [])) for _ in range(2)]
        for other in others:
            other.start()
        for other in others:
            other.join(0.5)
        assert pip.installs == []
        assert capsys.readouterr().out.count("Another launch is installing; waiting for it.") == 2
    for other in others:
        other.join()
    assert pip.installs == [["requirements.txt"]]


def test_too_little_disk_is_said_before_anything_is_made(launch, pip, monkeypatch):
    monkeypatch.setattr(launch.shutil, "disk_usage", lambda _: SimpleNamespace(free=1.5e9))
    with pytest.raises(SystemExit, match=r"need about [37] GB of disk, but only 1\.5 GB are free at .*解冻"):
        launch.prepare(launch.RUNTIME, [])
    assert (pip.environments, pip.installs) == (0, [])


def test_a_python_without_ensurepip_is_told_what_to_install(launch, pip, monkeypatch):
    monkeypatch.setattr(launch.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        launch.prepare(launch.RUNTIME, [])


def test_a_folder_that_cannot_be_written_is_one_sentence(house):
    (house / ".venv.lock").mkdir()
    output, code = output_of(house)
    assert re.fullmatch(r"Thaw (could not start|lacks write permission): .*\.venv\.lock.*\n", output)
    assert code == 1


def test_without_the_environment_nothing_is_installed(launch, pip):
    assert launch.prepare(launch.TESTS, ["--no-venv"]) == sys.executable
    assert (pip.environments, pip.installs) == (0, [])


# The dashboard.


@contextlib.contextmanager
def running(house, *words, until, **variables):
    """Start launch.py; yield it with what it printed up to a line that contains `until`."""
    process = launched(house, "--no-venv", *words, **variables)
    watchdog = threading.Timer(60, os.killpg, (process.pid, signal.SIGKILL))
    watchdog.start()
    try:
        printed = ""
        while until not in printed:
            line = process.stdout.readline()
            assert line, printed
            printed += line
        yield process, printed
    finally:
        watchdog.cancel()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@posix
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_passes_options_on_waits_for_the_page_and_ends_it_cleanly(house, end):
    words = ["--port", "9", "--runs", "my runs"]
    with running(house, *words, "--no-browser", until="asked for /\n") as (process, printed):
        assert f"words {words}" in printed
        process.send_signal(end)
        rest = process.communicate(timeout=30)[0]
        assert "Trainings continue" in rest and "Traceback" not in rest
        assert process.returncode == 0


@posix
def test_over_ssh_it_prints_the_line_for_the_other_end(house):
    connection = "203.0.113.1 50000 198.51.100.7 2222"
    with running(house, until="address above", SSH_CONNECTION=connection, DISPLAY=":0") as (_, printed):
        assert re.search(r"ssh -p 2222 -L (\d+):127\.0\.0\.1:\1 \S+@198\.51\.100\.7\n", printed)


def test_the_ssh_line_leaves_the_usual_port_out(launch):
    line = launch.ssh_line("http://127.0.0.1:7861/?token=x", "203.0.113.1 50000 198.51.100.7 22")
    assert "ssh -L 7861:127.0.0.1:7861 " in line


@pytest.mark.parametrize(
    ("platform", "own", "variables", "opened"),
    [
        ("linux", [], {"DISPLAY": ":0"}, True),
        ("linux", [], {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", [], {}, False),
        ("linux", ["--no-browser"], {"DISPLAY": ":0"}, False),
        ("linux", [], {"DISPLAY": ":0", "SSH_TTY": "/dev/pts/0"}, False),
        ("darwin", [], {}, True),
        ("win32", [], {}, True),
        ("darwin", [], {"SSH_CONNECTION": "a 1 b 22"}, False),
    ],
)
def test_the_browser_opens_where_there_is_one(launch, monkeypatch, platform, own, variables, opened):
    seen = []
    monkeypatch.setattr(launch.webbrowser, "open", seen.append)
    monkeypatch.setattr(launch.sys, "platform", platform)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_TTY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    launch.show("http://127.0.0.1:7860/", own)
    assert seen == (["http://127.0.0.1:7860/"] if opened else [])


def test_a_dashboard_that_ends_by_itself_passes_its_code_on(house):
    (house / "dashboard" / "__main__.py").write_text("import sys; sys.exit('no port is free')", encoding="utf-8")
    output, code = output_of(house, "--no-venv")
    assert output == "no port is free\nThe dashboard exited unexpectedly (exit code 1); see above.\n"
    assert code == 1


@pytest.mark.parametrize(
    ("word", "said", "code"),
    [("tset", "'tset' is unknown; did you mean `launch.py test`?", 1), ("--help", "launch.py test [pytest arg", 0)],
)
def test_a_wrong_word_and_a_call_for_help_install_nothing(house, word, said, code):
    output = output_of(house, word)
    assert said in output[0] and output[1] == code
    assert not (house / ".venv").exists()


# The tests.


def test_the_tests_run_with_pytests_arguments_a_browser_and_pytests_exit_code(house):
    browser = house / "my browser"
    browser.touch()
    (house / "test_one.py").write_text(
        "import os\n\ndef test_pass():\n    assert os.environ['THAW_CHROMIUM'].endswith('my browser')\n\n"
        "def test_fail():\n    assert False\n",
        encoding="utf-8",
    )
    output, code = output_of(house, "test", "--no-venv", "-p", "no:cacheprovider", THAW_CHROMIUM=str(browser))
    assert "1 failed, 1 passed in" in output.splitlines()[-1] and code == 1
    words = ["-q", "-k", "pass or 解冻", "test_one.py"]
    output, code = output_of(house, "test", "--no-venv", *words, THAW_CHROMIUM=str(browser))
    assert "1 passed, 1 deselected in" in output.splitlines()[-1] and code == 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ["-n", "3", "--dist", "worksteal"]),
        (["-x", "tests"], ["-n", "3", "--dist", "worksteal"]),
        (["tests/test_a.py", "tests/test_b.py"], ["-n", "3", "--dist", "worksteal"]),
        (["tests/test_a.py", "-k", "word"], []),
        (["tests/test_a.py::test_one"], []),
        (["-n", "0"], []),
        (["-n4", "tests"], []),
        (["--pdb"], []),
        (["-p", "no:xdist"], []),
    ],
)
def test_many_tests_run_on_all_cores_and_one_file_without_workers(launch, monkeypatch, words, expected):
    monkeypatch.setattr(launch.os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    (launch.HOUSE / "tests").mkdir()
    for name in ("test_a.py", "test_b.py"):
        (launch.HOUSE / "tests" / name).touch()
    assert launch.workers(words) == expected


@pytest.mark.parametrize(("cores", "expected"), [(1, []), (64, ["-n", "8", "--dist", "worksteal"])])
def test_workers_are_as_many_as_cores_but_no_more_than_fit_into_memory(launch, monkeypatch, cores, expected):
    monkeypatch.setattr(launch.os, "sched_getaffinity", lambda _: set(range(cores)), raising=False)
    assert launch.workers([]) == expected


@pytest.fixture
def npm(launch, monkeypatch):
    """Replace npm by a fake that records which one was called; the machine has one of its own if `own` says so."""
    state = SimpleNamespace(own="/usr/bin/npm", failing=[], called=[])
    (launch.HOUSE / "package.json").write_text('{"devDependencies": {"typescript": "7.0.2"}}', encoding="utf-8")

    def call(command, cwd):
        state.called.append(command[0])
        assert "install" in command and cwd == str(launch.HOUSE)
        if command[0] in state.failing:
            return 1
        (launch.HOUSE / "node_modules").mkdir(exist_ok=True)
        installed = {"packages": {"node_modules/typescript": {"version": "7.0.2"}}}
        (launch.HOUSE / "node_modules" / ".package-lock.json").write_text(json.dumps(installed), encoding="utf-8")
        return 0

    monkeypatch.setattr(launch.subprocess, "call", call)
    monkeypatch.setattr(launch.shutil, "which", lambda name: state.own if name == "npm" else None)
    return state


def test_typescript_is_installed_once_and_again_when_another_version_is_wanted(launch, npm):
    for _ in range(2):
        launch.install_typescript("python")
    assert npm.called == ["/usr/bin/npm"]
    (launch.HOUSE / "package.json").write_text('{"devDependencies": {"typescript": "7.1.0"}}', encoding="utf-8")
    launch.install_typescript("python")
    assert npm.called == ["/usr/bin/npm", "/usr/bin/npm"]


@pytest.mark.parametrize(("own", "called"), [(None, ["python"]), ("/usr/bin/npm", ["/usr/bin/npm", "python"])])
def test_the_npm_of_the_wheel_serves_where_the_machine_has_none_or_one_that_fails(launch, npm, own, called):
    npm.own = own
    npm.failing = ["/usr/bin/npm"]
    launch.install_typescript("python")
    assert npm.called == called
    assert launch.has_typescript()


def test_without_a_network_the_tests_run_and_it_is_said_which_one_will_fail(launch, npm, capsys):
    npm.failing = ["/usr/bin/npm", "python"]
    launch.install_typescript("python")
    assert "npm failed; see above. The type check of the browser's code" in capsys.readouterr().out
    assert not launch.has_typescript()


def test_a_browser_is_looked_for_under_its_usual_names(launch, tmp_path, monkeypatch):
    monkeypatch.delenv("THAW_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    for variable in ("ProgramFiles", "ProgramFiles(x86)", "LocalAppData"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    program = tmp_path / "LocalAppData" / "Google" / "Chrome" / "Application" / "chrome.exe"
    program.parent.mkdir(parents=True)
    program.touch()
    if sys.platform != "darwin":
        assert launch.find_browser() == str(program)
    monkeypatch.setattr(launch.shutil, "which", lambda name: str(program) if name == "chromium" else None)
    assert launch.find_browser() == str(program)
