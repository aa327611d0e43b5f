"""Which images a batch holds follows from seed and epoch alone, and shares of the images keep apart."""

import pytest
import torch

from engine.config.differences import check, resolve
from engine.training import batches, data_split


def order(shares, images=1000, batch_size=64, epoch=1):
    chosen = batches.share(images, shares, seed=3)
    return chosen, batches.order(chosen, batches.steps_per_epoch(images, batch_size), batch_size, seed=3, epoch=epoch)


def test_an_epoch_of_all_images_has_whole_batches_and_no_image_twice():
    chosen, found = order([0.0, 1.0])
    assert torch.equal(chosen, torch.arange(1000))
    assert [len(batch) for batch in found] == [64] * 15 and len(torch.cat(found).unique()) == 15 * 64
    assert not torch.equal(torch.cat(found), torch.cat(order([0.0, 1.0], epoch=2)[1]))


def test_shares_have_no_image_in_common_and_none_is_left_out():
    first, rest = batches.share(1000, [0.0, 0.2], seed=3), batches.share(1000, [0.2, 1.0], seed=3)
    assert len(first) == 200 and torch.equal(torch.cat([first, rest]).sort().values, torch.arange(1000))


@pytest.mark.parametrize("shares", [[0.0, 0.2], [0.0, 0.98], [0.5, 0.503]])
def test_a_share_has_as_many_steps_and_its_images_come_round_equally_often(shares):
    chosen, found = order(shares)
    assert [len(batch) for batch in found] == [64] * 15
    numbers, counts = torch.cat(found).unique(return_counts=True)
    assert set(numbers.tolist()) <= set(chosen.tolist()) and counts.max() - counts.min() <= 1


def test_a_set_smaller_than_one_batch_is_one_batch():
    assert [len(batch) for batch in order([0.0, 1.0], images=10)[1]] == [10]
    assert [len(batch) for batch in order([0.0, 0.5], images=10)[1]] == [5]


@pytest.mark.parametrize("images", [[0.2], [0.5, 0.5], [0.5, 0.2], [-0.1, 1.0], [0, 1.1], [False, True], "all"])
def test_wrong_shares_are_named(images):
    _, faults = check({"stages": [{"images": images}]})
    assert [fault.field for fault in faults] == ["stages.0.images"] and "from and to" in str(faults[0])


@pytest.mark.parametrize("validation", ["test", 0.5])
def test_a_share_that_holds_no_image_is_refused_before_the_start(tmp_path, validation):
    """How many images there are is known once they are loaded."""
    plan = {"data": {"name": "digits", "limit": 20}, "validation": validation, "stages": [{}, {"images": [0, 0.02]}]}
    count = 20 if validation == "test" else 10
    says = rf"^stages\.1\.images: \[0, 0\.02\] of {count} training images leaves none .* a share of {1 / count:g}$"
    with pytest.raises(ValueError, match=says):
        data_split.load_data(resolve(plan), tmp_path)
    plan["stages"][1]["images"] = [0, 1 / count]
    assert len(batches.share(count, resolve(plan).stages[1].images, seed=0)) == 1
    data_split.load_data(resolve(plan), tmp_path)
