"""What stands on a day of the planner: planned posts, and those that were published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.content.table import PostRow
from webapp.analytics.planner import PlanRow
from webapp.domain.formatting import format_count
from webapp.domain.planner import PlanMatch, PlanState
from webapp.domain.planner_query import PlannerQuery
from webapp.web.i18n import locale
from webapp.web.planner.texts import (
    STATE_BADGES,
    expected_text,
    name_of,
    score_text,
    state_text,
    time_text,
)
from webapp.web.post_links import post_href
from webapp.web.post_texts import short_title

MATCHED = (PlanMatch.SURE, PlanMatch.CONFIRMED)


@dataclass(frozen=True, slots=True)
class Entry:
    """A planned or published post as the calendar draws it; texts are as the reader may see them.

    ``at`` is a Unix second, ``None`` for an idea without a time. ``look`` is the state of a plan, or "post".
    ``expected`` is the range stored with it; ``actual`` and ``outcome`` are what came of it. ``move_href`` is where a
    move is sent, ``None`` for what cannot be moved.
    """

    key: str
    look: str
    at: int | None
    time: str
    title: str
    state: str
    badge: str
    href: str
    expected: str | None = None
    actual: str | None = None
    outcome: tuple[str, str] | None = None
    move_href: str | None = None
    is_experiment: bool = False

    @property
    def label(self) -> str:
        """Return all of it in one line, for who does not see how it is drawn."""
        told = [self.time, self.title, self.state]
        if self.expected:
            told.append(str(_("expected: %(low_to_high)s likes", low_to_high=self.expected)))
        if self.actual:
            told.append(self.actual)
        if self.outcome:
            told.append(self.outcome[0])
        return ", ".join(part for part in told if part)


def plan_entry(row: PlanRow, query: PlannerQuery, timezone: str, *, may_move: bool) -> Entry:
    """Return a planned post."""
    draft = row.draft
    is_fixed = row.match in MATCHED or draft.state in (PlanState.PUBLISHED, PlanState.DROPPED)
    arguments: dict[str, Any] = query.to_args()
    view = arguments.get("view")
    return Entry(
        key=f"plan-{row.public_id}",
        look=draft.state.value,
        at=draft.planned_at,
        time="" if draft.planned_at is None else time_text(draft.planned_at, timezone),
        title=name_of(draft),
        state=state_text(draft.state),
        badge=STATE_BADGES[draft.state],
        href=url_for("planner.show", public_id=row.public_id, view=view),
        expected=expected_text(row.expected),
        actual=None if row.actual is None else likes_text(row.actual),
        outcome=score_text(row.score),
        move_href=None
        if is_fixed or not may_move
        else url_for("planner.move_to", public_id=row.public_id, **arguments),
        is_experiment=row.experiment is not None,
    )


def post_entry(row: PostRow, timezone: str) -> Entry:
    """Return a published post that nobody planned."""
    return Entry(
        key=f"post-{row.public_id}",
        look="post",
        at=row.published_at,
        time=time_text(row.published_at, timezone),
        title=short_title(row.title) or str(_("Post without words")),
        state=str(_("Posted, not planned")),
        badge="neutral",
        href=post_href(row.public_id),
        actual=None if row.likes is None else likes_text(row.likes),
    )


def likes_text(likes: int) -> str:
    """Return how many likes a post has."""
    return str(ngettext("%(count)s like", "%(count)s likes", likes, count=format_count(likes, locale())))
