"""What people should know of starting weights is said, and nothing where there is nothing to say."""

import pytest

from engine.training.load_weights import Loaded
from engine.training.weight_remarks import for_channels, remarks
from engine.training.weight_source import Found

HERE = {"classes": ["a", "b"], "mean": [0.5], "std": [0.25], "image_size": 32}
WHOLE = Loaded({"stem": ["stem.w"], "head": ["head.w"]}, {"stem": [], "head": []}, [])


def said(found, loaded=WHOLE, here=HERE):
    return {remark.what: remark.message for remark in remarks(found, loaded, here)}


def test_weights_of_the_same_data_need_no_words():
    assert said(Found({}, HERE)) == said(Found({}, HERE | {"mean": [0.50001]})) == {}


@pytest.mark.parametrize(
    ("more", "what", "words"),
    [
        ({"classes": ["b", "a"]}, "classes", "other classes (b, a; here a, b)"),
        ({"classes": None}, "classes_unknown", "do not say which classes"),
        ({"mean": [0.485, 0.456, 0.406], "std": [0.2, 0.3, 0.4]}, "normalisation", "data.channel_std=[0.3]"),
        ({"image_size": 224}, "image_size", "images of 224 pixels; images here have 32"),
    ],
)
def test_what_differs_is_said(more, what, words):
    answer = said(Found({}, HERE | more))
    assert list(answer) == [what] and words in answer[what]


def test_what_is_not_known_is_not_compared():
    assert said(Found({}, {"classes": ["x"]}), here={}) == said(Found({}, HERE), here={}) == {}


def test_wrappers_other_weights_and_parts_that_are_not_filled_are_named():
    some = Loaded(
        {"stem": ["stem.w"], "layer1": ["layer1.bn.num_batches_tracked"], "head": []},
        {"stem": ["stem.b"], "layer1": ["layer1.w"], "head": ["head.w"]},
        [],
    )
    answer = said(Found({}, HERE | {"classes": ["x", "y"]}, ["ema", "module"], ["model"]), some)
    assert list(answer) == ["unwrapped", "unused", "unfit", "partly", "classes"]
    assert "ema, module." in answer["unwrapped"] and "contains model" in answer["unused"]
    assert "nothing for layer1," in answer["unfit"] and "fill stem only" in answer["partly"]


def test_a_model_that_saw_to_its_head_itself_leaves_nothing_unknown():
    assert said(Found({}, HERE | {"classes": None}, settled=True)) == {}
    assert said(Found({}, HERE | {"classes": ["x"]}, settled=True)) == {}


def test_the_activation_that_weights_bring_is_said():
    here = HERE | {"activation": "GELU"}
    assert said(Found({}, HERE | {"activation": "GELU"}), here=here) == {}
    assert "QuickGELU, so" in said(Found({}, HERE | {"activation": "QuickGELU"}), here=here)["activation"]
    assert "do not say" in said(Found({}, HERE), here=here)["activation_unknown"]


def test_grey_takes_the_mean_of_the_colours_and_colours_repeat_that_of_grey():
    assert for_channels([0.3, 0.6, 0.9], 1) == [pytest.approx(0.6)] and for_channels([0.5], 3) == [0.5] * 3
