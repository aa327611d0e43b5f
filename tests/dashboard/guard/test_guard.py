"""Another user, another site and another host name knock on every door of the dashboard; none of them opens."""

import re
from urllib.parse import urlencode

import pytest

from dashboard import texts
from dashboard.guard import connection_owner
from tests.dashboard.guard.guarding import OURS, TOKEN, ask, cookie_of, guarded

READING = ["GET", "HEAD"]
CHANGING = ["POST", "PATCH", "DELETE"]
PATHS = ["/", "/api/runs", "/api/runs/x/commands", "/gradio_api/queue/join", "/static/live.js"]
# Host, method, origin: even the right token opens nothing.


FOREIGN_HOSTS = ["evil.test", "localhost.evil.test", "127.0.0.1.nip.io", "127.0.0.2", "[::2]", "2130706433"]
MALFORMED_HOSTS = ["", None, "localhost:7860:1", "localhost@evil.test", "evil.test/localhost", "localhost evil.test"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", READING + CHANGING)
@pytest.mark.parametrize("host", FOREIGN_HOSTS + MALFORMED_HOSTS)
def test_another_host_name_is_refused(host, method, path):
    app = guarded()
    answer = ask(app, method, path, {"host": host, "authorization": f"Bearer {TOKEN}", "cookie": cookie_of(app)})
    assert answer.status == 403
    assert app.app.calls == 0


def test_two_host_headers_are_refused():
    app = guarded()
    bearer = ("authorization", f"Bearer {TOKEN}")
    assert ask(app, "GET", "/", [("host", "localhost"), bearer]).status == 200
    assert ask(app, "GET", "/", [("host", "localhost"), ("host", "evil.test"), bearer]).status == 403
    assert ask(app, "GET", "/", [("host", "localhost"), ("host", "localhost"), bearer]).status == 403


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:7860", "[::1]:9000", "lab.example:443"])
def test_our_host_names_are_answered_on_any_port(host):
    app = guarded()
    assert ask(app, "GET", "/", {"host": host, "authorization": f"Bearer {TOKEN}"}).status == 200
    assert app.app.calls == 1


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "TRACE", "CONNECT", "get", "PROPFIND", ""])
def test_other_methods_are_refused(method, path):
    app = guarded()
    answer = ask(app, method, path, {**OURS, "cookie": cookie_of(app)})
    assert (answer.status, answer.header("allow")) == (405, "GET, HEAD, POST, PATCH, DELETE")
    assert app.app.calls == 0


