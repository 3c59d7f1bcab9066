"""QR codes as the path of an SVG."""

from __future__ import annotations

from dataclasses import dataclass

import segno

# The quiet zone that readers need around the code.
_BORDER = 4


@dataclass(frozen=True, slots=True)
class QrPath:
    """A path of unit squares, and the side of the square it lies in."""

    path: str
    side: int


def qr_path(text: str) -> QrPath:
    """Return the QR code of a text: one subpath for every run of dark modules in a row."""
    rows = segno.make(text, error="m", micro=False).matrix
    runs = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            end = x
            while end < len(row) and row[end]:
                end += 1
            if end > x:
                runs.append(f"M{x + _BORDER} {y + _BORDER}h{end - x}v1h-{end - x}z")
            x = max(end, x + 1)
    return QrPath("".join(runs), len(rows) + 2 * _BORDER)
