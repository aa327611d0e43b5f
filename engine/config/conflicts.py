"""Settings that are sound alone but not together."""

from engine import catalog
from engine.config import published_figures
from engine.config.run_config import RunConfig
from engine.messages.faults import Fault


def conflicts(config: RunConfig) -> list[Fault]:
    """Every fault that only the whole config shows. Needs no torch and no data."""
    found = []
    if config.batch_size % config.subdivisions:
        reason = f"{config.subdivisions} pieces do not divide batches of {config.batch_size} images evenly"
        found.append(Fault("subdivisions", "rule", {"reason": reason}))
    piece = config.batch_size // config.subdivisions
    if config.ghost_batch and piece % config.ghost_batch:
        reason = f"groups of {config.ghost_batch} images do not divide pieces of {piece} images evenly"
        found.append(Fault("ghost_batch", "rule", {"reason": reason}))
    if config.reference:
        try:
            published_figures.find(config.reference)
        except ValueError as error:
            found.append(Fault("reference", "rule", {"reason": str(error)}))
    for index, stage in enumerate(config.stages):
        if not stage.train:
            found.append(Fault(f"stages.{index}.train", "nothing_trains", {"stage": index + 1}))
    for index, edit in enumerate(config.edits):
        number = int(edit.field.split(".")[1])
        if number >= len(config.stages):
            reason = f"the plan has {len(config.stages)} stages, and this changes stage {number + 1}"
            found.append(Fault(f"edits.{index}.field", "rule", {"reason": reason}))
    hides = any(section["name"] == "cutout" for section in config.augmentations)
    for field, objective in config.objectives().items():
        if objective.get("dual_cutout_consistency") and not hides:
            reason = "the two views of an image differ by cutout; add the augmentation cutout, or set this to 0"
            found.append(Fault(f"{field}.dual_cutout_consistency", "rule", {"reason": reason}))
        if objective.get("teacher") == "":
            reason = "name the teacher network: the id of a saved run, or a weights file"
            found.append(Fault(f"{field}.teacher", "rule", {"reason": reason}))
    return found + _mixtures(config) + _unheard_schedules(config) + _short_features(config)


def _unheard_schedules(config: RunConfig) -> list[Fault]:
    """Schedules of stages where one schedule runs over the whole plan."""
    reason = "a stage has its own schedule only with schedule_over: stage; with schedule_over: plan, remove it"
    own = [index for index, stage in enumerate(config.stages) if stage.schedule and config.schedule_over == "plan"]
    return [Fault(f"stages.{index}.schedule", "rule", {"reason": reason}) for index in own]


def _mixtures(config: RunConfig) -> list[Fault]:
    """Augmentations that mix images under objectives which take each image to be of one class."""
    used = {stage.objective["name"] if stage.objective else config.objective["name"] for stage in config.stages}
    single = sorted(name for name in used if catalog.targets_of(name) != "soft")
    reason = f"mixes images, and objective {' and '.join(single)} needs one class per image; remove this augmentation"
    return [
        Fault(f"augmentations.{index}", "rule", {"reason": reason})
        for index, section in enumerate(config.augmentations)
        if single and catalog.trait("augmentations", section["name"], "MIXES_IMAGES", False)
    ]


def _short_features(config: RunConfig) -> list[Fault]:
    """Pure fp16, whose weights have 16 bits, under objectives that calculate with the features of CLIP's towers."""
    used = {(stage.objective or config.objective)["name"] for stage in config.stages}
    found = sorted(name for name in used if catalog.trait("objectives", name, "READS_FEATURES", False))
    reason = f"objective {' and '.join(found)} computes with features and needs 32 bits; use bf16 or fp16"
    return [Fault("precision", "rule", {"reason": reason})] if found and config.precision == "pure_fp16" else []
