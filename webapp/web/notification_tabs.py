"""The tabs above the pages about notifications."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _

from webapp.domain.text import N_
from webapp.web.audience_tabs import Tab

_PAGES: tuple[tuple[str, str], ...] = (
    ("notifications.index", N_("Notifications")),
    ("notification_choices.index", N_("Choices")),
    ("notice_rules.index", N_("Rules")),
    ("push_devices.index", N_("Devices")),
)


def notification_tabs(current: str) -> list[Tab]:
    """Return the tabs of the room with that of an endpoint marked."""
    return [Tab(_(label), url_for(endpoint), endpoint == current) for endpoint, label in _PAGES]
