"""What a resumed run puts aside: the rows and maps that an earlier life made after the checkpoint it goes on from."""

import json
from pathlib import Path

from engine.runs import files, series
from engine.runs.run_folder import RunFolder


def set_aside(folder: RunFolder, life: int, rows: int, epochs: int) -> None:
    """Let life N continue after `rows` iterations and `epochs` epochs; later ones go to before_life_N."""
    aside = folder.series / f"before_life_{life}"
    aside.mkdir(parents=True, exist_ok=True)
    for name in series.names(folder.series):
        (aside / (name + series.SUFFIX)).write_bytes(series.read(folder.series, name, rows).tobytes())
    series.truncate(folder.series, rows)
    series.extend(folder.series, rows)  # after a power cut a checkpoint may know of rows that never reached the disk
    kept = [row for row in folder.epochs() if row.get("epoch", 0) <= epochs]
    if len(kept) < len(folder.epochs()):
        (aside / "epochs.jsonl").write_bytes(folder.epochs_file.read_bytes())
        files.replace_text(folder.epochs_file, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept))
    for iteration in [iteration for iteration in folder.map_iterations() if iteration > rows]:
        _set_map_aside(folder, iteration, folder.maps / aside.name)


def _set_map_aside(folder: RunFolder, iteration: int, aside: Path) -> None:
    aside.mkdir(exist_ok=True)
    for path in (folder.map_file(iteration).with_suffix(".json"), folder.map_file(iteration)):
        if path.exists():
            files.move(path, aside / path.name)
