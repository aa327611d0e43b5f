"""Zeros in the place of picture data, as a copy that broke off or a full disk leaves them: decoders show grey or noise
there and say nothing. Where zeros may be data, as in plain black of a BMP or optimised white, nothing is said either.
"""

import re
from pathlib import Path

from PIL import Image

SCAN_ZEROS = bytes(256)  # in the data of a JPEG: eleven blocks with nothing but the smallest detail in every place
PLAIN = 200 / 1e6  # zero bytes for a pixel of a WebP: twice what plain white takes
TAIL = bytes(64)
START, END, TABLES = 0xDA, 0xD9, 0xC4
BASELINE = (0xC0, 0xC1)
MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)


def refuse(path: Path, image: Image.Image) -> None:
    """Raise OSError where a JPEG or WebP has zeros for data. image: the file as Pillow opened it."""
    damaged = False
    if image.format == "WEBP":
        damaged = bytes(256 + int(PLAIN * image.width * image.height)) in path.read_bytes()
    elif image.format in ("JPEG", "MPO"):
        damaged = _is_overwritten(path.read_bytes())
    if damaged:
        raise OSError("zeros stand where its data should be: it was not copied or saved whole")


def refuse_ending(path: Path, image: Image.Image) -> None:
    """The same where the file ends in zeros, for which it need not be read whole."""
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - len(TAIL)))
        if file.read() == TAIL:
            refuse(path, image)


def _is_overwritten(raw: bytes) -> bool:
    """Zeros in a scan whose tables never say so much with them, or at the end in place of the end marker."""
    if SCAN_ZEROS not in raw and not raw.endswith(TAIL):  # as in nearly all files, and told far sooner
        return False
    frame = symbol = None
    at = 2
    while found := MARKER.match(raw, at):
        marker, begins = found[1][0], found.end()
        ends = begins + int.from_bytes(raw[begins : begins + 2], "big")
        if marker == END:
            return False
        if marker in BASELINE:
            frame = marker
        elif marker == TABLES:
            symbol = _zero_symbol(raw[begins + 2 : ends], symbol)
        elif marker == START:
            following = MARKER.search(raw, ends)
            scan_ends = following.start() if following else len(raw)
            if frame and symbol and raw.find(SCAN_ZEROS, ends, scan_ends) >= 0:
                return True
            ends = scan_ends
        at = ends
    return raw.endswith(TAIL)


def _zero_symbol(tables: bytes, known: int | None) -> int | None:
    """What zeros mean in the first AC table, that of brightness: the symbol with the first code. 0 ends a block, which
    flat areas do without end."""
    at = 0
    while at + 17 < len(tables):
        if tables[at] == 0x10:
            known = tables[at + 17]
        at += 17 + sum(tables[at + 1 : at + 17])
    return known
