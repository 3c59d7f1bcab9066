"""The tabs above the pages about the audience."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _

from webapp.domain.text import N_

_PAGES: tuple[tuple[str, str], ...] = (
    ("audience.followers", N_("Followers")),
    ("audience.following", N_("Following")),
    ("changes.show", N_("Changes")),
    ("analysis.show", N_("Analysis")),
    ("people.index", N_("Marked people")),
)


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of the room."""

    label: str
    href: str
    is_current: bool


def audience_tabs(current: str) -> list[Tab]:
    """Return the tabs with that of an endpoint marked."""
    return [Tab(_(label), url_for(endpoint), endpoint == current) for endpoint, label in _PAGES]
