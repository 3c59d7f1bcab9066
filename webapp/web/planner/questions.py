"""Whether a published post is the one that was planned: what a person is asked."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _

from webapp.analytics.planner import PlanRow
from webapp.web.planner.texts import moment_text, name_of
from webapp.web.post_links import post_href
from webapp.web.post_texts import short_title


@dataclass(frozen=True, slots=True)
class Question:
    """A plan and the published post that it may be, each with its time; ``answer_href`` takes the answer."""

    plan: str
    planned: str
    plan_href: str
    post: str
    published: str
    post_href: str
    answer_href: str


def question_of(row: PlanRow, timezone: str) -> Question:
    """Return what is asked of a plan for which a post was found."""
    if row.post is None:
        raise ValueError(row.public_id)
    at = row.draft.planned_at
    return Question(
        plan=name_of(row.draft),
        planned=str(_("no time")) if at is None else moment_text(at, timezone),
        plan_href=url_for("planner.show", public_id=row.public_id),
        post=short_title(row.post.title) or str(_("Post without words")),
        published=moment_text(row.post.published_at, timezone),
        post_href=post_href(row.post.public_id),
        answer_href=url_for("planner.answer", public_id=row.public_id),
    )
