"""What a resumed run puts aside: the rows and maps that an earlier life made after the checkpoint it goes on from."""

from pathlib import Path

from engine.runs import files, plain_files, series
from engine.runs.file_kinds import is_epoch
from engine.runs.json_lines import LONGEST, row_of
from engine.runs.plain_files import opened
from engine.runs.run_folder import RunFolder


def set_aside(folder: RunFolder, life: int, rows: int, epochs: int) -> None:
    """Let life N continue after `rows` iterations and `epochs` epochs; later ones go to before_life_N.

    Nothing is cut that has no copy there. Series that are shorter (after a power cut a checkpoint may know of rows that
    never reached the disk) get NaN.
    """
    aside = folder.series / aside_name(life)
    series.level(folder.series, rows, aside)
    _set_epochs_aside(folder, epochs, aside)
    for iteration in [iteration for iteration in folder.map_iterations() if iteration > rows]:
        _set_map_aside(folder, iteration, folder.maps / aside.name)


def aside_name(life: int) -> str:
    """Of the folder, inside that of series or maps, for what life N does not go on from."""
    return f"before_life_{life}"


def _set_epochs_aside(folder: RunFolder, epochs: int, aside: Path) -> None:
    """The whole file is copied; the rows of earlier epochs stay, as they are."""
    if all(row["epoch"] <= epochs for row in folder.epochs()):
        return
    files.copy_aside(folder.epochs_file, aside)

    def write(temporary: Path) -> None:
        with opened(folder.epochs_file) as before, opened(temporary, "xb") as after:
            for line in iter(lambda: before.readline(LONGEST), b""):
                row = row_of(line)
                if row is not None and is_epoch(row) and row["epoch"] <= epochs:
                    after.write(line)

    files.replace(folder.epochs_file, write)


def _set_map_aside(folder: RunFolder, iteration: int, aside: Path) -> None:
    plain_files.make_folder(aside)
    for path in (folder.map_file(iteration).with_suffix(".json"), folder.map_file(iteration)):
        if path.exists():
            files.move(path, files.free_name(aside / path.name))
