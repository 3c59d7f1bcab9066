"""The words and icons of tags."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from webapp.domain.tags import BRAND, BUILT_IN, FAMILY, IGNORE, KEEP, tag_key

_ICONS = {KEEP: "bookmark", IGNORE: "eye-off", FAMILY: "home", BRAND: "briefcase"}
_FREE_ICON = "tag"


@dataclass(frozen=True, slots=True)
class ShownTag:
    """A tag as a page shows it; ``value`` is what a form sends."""

    value: str
    label: str
    icon: str


def show_tag(tag: str) -> ShownTag:
    """Return a tag with its word in the reader's language, where it has one, and its icon."""
    key = tag_key(tag)
    return ShownTag(tag, _(BUILT_IN[key]) if key in BUILT_IN else tag, _ICONS.get(key, _FREE_ICON))


def read_tag(text: str) -> str:
    """Return the tag that somebody typed: the word for one of the four in their language means that one."""
    key = tag_key(text)
    return next((name for name, label in BUILT_IN.items() if key in (name, tag_key(_(label)))), text)


def choices(tags: list[str]) -> list[ShownTag]:
    """Return the four tags with a meaning of their own, then the others of the account."""
    free = [tag for tag in tags if tag_key(tag) not in BUILT_IN]
    return [show_tag(tag) for tag in (*BUILT_IN, *free)]
