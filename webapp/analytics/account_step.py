"""What the choice of the next step depends on, read of one account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from webapp.analytics.accounts import AccountRow
from webapp.analytics.freshness import FreshnessTimes, find_freshness
from webapp.analytics.growth import GrowthRow, list_growth_rows
from webapp.analytics.imports import ImportView, list_waiting
from webapp.analytics.marks import has_tags
from webapp.analytics.next_step import NextStep, StepFacts, choose_step
from webapp.analytics.since_last import SinceLast, find_since_last
from webapp.domain.period import day_of
from webapp.domain.scope import Permission, Scope, TeamScope
from webapp.domain.sections import Section
from webapp.models import DIRECTIONS, ImportState


def find_step(scope: Scope, team: TeamScope, account: AccountRow, now: datetime) -> tuple[NextStep, Section]:
    """Return the one thing that is worth doing next with an account, as its dashboard says it, and of which list."""
    history = list_growth_rows(scope)
    waiting = list_waiting(team) if team.allows(Permission.IMPORT_WRITE) else ()
    since, fresh = find_since_last(scope, history), find_freshness(scope)
    step = step_of(scope, team, account, now, history=history, waiting=waiting, since=since, fresh=fresh)
    return step, since.section if since is not None else Section.FOLLOWERS


def step_of(
    scope: Scope,
    team: TeamScope,
    account: AccountRow,
    now: datetime,
    *,
    history: Sequence[GrowthRow],
    waiting: Sequence[ImportView],
    since: SinceLast | None,
    fresh: FreshnessTimes,
) -> NextStep:
    """Return the same from what was read already: every list, the imports that wait, the last change, how far it goes.

    Nothing waits for somebody who may not import.
    """
    reminders, newest, zone = account.reminders, fresh.newest, account.timezone
    undecided = len(list_undecided(waiting))
    section = next((each for each in DIRECTIONS if any(row.count(each) is not None for row in history)), None)
    return choose_step(
        StepFacts(
            may_import=team.allows(Permission.IMPORT_WRITE),
            may_mark=team.allows(Permission.PERSON_WRITE),
            is_sample=account.is_sample,
            undecided=undecided,
            ready=len(waiting) - undecided,
            was_asked=newest is not None and reminders.requested_at is not None,
            is_snoozed=reminders.snoozed_until is not None and now < reminders.snoozed_until,
            is_stale=newest is not None
            and reminders.is_stale(day_of(newest, zone), day_of(int(now.timestamp()), zone)),
            lists=sum(section is not None and row.count(section) is not None for row in history),
            renames=since.renames if since else None,
            has_tags=has_tags(scope),
            lost=since.lost if since else None,
        )
    )


def list_undecided(waiting: Sequence[ImportView]) -> list[ImportView]:
    """Return the imports that wait for more than a click."""
    return [view for view in waiting if view.run.state is not ImportState.READY]
