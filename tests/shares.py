"""Make public links for tests, through the service and its jobs."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import select

from tests.factories import Member, account_scope, export_json, import_done, many, run_jobs
from webapp.domain.report_query import ReportQuery
from webapp.extensions import db
from webapp.models import JobState, ShareLink
from webapp.services.shares import NewShare, ShareWishes, create_share

POSTS = [{"Date": f"2025-01-{day:02d} 12:00:00", "Likes": str(day * 3), "Title": f"words {day}"} for day in range(1, 9)]


def furnish_account(member: Member) -> None:
    """Give the member's team an account with two exports: somebody came, somebody left, and posts."""
    import_done(member, export_json(many(12), many(4, "brand"), posts=POSTS), exported_at=1_737_000_000)
    people = [*many(12)[2:], *many(3, "newcomer", 2025)]
    import_done(member, export_json(people, many(5, "brand"), posts=POSTS), exported_at=1_738_000_000)


def make_share(member: Member, **wishes: Any) -> NewShare:
    """Make a link of the member's account and have done what its jobs do."""
    query = wishes.pop("query", ReportQuery())
    made = create_share(member.actor, account_scope(member), ShareWishes(query, **wishes))
    assert set(run_jobs()) <= {JobState.DONE}
    db.session.remove()
    return made


def share_of(made: NewShare) -> ShareLink:
    """Return the row of a link as it is now."""
    db.session.rollback()
    return db.session.scalars(select(ShareLink).where(ShareLink.public_id == made.public_id)).one()


def make_shared_app(app: Flask, member: Member, **wishes: Any) -> str:
    """Furnish an account and make a link of it; return the link's address."""
    with app.app_context():
        furnish_account(member)
        made = make_share(member, **wishes)
    return f"/s/{made.token}"
