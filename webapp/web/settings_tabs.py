"""The tabs above the person's settings."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _

from webapp.domain.text import N_
from webapp.web.audience_tabs import Tab

_PAGES: tuple[tuple[str, str], ...] = (
    ("keys.index", N_("General")),
    ("security.index", N_("Security")),
    ("keys.show", N_("API keys")),
    ("privacy.index", N_("Privacy")),
)


def settings_tabs(current: str) -> list[Tab]:
    """Return the tabs with that of an endpoint marked."""
    return [Tab(_(label), url_for(endpoint), endpoint == current) for endpoint, label in _PAGES]
