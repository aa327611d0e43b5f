"""Differences and the whole config are two ways to say the same."""

import pytest

from engine.config import overrides, presets
from engine.config.differences import changes, check, resolve


def test_the_defaults_are_sound_and_are_no_changes():
    config = resolve({})
    assert changes(config) == {}
    assert check(config.model_dump())[0] == config


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_is_sound_and_comes_back_from_its_changes(name):
    differences, about = presets.read(name)
    config = resolve(differences)
    assert resolve(changes(config)) == config
    assert resolve(overrides.apply({}, overrides.as_words(changes(config)))) == config
    assert {"en", "zh"} <= set(about["title"])
