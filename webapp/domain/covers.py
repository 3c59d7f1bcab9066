"""The images of posts: in which widths they are kept, and what their files are called."""

from __future__ import annotations

import re
from typing import Final

# In pixels: a row of a list, a tile of a grid, the page of the post; each drawn up to twice as sharp as a screen's dot.
WIDTHS: Final = (160, 480, 960)
MEDIA_TYPE: Final = "image/webp"
_FILE: Final = re.compile(r"[0-9a-f]{32}-[1-9][0-9]{0,2}\.webp")


def kept_widths(width: int) -> tuple[int, ...]:
    """Return the widths in pixels that an image is kept in, narrowest first; none is wider than the image."""
    return tuple(sorted({min(width, each) for each in WIDTHS}))


def kept_height(width: int, height: int, kept_width: int) -> int:
    """Return how high an image of a size is in another width, in pixels."""
    return max(1, round(height * kept_width / width))


def file_name(token: str, width: int) -> str:
    """Return the name of the file of one width; ``token`` is the part that nobody can guess."""
    return f"{token}-{width}.webp"


def is_file_name(name: str) -> bool:
    """Return whether a name can be that of a kept image; no other is looked for on the disk."""
    return _FILE.fullmatch(name) is not None


def file_names(token: str, width: int) -> tuple[str, ...]:
    """Return the names of all files of an image by the width of its widest one."""
    return tuple(file_name(token, each) for each in kept_widths(width))
