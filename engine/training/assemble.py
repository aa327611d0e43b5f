"""From a config to what trains: data and its validation split, the model with attention, starting weights."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from engine import catalog
from engine.config.run_config import RunConfig
from engine.datasets._dataset import Dataset, Split
from engine.messages.suggestion import near
from engine.models._model import Adopts, KnowsWeights, Model, Normalises, ReadsClasses
from engine.models._slots import AttentionSlot
from engine.options import AttentionOptions
from engine.runs import run_folder
from engine.stages.freezing import owner
from engine.training import batches, checkpoint, ghost_batchnorm


@dataclass
class Data:
    """What a training sees: the whole data set and how it is divided.

    evaluated_on: "validation" (held out of the training set; test is scored once at the end) or "test".
    """

    dataset: Dataset
    train: Split
    validation: Split
    evaluated_on: str

    def about(self) -> dict:
        """What is remembered of the data beside a run, so that a model can be used without them."""
        dataset = self.dataset
        return {
            "classes": dataset.classes, "image_size": dataset.image_size, "channels": dataset.channels,
            "mean": list(dataset.mean), "std": list(dataset.std), "train": len(self.train),
            "validation": len(self.validation), "test": len(dataset.test),
        }  # fmt: skip


def load_data(config: RunConfig, folder: Path, progress: Callable[[str], None] = lambda line: None) -> Data:
    """Load the config's data set from `folder` (downloading where it must) and split it.

    Raises ValueError that names the field and what to do, where the split leaves a part or a stage without images.
    """
    name, options = config.part("data")
    return divide(config, catalog.load("datasets", name).load(options, folder, progress))


def divide(config: RunConfig, dataset: Dataset) -> Data:
    """The data set with its split into training and validation. Raises ValueError as load_data does."""
    if config.validation == "test":
        data = Data(dataset, dataset.train, dataset.test, "test")
    else:
        train, held_out = split(config, dataset.train.targets)
        if not len(held_out) or not len(train):
            raise ValueError(
                f"validation: {config.validation} of {len(dataset.train)} training images leaves nothing to "
                f"{'validate' if len(train) else 'train'} on; choose another fraction, or `test`"
            )
        data = Data(dataset, dataset.train.subset(train), dataset.train.subset(held_out), "validation")
    batches.insist_on_shares(len(data.train), config.stages)
    return data


def training_images(config: RunConfig, dataset: Dataset) -> int:
    """How many images are left to train on once the validation images are held out."""
    count = len(dataset.train)
    return count if config.validation == "test" else len(split(config, dataset.train.targets)[0])


def split(config: RunConfig, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Indices (kept, held out) of the training set; a plan without labels does not look at them here either."""
    assert config.validation != "test", "the test images are held out already"
    classes = torch.zeros_like(targets) if config.is_label_free else targets
    return stratified(classes, config.validation, config.seed)


def stratified(targets: Tensor, fraction: float, seed: int) -> tuple[Tensor, Tensor]:
    """Indices (kept, held out), both sorted: the same fraction of every class, drawn by `seed`."""
    generator = torch.Generator().manual_seed(seed)
    kept, held_out = [], []
    for label in targets.unique():
        members = (targets == label).nonzero().flatten()
        members = members[torch.randperm(len(members), generator=generator)]
        count = round(len(members) * fraction)
        held_out.append(members[:count])
        kept.append(members[count:])
    return torch.cat(kept).sort().values, torch.cat(held_out).sort().values


def build_model(config: RunConfig, channels: int, classes: int, image_size: int) -> Model:
    """The config's model, its attention block in every slot it is meant for. Initial weights follow the seed.

    Raises ValueError if the model has no place for the attention block.
    """
    torch.manual_seed(config.seed)
    name, options = config.part("model")
    model = catalog.load("models", name).build(options, channels, classes, image_size)
    attention, attention_options = config.part("attention")
    if attention != "none":
        build = catalog.load("attention", attention).build
        insert_attention(model, build, cast(AttentionOptions, attention_options))
    if config.ghost_batch:
        ghost_batchnorm.divide(model, config.ghost_batch)
    return model


def introduce(model: Model, dataset: Dataset) -> None:
    """Let a model and a data set know of each other, where the model has a say: a model that reads class names gets
    them, and one that was trained with a normalisation of its own imposes it on the data set."""
    if isinstance(model, ReadsClasses):
        model.set_classes(dataset.classes)
    if isinstance(model, Normalises) and (wanted := model.normalisation(dataset.channels)):
        dataset.mean, dataset.std = wanted


def insert_attention(model: Model, build: Callable[..., nn.Module], options: AttentionOptions) -> None:
    """Fill the slots that stand where the options say; the blocks become the part `attention`, before the head."""
    slots = [
        (path, module)
        for path, module in model.named_modules()
        if isinstance(module, AttentionSlot) and module.where == options.where
    ]
    if not slots:
        raise ValueError(f"attention.where: this model has no place for attention {options.where!r}")
    for path, slot in slots:
        parent, _, child = path.rpartition(".")
        setattr(model.get_submodule(parent), child, build(options, slot.channels))
    head = model.parts.pop("head")
    model.parts |= {"attention": [path for path, _ in slots], "head": head}