FOREIGN_PAGES = [
    {"origin": "http://evil.test"},
    {"origin": "http://evil.test", "sec-fetch-site": "same-origin"},
    {"origin": "http://localhost:8888"},
    {"origin": "http://localhost:8888", "sec-fetch-site": "same-site"},
    {"origin": "http://localhost:7860", "sec-fetch-site": "cross-site"},
    {"origin": "http://localhost:7860.evil.test"},
    {"origin": "http://evil.test@localhost:7860"},
    {"origin": "null"},
    {"origin": "null", "sec-fetch-site": "same-origin"},
    {"origin": ""},
    {"origin": "file://localhost:7860"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
]


@pytest.mark.parametrize("page", FOREIGN_PAGES)
@pytest.mark.parametrize("path", [*PATHS, "/sign-in"])
@pytest.mark.parametrize("method", CHANGING)
@pytest.mark.parametrize("content", ["text/plain", "multipart/form-data; boundary=x"])
def test_another_site_changes_nothing(page, path, method, content):
    app = guarded()
    headers = {**OURS, **page, "cookie": cookie_of(app), "content-type": content}
    answer = ask(app, method, path, headers, body=urlencode({"token": TOKEN}).encode())
    assert (answer.status, answer.cookie) == (403, "")
    assert app.app.calls == 0


OUR_PAGES = [
    {},
    {"origin": "http://localhost:7860"},
    {"origin": "http://localhost:7860", "sec-fetch-site": "same-origin"},
    {"origin": "https://localhost:8443", "sec-fetch-site": "same-origin"},
    {"sec-fetch-site": "none"},
]


@pytest.mark.parametrize("page", OUR_PAGES)
@pytest.mark.parametrize("method", CHANGING)
def test_our_page_and_our_scripts_may_change_things(page, method):
    app = guarded()
    assert ask(app, method, "/api/runs", {**OURS, **page, "cookie": cookie_of(app)}).status == 200


def test_a_refusal_is_one_clear_sentence_in_the_readers_language():
    app = guarded()
    answer = ask(app, "GET", "/", {"host": "<img src=x>"})
    assert answer.body == texts.text("en", "guard.host", host="<img src=x>") + "\n"
    assert answer.header("content-type").startswith("text/plain")
    chinese = {"host": "evil.test", "accept-language": "zh-CN"}
    assert ask(app, "GET", "/", chinese).body == texts.text("zh", "guard.host", host="evil.test") + "\n"
    assert ask(app, "GET", "/api/runs", {"host": "evil.test"}).body.startswith('{"error":')


# The token.


@pytest.mark.parametrize("given", [{}, {"authorization": "Bearer wrong"}, {"cookie": "thaw_7860=wrong; thaw=wrong"}])
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", READING + CHANGING)
def test_without_the_token_nothing_opens(given, path, method):
    app = guarded()
    answer = ask(app, method, path, {**OURS, **given})
    assert (answer.status, answer.cookie) == (401, "")
    assert app.app.calls == 0
    is_page = method in READING and not path.startswith(("/api", "/gradio_api"))
    assert answer.header("content-type").startswith("text/html" if is_page else ("application/json", "text/plain"))


def test_the_token_in_the_address_becomes_a_cookie_and_leaves_the_address():
    app = guarded()
    answer = ask(app, "GET", f"/runs/a b?x=%20&{urlencode({'token': TOKEN})}&y=2")
    assert (answer.status, answer.header("location")) == (303, ".././runs/a%20b?x=%20&y=2")
    assert re.fullmatch(r"thaw_7860=[0-9a-f]{64}; HttpOnly; Path=/; SameSite=strict", answer.header("set-cookie"))
    assert app.app.calls == 0
    assert ask(app, "GET", "/", {**OURS, "cookie": f"a=b; {answer.cookie}"}).body == "in"
    assert ask(app, "GET", "/?token=old", {**OURS, "cookie": answer.cookie}).body == "in"


def test_the_cookie_opens_only_its_own_dashboard():
    cookie = cookie_of(guarded())
    assert ask(guarded(token="another"), "GET", "/", {**OURS, "cookie": cookie}).status == 401
    assert ask(guarded(), "GET", "/", {"host": "localhost:7861", "cookie": cookie}).status == 401


def test_a_token_in_the_address_changes_nothing_by_itself():
    app = guarded()
    answer = ask(app, "POST", f"/api/runs?{urlencode({'token': TOKEN})}")
    assert (answer.status, answer.cookie, app.app.calls) == (401, "", 0)


def test_a_proxys_prefix_is_understood_whether_or_not_the_proxy_cuts_it_off():
    app = guarded(root_path="/user/x/proxy/7860/")
    for prefix in ("", "/user/x/proxy/7860"):
        answer = ask(app, "GET", f"{prefix}/runs/a?{urlencode({'token': TOKEN})}")
        assert answer.header("location") == ".././runs/a"
        assert "Path=/user/x/proxy/7860;" in answer.header("set-cookie")
        assert ask(app, "GET", f"{prefix}/api/runs").header("content-type") == "application/json"


@pytest.mark.parametrize("changes", [{"token": ""}, {"token": " "}, {"hosts": ["http://lab"]}, {"hosts": ["a;b"]}])
def test_settings_that_would_open_a_hole_are_refused(changes):
    with pytest.raises(ValueError, match=r"token is empty|not a host name"):
        guarded(**changes)


def test_every_answer_carries_the_headers_that_keep_other_sites_out():
    app = guarded()
    cookie = cookie_of(app)
    for answer in (
        ask(app, "GET", "/", {**OURS, "cookie": cookie}),
        ask(app, "GET", "/"),
        ask(app, "GET", "/", {"host": "evil.test"}),
        ask(app, "OPTIONS", "/"),
        ask(app, "GET", f"/?{urlencode({'token': TOKEN})}"),
    ):
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("referrer-policy") == "same-origin"
        assert answer.header("x-frame-options") == "SAMEORIGIN"
        assert answer.header("cross-origin-resource-policy") == "same-origin"
        policy = answer.header("content-security-policy")
        assert policy.endswith("frame-ancestors 'self' http://lab.example:* https://lab.example:*")
        assert answer.header("access-control-allow-origin") == ""
    inside = ask(app, "GET", "/", {**OURS, "cookie": cookie})
    assert inside.header("content-security-policy").startswith("default-src 'self', ")


# WebSockets.


@pytest.mark.parametrize("page", [{}, *FOREIGN_PAGES])
def test_a_websocket_of_another_page_is_refused(page):
    app = guarded()
    headers = {**OURS, **page, "cookie": cookie_of(app)}
    assert ask(app, None, "/live", headers, type="websocket").status == "websocket.close"
    assert app.app.calls == 0


def test_a_websocket_needs_host_and_token_too():
    app = guarded()
    ours = {**OURS, "origin": "http://localhost:7860"}
    assert ask(app, None, "/live", ours, type="websocket").status == "websocket.close"
    with_token = f"/live?{urlencode({'token': TOKEN})}"
    assert ask(app, None, with_token, ours, type="websocket").status == "websocket.close"
    cookie = {"cookie": cookie_of(app)}
    evil = {"host": "evil.test:7860", "origin": "http://evil.test:7860", **cookie}
    assert ask(app, None, "/live", evil, type="websocket").status == "websocket.close"
    assert app.app.calls == 0
    assert ask(app, None, "/live", {**ours, **cookie}, type="websocket").status == "websocket.accept"


# Who is not known to be our own user.


def test_where_the_owner_cannot_be_found_out_everybody_is_asked(monkeypatch):
    monkeypatch.setattr(connection_owner, "can_tell", lambda: False)
    app = guarded(always_token=False)
    assert app.asks_everybody
    assert ask(app, "GET", "/").status == 401


@pytest.mark.parametrize("client", [None, ("testclient", 50000), ("203.0.113.5", 4), ("127.0.0.1", 1)])
def test_who_is_not_on_this_machine_is_asked(client):
    app = guarded(always_token=False)
    assert ask(app, "GET", "/", client=client).status == 401
    assert app.app.calls == 0
