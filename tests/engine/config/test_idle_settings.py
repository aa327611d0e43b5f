"""One list says which settings change nothing in what a run learns."""

import pytest

from engine.config.differences import resolve
from engine.config.idle_settings import BESIDE_THE_RECIPE, is_of_recipe


def test_every_name_in_the_list_is_a_setting():
    config = resolve({"data": {"name": "image_folder", "path": "/a"}}).model_dump()
    for name in BESIDE_THE_RECIPE:
        section, _, option = name.partition(".")
        assert (option in config[section]) if option else (name in config), name


@pytest.mark.parametrize(
    ("field", "counts"),
    [("batch_size", True), ("data.path", True), ("stages.0.epochs", True), ("stages.12.title", False),
     ("reference", False), ("data.storage", False)],
)  # fmt: skip
def test_what_decides_a_result_is_of_the_recipe(field, counts):
    assert is_of_recipe(field) is counts
