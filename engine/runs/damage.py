"""What is wrong with the files of a run, each with a code and a sentence; the rest of the run is shown all the same."""

from pathlib import Path

from engine.messages.coded_error import CodedError
from engine.runs import plain_files, series
from engine.runs.json_lines import LeftOut
from engine.runs.run_folder import RunFolder
from engine.runs.series_length import damaged, settled_length
from engine.runs.status_schema import rows_told

MOST_TOLD = 10
Told = dict[str, object]


def of_folder(folder: RunFolder, status: dict) -> list[Told]:
    """What is never opened or cannot be read, and series that do not fit the others; the first few."""
    odd, shared = plain_files.look_through(folder.path)
    found: list[CodedError] = [*odd]
    if shared:
        found.append(CodedError("entry_shared", file=shared[0], count=len(shared)))
    for place in (folder.series, folder.system, folder.checkpoints, folder.maps):
        try:
            found += _of_series(place, rows_told(status) if place == folder.series else 0)
        except OSError as error:
            found.append(CodedError("entry_unreadable", file=place.name, said=error.strerror or str(error)))
    return [_told(error) for error in found[:MOST_TOLD]]


def _of_series(place: Path, told: int) -> list[CodedError]:
    lengths = series.lengths(place)
    count = settled_length(list(lengths.values()), told)
    return [
        CodedError("series_damaged", file=f"{place.name}/{name}{series.SUFFIX}", rows=rows, wanted=count)
        for name, rows in damaged(lengths, count).items()
    ]


def of_many(name: str, shown: int, count: int) -> list[Told]:
    """Where only the newest of many are shown."""
    return [_told(CodedError("newest_shown", file=name, shown=shown, count=count))] if shown < count else []


def of_lines(name: str, left_out: LeftOut) -> list[Told]:
    """What of a file of JSON lines is not shown."""
    found = []
    if left_out.lines:
        found.append(CodedError("lines_damaged", file=name, count=left_out.lines))
    if left_out.bytes:
        found.append(CodedError("lines_skipped", file=name, size=f"{left_out.bytes:,}"))
    return [_told(error) for error in found]


def _told(error: CodedError) -> Told:
    return error.as_dict() | {"message": str(error)}
