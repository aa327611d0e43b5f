"""Lists that Python and the browser's code both write down say the same."""

import re

import pytest

from dashboard.form.sections import GROUPS
from dashboard.routes import uploads
from engine.config.run_config import RunConfig
from engine.datasets._walk import SUFFIXES
from engine.runs import status_schema
from engine.worker.picture_files import MAGIC
from tests.dashboard.test_static import STATIC


def source(module: str) -> str:
    return (STATIC / module).read_text(encoding="utf-8")


def words(module: str, name: str) -> list[str]:
    """The strings of a list that a module writes down."""
    (written,) = re.findall(rf"\bconst {name} = \[([^\]]*)\];", source(module))
    found = re.findall(r"\"(\w+)\"", written)
    assert found
    return found


@pytest.mark.parametrize("name", ["STATES", "RESUMABLE", "ACTIVE"])
def test_the_states_of_a_run(name):
    written = words("data/run_state.js", name)
    assert len(set(written)) == len(written) and set(written) == set(getattr(status_schema, name))


def test_types_and_size_of_uploaded_pictures():
    (accepted,) = re.findall(r"accept: \"([^\"]+)\"", source("attention/source.js"))
    endings = {
        word for word in accepted.split(",") if word.startswith(".")
    }  # PPM and its family: browsers know no type
    assert {*accepted.split(",")} - endings == {f"image/{kind.lower()}" for kind in MAGIC if kind != "PPM"}
    assert endings == {".pbm", ".pgm", ".ppm", ".pnm", ".pfm"} and endings <= SUFFIXES
    (largest,) = re.findall(r"const LARGEST = ([\d *]+);", source("attention/source.js"))
    factors = [int(factor) for factor in largest.split("*")]
    assert factors == [20, 1024, 1024] and uploads.LARGEST == 20 * 1024 * 1024


@pytest.mark.parametrize(("module", "name"), [("form/network.js", "DECIDE"), ("form/schedule.js", "STILL")])
def test_settings_that_a_module_names_exist(module, name):
    assert set(words(module, name)) <= set(RunConfig.model_fields)


def test_sections_that_must_be_open_exist():
    named = re.findall(r"open\.includes\(\"(\w+)\"\)", source("form/network.js"))
    named += re.findall(r"\[\"\w+\", \"[\w-]+\", \"(\w+)\"\]", source("form/trials.js"))
    assert set(named) == {"augmentations", "optimizer", "model"} and set(named) <= set(GROUPS)
