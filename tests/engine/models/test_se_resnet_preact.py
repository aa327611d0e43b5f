"""Gates of SE blocks."""

import torch

from engine.models import se_resnet_preact


def test_gates_of_se_blocks_start_without_bias() -> None:
    model = se_resnet_preact.build(se_resnet_preact.Options(depth=8), 3, 10, 32)
    biases = [gate.bias for block in (model.layer1[0], model.layer3[0]) for gate in (block.gate.fc1, block.gate.fc2)]
    assert not torch.cat(biases).any()
