"""Whose report it is, of which days, by which data."""

from __future__ import annotations

from webapp.analytics.content.trends import days_of
from webapp.analytics.reports.material import Material
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.period import Period
from webapp.domain.reports import ReportHead
from webapp.extensions import db
from webapp.models import Account, Team


def find_head(material: Material) -> ReportHead:
    """Return the head of a report; raise ``NotFound`` for an account that is no longer there."""
    scope, shows_account = material.scope, material.query.shows_account
    account, team = _owner(material)
    base = material.growth.base
    before = Period(None, None, scope.timezone) if base is None else days_of(base, scope.timezone)
    return ReportHead(
        team=team.name if shows_account else None,
        hue=team.hue,
        logo=team.logo if shows_account else None,
        platform=account.platform,
        handle=account.handle if shows_account else None,
        display_name=account.display_name if shows_account else None,
        is_sample=account.is_sample,
        first=material.days.first,
        last=material.days.last,
        base_first=before.first,
        base_last=before.last,
        timezone=scope.timezone,
        as_of=_as_of(material),
        made_at=material.made_at,
        revision=scope.revision,
        names=scope.redaction.names,
        numbers=scope.redaction.numbers,
        hides_captions=scope.redaction.hides_captions,
    )


def own_names(material: Material) -> tuple[str, ...]:
    """Return what the account and its team are called, for those who must not learn it."""
    account, team = _owner(material)
    return tuple(name for name in (account.handle, account.display_name, team.name) if name and name.strip())


def _owner(material: Material) -> tuple[Account, Team]:
    account = db.session.get(Account, material.scope.account_id)
    team = None if account is None else db.session.get(Team, account.team_id)
    if account is None or team is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return account, team


def _as_of(material: Material) -> int | None:
    """Return the second of the newest list that anything is told of: later ones the period does not reach."""
    seconds = [row.at for row in material.key_figures.rows[-1:]]
    if material.table is not None:
        seconds.append(material.table.as_of)
    return max(seconds, default=None)
