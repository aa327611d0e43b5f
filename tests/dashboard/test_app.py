"""The whole app: behind the guard, in the browser's language, and without a word to or from another host."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from starlette.routing import Mount
from starlette.testclient import TestClient

from dashboard import texts
from dashboard.app import build_app
from tests.synthetic_run import write_run

ROOT = Path(__file__).parents[2]
TOKEN = "the token of this test"
MINE = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    place = tmp_path_factory.mktemp("dash board 面板")
    return place / "runs", place / "presets", place / "data"


@pytest.fixture(scope="module")
def app(folders):
    return build_app(*folders, token=TOKEN, always_token=True)


@pytest.fixture(scope="module")
def client(app):
    with TestClient(app, base_url="http://localhost:7860", headers=MINE, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def stranger(app):
    return TestClient(app, base_url="http://localhost:7860", raise_server_exceptions=False)


def gradio_config(html):
    return json.loads(re.search(r"window\.gradio_config = (\{.*?\});</script>", html, re.DOTALL)[1])


# --- the page


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({}, "en"),
        ({"accept-language": "zh-CN,zh;q=0.9,en;q=0.8"}, "zh"),
        ({"accept-language": "zh", "cookie": "thaw_language=en"}, "en"),
        ({"accept-language": "en", "cookie": "a=b; thaw_language=zh; c"}, "zh"),
        ({"accept-language": "en", "cookie": "thaw_language=../../etc"}, "en"),
    ],
)
def test_the_page_speaks_the_language_of_cookie_or_browser(client, headers, language):
    reply = client.get("/?run=20261122-000000-0000", headers=headers)
    assert reply.status_code == 200 and f'data-language=\\"{language}\\"' in reply.text
    assert texts.text(language, "tabs.runs") in json.dumps(gradio_config(reply.text), ensure_ascii=False)
    assert reply.headers["cache-control"] == "no-store"


def test_the_page_holds_no_connection_and_remembers_nothing(client):
    config = gradio_config(client.get("/").text)
    assert config["connect_heartbeat"] is False and config["analytics_enabled"] is False
    assert not config.get("run_history") and not config["footer_links"] and not config["show_error"]
    assert not config["enable_queue"] or not [
        c for c in config["components"] if c["type"] in ("state", "image", "file")
    ]


def test_nothing_on_the_page_comes_from_another_host(client):
    html, css = client.get("/").text, client.get("/theme.css").text
    loaded = re.findall(r"""<(?:script|link|img|iframe)[^>]*?(?:src|href)=["']([^"']+)""", html)
    loaded += re.findall(r"""(?:url\(|@import )["']?([^"')]+)""", css)
    assert loaded and not [address for address in loaded if re.match(r"(https?:)?//", address)]
    assert "font-face" not in css and "googleapis" not in html + css
    policy = client.get("/").headers["content-security-policy"]
    assert "default-src 'self'" in policy and "http" not in policy.replace("'self'", "").partition("frame-ancestors")[0]


@pytest.mark.parametrize(
    "path",
    ["/gradio_api/file=/etc/passwd", "/gradio_api/file=https://example.org/", "/gradio_api/proxy=https://a.hf.space/x",
     "/gradio_api/heartbeat/abc", "/gradio_api/runs", "/gradio_api/run-history/buckets", "/gradio_api/dev/reload",
     "/gradio_api/openapi.json", "/docs", "/redoc", "/openapi.json", "/api/docs", "/monitoring", "/login", "/token",
     "/static/nothing.js", "/static/0123456789ab/nothing.js", "/static/0123456789ab/../../app.py", "/static/../app.py",
     "/static/%2e%2e/app.py", "/static//etc/passwd", "/static/..%2f..%2fapp.py", "/app.py",
     "/gradio_api/custom_component/x/client/a/b", "/gradio_api/upload_progress?upload_id=1"],
)  # fmt: skip
def test_what_the_page_does_not_need_is_not_there(client, path):
    reply = client.get(path)
    assert reply.status_code in (403, 404, 405) and "Traceback" not in reply.text and "root:" not in reply.text


def test_gradio_takes_no_uploads(client):
    assert client.post("/gradio_api/upload", files={"files": ("a.png", b"x")}).status_code in (404, 405)


def test_wrong_calls_to_gradio_end_in_4xx_without_a_trace(client):
    for body in (b"", b"[]", b"{", b'{"data": null}', b'{"fn_index": 10000, "data": [], "session_hash": "x"}'):
        reply = client.post("/gradio_api/queue/join", content=body, headers={"content-type": "application/json"})
        assert 400 <= reply.status_code < 500 or "Traceback" not in reply.text
        assert 'File "' not in reply.text


def test_no_function_behind_the_page_answers_a_direct_call_with_a_trace(client):
    """Each of Gradio's functions, called with arguments of every wrong kind: refused or told in a sentence."""
    functions = gradio_config(client.get("/").text)["dependencies"]
    assert functions
    for junk in ([], [None], ["x"] * 40, [{"__type__": "file", "path": "/etc/passwd"}], [[[[]]]], [1e308]):
        for function in functions:
            body = {"fn_index": function["id"], "data": junk, "session_hash": "junk"}
            for route in ("queue/join", f"api/{function['id']}", f"run/{function['id']}", f"call/{function['id']}"):
                reply = client.post(f"/gradio_api/{route}", json=body)
                assert reply.status_code < 500, (route, junk)
                assert not any(word in reply.text for word in ("Traceback", 'File "', "root:"))


# --- who may come in


def every_route(app):
    """(method, path) of all our routes, taken from the table itself."""
    found = []
    pending = [("", route) for route in app.routes]
    while pending:
        prefix, route = pending.pop()
        if isinstance(route, Mount):
            continue
        nested = getattr(getattr(route, "original_router", None), "routes", None)
        if nested is not None:
            context = route.include_context.prefix
            pending += [(prefix + context, inner) for inner in nested]
        else:
            path = re.sub(r"\{[^}]+\}", "1", prefix + route.path)
            found += [(method, path) for method in route.methods]
    return found


def test_no_route_runs_for_a_stranger_or_a_foreign_page(app, stranger, monkeypatch):
    routes = every_route(app.app)
    paths = {path for _, path in routes}
    assert {"/api/runs", "/api/runs/1/kill", "/api/jobs", "/api/uploads", "/api/texts"} <= paths, paths
    reached = []

    async def inner(scope, receive, send):
        reached.append(scope["path"])

    monkeypatch.setattr(app, "app", inner)
    for method, path in [*routes, ("GET", "/"), ("POST", "/gradio_api/queue/join"), ("GET", "/static/main.js")]:
        assert stranger.request(method, path).status_code in (401, 405), (method, path)
        assert stranger.request(method, path, headers={**MINE, "host": "evil.test"}).status_code == 403, (method, path)
        if method not in ("GET", "HEAD"):
            for foreign in ({"origin": "http://evil.test"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
                assert stranger.request(method, path, headers={**MINE, **foreign}).status_code == 403, (method, path)
    for method in ("PUT", "OPTIONS", "TRACE"):
        assert stranger.request(method, "/api/runs", headers=MINE).status_code == 405
    assert reached == []


def test_errors_are_sentences_even_for_what_nobody_thought_of(client, folders, monkeypatch):
    write_run(folders[0], 40)
    monkeypatch.setattr("engine.runs.all_runs.all_runs", lambda runs: 1 / 0)
    reply = client.get("/api/runs")
    assert reply.status_code == 500 and reply.json()["error"] and "ZeroDivision" not in reply.text


def test_below_a_proxys_prefix_it_is_the_same_whether_the_proxy_cuts_it_off_or_not(folders):
    app = build_app(*folders, token=TOKEN, always_token=True, root_path="/user/ann/proxy/7860/")
    with TestClient(app, base_url="http://localhost", headers=MINE) as client:
        for prefix in ("", "/user/ann/proxy/7860"):
            page = client.get(f"{prefix}/")
            assert page.status_code == 200
            assert gradio_config(page.text)["root"].endswith("/user/ann/proxy/7860")
            assert client.get(f"{prefix}/api/runs").status_code == 200
            main = re.search(r"static/[0-9a-f]{12}/main\.js", page.text)[0]
            assert "immutable" in client.get(f"{prefix}/{main}").headers["cache-control"]
            assert client.get(f"{prefix}/static/main.js").status_code == 200
            assert client.get(f"{prefix}/theme.css").status_code == 200
            assert client.get(f"{prefix}/gradio_api/file=/etc/passwd").status_code == 404


# --- the process

ALONE = """
import json, os, socket, sys
attempts = []
def connect(self, address):
    attempts.append(address)
    raise OSError("no network here")
socket.socket.connect = socket.socket.connect_ex = connect
socket.getaddrinfo = lambda *a, **k: attempts.append(a) or (_ for _ in ()).throw(OSError("no network"))
from pathlib import Path
from starlette.testclient import TestClient
from dashboard.app import build_app
here = Path(sys.argv[1])
app = build_app(here / "runs", Path("presets"), here / "data", token="t", always_token=True)
with TestClient(app, base_url="http://localhost", headers={"Authorization": "Bearer t"}) as client:
    for path in ("/", "/api/schema", "/api/presets", "/api/hardware", "/api/runs", "/api/charts", "/theme.css"):
        reply = client.get(path)
        assert reply.status_code == 200, (path, reply.status_code, reply.text)
    assert client.post("/api/check", json={"config": {"batch_size": 0}}).status_code == 200
heavy = [name for name in ("torch", "torchvision", "timm", "sklearn") if name in sys.modules]
kept = {name: value for name, value in os.environ.items() if name.startswith("GRADIO_")}
print(json.dumps({"heavy": heavy, "attempts": attempts, "gradio": kept}))
"""


def test_the_page_needs_no_torch_no_network_and_nothing_of_the_environment(tmp_path):
    foreign = {"GRADIO_SHARE": "True", "GRADIO_ANALYTICS_ENABLED": "True", "GRADIO_ALLOWED_PATHS": "/",
               "GRADIO_MCP_SERVER": "True", "GRADIO_SERVER_NAME": "0.0.0.0"}  # fmt: skip
    done = subprocess.run([sys.executable, "-c", ALONE, str(tmp_path)], cwd=ROOT, env=os.environ | foreign,
                          capture_output=True, text=True, encoding="utf-8", timeout=120)  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told == {"heavy": [], "attempts": [], "gradio": {"GRADIO_ANALYTICS_ENABLED": "False"}}


@pytest.fixture
def serve(tmp_path):
    """Start `python -m dashboard` with arguments; returns the process and the address it printed."""
    processes = []

    def start(*arguments):
        command = [sys.executable, "-m", "dashboard", "--runs", str(tmp_path / "runs"), *arguments]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        processes.append(process)
        line = process.stdout.readline()
        assert line.startswith("Thaw is at http"), process.stderr.read() if process.poll() is not None else line
        return process, line.split()[-1]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def test_it_takes_the_next_port_says_where_it_is_and_ends_quietly(serve):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process, address = serve("--port", str(port))
        assert int(re.search(r":(\d+)/", address)[1]) > port
        if "token" not in address:
            with urllib.request.urlopen(address + "api/runs", timeout=20) as reply:
                assert json.load(reply)["runs"] == []
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert f"Port {port} is taken" in errors and "Traceback" not in errors
    assert process.returncode in (0, 130, -signal.SIGINT)


def test_with_a_token_the_printed_address_lets_in_and_nothing_else_does(serve):
    _, address = serve("--port", "0", "--token")
    place, token = address.split("?token=")
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    assert opener.open(address, timeout=20).status == 200
    assert opener.open(place + "api/runs", timeout=20).status == 200
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(place + "api/runs", timeout=20)
    assert len(token) > 20