@dataclass
class Loaded:
    """What became of starting weights: names by part that were loaded, stayed random, or did not fit.

    Counters that are missing are no gap: neither loaded nor random.
    """

    loaded: dict[str, list[str]]
    random: dict[str, list[str]]
    unfit: list[str]

    @property
    def parts(self) -> list[str]:
        """The parts of which everything was loaded."""
        return [part for part, names in self.loaded.items() if names and not self.random[part]]

    def sentence(self) -> str:
        """One sentence for people: which parts were loaded, which stayed random, what did not fit."""
        random = [part for part, names in self.random.items() if names]
        sentence = f"Loaded {', '.join(self.parts) or 'nothing'}; random: {', '.join(random) or 'nothing'}"
        return sentence + (f"; did not fit: {', '.join(self.unfit[:8])}." if self.unfit else ".")


def load_starting_weights(model: Model, weights: dict[str, Tensor], same_classes: bool) -> Loaded:
    """Copy every weight whose name and shape fit; all others stay as they are and are listed by part.

    The head is loaded only where it was trained for the same classes.
    """
    model.load_state_dict(fitting(model, weights, same_classes), strict=False)
    return compare(model, weights, same_classes)


def compare(model: Model, weights: dict[str, Tensor], same_classes: bool) -> Loaded:
    """What `load_starting_weights` would load, and what not. Only names and shapes are looked at."""
    fits = fitting(model, weights, same_classes)
    result = Loaded(
        {part: [] for part in model.parts}, {part: [] for part in model.parts}, sorted(set(weights) - set(fits))
    )
    for name in model.state_dict():
        if name in fits or not is_counter(name):
            (result.loaded if name in fits else result.random)[owner(name, model.parts)].append(name)
    return result


def is_counter(name: str) -> bool:
    """Whether it is BatchNorm's count of batches, which older files lack and no answer depends on."""
    return name.endswith("num_batches_tracked")


def fitting(model: Model, weights: dict[str, Tensor], same_classes: bool = True) -> dict[str, Tensor]:
    """Those of the weights whose name and shape fit; of larger kernels the centre, where the model asks for that."""
    own, centred = model.state_dict(), getattr(model, "centred", ())
    found = {name: centre(value, own[name].shape) if name in centred else value for name, value in weights.items()
             if name in own}  # fmt: skip
    return {
        name: value
        for name, value in found.items()
        if own[name].shape == value.shape and (same_classes or owner(name, model.parts) != "head")
    }


def centre(kernel: Tensor, shape: torch.Size) -> Tensor:
    """The middle of larger convolution kernels (O, I, k, k), scaled to the length that the whole kernels had.

    What is not larger stays as it is.
    """
    if kernel.ndim != 4 or len(shape) != 4 or kernel.shape[:2] != shape[:2] or kernel.shape[-1] <= shape[-1]:
        return kernel
    edge = (kernel.shape[-1] - shape[-1]) // 2
    middle = kernel[:, :, edge : edge + shape[-2], edge : edge + shape[-1]]
    lengths = (part.flatten(1).norm(dim=1).clamp_min(1e-12)[:, None, None, None] for part in (kernel, middle))
    whole, inner = lengths
    return middle * (whole / inner)


def weights_for(
    model: Model, source: str, classes: list[str], runs: Path, data: Path
) -> tuple[dict[str, Tensor], bool]:
    """Weights for a model from a source, under the model's own names, and whether they are for the same classes.

    Beside what `find_weights` takes, the source may be a name that the model knows; its file is kept in `data`.
    """
    library = model if isinstance(model, KnowsWeights) else None
    names = library.library_weights if library else []
    if library and source in names:
        weights, their_classes = checkpoint.read_weights_file(library.fetch(source, data / "weights")), None
    else:
        weights, their_classes = find_weights(source, runs, names)
    same_classes = their_classes in (None, classes)
    return (model.adopt(weights, same_classes), True) if isinstance(model, Adopts) else (weights, same_classes)


def find_weights(source: str, runs: Path, library: Iterable[str] = ()) -> tuple[dict[str, Tensor], list[str] | None]:
    """Weights by name from a saved run (`ID` for its last checkpoint, `ID/best`) or a .safetensors or .pth file.

    Also the names of the classes they were trained for, where a run tells them. library: names that would do as well.
    Raises ValueError that names the source and what is there.
    """
    run, _, which = source.partition("/")
    if run_folder.NAME.fullmatch(run):
        folder = run_folder.find(runs, run)
        weights = checkpoint.load_weights(folder.find_checkpoint(which or "last"))
        return weights, folder.environment().get("data", {}).get("classes")
    path = Path(source).expanduser()
    if not path.is_file():
        names = sorted(library)
        known = f", nor a name that the model knows{near(source, names)}; known: {', '.join(names)}"
        raise ValueError(f"weights: {source!r} is neither the id of a saved run nor a file{known if names else ''}")
    return checkpoint.read_weights_file(path), None
