"""Every part tells its options in a way that forms, YAML and documentation can use; a new file is tested at once."""

import pytest
from pydantic import Field, ValidationError

from engine import catalog
from engine.options import AttentionOptions, DatasetOptions, PartOptions

PARTS = [(kind, name) for kind in catalog.KINDS for name in catalog.names(kind)]


@pytest.mark.parametrize(("kind", "name"), PARTS)
def test_every_option_has_a_default_a_type_and_a_description(kind: str, name: str) -> None:
    options = catalog.options(kind, name)
    options()
    properties = options.model_json_schema().get("properties", {})
    assert "name" not in properties
    for field, schema in properties.items():
        assert "default" in schema, field
        assert {"type", "enum", "anyOf", "const"} & set(schema), field
        assert schema.get("description", "").strip().endswith("."), field


@pytest.mark.parametrize(("kind", "name"), PARTS)
def test_every_part_says_in_its_first_line_what_it_is(kind: str, name: str) -> None:
    assert len(catalog.summary(kind, name).splitlines()[0].split()) > 3


@pytest.mark.parametrize("name", catalog.names("datasets"))
def test_every_data_set_can_be_reduced(name: str) -> None:
    assert {"classes", "limit"} <= set(catalog.options("datasets", name).model_fields)


@pytest.mark.parametrize("name", [name for name in catalog.names("attention") if name != "none"])
def test_every_attention_block_can_stand_in_two_places(name: str) -> None:
    assert catalog.options("attention", name)().where in ("layer", "block")
    assert catalog.options("attention", name)(where="block").where == "block"


class Example(PartOptions):
    amount: float = Field(0.5, description="An amount.")
    count: int = Field(1, description="A count.")
    on: bool = Field(False, description="A switch.")


NAN, INFINITY = float("nan"), float("inf")
WRONG = [
    {"amount": True},
    {"amount": "1"},
    {"amount": NAN},
    {"amount": INFINITY},
    {"count": 1.5},
    {"on": 1},
    {"amuont": 1.0},
]


@pytest.mark.parametrize("values", WRONG)
def test_nothing_is_taken_for_something_else(values: dict) -> None:
    with pytest.raises(ValidationError):
        Example(**values)


def test_a_whole_number_is_a_number() -> None:
    assert Example(amount=1).amount == 1.0


def test_options_cannot_change_after_they_were_checked() -> None:
    with pytest.raises(ValidationError):
        Example().count = 2


@pytest.mark.parametrize("limit", [0, -1, True])
def test_a_limit_is_at_least_one_image(limit: int) -> None:
    with pytest.raises(ValidationError):
        DatasetOptions(limit=limit)


def test_attention_stands_after_layers_unless_told() -> None:
    assert AttentionOptions().where == "layer"
