"""Write the elements of an SVG: numbers short, texts escaped, colours as attributes that styles may overrule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from markupsafe import escape

FONT_SIZE: Final = 11
# Of the digits of Inter, in parts of the font size, with some room: K and M are wider.
_LETTER_WIDTH: Final = 0.66

SERIES: Final = (
    *("#2f6fde", "#c45a00", "#0a7d5c", "#c23a6b"),
    *("#7347c4", "#1487a8", "#8a6d00", "#5b6270"),
)
INK: Final = "#2a2a33"
FAINT_INK: Final = "#5b6270"
GRID: Final = "#e3e4e9"
TRACK: Final = "#eceef3"

Point = tuple[float, float]


def number(value: float) -> str:
    """Return a coordinate with two decimals at most."""
    # Without a minus before nothing.
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def drawing(width: float, height: float, label: str, parts: Iterable[str]) -> str:
    """Return an image of a size in pixels; ``label`` is what it says to whoever does not see it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="drawn" role="img" aria-label={_quoted(label)} '
        f'viewBox="0 0 {number(width)} {number(height)}" width="{number(width)}" height="{number(height)}" '
        f'font-family="Inter" font-size="{FONT_SIZE}">{"".join(parts)}</svg>'
    )


def decoration(width: float, height: float, parts: Iterable[str]) -> str:
    """Return an image that says nothing which does not stand beside it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="drawn" aria-hidden="true" '
        f'viewBox="0 0 {number(width)} {number(height)}" width="{number(width)}" height="{number(height)}">'
        f"{''.join(parts)}</svg>"
    )


def line(start: Point, end: Point, css: str, colour: str = GRID, *, width: float = 1, dash: str = "") -> str:
    """Return a straight line."""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line class="{css}" x1="{number(start[0])}" y1="{number(start[1])}" x2="{number(end[0])}" '
        f'y2="{number(end[1])}" stroke="{colour}" stroke-width="{number(width)}"{dashes}/>'
    )


def curve(points: Sequence[Point], css: str, colour: str, *, width: float = 1.5, dash: str = "") -> str:
    """Return a line through points."""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<polyline class="{css}" points="{_joined(points)}" fill="none" stroke="{colour}" '
        f'stroke-width="{number(width)}" stroke-linejoin="round" stroke-linecap="round"{dashes}/>'
    )


def area(points: Sequence[Point], css: str, colour: str, opacity: float) -> str:
    """Return a filled area."""
    return (
        f'<polygon class="{css}" points="{_joined(points)}" fill="{colour}" fill-opacity="{number(opacity)}" '
        f'stroke="none"/>'
    )


def dot(at: Point, css: str, colour: str, *, radius: float = 3, title: str = "") -> str:
    """Return a dot; ``title`` appears where a pointer rests on it."""
    return (
        f'<circle class="{css}" cx="{number(at[0])}" cy="{number(at[1])}" r="{number(radius)}" '
        f'fill="{colour}">{_titled(title)}</circle>'
    )


def box(
    at: Point, size: Point, css: str, colour: str, *, radius: float = 2, opacity: float = 1, title: str = ""
) -> str:
    """Return a filled box by its upper left corner and its size."""
    clear = f' fill-opacity="{number(opacity)}"' if opacity != 1 else ""
    return (
        f'<rect class="{css}" x="{number(at[0])}" y="{number(at[1])}" width="{number(max(0, size[0]))}" '
        f'height="{number(max(0, size[1]))}" rx="{number(radius)}" fill="{colour}"{clear}>{_titled(title)}</rect>'
    )


def words(
    text: str,
    at: Point,
    css: str = "d-text",
    colour: str = FAINT_INK,
    *,
    anchor: str = "start",
    size: float = FONT_SIZE,
) -> str:
    """Return a text on its baseline; ``anchor`` is start, middle or end."""
    sized = f' font-size="{number(size)}"' if size != FONT_SIZE else ""
    return (
        f'<text class="{css}" x="{number(at[0])}" y="{number(at[1])}" fill="{colour}" '
        f'text-anchor="{anchor}"{sized}>{escape(text)}</text>'
    )


def text_width(text: str, size: float = FONT_SIZE) -> float:
    """Return about how wide a text of digits is, rather too much."""
    return len(text) * size * _LETTER_WIDTH


def _titled(text: str) -> str:
    return f"<title>{escape(text)}</title>" if text else ""


def _joined(points: Sequence[Point]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)


def _quoted(text: str) -> str:
    # Signs that XML cannot hold would make the whole image unreadable.
    shown = escape("".join(sign for sign in text if sign.isprintable() or sign == " "))
    return f'"{shown}"'
