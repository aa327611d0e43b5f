"""CLIP: an image encoder compared with prompts for each class. Radford et al. 2021, https://arxiv.org/abs/2103.00020

The towers are those of open_clip (https://github.com/mlfoundations/open_clip); `small` is one for images of about 28
pixels that trains in minutes. The text tower turns class names into the rows of the last layer, and is then dropped,
unless it is to be trained. Activation and normalisation are those of open_clip's weights, where such are loaded.
"""

from pathlib import Path
from typing import Any, Literal

import open_clip
import torch
import torch.nn.functional as F
from pydantic import Field, field_validator
from torch import Tensor, nn

from engine.models._clip_text import HashedEmbedding, ZeroShotHead, check_names, class_rows, spoken, tokens
from engine.models._model import Model
from engine.options import PartOptions

EXAMPLES = [{"architecture": "small"}]
SMALL = {
    "embed_dim": 64,
    "vision_cfg": {"image_size": 28, "patch_size": 7, "width": 96, "layers": 3, "head_width": 32},
    "text_cfg": {"context_length": 24, "width": 64, "heads": 2, "layers": 2},
}
QUICK, USUAL = "QuickGELU", "GELU"
SMALL_VOCABULARY = 4093  # a prime, so that no pattern in the token numbers makes them collide
CIFAR10_TEMPLATES = [
    "a photo of a {}.", "a blurry photo of a {}.", "a black and white photo of a {}.", "a low contrast photo of a {}.",
    "a high contrast photo of a {}.", "a bad photo of a {}.", "a good photo of a {}.", "a photo of a small {}.",
    "a photo of a big {}.", "a photo of the {}.", "a blurry photo of the {}.", "a black and white photo of the {}.",
    "a low contrast photo of the {}.", "a high contrast photo of the {}.", "a bad photo of the {}.",
    "a good photo of the {}.", "a photo of the small {}.", "a photo of the big {}.",
]  # fmt: skip


class Options(PartOptions):
    architecture: Literal[
        "small", "ViT-B-32", "ViT-B-32-quickgelu", "ViT-B-32-256", "ViT-B-32-plus-256", "ViT-B-16",
        "ViT-B-16-quickgelu", "ViT-B-16-plus", "ViT-B-16-plus-240", "ViT-S-32", "ViT-S-32-alt", "ViT-S-16",
        "ViT-S-16-alt", "ViT-M-32", "ViT-M-32-alt", "ViT-M-16", "ViT-M-16-alt", "ViT-L-16", "ViT-L-16-320", "ViT-L-14",
        "ViT-L-14-quickgelu", "ViT-L-14-280", "ViT-L-14-336", "ViT-L-14-336-quickgelu", "ViT-H-16", "ViT-H-14",
        "ViT-H-14-quickgelu", "ViT-H-14-378", "ViT-H-14-378-quickgelu", "ViT-g-14", "ViT-bigG-14",
        "ViT-bigG-14-quickgelu", "ViT-e-14",
    ] = Field(
        "small",
        description="open_clip's name of the architecture; the number is the patch size. Smaller patches and larger "
        "letters are more accurate and slower. quickgelu: for OpenAI's weights. small: for images of 28 "
        "pixels.",
    )  # fmt: skip
    templates: list[str] = Field(
        CIFAR10_TEMPLATES,
        min_length=1,
        max_length=200,
        description="Prompt templates with {} for the class name. Each class is the mean of its prompts: more of them, "
        "worded like captions, make the zero-shot start more accurate.",
    )
    class_names: list[str] = Field(
        [],
        description="Class names in the prompts, in the data set's order. Empty uses the data set's names; plain words "
        "make the zero-shot start more accurate.",
    )
    text_tower: Literal["dropped", "kept"] = Field(
        "dropped",
        description="dropped: only its class embeddings remain. kept: it stays as part `text`, trained by the "
        "objective contrastive.",
    )

    @field_validator("templates")
    @classmethod
    def have_one_place(cls, templates: list[str]) -> list[str]:
        for template in templates:
            if template.count("{}") != 1 or template.count("{") + template.count("}") != 2:
                raise ValueError(f"template {template!r} needs exactly one {{}}, the place of the class name")
        return templates


