"""The tabs above the pages of the planner."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _

from webapp.domain.text import N_
from webapp.web.audience_tabs import Tab

_PAGES: tuple[tuple[str, str], ...] = (
    ("planner.index", N_("Calendar")),
    ("ideas.index", N_("Ideas")),
    ("experiments.index", N_("Experiments")),
    ("planner_feeds.index", N_("Calendar address")),
)


def planner_tabs(current: str) -> list[Tab]:
    """Return the tabs of the room with that of an endpoint marked."""
    return [Tab(_(label), url_for(endpoint), endpoint == current) for endpoint, label in _PAGES]
