"""How planned posts did against the ranges that were stored with them, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.planner import PlanRow, PlanScores, count_scores
from webapp.domain.forecasts import FULL_POSTS
from webapp.domain.formatting import format_count
from webapp.domain.planner import PlanScore
from webapp.web.i18n import locale
from webapp.web.planner.entries import likes_text
from webapp.web.planner.texts import day_text, expected_text, name_of, score_text

_JUDGED: Final = (PlanScore.INSIDE, PlanScore.ABOVE, PlanScore.BELOW)
# The newest of them are listed.
_LISTED: Final = 100


@dataclass(frozen=True, slots=True)
class ScoredPlan:
    """One of the plans that were counted."""

    title: str
    href: str
    day: str
    expected: str
    actual: str
    outcome: str


@dataclass(frozen=True, slots=True)
class ScoreCard:
    """What is told of all plans together; ``text`` is ``None`` before the first is scored."""

    text: str | None
    caution: str | None
    parts: list[dict[str, str]]
    waiting: str | None
    rows: list[ScoredPlan]


def score_card(plans: Sequence[PlanRow], timezone: str) -> ScoreCard | None:
    """Return how plans did, with the newest of them; ``None`` before any was published."""
    found = count_scores(plans)
    if not found.scored and not found.waiting:
        return None
    counts = ((_("In their range"), found.inside), (_("Above it"), found.above), (_("Below it"), found.below))
    return ScoreCard(
        text=_text(found) if found.scored else None,
        caution=str(_("That is indicative: so few can lie so by chance.")) if found.scored < FULL_POSTS else None,
        parts=[{"label": str(label), "value": _count(count)} for label, count in counts],
        waiting=_waiting(found.waiting) if found.waiting else None,
        rows=[_scored(row, timezone) for row in plans if row.score in _JUDGED][: -_LISTED - 1 : -1],
    )


def _scored(row: PlanRow, timezone: str) -> ScoredPlan:
    at = row.draft.planned_at if row.post is None else row.post.published_at
    outcome = score_text(row.score)
    return ScoredPlan(
        title=name_of(row.draft),
        href=url_for("planner.show", public_id=row.public_id),
        day="" if at is None else day_text(at, timezone),
        expected=expected_text(row.expected) or "",
        actual="" if row.actual is None else likes_text(row.actual),
        outcome="" if outcome is None else outcome[0],
    )


def _text(found: PlanScores) -> str:
    return str(
        ngettext(
            "%(inside)s of %(count)s planned post that was published lies in the range stored with it; 8 in 10 are to.",
            "%(inside)s of %(count)s planned posts that were published lie in the range stored with them; 8 in 10 "
            "are to.",
            found.scored,
            inside=_count(found.inside),
            count=_count(found.scored),
        )
    )


def _waiting(waiting: int) -> str:
    return str(
        ngettext(
            "%(count)s more is still growing and not counted yet.",
            "%(count)s more are still growing and not counted yet.",
            waiting,
            count=_count(waiting),
        )
    )


def _count(value: int) -> str:
    return format_count(value, locale())
