"""`python -m dashboard`: serve the page until Ctrl+C. Trainings go on without it."""

import argparse
import ipaddress
import secrets
import socket
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psutil
import uvicorn

from dashboard.app import build_app
from dashboard.guard.guard import Guard

HOUSE = Path(__file__).parent.parent
PORTS_TRIED = 20
HIGHEST_PORT = 65535
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # no address to go to: what a browser on this machine calls it
LONGEST_GOODBYE = 2  # seconds that open connections may take when the server ends


def main(words: list[str] | None = None) -> None:
    options = _arguments().parse_args(words)
    listener = _listen(options.host, options.port)
    port = listener.getsockname()[1]
    token = secrets.token_urlsafe(24) if options.token in (None, "random") else options.token
    app = build_app(
        options.runs.absolute(), options.presets.absolute(), options.data.absolute(),
        hosts=[*options.allow_host, *_names(options.host)],
        loopback=_is_loopback(options.host), token=token, root_path=options.root_path,
        always_token=options.always_token or options.token is not None,
    )  # fmt: skip
    if options.port not in (0, port):
        print(f"Port {options.port} is taken; using {port}.", file=sys.stderr)
    rest = f":{port}{options.root_path.rstrip('/')}/"
    server = _Server(app, _sentences(app, options.host, rest, f"?token={quote(token)}"))
    with suppress(KeyboardInterrupt):  # the server has ended in peace by then
        server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """A server that says where it is once it listens."""

    def __init__(self, app: Guard, sentences: str):
        super().__init__(uvicorn.Config(
            app, log_level="warning", access_log=False, proxy_headers=False, server_header=False, ws="none",
            timeout_graceful_shutdown=LONGEST_GOODBYE,
        ))  # fmt: skip
        self.sentences = sentences

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(self.sentences, flush=True)


def _sentences(app: Guard, host: str, rest: str, token: str) -> str:
    """Where the page is, for this machine first, then for others. rest: port and path of the address."""
    here = f"http://{_in_address(EVERYWHERE.get(host, host))}{rest}"
    if not app.asks_everybody:
        return f"Thaw is at {here}\nAnother user of this machine needs {here}{token}"
    there = f"\nFrom another machine it is at http://{socket.gethostname()}{rest}{token}" if host in EVERYWHERE else ""
    return f"Thaw is at {here}{token}{there}"


def _names(host: str) -> list[str]:
    """The names by which a listening address is called: its own; for 0.0.0.0 and :: those of all interfaces."""
    if host not in EVERYWHERE:
        return [_in_address(host)]
    cards = psutil.net_if_addrs().values()
    found = {one.address for card in cards for one in card if one.family in (socket.AF_INET, socket.AF_INET6)}
    return [socket.gethostname(), socket.getfqdn(), *map(_in_address, sorted(found))]


def _in_address(host: str) -> str:
    """As it stands in an address: version 6 in brackets, without the name of the interface."""
    return f"[{host.partition('%')[0]}]" if ":" in host else host


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dashboard", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: this machine only)")
    parser.add_argument(
        "--port", type=_port, metavar="PORT", default=7860, help="the first port to try (default: 7860)"
    )
    parser.add_argument("--runs", type=Path, default=HOUSE / "runs", help="where runs are saved")
    parser.add_argument("--data", type=Path, default=HOUSE / "data", help="where data sets live")
    parser.add_argument("--presets", type=Path, default=HOUSE / "presets", help="where presets are read from")
    parser.add_argument(
        "--token", type=_token, nargs="?", const="random", help="ask everybody for this token (or a random one)"
    )
    parser.add_argument("--always-token", action="store_true", help="ask for the token on this machine too")
    parser.add_argument("--allow-host", action="append", default=[], metavar="NAME",
                        help="a host name under which a proxy shows the page")  # fmt: skip
    parser.add_argument("--root-path", default="", help="the path under which a proxy shows the page")
    return parser


def _port(word: str) -> int:
    if not word.isascii() or not word.isdigit() or int(word) > HIGHEST_PORT:
        raise argparse.ArgumentTypeError(
            f"{word!r} is no port; ports are 1 to {HIGHEST_PORT}, or 0 for any that is free"
        )
    return int(word)


def _token(word: str) -> str:
    if not word.strip():
        raise argparse.ArgumentTypeError("the token is empty; give --token alone to get a random one")
    return word


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(host: str, port: int) -> socket.socket:
    """A bound socket at `port` or at the next free one. Leaves with a sentence if there is none."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    last = min(port + PORTS_TRIED, HIGHEST_PORT) if port else 0
    for candidate in range(port, last + 1):
        # Only where the protocol is named does asyncio send an answer's parts at once; else they wait up to 40 ms.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        # On Windows SO_REUSEADDR would let two programs share a port; elsewhere it only forgives a recent restart.
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
            listener.listen(128)
            return listener
        except OSError as error:
            listener.close()
            fault = error
    sys.exit(f"Thaw cannot listen at {host}, ports {port} to {last}: {fault}. Choose another with --port.")


if __name__ == "__main__":
    main()
