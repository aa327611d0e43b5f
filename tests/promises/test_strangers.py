"""Only this machine's user can drive it, from its own page: every door, every way of knocking, and nothing runs."""

import asyncio
import json
import os
import re
import sys
import urllib.error
import urllib.request
from urllib.parse import urlencode, urlsplit

import pytest
from starlette.routing import Mount

from dashboard.app import build_app
from dashboard.guard import connection_owner
from tests.dashboard.guard.guarding import ask as knock
from tests.serving import ask, dashboard

TOKEN = "the token of this test"
BEARER = {"authorization": f"Bearer {TOKEN}"}
HERE = {"host": "localhost:7860"}
OTHER_METHODS = ("OPTIONS", "PUT", "TRACE", "CONNECT", "PROPFIND")
ANOTHER_USER = 65534


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    place = tmp_path_factory.mktemp("page")
    return build_app(place / "runs", place / "presets", place / "data", token=TOKEN)


def table(routes, prefix=""):
    """(methods, path) of every route of an app and of what is inside it."""
    for route in routes:
        nested = getattr(getattr(route, "original_router", None), "routes", None)
        if nested is not None:
            yield from table(nested, prefix + route.include_context.prefix)
        elif isinstance(route, Mount):
            pages = getattr(route.app, "pages", None)
            inner = [page.routes for page in pages.values()] if pages else [getattr(route.app, "routes", None) or []]
            for routes_inside in inner:
                yield from table(routes_inside, prefix + route.path)
            yield {"GET"}, f"{prefix}{route.path}/anything.js"
        elif hasattr(route, "path"):
            yield (getattr(route, "methods", None) or {"GET"}), re.sub(r"\{[^}]+\}", "1", prefix + route.path)


@pytest.fixture(scope="module")
def doors(app):
    """Every method at every path: our own routes, those of Gradio, its mounted files, and the page's."""
    found = {(method, path) for methods, path in table(app.app.routes) for method in methods}
    paths = {path for _, path in found}
    assert {"/api/runs", "/api/runs/1/kill", "/gradio_api/queue/join", "/gradio_api/upload", "/config"} <= paths, paths
    assert len(found) > 60
    return sorted({(method, path) for path in paths for method in ("GET", "POST", "PATCH", "DELETE")} | found)


@pytest.fixture
def opened(app, monkeypatch):
    """Paths that got past the guard."""
    reached = []

    async def inner(scope, receive, send):
        reached.append((scope.get("method"), scope["path"]))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"in"})

    monkeypatch.setattr(app, "app", inner)
    return reached


@pytest.fixture
def of_another_user(app, monkeypatch):
    app._known.clear()  # connections of the tests before
    monkeypatch.setattr(connection_owner, "is_ours", lambda client, server: False)


def test_the_user_s_own_requests_reach_every_door(app, doors, opened, monkeypatch):
    """What makes the tests below able to fail: the same requests, from our own user, all get in."""
    monkeypatch.setattr(connection_owner, "is_ours", lambda client, server: True)
    monkeypatch.setattr(app, "asks_everybody", False)
    for method, path in doors:
        if method in ("GET", "HEAD", "POST", "PATCH", "DELETE"):
            assert knock(app, method, path, HERE).status == 200, (method, path)
    assert len(opened) >= len([door for door in doors if door[0] != "OPTIONS"]) - 5


def test_another_user_of_this_machine_opens_no_door(app, doors, opened, of_another_user):
    """Somebody else's process on the same computer, without the token: refused at every route, and nothing runs."""
    for method, path in doors:
        assert knock(app, method, path, HERE).status in (401, 405), (method, path)
        assert knock(app, method, path, HERE | {"authorization": "Bearer guess"}).status in (401, 405)
    assert opened == []


def test_another_host_name_opens_no_door(app, doors, opened):
    """A name that points at this computer (DNS rebinding) is refused even with the token."""
    for method, path in doors:
        for host in ("evil.test", "localhost.evil.test", ""):
            assert knock(app, method, path, BEARER | {"host": host}).status == 403, (method, path, host)
    assert opened == []


