"""The ASGI app: the guard, the JSON routes, our own files, and Gradio's page in the language of the browser."""

import os
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import page, texts
from dashboard.form import gradio_internals
from dashboard.guard.guard import Guard
from dashboard.json_answer import install_errors
from dashboard.own_files import OwnFiles
from dashboard.processes import launching
from dashboard.processes.spare_trainer import SpareTrainer
from dashboard.processes.worker import Worker
from dashboard.routes import api, request_keys
from dashboard.routes.dependencies import provide

NO_DOCS: dict[str, Any] = {"docs_url": None, "redoc_url": None, "openapi_url": None}  # they load scripts from elsewhere
QUEUE_LOOKS_EVERY = 0.02  # seconds; Gradio's own millisecond costs an idle page 3 % of a core, which trainings need
# Gradio's page has inline scripts and templates; what counts is that nothing comes from, or goes to, another host.
POLICY = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; form-action 'self'; object-src 'none'"


def build_app(
    runs_dir: Path,
    presets_dir: Path,
    data_dir: Path,
    *,
    hosts: Iterable[str] = (),
    loopback: bool = True,
    token: str | None = None,
    always_token: bool = False,
    root_path: str = "",
) -> Guard:
    """Everything the dashboard serves, behind the guard."""
    serve = [*launching.ENGINE, "serve", "--runs", str(runs_dir), "--data", str(data_dir)]
    worker = Worker(serve, launching.ROOT)
    spare_trainer = SpareTrainer()
    files = OwnFiles()
    head = page.head(files.version)
    pages: dict[str, FastAPI] = {
        language: _gradio(language, head, runs_dir, presets_dir) for language in texts.LANGUAGES
    }

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for parent in pages.values():
                await stack.enter_async_context(parent.router.lifespan_context(parent))
            yield
            await run_in_threadpool(worker.close)
            await run_in_threadpool(spare_trainer.close)

    request_keys.forget_old(runs_dir)
    app = FastAPI(**NO_DOCS, lifespan=lifespan)
    install_errors(app)
    provide(
        app, runs_dir=runs_dir, presets_dir=presets_dir, data_dir=data_dir, worker=worker, spare_trainer=spare_trainer,
    )  # fmt: skip
    app.include_router(api.router)
    app.mount("/", Page(pages, files))
    root_path = root_path.rstrip("/")
    return Guard(
        UnderPrefix(app, root_path) if root_path else app,
        hosts=hosts, loopback=loopback, token=token or secrets.token_urlsafe(24), always_token=always_token,
        root_path=root_path, json_paths=("/api/", gradio_internals.API),
    )  # fmt: skip


def _gradio(language: str, head: str, runs_dir: Path, presets_dir: Path) -> FastAPI:
    """Gradio's app for one language, with everything switched off that talks to others or opens files."""
    blocks = page.build_page(language, runs_dir, presets_dir)
    app = gr.mount_gradio_app(
        FastAPI(**NO_DOCS), blocks, path="/", server_name="127.0.0.1", app_kwargs=dict(NO_DOCS),
        footer_links=[], run_history=False, allowed_paths=[], show_error=False, max_file_size="1mb", ssr_mode=False,
        enable_monitoring=False, pwa=False, mcp_server=False, theme=page.theme(), head=head,
    )  # fmt: skip
    gradio_internals.look_at_queue_every(blocks, QUEUE_LOOKS_EVERY)
    return app


class Page:
    """Our own file where there is one, else Gradio's page in the language of the cookie or of the browser."""

    def __init__(self, pages: dict[str, FastAPI], files: OwnFiles):
        self.pages, self.files = pages, files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(scope.get("root_path", "")) or "/"
        if path.startswith("/static/"):
            name = path.removeprefix("/static/")
            if self.files.lookup_path(os.path.normpath(name))[1] is not None:
                await self.files({**scope, "root_path": scope.get("root_path", "") + "/static"}, receive, send)
                return
        if not gradio_internals.ROUTES.fullmatch(path):
            await PlainTextResponse("There is nothing at this address.\n", 404)(scope, receive, send)
            return
        html = path == "/"
        await self.pages[_language(HTTPConnection(scope))](scope, receive, _with_page_headers(send) if html else send)


def _with_page_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Cache-Control"] = "no-store"  # the same address is another page in another language
            headers["Content-Security-Policy"] = POLICY
        await send(message)

    return send_with_headers


def _language(request: HTTPConnection) -> str:
    chosen = request.cookies.get("thaw_language")
    return chosen if chosen in texts.LANGUAGES else texts.preferred(request.headers.get("accept-language", ""))


class UnderPrefix:
    """Serve below a proxy's prefix, whether the proxy cuts the prefix off or leaves it."""

    def __init__(self, app: ASGIApp, prefix: str):
        self.app, self.prefix = app, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            inside = path == self.prefix or path.startswith(self.prefix + "/")
            scope = {**scope, "root_path": self.prefix, "path": path if inside else self.prefix + path}
        await self.app(scope, receive, send)
