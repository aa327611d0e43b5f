"""Who may talk to the dashboard: pure ASGI, around everything else, so that a refused request reaches nothing.

Each request passes these questions in order: is it sent to a host name of ours (against DNS rebinding), is its method
one that we have, does it come from our own page where it could change something (against other sites in the same
browser), and is it our own user or somebody who has the token.

Serve with `proxy_headers=False`: who calls is judged by the real address of the connection, not by what a header says.
"""

import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Iterable
from urllib.parse import parse_qs, quote, unquote_plus

from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import texts
from dashboard.guard import connection_owner, sign_in

METHODS = ("GET", "HEAD", "POST", "PATCH", "DELETE")
READING = ("GET", "HEAD")
OWN_HOSTS = ("localhost", "127.0.0.1", "[::1]")
REMEMBERED_CONNECTIONS = 1000
LONGEST_SIGN_IN = 4096  # bytes

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::([0-9]{1,5}))?")


class Guard:
    """Let a request through to `app`, or answer it here."""

    def __init__(
        self, app: ASGIApp, *, hosts: Iterable[str], loopback: bool, token: str, always_token: bool, root_path: str,
        json_paths: tuple[str, ...],
    ) -> None:  # fmt: skip
        """`hosts`: names beside our own; `loopback`: we listen on this machine only; `root_path`: a proxy's prefix;
        `json_paths`: what begins so is refused in JSON.

        Raises ValueError for a host that is no host name, and for an empty token.
        """
        if not token.strip():
            raise ValueError("the token is empty; leave it out to get a random one")
        self.app = app
        self.hosts = {_name(host) for host in (*OWN_HOSTS, *hosts)}
        self.asks_everybody = always_token or not loopback or not connection_owner.can_tell()
        self.root_path, self.json_paths = root_path.rstrip("/"), json_paths
        self._token = token.strip().encode(errors="surrogatepass")
        self._headers = _headers(self.hosts - set(OWN_HOSTS))
        self._known: OrderedDict[tuple, tuple] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        answer = self._refusal(HTTPConnection(scope)) or await self._entrance(HTTPConnection(scope), receive)
        if scope["type"] == "websocket":
            if answer is None:
                await self.app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 1008})
            return
        await (answer or self.app)(scope, receive, self._with_headers(send))

    # What no token opens: the wrong host name, method or origin.

    def _refusal(self, request: HTTPConnection) -> Response | None:
        host = _HOST.fullmatch(request.headers.get("host", "").lower())
        if host is None or len(request.headers.getlist("host")) != 1 or host[1] not in self.hosts:
            return self._refuse(request, 403, "host", host=request.headers.get("host", "")[:100])
        if request.scope["type"] == "http" and request.scope["method"] not in METHODS:
            answer = self._refuse(request, 405, "method", methods=", ".join(METHODS))
            answer.headers["Allow"] = ", ".join(METHODS)
            return answer
        if _may_change(request) and not _from_our_page(request, host):
            return self._refuse(request, 403, "origin", origin=request.headers.get("origin", "")[:100])
        return None

    def _refuse(self, request: HTTPConnection, status: int, reason: str, **values: str) -> Response:
        sentence = texts.text(_language(request), f"guard.{reason}", **values)
        no_store = {"Cache-Control": "no-store"}
        if self._path(request).startswith(self.json_paths):
            return JSONResponse({"error": sentence}, status, headers=no_store)
        return PlainTextResponse(sentence + "\n", status, headers=no_store)

    # Who comes in: our own user, the token's holders.

    async def _entrance(self, request: HTTPConnection, receive: Receive) -> Response | None:
        path = self._path(request)
        if path == "/sign-in":
            return await self._sign_in(request, receive)
        in_address = None if _may_change(request) else request.query_params.get("token")
        if in_address is not None and self._is_token(in_address):
            return self._welcome(request, _without_token(path, request))
        if self._has_token(request) or self._is_own_user(request.scope):
            return None
        if _may_change(request) or path.startswith(self.json_paths):
            answer = self._refuse(request, 401, "token")
            answer.headers["WWW-Authenticate"] = "Bearer"
            return answer
        return self._sign_in_page(request, _without_token(path, request), wrong=in_address is not None)

    async def _sign_in(self, request: HTTPConnection, receive: Receive) -> Response:
        target = request.query_params.get("next", "")
        if request.scope.get("method") == "POST":
            given = await _posted_token(receive)
            if given is not None and self._is_token(given):
                return self._welcome(request, target)
            return self._sign_in_page(request, target, wrong=True)
        if self._has_token(request) or self._is_own_user(request.scope):
            return _go_to("/sign-in", target)
        return self._sign_in_page(request, target, wrong=False)

    def _is_own_user(self, scope: Scope) -> bool:
        client, server = scope.get("client"), scope.get("server")
        if self.asks_everybody or client is None or server is None:
            return False
        # The server makes this tuple once for each connection. Address and port alone would not do as a key: when a
        # connection ends, another user may take its port.
        if self._known.get(tuple(client)) is client:
            return True
        if not connection_owner.is_ours(tuple(client), tuple(server)):
            return False
        self._known[tuple(client)] = client
        self._known.move_to_end(tuple(client))
        if len(self._known) > REMEMBERED_CONNECTIONS:
            self._known.popitem(last=False)
        return True

    def _has_token(self, request: HTTPConnection) -> bool:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        # Headers come as Latin-1, whatever the bytes meant.
        if scheme.lower() == "bearer" and self._is_token(given.encode("latin-1").decode("utf-8", "replace")):
            return True
        cookie = request.cookies.get(_cookie_name(request), "")
        return hmac.compare_digest(cookie.encode(), self._cookie().encode())

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.strip().encode(errors="surrogatepass"), self._token)

    def _cookie(self) -> str:
        # A digest, so that any token fits into a cookie.
        return hashlib.sha256(b"thaw cookie " + self._token).hexdigest()

    def _welcome(self, request: HTTPConnection, target: str) -> Response:
        answer = _go_to(self._path(request), target)
        path = self.root_path or "/"
        answer.set_cookie(_cookie_name(request), self._cookie(), path=path, httponly=True, samesite="strict")
        return answer

    def _sign_in_page(self, request: HTTPConnection, target: str, wrong: bool) -> Response:
        action = _relative(self._path(request), "/sign-in") + "?next=" + quote(target, safe="")
        headers = {"Cache-Control": "no-store", "Content-Security-Policy": sign_in.POLICY, "WWW-Authenticate": "Bearer"}
        return HTMLResponse(sign_in.page(_language(request), action, wrong), 401, headers=headers)

    def _path(self, request: HTTPConnection) -> str:
        path = request.scope["path"]
        return path.removeprefix(self.root_path) if path.startswith(self.root_path + "/") else path

    def _with_headers(self, send: Send) -> Send:
        replaced = {name for name, _ in self._headers} - {b"content-security-policy"}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                # Gradio lets other origins read its answers; here nobody may.
                kept = [
                    (name, value)
                    for name, value in message.get("headers", [])
                    if name.lower() not in replaced and not name.lower().startswith(b"access-control-")
                ]
                message = {**message, "headers": kept + self._headers}
            await send(message)

        return send_with_headers