def test_another_site_changes_nothing_through_any_door(app, doors, opened):
    """A page of another site in the same browser may send, but nothing runs, whatever the content is called."""
    foreign = [{"origin": "http://evil.test"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"},
               {"origin": "http://localhost:8888"}]  # fmt: skip
    for method, path in doors:
        if method in ("POST", "PATCH", "DELETE"):
            for page in foreign:
                for content in ("text/plain", "multipart/form-data; boundary=x", "application/json"):
                    headers = HERE | BEARER | page | {"content-type": content}
                    assert knock(app, method, path, headers, body=b"{}").status == 403, (method, path, page)
    assert opened == []


def test_no_other_method_opens_a_door(app, doors, opened):
    """What we have no use for is refused before anything looks at it, with the token too."""
    for path in {path for _, path in doors}:
        for method in OTHER_METHODS:
            assert knock(app, method, path, HERE | BEARER).status == 405, (method, path)
    assert opened == []


def test_no_websocket_is_opened_for_a_stranger(app, opened, of_another_user):
    """The same for the second way of talking to a server."""
    for headers in ({"host": "evil.test"}, HERE, HERE | {"origin": "http://evil.test"} | BEARER):
        sent = []

        async def send(message, sent=sent):
            sent.append(message)

        async def receive():
            return {"type": "websocket.connect"}

        scope = {"type": "websocket", "path": "/gradio_api/queue/join", "query_string": b"", "client": ("127.0.0.1", 1),
                 "server": ("127.0.0.1", 7860),
                 "headers": [(key.encode(), value.encode()) for key, value in headers.items()]}  # fmt: skip
        asyncio.run(app(scope, receive, send))
        assert sent == [{"type": "websocket.close", "code": 1008}]
    assert opened == []


# --- with real processes


def statuses(address, paths, user):
    """What a process of that user is answered; a fork, as another user may not be allowed to start our Python."""
    assert status(address) == 200  # nothing is left that would have to be imported
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setuid(user)
            told = [status(address + path) for path in paths]
        except BaseException as error:
            told = repr(error)
        finally:
            os.write(writing, json.dumps(told).encode())
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as answers:
        return json.loads(answers.read())


def status(address):
    try:
        return urllib.request.urlopen(address, timeout=60).status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    place = tmp_path_factory.mktemp("served") / "张三 的电脑"
    place.mkdir()
    with dashboard(place / "runs") as (address, process):
        asked = process.stdout.readline()
        yield address, re.search(r"\?token=(\S+)", asked)[1]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere everybody needs the token")
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may become somebody else")
def test_a_process_of_another_user_is_asked_for_the_token_and_ours_is_not(served):
    """Two users on one machine: the one who started the page needs nothing, the other one the token."""
    address, token = served
    paths = ["", "api/runs", "gradio_api/info", "static/main.js"]
    assert statuses(address, paths, os.geteuid()) == [200] * 4
    assert statuses(address, paths, ANOTHER_USER) == [401] * 4
    assert status(address + "?" + urlencode({"token": token})) == 200
    with_token = [f"sign-in?{urlencode({'token': 'wrong', 'next': '/'})}"]
    assert statuses(address, with_token, ANOTHER_USER) == [401]


def test_it_works_through_a_tunnel_on_another_port(served):
    """Over `ssh -L 9999:...` the browser's address has another port than ours: reading and starting work as ever, and
    another site is still refused."""
    address, _ = served
    port = urlsplit(address).port + 1 if urlsplit(address).port < 65535 else 1024
    tunnel = {"Host": f"localhost:{port}", "Content-Type": "application/json"}
    for origin, site, code in (
        (f"http://localhost:{port}", "same-origin", 422),
        (f"http://localhost:{port}", "cross-site", 403),
        ("http://localhost:1", "same-site", 403),
    ):
        headers = tunnel | {"Origin": origin, "Sec-Fetch-Site": site}
        body = json.dumps({"config": {"batch_size": 0}, "request": "through-a-tunnel"}).encode()
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(address + "api/runs", body, headers), timeout=30)
        assert refused.value.code == code
    reading = urllib.request.Request(address + "api/runs", headers=tunnel)
    assert json.load(urllib.request.urlopen(reading, timeout=30))["runs"] == []
    assert ask(address, "api/runs")["runs"] == []