class Clip(Model):
    """An image tower, perhaps a text tower, and a head whose rows are the classes.

    features: (B, channels, H, W) to (B, D), of length one.
    """

    sentences: Tensor  # (K, T, context): the tokens of every sentence about every class

    def __init__(self, options: Options, classes: int) -> None:
        super().__init__()
        self.options = options
        self.classes = classes
        self.activation = activation(options)
        self.statistics = (list(open_clip.OPENAI_DATASET_MEAN), list(open_clip.OPENAI_DATASET_STD))
        towers = make_towers(options.architecture)
        self.visual = towers.visual
        kept = options.text_tower == "kept"
        self.parts = {
            "embeddings": [f"visual.{name}" for name in ("conv1", "class_embedding", "positional_embedding", "ln_pre")]
        }
        for number in range(len(self.visual.transformer.resblocks)):
            self.parts[f"block{number + 1}"] = [f"visual.transformer.resblocks.{number}"]
        self.parts["norm"] = ["visual.ln_post", "visual.proj"]
        if kept:
            del towers.visual
            self.text = towers
            self.parts["text"] = ["text"]
        self.parts["head"] = ["head"]
        self.head = ZeroShotHead(self.visual.output_dim, classes)
        if kept:
            self.head.scale.copy_(towers.logit_scale.detach().exp())

    # --- images

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.features(images))

    def features(self, images: Tensor) -> Tensor:
        return self.project(self.visual.ln_post(self.encode(images)[:, 0]))

    def project(self, encoded: Tensor) -> Tensor:
        """Tokens after their norm, (..., W), in the space that images and sentences share: (..., D), length one."""
        return F.normalize(encoded @ self.visual.proj, dim=-1)

    def encode(self, images: Tensor, hidden: tuple[Tensor, Tensor] | None = None) -> Tensor:
        """The class token and the N patch tokens after the last block: (B, 1 + N, W).

        hidden: which patches, bool (B, N), are replaced by which token, (W,).
        """
        visual = self.visual
        patches = visual.conv1(self.fitted(images)).flatten(2).transpose(1, 2)
        if hidden is not None:
            which, token = hidden
            patches = torch.where(which[..., None], token, patches)
        first = visual.class_embedding.expand(len(patches), 1, -1)
        return visual.transformer(visual.ln_pre(torch.cat([first, patches], 1) + visual.positional_embedding))

    def fitted(self, images: Tensor) -> Tensor:
        """Images as the tower wants them: three channels and its own side, (B, 3, S, S)."""
        side = self.visual.image_size[0]
        images = images.expand(-1, 3, -1, -1)
        if images.shape[2:] == (side, side):
            return images
        return F.interpolate(images, (side, side), mode="bicubic", align_corners=False)

    def normalisation(self, channels: int) -> tuple[list[float], list[float]] | None:
        """Mean and deviation that images should be normalised with, where they are not those of the data set."""
        if self.options.architecture == "small":
            return None
        mean, std = self.statistics
        return (mean, std) if channels == 3 else ([sum(mean) / 3], [sum(std) / 3])

    # --- classes and weights

    def set_classes(self, names: list[str]) -> None:
        """Take over the data set's class names for the sentences. Raises ValueError where one is missing."""
        self.names = self.options.class_names or spoken(names)
        check_names(self.names)
        context = make_config(self.options.architecture)["text_cfg"]["context_length"]
        sentences = tokens(self.names, self.options.templates, context)
        self.register_buffer("sentences", sentences, persistent=False)

    @torch.no_grad()
    def renew_head(self, text: open_clip.CLIP) -> None:
        """Make the head anew of what a text tower says of the sentences."""
        self.head.weight.copy_(class_rows(text, self.sentences))
        self.head.raw_rows.fill_(False)
        self.head.scale.copy_(text.logit_scale.exp().clamp(max=100))

    def adopt(self, weights: dict[str, Tensor], same_classes: bool) -> dict[str, Tensor]:
        """Weights of open_clip, or of another run with this model, under the names they have here.

        Where they hold a text tower, the head is made by it from the sentences, unless it was saved for the
        same_classes. Raises ValueError if they are of another architecture.
        """
        saved_here = "head.weight" in weights
        text = {name.removeprefix("text."): value for name, value in weights.items()
                if name.startswith("text.") or not (saved_here or name.startswith("visual."))}  # fmt: skip
        own = {name: value for name, value in weights.items() if name.startswith(("visual.", "head."))}
        towers = make_towers(self.options.architecture)
        set_activation(towers, self.activation)
        self._check_fit(own, self.state_dict())
        if text:
            visual = {f"visual.{name}": value for name, value in towers.visual.state_dict().items()}
            self._check_fit(text, towers.state_dict())
            if not self.head.weight.is_meta:  # there, only shapes are asked for
                towers.load_state_dict(text | visual)
            if not (saved_here and same_classes):
                self.renew_head(towers)
                own |= {name: value for name, value in self.state_dict().items() if name.startswith("head.")}
        elif not same_classes:
            own.pop("head.weight", None)
        if "text" in self.parts:
            own |= {f"text.{name}": value for name, value in text.items()}
        return own

    def names_elsewhere(self) -> set[str]:
        """The names that open_clip has for weights which this model can take."""
        with torch.device("meta"):
            return set(make_towers(self.options.architecture).state_dict())

    def follow(self, source: str) -> None:
        """Compute as open_clip's weights of this name were trained, with their activation and normalisation."""
        if source in self.library_weights:
            about = self.about_weights(source)
            self.activation, self.statistics = about["activation"], (about["mean"], about["std"])
            set_activation(self, self.activation)

    def about_weights(self, name: str) -> dict[str, Any]:
        """What open_clip knows of trained weights of this architecture."""
        known = open_clip.get_pretrained_cfg(self.plain_architecture, name)
        mean, std = known.get("mean") or open_clip.OPENAI_DATASET_MEAN, known.get("std") or open_clip.OPENAI_DATASET_STD
        return {"mean": list(mean), "std": list(std), "activation": QUICK if known.get("quick_gelu") else USUAL}

    @property
    def plain_architecture(self) -> str:
        """The name under which open_clip lists the weights of both activations."""
        return self.options.architecture.removesuffix("-quickgelu")

    def _check_fit(self, theirs: dict[str, Tensor], ours: dict[str, Tensor]) -> None:
        for name, value in theirs.items():
            here = ours.get(name)
            if name != "head.weight" and (here is None or here.shape != value.shape):
                shape = "does not exist" if here is None else f"has the shape {tuple(here.shape)}"
                raise ValueError(
                    f"weights: {name} has the shape {tuple(value.shape)} in this file, and {shape} in "
                    f"{self.options.architecture}; choose the architecture that these weights are of"
                )

    @property
    def library_weights(self) -> list[str]:
        """Names under which open_clip knows trained weights of this architecture."""
        return open_clip.list_pretrained_tags_by_model(self.plain_architecture)

    def fetch(self, name: str, folder: Path) -> Path:
        """The file of trained weights by open_clip's name, downloaded into `folder` where it is not there yet.

        Raises ValueError that says what to do by hand.
        """
        architecture = self.options.architecture
        known = open_clip.get_pretrained_cfg(self.plain_architecture, name)
        try:
            return Path(open_clip.download_pretrained(known, cache_dir=str(folder)))
        except (OSError, RuntimeError) as error:
            address = f"https://huggingface.co/{known['hf_hub']}" if known["hf_hub"] else known["url"]
            raise ValueError(
                f"weights: {name} of {architecture} could not be downloaded from {address} into {folder} ({error}); "
                "fetch the .safetensors file by hand and give its path"
            ) from error


