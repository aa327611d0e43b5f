"""Our own user comes in without a token, over a real connection; other users of this machine do not."""

import contextlib
import http.client
import os
import socket
import threading
import time

import pytest
import uvicorn

from dashboard.guard import connection_owner, guard
from tests.dashboard.guard.guarding import TOKEN, cookie_of, guarded

linux = pytest.mark.skipif(not connection_owner.can_tell(), reason="this system does not list owners of connections")
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be another user")


@contextlib.contextmanager
def serving(app, host="127.0.0.1"):
    """Serve the app in a thread and yield its port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.bind((host, 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", proxy_headers=False, ws="none"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


def connection(port, host="127.0.0.1", owner=None, family=socket.AF_INET, source_port=0):
    """Connect to the port; `owner` is the user that the connection belongs to."""
    if owner is not None:
        os.seteuid(owner)
    try:
        client = socket.socket(family)
    finally:
        if owner is not None:
            os.seteuid(0)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    client.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", source_port))
    client.connect((host, port))
    through = http.client.HTTPConnection("localhost", port)
    through.sock = client
    return through


def get(through, path="/", headers=None):
    through.request("GET", path, headers=headers or {})
    answer = through.getresponse()
    answer.read()
    return answer.status


@linux
def test_our_own_user_needs_no_token():
    app = guarded(always_token=False)
    with serving(app) as port, contextlib.closing(connection(port)) as through:
        assert [get(through), get(through)] == [200, 200]
        mapped = connection(port, "::ffff:127.0.0.1", family=socket.AF_INET6)
        with contextlib.closing(mapped):
            assert get(mapped) == 200


@linux
def test_our_own_user_needs_no_token_over_version_6():
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with serving(guarded(always_token=False), "::1") as port:
        through = connection(port, "::1", family=socket.AF_INET6)
        with contextlib.closing(through):
            assert get(through) == 200


@linux
def test_the_kernel_is_asked_once_for_each_connection(monkeypatch):
    asked = []
    is_ours = connection_owner.is_ours
    monkeypatch.setattr(connection_owner, "is_ours", lambda *ends: asked.append(ends) or is_ours(*ends))
    monkeypatch.setattr(guard, "REMEMBERED_CONNECTIONS", 2)
    app = guarded(always_token=False)
    with serving(app) as port, contextlib.ExitStack() as stack:
        throughs = [stack.enter_context(contextlib.closing(connection(port))) for _ in range(4)]
        assert [get(through) for through in throughs for _ in range(3)] == [200] * 12
    assert len(asked) == 4
    assert len(app._known) == 2


@linux
@as_root
@pytest.mark.parametrize("path", ["/", "/api/runs", "/gradio_api/info", "/static/live.js"])
def test_another_user_of_this_machine_is_asked_for_the_token(path):
    app = guarded(always_token=False)
    with serving(app) as port, contextlib.closing(connection(port, owner=65534)) as through:
        assert get(through, path) == 401
        assert get(through, path, {"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1"}) == 401
        assert app.app.calls == 0
        assert get(through, path, {"Authorization": b"Bearer " + TOKEN.encode()}) == 200
        assert get(through, path, {"Cookie": cookie_of(app).replace("7860", str(port))}) == 200


@linux
@as_root
def test_another_user_gains_nothing_from_the_port_of_a_connection_that_was_ours():
    app = guarded(always_token=False)
    with serving(app) as port:
        ours = connection(port)
        assert get(ours) == 200
        source_port = ours.sock.getsockname()[1]
        # Ending with a reset frees the port at once.
        ours.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        ours.close()
        with contextlib.closing(connection(port, owner=65534, source_port=source_port)) as theirs:
            assert theirs.sock.getsockname()[1] == source_port
            assert get(theirs) == 401


@linux
@as_root
def test_a_connection_that_its_process_closed_belongs_to_nobody():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        through = connection(listening.getsockname()[1], owner=65534)
        accepted, client = listening.accept()
        with accepted:
            assert connection_owner.owner_of(client, accepted.getsockname()) == 65534
            through.close()
            assert connection_owner.owner_of(client, accepted.getsockname()) is None


@linux
@pytest.mark.parametrize("changes", [{"always_token": True}, {"loopback": False}])
def test_our_own_user_is_asked_too_where_everybody_is(changes):
    app = guarded(**{"always_token": False, **changes})
    with serving(app) as port, contextlib.closing(connection(port)) as through:
        assert get(through) == 401
    assert app.asks_everybody
    assert app.app.calls == 0
