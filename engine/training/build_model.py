"""From a config to its model, attention blocks in their slots."""

from collections.abc import Callable
from typing import cast

import torch
from torch import nn

from engine import catalog
from engine.config.run_config import RunConfig
from engine.datasets._dataset import Dataset
from engine.datasets._normalisation import Normalisation, decided
from engine.messages.coded_error import CodedError
from engine.models._model import FollowsWeights, Model, Normalises, ReadsClasses
from engine.models._slots import AttentionSlot
from engine.options import AttentionOptions
from engine.training import ghost_batchnorm


def build_model(config: RunConfig, channels: int, classes: int, image_size: int) -> Model:
    """The config's model, its attention block in every slot it is meant for. Initial weights follow the seed.

    Raises ValueError if the model has no place for the attention block.
    """
    torch.manual_seed(config.seed)
    name, options = config.part("model")
    model = catalog.load("models", name).build(options, channels, classes, image_size)
    if isinstance(model, FollowsWeights):
        model.follow(config.weights)
    attention, attention_options = config.part("attention")
    if attention != "none":
        build = catalog.load("attention", attention).build
        insert_attention(model, build, cast(AttentionOptions, attention_options))
    if config.ghost_batch:
        ghost_batchnorm.use_ghost_batches(model, config.ghost_batch)
    return model


def match_to_data(model: Model, dataset: Dataset, recorded: Normalisation | None = None) -> None:
    """Let a model and a data set know of each other, where the model has a say: a model that reads class names gets
    them, and one that was trained with a normalisation of its own imposes it on the data set, unless one was chosen.

    recorded: with what a run that has begun normalised; it goes on so.
    """
    if isinstance(model, ReadsClasses):
        model.set_classes(dataset.classes)
    own = model.normalisation(dataset.channels) if isinstance(model, Normalises) else None
    dataset.mean, dataset.std = decided(recorded, dataset.normalisation_chosen, own, (dataset.mean, dataset.std))


def insert_attention(model: Model, build: Callable[..., nn.Module], options: AttentionOptions) -> None:
    """Fill the slots that stand where the options say; the blocks become the part `attention`, before the head."""
    slots = [
        (path, module)
        for path, module in model.named_modules()
        if isinstance(module, AttentionSlot) and module.where == options.where
    ]
    if not slots:
        raise ValueError(f"attention.where: this model has no place for attention {options.where!r}")
    if options.where == "layer" and not getattr(options, "behind_last", True):
        slots = slots[:-1]
        if not slots:
            raise CodedError("attention_only_last")
    for path, slot in slots:
        parent, _, child = path.rpartition(".")
        setattr(model.get_submodule(parent), child, build(options, slot.channels))
    head = model.parts.pop("head")
    model.parts |= {"attention": [path for path, _ in slots], "head": head}
