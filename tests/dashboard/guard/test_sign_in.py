"""Signing in opens the page that was asked for and nothing else."""

import re
from urllib.parse import urlencode

import pytest

from dashboard import texts
from tests.dashboard.guard.guarding import OURS, TOKEN, ask, cookie_of, guarded


@pytest.mark.parametrize("path", ["//evil.test/", "/\\evil.test", "/%5cevil.test", "//evil.test/..//x"])
def test_signing_in_leads_nowhere_else(path):
    for answer in (
        ask(guarded(), "GET", f"{path}?{urlencode({'token': TOKEN})}"),
        ask(guarded(), "POST", f"/sign-in?{urlencode({'next': path})}", body=urlencode({"token": TOKEN}).encode()),
    ):
        assert answer.status == 303
        assert re.match(r"(\.\./)*\./(?![/\\])", answer.header("location"))


def test_the_sign_in_page_opens_the_page_that_was_asked_for():
    app = guarded()
    page = ask(app, "GET", "/runs/a?tab=maps&token=wrong", {**OURS, "accept-language": "zh"})
    assert page.status == 401
    assert texts.text("zh", "guard.wrong") in page.body
    assert "default-src 'none'" in page.header("content-security-policy")
    assert not re.search(r"(src|href)=|url\(|@import", page.body)
    action = re.search(r'action="([^"]+)"', page.body)[1]
    assert action == ".././sign-in?next=%2Fruns%2Fa%3Ftab%3Dmaps"
    answer = ask(app, "POST", action.removeprefix("../."), body=urlencode({"token": f" {TOKEN}\n"}).encode())
    assert (answer.status, answer.header("location")) == (303, "./runs/a?tab=maps")
    assert ask(app, "GET", "/", {**OURS, "cookie": answer.cookie}).body == "in"


RIGHT_TOKEN = b"&" + urlencode({"token": TOKEN}).encode()


@pytest.mark.parametrize("body", [b"", b"token=", b"token=wrong", b"\xff\xfe=%", b"x=" + b"y" * 10_000 + RIGHT_TOKEN])
def test_signing_in_with_anything_else_asks_again(body):
    app = guarded()
    answer = ask(app, "POST", "/sign-in?next=%2F", body=body)
    assert (answer.status, answer.cookie) == (401, "")
    assert texts.text("en", "guard.wrong") in answer.body


def test_whoever_is_signed_in_is_led_away_from_the_sign_in_page():
    app = guarded()
    answer = ask(app, "GET", "/sign-in?next=%2Fruns%2Fa", {**OURS, "cookie": cookie_of(app)})
    assert (answer.status, answer.header("location")) == (303, "./runs/a")
