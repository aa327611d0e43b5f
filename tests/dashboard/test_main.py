"""The printed address: it answers, under every name it is bound to, and holds the token for whoever needs it."""

import asyncio
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from pathlib import Path

import psutil
import pytest

from dashboard.__main__ import _listen, main

ROOT = Path(__file__).parent.parent.parent


@contextmanager
def served(tmp_path, *words):
    """The lines that a real dashboard prints once it listens."""
    command = [sys.executable, "-m", "dashboard", "--port", "0", "--runs", str(tmp_path / "runs"), *words]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield [
                process.stdout.readline().strip(),
                *([] if "::1" in words else [process.stdout.readline().strip()]),
            ]
        finally:
            process.terminate()


def status(address):
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere everybody needs the token")
def test_on_this_machine_the_user_needs_no_token_and_others_are_told_theirs(tmp_path):
    with served(tmp_path) as (first, second):
        address = re.fullmatch(r"Thaw is at (http://127\.0\.0\.1:\d+/)", first)[1]
        assert status(address) == 200
        assert re.fullmatch(rf"Another user of this machine needs {re.escape(address)}\?token=\S{{20,}}", second)


def test_answers_say_what_time_it_is(tmp_path):
    """By it a page whose own clock is wrong still knows whether a training is stalled."""
    with served(tmp_path) as (first, *_):
        answer = urllib.request.urlopen(first.removeprefix("Thaw is at "), timeout=30)
        assert abs(parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time()) < 60


def test_the_parts_of_an_answer_do_not_wait_for_each_other():
    """Headers and body are sent apart: without TCP_NODELAY the second waits up to 40 ms for word of the first."""

    async def accepted():
        eager = asyncio.get_running_loop().create_future()
        listener = _listen("127.0.0.1", 0)

        def look(reader, writer):
            connection = writer.get_extra_info("socket")
            eager.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        async with await asyncio.start_server(look, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname())
            try:
                return await asyncio.wait_for(eager, 30)
            finally:
                writer.close()

    assert asyncio.run(accepted())


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_an_address_of_version_6_is_written_in_brackets_and_answers(tmp_path):
    with served(tmp_path, "--host", "::1") as (line,):
        address = re.match(r"Thaw is at (http://\[::1\]:\d+/)", line)[1]
        assert status(address) in (200, 401)


def test_bound_to_every_address_it_answers_by_each_of_its_names_but_only_with_the_token(tmp_path):
    with served(tmp_path, "--host", "0.0.0.0") as (first, second):
        port, token = re.fullmatch(r"Thaw is at http://127\.0\.0\.1:(\d+)/\?token=(\S{20,})", first).groups()
        assert second == f"From another machine it is at http://{socket.gethostname()}:{port}/?token={token}"
        names = {
            "127.0.0.1",
            socket.gethostname(),
            *(one.address for card in psutil.net_if_addrs().values() for one in card if one.family == socket.AF_INET),
        }
        for name in names:
            opener = f"http://{name}:{port}/api/hardware"
            assert status(opener) == 401, name
            request = urllib.request.Request(opener, headers={"Authorization": f"Bearer {token}"})
            assert status(request) == 200, name


@pytest.mark.parametrize(("words", "told"), [
    (["--token", ""], "the token is empty"), (["--token", " "], "the token is empty"),
    (["--port", "70000"], "'70000' is no port"), (["--port", "-1"], "'-1' is no port"),
    (["--port", "many"], "'many' is no port"),
])  # fmt: skip
def test_what_cannot_be_is_refused_in_a_sentence_before_anything_starts(capsys, words, told):
    with pytest.raises(SystemExit):
        main(words)
    assert told in capsys.readouterr().err
