"""Draw the icons of the installed app from the logo: `python deploy/app_icons.py` writes them into static/img.

The files are kept in the repository; a test draws them again and compares, so that they follow the logo.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typst

IMAGES: Final = Path(__file__).resolve().parents[1] / "static" / "img"
_LOGO: Final = IMAGES / "logo.svg"
_ROUNDED: Final = '<rect width="32" height="32" rx="9" fill="#4a4fc4"/>'
# Systems cut what is maskable into their own shape: the ground fills the square, and the sign stays in the middle.
_SQUARE: Final = '<rect width="32" height="32" fill="#4a4fc4"/>'
_PAGE: Final = """#set page(width: {size}pt, height: {size}pt, margin: 0pt, fill: none)
#image(bytes(sys.inputs.svg), format: "svg", width: {size}pt)"""


@dataclass(frozen=True, slots=True)
class Icon:
    """A file: its size in pixels, what is behind the sign, and how much of the square the sign takes."""

    name: str
    size: int
    ground: str
    share: float = 1.0


ICONS: Final = (
    Icon("app-192.png", 192, _ROUNDED),
    Icon("app-512.png", 512, _ROUNDED),
    Icon("app-maskable-512.png", 512, _SQUARE, 0.8),
    Icon("app-touch-180.png", 180, _SQUARE, 0.9),
    # Phones show it in one colour beside a message: only its shape counts.
    Icon("badge-96.png", 96, "", 1.2),
)


def draw(icon: Icon) -> bytes:
    """Return the PNG of an icon; the same logo gives the same bytes."""
    logo = _LOGO.read_text(encoding="utf-8")
    opening, ground, sign = logo.partition(_ROUNDED)
    if not ground:
        raise ValueError(f"{_LOGO} does not begin with the ground that is known here")
    shapes = sign.removesuffix("</svg>\n").removesuffix("</svg>")
    edge = 16 * (1 - icon.share)
    svg = f'{opening}{icon.ground}<g transform="translate({edge:g} {edge:g}) scale({icon.share:g})">{shapes}</g></svg>'
    page = _PAGE.format(size=icon.size).encode()
    return bytes(typst.compile(page, format="png", ppi=72.0, sys_inputs={"svg": svg}))


def main() -> int:
    """Write every icon."""
    for icon in ICONS:
        (IMAGES / icon.name).write_bytes(draw(icon))
    return 0


if __name__ == "__main__":
    sys.exit(main())