def activation(options: Options) -> str:
    """What the blocks of an architecture compute with, before any weights are known."""
    return QUICK if options.architecture.endswith("-quickgelu") else USUAL


def set_activation(towers: nn.Module, name: str) -> None:
    """Let all blocks compute with QuickGELU or GELU; neither has weights."""
    made, other = (open_clip.transformer.QuickGELU, nn.GELU)[:: 1 if name == QUICK else -1]
    for module in list(towers.modules()):
        for child_name, child in module.named_children():
            if type(child) is other:
                setattr(module, child_name, made())


def make_config(architecture: str) -> dict[str, Any]:
    return SMALL if architecture == "small" else open_clip.get_model_config(architecture)


def make_towers(architecture: str) -> open_clip.CLIP:
    """Both towers with random weights, under open_clip's names."""
    towers = open_clip.CLIP(**make_config(architecture))
    if architecture == "small":
        towers.token_embedding = HashedEmbedding(SMALL_VOCABULARY, towers.token_embedding.embedding_dim)
        nn.init.normal_(towers.token_embedding.weight, std=0.02)
    return towers


def build(options: Options, channels: int, classes: int, image_size: int) -> Model:
    """CLIP for grey or RGB images of any size. Raises ValueError where class names are missing."""
    if options.class_names:
        check_names(options.class_names)
        if len(options.class_names) != classes:
            raise ValueError(f"class_names: {len(options.class_names)} names for {classes} classes")
    return Clip(options, classes)
