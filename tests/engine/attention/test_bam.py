"""BAM is the formula of its authors."""

import pytest
import torch
import torch.nn.functional as F
import yaml
from torch import Tensor, nn

from engine.attention import bam
from engine.config.differences import resolve
from engine.messages.coded_error import CodedError
from engine.models._slots import AttentionSlot
from engine.training import checkpoint
from engine.training.build_model import build_model, insert_attention
from tests.made_runs import make_run


def test_bam_is_the_formula_of_its_authors() -> None:
    block = bam.build(bam.Options(reduction=8), 32).eval()
    x = torch.randn(2, 32, 9, 9)

    def normed(norm: nn.Module, y: Tensor) -> Tensor:
        return F.batch_norm(y, norm.running_mean, norm.running_var, norm.weight, norm.bias).relu()

    channel, spatial = block.channel, block.spatial
    per_channel = F.linear(
        normed(channel.bn, F.linear(x.mean((2, 3)), channel.fc1.weight, channel.fc1.bias)),
        channel.fc2.weight, channel.fc2.bias,
    )  # fmt: skip
    y = normed(spatial.bn, F.conv2d(x, spatial.reduce.weight, spatial.reduce.bias))
    for around in (spatial.around1, spatial.around2):
        y = normed(around.bn, F.conv2d(y, around.conv.weight, around.conv.bias, padding=4, dilation=4))
    per_place = F.conv2d(y, spatial.join.weight, spatial.join.bias)
    gate = (per_channel[:, :, None, None] * per_place).sigmoid()
    torch.testing.assert_close(block(x), x + x * gate)
    block.combine = "sum"
    torch.testing.assert_close(block(x), x + x * (per_channel[:, :, None, None] + per_place).sigmoid())


def test_it_starts_as_the_authors_let_it() -> None:
    """Convolutions from a normal distribution by fan out, fully connected layers as torch does, all biases zero."""
    torch.manual_seed(0)
    block = bam.build(bam.Options(reduction=2), 256)
    assert not any(parameter.any() for name, parameter in block.named_parameters() if name.endswith("bias"))
    around = block.spatial.around1.conv.weight  # 128 of 128 channels, 3x3
    assert abs(float(around.detach().std()) / (2 / (128 * 9)) ** 0.5 - 1) < 0.02
    assert float(around.detach().abs().max()) > 4 * float(around.detach().std())  # no uniform one
    assert abs(float(block.spatial.reduce.weight.detach().std()) / (2 / 128) ** 0.5 - 1) < 0.02
    bound = 1 / 256**0.5  # of torch's uniform distribution
    assert 0.99 * bound < float(block.channel.fc1.weight.detach().abs().max()) <= bound


@pytest.mark.parametrize(
    ("model", "where", "behind_last", "count"),
    [
        ({"depth": 8}, "layer", False, 2),
        ({"depth": 8}, "layer", True, 3),
        ({"depth": 8}, "block", False, 3),
        ({"name": "torchvision", "architecture": "resnet18"}, "layer", False, 3),
    ],
)
def test_no_block_stands_behind_the_last_layer_unless_it_is_asked_for(model, where, behind_last, count) -> None:
    options = {"name": "bam", "where": where, "behind_last": behind_last}
    with torch.device("meta"):
        made = build_model(resolve({"model": model, "attention": options}), 3, 10, 64)
    blocks = [name for name, module in made.named_modules() if isinstance(module, bam.BAM)]
    assert len(blocks) == count and made.parts["attention"] == blocks
    assert made(torch.zeros(2, 3, 64, 64, device="meta")).shape == (2, 10)


class OneLayer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer1, self.head = nn.Sequential(nn.Conv2d(3, 8, 3), AttentionSlot(8, "layer")), nn.Linear(8, 5)
        self.parts = {"layer1": ["layer1"], "head": ["head"]}


def test_where_the_last_layer_is_the_only_one_the_setting_is_named() -> None:
    with pytest.raises(CodedError, match=r"attention\.behind_last is off. Switch it on"):
        insert_attention(OneLayer(), bam.build, bam.Options())
    with pytest.raises(ValueError, match="no place for attention 'block'"):
        insert_attention(OneLayer(), bam.build, bam.Options(where="block"))
    model = OneLayer()
    insert_attention(model, bam.build, bam.Options(behind_last=True))
    assert model.parts["attention"] == ["layer1.1"]


def test_a_run_of_before_keeps_its_block_behind_the_last_layer(tmp_path) -> None:
    run = make_run(tmp_path, {"data": "digits", "attention": {"name": "bam", "behind_last": True}})
    written = yaml.safe_load(run.config_file.read_text(encoding="utf-8"))
    del written["attention"]["behind_last"]
    run.config_file.write_text(yaml.safe_dump(written), encoding="utf-8")
    assert run.config()["attention"]["behind_last"] is True
    model = build_model(resolve(run.config()), 1, 10, 16)
    model.load_state_dict(checkpoint.load_weights(run.find_checkpoint("last")))
