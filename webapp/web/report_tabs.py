"""The tabs above the pages of reports: what is made of an account's numbers to be read elsewhere."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _

from webapp.domain.scope import Permission
from webapp.domain.text import N_
from webapp.web.accounts import current_scope
from webapp.web.audience_tabs import Tab
from webapp.web.auth import team_scope

_PAGES: tuple[tuple[str, str, Permission], ...] = (
    ("reports.index", N_("Reports"), Permission.REPORT_READ),
    ("cards.index", N_("Images"), Permission.REPORT_WRITE),
    ("shares.index", N_("Public links"), Permission.SHARE_WRITE),
    ("digests.index", N_("Digests"), Permission.REPORT_READ),
    ("data_exports.index", N_("Downloads"), Permission.ACCOUNT_READ),
    ("goals.index", N_("Goals"), Permission.ACCOUNT_READ),
)


def report_tabs(current: str) -> list[Tab]:
    """Return the tabs that the member may open in this account, with that of an endpoint marked."""
    scope = current_scope() or team_scope(Permission.ACCOUNT_READ)
    return [
        Tab(_(label), url_for(endpoint), endpoint == current)
        for endpoint, label, permission in _PAGES
        if scope.allows(permission)
    ]
