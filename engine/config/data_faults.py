"""What keeps the data that a config names from being used, found before the start by names alone. Imports no torch."""

from dataclasses import replace
from pathlib import Path
from typing import cast

from engine.config.run_config import RunConfig
from engine.messages.faults import Fault, Remark
from engine.options import DatasetOptions


def data_faults(config: RunConfig, folder: Path) -> list[Fault]:
    """The faults of the config's data set. folder: where data sets live."""
    _, options = config.part("data")
    held_out = config.validation != "test" and not config.is_label_free
    found = cast(DatasetOptions, options).faults(folder, held_out)
    return [replace(fault, field=f"data.{fault.field}") for fault in found]


def data_remarks(config: RunConfig, folder: Path) -> list[Remark]:
    """How the config's data set is understood, where it has no faults, and what of it is not used."""
    _, options = config.part("data")
    return cast(DatasetOptions, options).remarks(folder)
