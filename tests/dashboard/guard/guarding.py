"""A guarded app that counts what reaches it, and one request through it."""

import asyncio
from urllib.parse import urlencode

from dashboard.guard import guard

TOKEN = "correct horse 电池"
OURS = {"host": "localhost:7860"}


class Inner:
    """The dashboard behind the guard: counts what reaches it."""

    calls = 0

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            assert (await receive())["type"] == "lifespan.startup"
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        self.calls += 1
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            return
        headers = [
            (b"content-length", b"2"),
            (b"access-control-allow-origin", b"http://evil.test"),
            (b"X-Frame-Options", b"ALLOWALL"),
            (b"content-security-policy", b"default-src 'self'"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"in"})


def guarded(**changes):
    settings = {
        "hosts": ["lab.example"],
        "loopback": True,
        "token": TOKEN,
        "always_token": True,
        "root_path": "",
        "json_paths": ("/api/", "/gradio_api/"),
    }
    return guard.Guard(Inner(), **{**settings, **changes})


class Answer:
    def __init__(self, messages):
        self.status = messages[0].get("status", messages[0]["type"])
        self.headers = [(name.decode().lower(), value.decode()) for name, value in messages[0].get("headers", [])]
        self.body = b"".join(message.get("body", b"") for message in messages[1:]).decode()

    def header(self, name):
        return ", ".join(value for key, value in self.headers if key == name)

    @property
    def cookie(self):
        return self.header("set-cookie").partition(";")[0]


def ask(app, method, path, headers=None, body=b"", **scope):
    """Send one request through the app and return its answer."""
    path, _, query = path.partition("?")
    pairs = headers if isinstance(headers, list) else (headers or OURS).items()
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in pairs if value is not None],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 7860),
        **scope,
    }
    sent = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return Answer(sent)


def cookie_of(app):
    return ask(app, "GET", f"/?{urlencode({'token': TOKEN})}").cookie
