"""The tabs above the pages about posts, and those of their analysis."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from webapp.domain.text import N_
from webapp.web.audience_tabs import Tab

_PAGES: tuple[tuple[str, str], ...] = (
    ("posts.index", N_("Posts")),
    ("performance.show", N_("Analysis")),
    ("forecasts.show", N_("Forecast")),
    ("anomalies.show", N_("What stands out")),
    ("studio.show", N_("TikTok Studio")),
)
_ANALYSIS: tuple[tuple[str, str], ...] = (
    ("performance.show", N_("Performance")),
    ("timing.show", N_("Timing")),
    ("hashtags.show", N_("Hashtags")),
    ("sounds.show", N_("Sounds")),
    ("trends.show", N_("Trends")),
)


def content_tabs(current: str) -> list[Tab]:
    """Return the tabs of the room with that of an endpoint marked."""
    return _tabs(_PAGES, current)


def content_analysis_tabs(current: str, **arguments: Any) -> list[Tab]:
    """Return the tabs of the analysis with that of an endpoint marked; ``arguments`` go along with each."""
    return _tabs(_ANALYSIS, current, **arguments)


def _tabs(pages: tuple[tuple[str, str], ...], current: str, **arguments: Any) -> list[Tab]:
    return [Tab(_(label), url_for(endpoint, **arguments), endpoint == current) for endpoint, label in pages]
