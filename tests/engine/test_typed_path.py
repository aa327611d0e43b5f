"""A path is understood as people type and paste it."""

import os
from pathlib import Path

import pytest

from engine.typed_path import typed_path, unquoted

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows separates folders with what escapes blanks elsewhere")


@pytest.mark.parametrize(
    "typed",
    [
        "{}", " {}", "{}  ", "{}\n", "\t{}\r\n", '"{}"', "'{}'", ' "{}" ', "“{}”", "‘{}’", "`{}`", "«{}»",
        "\u202a{}\u202c",
        "\ufeff{}", "file://{}", "file://localhost{}", '"file://{}"', "FILE://{}", "file:{}", "{}/", "<file://{}>",
    ],
)  # fmt: skip
def test_what_stands_around_a_path_is_not_part_of_it(typed: str, tmp_path: Path) -> None:
    assert typed_path(typed.format(tmp_path.as_posix())) == tmp_path
    assert typed_path(typed.format(tmp_path.as_posix()), Path("elsewhere")) == tmp_path


@POSIX
def test_addresses_and_terminals_write_blanks_in_their_own_ways(tmp_path: Path) -> None:
    (tmp_path / "my pictures (猫)").mkdir()
    for typed in (f"file://{tmp_path}/my%20pictures%20(%E7%8C%AB)", rf"{tmp_path}/my\ pictures\ \(猫\)"):
        assert typed_path(typed) == tmp_path / "my pictures (猫)"


def test_a_path_below_the_data_folder_or_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert typed_path(' "pets" ', tmp_path / "data") == tmp_path / "data" / "pets"
    for typed in ("~/pets", "'~/pets'", "$HOME/pets"):
        assert typed_path(typed, tmp_path / "data") == tmp_path / "pets"
    assert typed_path("~nobody-at-all/pets", tmp_path) == tmp_path / "~nobody-at-all" / "pets"


@POSIX
@pytest.mark.parametrize("name", [" blanks ", "'quoted'", "file:", r"back\ slash", "$HOME"])
def test_what_exists_as_it_was_typed_is_taken_so(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    assert typed_path(name, tmp_path) == tmp_path / name


@pytest.mark.parametrize("typed", ["", "  ", '""', "'  '", "\u200b", "“”"])
def test_nothing_stays_nothing(typed: str) -> None:
    assert unquoted(typed) == ""


@pytest.mark.parametrize("typed", ["\0", "x" * 5000, '"', "file://", "\\"])
def test_nonsense_is_a_path_that_does_not_exist(typed: str, tmp_path: Path) -> None:
    assert not os.path.exists(typed_path(typed, tmp_path)) or typed_path(typed, tmp_path) == tmp_path
