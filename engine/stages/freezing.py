"""The freeze plan at work: which parameters train, which are frozen, and what BatchNorm does meanwhile."""

from torch import nn

from engine.config.stage import Stage
from engine.models._model import Model
from engine.models._norms import NEWEST_RULE, is_norm_when_frozen
from engine.stages.model_parts import owner, trained_parts


def freeze(model: Model, stage: Stage, norm_rule: int = NEWEST_RULE) -> None:
    """Let the parts of the stage train and freeze all others, norms as the stage says."""
    trained = trained_parts(stage, model.parts)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(owner(name, model.parts) in trained)
        parameter.grad = None
    if stage.frozen_batchnorm == "affine_trains":
        for module in frozen_norms(model, stage, norm_rule):
            for parameter in module.parameters(recurse=False):
                parameter.requires_grad_(True)


def train_mode(model: Model, stage: Stage, norm_rule: int = NEWEST_RULE) -> None:
    """Training mode; BatchNorm in frozen parts keeps its statistics unless the stage lets it adapt.

    To be called after every model.eval(): model.train() alone lets frozen statistics move (trap T1).
    """
    model.train()
    if stage.frozen_batchnorm != "adapts":
        for module in frozen_norms(model, stage, norm_rule):
            module.eval()


def frozen_norms(model: Model, stage: Stage, norm_rule: int = NEWEST_RULE) -> list[nn.Module]:
    """The norms that stand in parts frozen by the stage."""
    trained = trained_parts(stage, model.parts)
    return [
        module
        for name, module in model.named_modules()
        if is_norm_when_frozen(module, norm_rule) and owner(name, model.parts) not in trained
    ]
