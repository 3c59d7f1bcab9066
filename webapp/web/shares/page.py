"""What the pages of public links say of them, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.domain.formatting import format_count
from webapp.domain.report_query import ReportQuery
from webapp.domain.reports import ReportSection
from webapp.domain.scope import Scope
from webapp.domain.shares import ShareState, mark_of
from webapp.domain.text import N_
from webapp.models import ShareLink, ShareMode
from webapp.renderers.report_texts import ReportTexts
from webapp.services.report_queries import read_query
from webapp.services.share_states import ShareRow
from webapp.web.i18n import locale, moment_of
from webapp.web.report_fields import period_text
from webapp.web.shares.forms import MODE_TEXTS, NAME_TEXTS, NUMBER_TEXTS

_STATES: Final = {
    ShareState.MAKING: (N_("being made"), "neutral"),
    ShareState.FAILED: (N_("could not be made"), "bad"),
    ShareState.OPEN: (N_("open"), "good"),
    ShareState.PAUSED: (N_("paused"), "held"),
    ShareState.EXPIRED: (N_("expired"), "neutral"),
    ShareState.USED_UP: (N_("all views used"), "neutral"),
    ShareState.ORPHANED: (N_("closed: its maker may not share this account any more"), "warn"),
    ShareState.REVOKED: (N_("revoked"), "neutral"),
}
# What can be looked at, changed and ended.
_STANDING: Final = frozenset(ShareState) - {ShareState.REVOKED}


class SharesPage:
    """Links of one account as a page lists them."""

    def __init__(self, scope: Scope, rows: Sequence[ShareRow]) -> None:
        self.scope = scope
        self.rows = rows

    @property
    def total_text(self) -> str:
        """Return how many links there are, in words."""
        total = len(self.rows)
        return str(ngettext("%(count)s link", "%(count)s links", total, count=format_count(total, locale())))

    def name_of(self, share: ShareLink) -> str:
        """Return what a link is called where its maker gave it no title."""
        return share.title or share.recipient or str(_("Link %(mark)s", mark=mark_of(share.public_id)))

    def state_text(self, row: ShareRow) -> str:
        """Return how a link stands."""
        return str(_(_STATES[row.state][0]))

    def state_kind(self, row: ShareRow) -> str:
        """Return the kind of badge for how a link stands."""
        return _STATES[row.state][1]

    def is_standing(self, row: ShareRow) -> bool:
        """Return whether a link can still be changed."""
        return row.state in _STANDING

    def is_making(self, row: ShareRow) -> bool:
        """Return whether the page is to look again in a moment."""
        return row.state is ShareState.MAKING

    def views_text(self, share: ShareLink) -> str:
        """Return how often a link was opened, of how many times at most."""
        views = format_count(share.views, locale())
        if share.max_views is None:
            return views
        return str(_("%(views)s of %(most)s", views=views, most=format_count(share.max_views, locale())))

    def opened_text(self, share: ShareLink) -> str:
        """Return when a link was last opened."""
        return moment_of(share.last_opened_at) if share.last_opened_at else str(_("never"))

    def days_left_text(self, share: ShareLink) -> str:
        """Return how long a link still opens, in whole days."""
        days = (share.expires_at - datetime.now(UTC)).days
        return str(ngettext("%(num)d day left", "%(num)d days left", days)) if days >= 0 else str(_("over"))

    def brief(self, share: ShareLink) -> list[str]:
        """Return what the list says of a link: for whom it is, which numbers, how often it was opened, until when."""
        opened = str(_("never opened"))
        if share.last_opened_at is not None:
            opened = str(
                _("opened: %(count)s, last on %(moment)s", count=self.views_text(share), moment=self.opened_text(share))
            )
        told = (
            share.recipient if share.title else "",
            str(_("newest numbers") if share.mode is ShareMode.LIVE else _("numbers of its making")),
            opened,
            str(_("closes on %(moment)s", moment=moment_of(share.expires_at))),
        )
        return [text for text in told if text]

    def facts(self, share: ShareLink) -> list[dict[str, str]]:
        """Return what a link shows and what it keeps to itself."""
        query = read_query(share.query)
        yes, no = _("yes"), _("no")
        said = (
            (_("It shows"), str(MODE_TEXTS[ShareMode(share.mode)])),
            (_("Period"), period_text(query)),
            (_("Parts"), _sections_text(query)),
            (_("Names of people"), str(NAME_TEXTS[share.names])),
            (_("Numbers"), str(NUMBER_TEXTS[share.numbers])),
            (_("Hides what the posts say"), yes if share.hides_captions else no),
            (_("Says whose numbers these are"), yes if share.shows_account else no),
            (_("Has a password"), yes if share.password_hash else no),
            (_("May be downloaded as PDF"), yes if share.allows_pdf else no),
        )
        return [{"label": label, "value": value} for label, value in said]


def _sections_text(query: ReportQuery) -> str:
    if len(query.sections) == len(ReportSection):
        return str(_("all of them"))
    texts = ReportTexts(locale())
    return ", ".join(texts.section_title(section) for section in query.sections)
