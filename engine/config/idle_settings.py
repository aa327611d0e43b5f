"""Settings that change nothing in what a run learns: how it is called, what is kept of it, where and how fast it runs.

Dotted names, as on the command line.
"""

LABELS = ("label", "group", "reference")  # may be changed at any time
KEPT = ("checkpoint_epochs", "checkpoint_minutes", "data.storage")  # a run may go on with others
PLACE = (  # the last digits may depend on them
    "device", "threads", "tf32", "channels_last", "compile", "deterministic", "probe_images", "allow_random_frozen",
    "rehearsal",
)  # fmt: skip
SEEDS = ("seed", "seeds")
BESIDE_THE_RECIPE = frozenset({*LABELS, *KEPT, *PLACE, *SEEDS})


def is_of_recipe(field: str) -> bool:
    """Whether two runs that differ in this setting are runs of different recipes."""
    of_stage = field.startswith("stages.") and field.endswith(".title")
    return field not in BESIDE_THE_RECIPE and not of_stage
