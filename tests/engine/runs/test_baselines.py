"""An accuracy is told beside what always saying one class would score."""

import pytest

from engine.runs.baselines import beside, completed

ALWAYS_FIRST = [[200, 0], [10, 0]]
ALWAYS_SECOND = [[0, 200], [0, 10]]
GOOD = [[190, 10], [1, 9]]


def test_the_mean_over_classes_the_most_frequent_class_and_guessing():
    found = beside([[8, 2, 0], [5, 0, 0], [0, 0, 0]])
    assert found["balanced"] == pytest.approx(40)  # 80 % and 0 %; the class without images does not count
    assert found["majority"] == {"class": 0, "share": pytest.approx(100 * 10 / 15)}
    assert found["chance"] == pytest.approx(100 / 3)
    assert found["never_right"] == [1] and found["never_predicted"] == [2]


@pytest.mark.parametrize(
    ("confusion", "verdict"),
    [
        (ALWAYS_FIRST, "no_better"),
        (ALWAYS_SECOND, "no_better"),
        (GOOD, "unbalanced"),  # 94.8 % where one class alone scores 95.2 %, but 92.5 % in the mean over classes
        ([[200, 0], [0, 10]], None),
        ([[500, 500], [490, 510]], "within_chance"),  # guessing that got lucky
        ([[600, 400], [400, 600]], None),
        ([[0, 50], [50, 0]], "no_better"),  # worse than guessing
        ([[10, 2], [0, 0]], None),  # only one class is there
        ([[1, 0], [0, 1]], None),  # few images, but not one mistake
        ([[9, 1], [1, 9]], None),
    ],
)
def test_it_is_said_where_one_class_alone_does_as_well(confusion, verdict):
    assert beside(confusion)["verdict"] == verdict


def test_without_images_nothing_is_said():
    assert beside([]) == beside([[0, 0], [0, 0]]) == {}


def test_an_older_result_is_completed_and_a_newer_or_damaged_one_stays_as_it_is():
    assert completed({"confusion": ALWAYS_FIRST, "top1": 95})["verdict"] == "no_better"
    newer = {"confusion": ALWAYS_FIRST, "balanced": 1}
    assert completed(newer) == newer
    for odd in (None, 5, [], [[1]], [[1, 2]], [[1, "2"], [3, 4]], [[1, -2], [3, 4]], [[1.5, 2], [3, 4]], [{}, []]):
        found = completed({"confusion": odd, "top1": 3.0})
        assert found["confusion"] == odd and found["top1"] == 3.0 and ("balanced" in found) == (odd == [[1]])
