"""One run for each seed that a config names; several are one group."""

import secrets

from engine.config.run_config import RunConfig


def one_for_each_seed(config: RunConfig) -> list[RunConfig]:
    """The configs of the runs that a config starts."""
    seeds = config.seeds or [config.seed]
    group = config.group or (f"seeds-{secrets.token_hex(3)}" if len(seeds) > 1 else None)
    return [config.model_copy(update={"seed": seed, "seeds": [], "group": group}) for seed in seeds]
