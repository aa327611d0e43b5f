"""The page's own files keep promises: no data as HTML, nothing printed, nothing from elsewhere, no text missing."""

import re
from pathlib import Path

import pytest
import yaml

from dashboard import charts, texts

STATIC = Path(texts.__file__).parents[1] / "static"
MODULES = sorted(path for path in STATIC.rglob("*.js") if "vendor" not in path.relative_to(STATIC).parts)
STYLES = sorted(STATIC.rglob("*.css"))
LONGEST = 300  # lines
WIDEST = 120  # characters


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_a_module_is_short_and_puts_data_on_the_page_as_text_only(path):
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= LONGEST
    assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", source)
    assert not re.findall(r"console\.|\bdebugger\b|\balert\(", source)


@pytest.mark.parametrize("path", [*MODULES, *STYLES], ids=lambda path: path.name)
def test_lines_are_short(path):
    assert [line for line in path.read_text(encoding="utf-8").splitlines() if len(line) > WIDEST] == []


@pytest.mark.parametrize("path", [*MODULES, *STYLES], ids=lambda path: path.name)
def test_nothing_is_fetched_from_elsewhere(path):
    addresses = re.findall(r"(?:import|from|url\(|fetch\(|src:|href:)\s*[\"'(]*(https?://\S+)", path.read_text("utf-8"))
    assert addresses == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_every_sentence_that_a_module_asks_for_exists(path):
    known = texts.catalogue("zh")  # with English where there is no Chinese
    source = path.read_text(encoding="utf-8")
    whole = re.findall(r"\bt\(\s*\"([a-z_]+\.[a-z_.]+)\"", source)
    pairs = re.findall(r"\bt\([^()`]*\? \"([a-z_]+\.[a-z_.]+)\" : \"([a-z_]+\.[a-z_.]+)\"", source)
    assert [key for key in (*whole, *(key for pair in pairs for key in pair)) if key not in known] == []
    beginnings = re.findall(r"\bt\(\s*`([a-z_.]+)\$\{", source)
    assert [start for start in beginnings if not any(key.startswith(start) for key in known)] == []


def test_every_chart_has_a_title_and_says_how_to_read_it_in_both_languages():
    for language in texts.LANGUAGES:
        written = yaml.safe_load((Path(texts.__file__).parent / f"{language}.yaml").read_text(encoding="utf-8"))
        for chart in charts.charts():
            assert written["chart"][chart["name"]]["title"] and written["chart"][chart["name"]]["help"]