def _headers(framing_hosts: Iterable[str]) -> list[tuple[bytes, bytes]]:
    framing = [f"{scheme}://{host}:*" for host in sorted(framing_hosts) for scheme in ("http", "https")]
    return [
        (b"x-content-type-options", b"nosniff"),
        # Not "no-referrer": under it browsers call our own forms' origin "null".
        (b"referrer-policy", b"same-origin"),
        (b"x-frame-options", b"SAMEORIGIN"),
        (b"content-security-policy", " ".join(["frame-ancestors 'self'", *framing]).encode("ascii")),
        (b"cross-origin-resource-policy", b"same-origin"),
    ]


def _name(host: str) -> str:
    match = _HOST.fullmatch(host.strip().lower())
    if match is None:
        raise ValueError(f"'{host}' is not a host name; write it as browsers send it, such as lab.example")
    return match[1]


def _may_change(request: HTTPConnection) -> bool:
    return request.scope["type"] == "websocket" or request.scope["method"] not in READING


def _from_our_page(request: HTTPConnection, host: re.Match[str]) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site not in (None, "none", "same-origin"):
        return False
    origins = request.headers.getlist("origin")
    if not origins:  # A script: browsers name the origin of whatever may change something.
        return request.scope["type"] == "http"
    origin = re.fullmatch(rf"https?://({_HOST.pattern})", origins[0].lower())
    if origin is None or len(origins) != 1:
        return False
    # A proxy may drop the port from Host. Then only the browser's own word can vouch for the port.
    return origin[1] == host[0] or (origin[2] == host[1] and site == "same-origin")


def _cookie_name(request: HTTPConnection) -> str:
    """Name the cookie after the port in the browser's address line: cookies are shared by all ports of a host."""
    port = request.headers["host"].rpartition(":")[2]
    return f"thaw_{port}" if port.isdigit() else "thaw"


def _without_token(path: str, request: HTTPConnection) -> str:
    pairs = request.scope["query_string"].decode("latin-1").split("&")
    query = "&".join(pair for pair in pairs if pair and unquote_plus(pair.partition("=")[0]) != "token")
    return quote(path) + (f"?{query}" if query else "")


def _go_to(path: str, target: str) -> Response:
    return RedirectResponse(_relative(path, target), 303, headers={"Cache-Control": "no-store"})


def _relative(path: str, target: str) -> str:
    """Write the address of `target` as seen from `path`: right behind any proxy, and never another host's."""
    return "../" * (path.count("/") - 1) + "./" + target.lstrip("/\\")


async def _posted_token(receive: Receive) -> str | None:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] == "http.disconnect" or len(body) > LONGEST_SIGN_IN:
            return None
        if not message.get("more_body", False):
            return parse_qs(body.decode("utf-8", "replace")).get("token", [None])[0]


def _language(request: HTTPConnection) -> str:
    return texts.preferred(request.headers.get("accept-language", ""))
