"""Accounts with news, people who get digests of them, and time that goes by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

from flask import Flask
from sqlalchemy import select, update

from tests.factories import Cast, Member, account_scope, export_json, import_done, many, run_jobs, sent_mails
from webapp.domain.digests import DigestKind, DigestOutcome
from webapp.extensions import db
from webapp.models import DigestSlot, DigestSubscription
from webapp.queue import JobKind
from webapp.services import digests
from webapp.services.digests import DigestWish
from webapp.services.jobs import add_job
from webapp.services.transaction import transaction

PARIS = "Europe/Paris"
WEEKLY = DigestWish(DigestKind.WEEKLY, "en", PARIS)
MONTHLY = DigestWish(DigestKind.MONTHLY, "en", PARIS)
DAY = 86_400


def bring_two(app: Flask, cast: Cast) -> None:
    """Give Alice an account with two lists, of a week ago and of yesterday."""
    now = int(datetime.now(UTC).timestamp())
    posts = [{"Date": (datetime.now(UTC) - timedelta(days=2)).strftime("%Y-%m-%d %H:%M:%S"), "Likes": "30"}]
    posts[0]["Title"] = "Été à Marseille 🏖️"
    with app.app_context():
        import_done(cast.alice, export_json(many(30), many(3, "brand"), posts=posts), exported_at=now - 8 * DAY)
        later = [*many(30)[4:], *many(6, "new")]
        import_done(cast.alice, export_json(later, many(3, "brand"), posts=posts), exported_at=now - DAY)
        db.session.remove()


def bring_another(cast: Cast) -> None:
    """Import a list of a minute ago."""
    followers = [*many(40), *many(6, "new")]
    import_done(
        cast.alice, export_json(followers, many(3, "brand")), exported_at=int(datetime.now(UTC).timestamp()) - 60
    )


def subscribe(app: Flask, member: Member, wish: DigestWish = WEEKLY) -> str:
    """Have a digest sent to a member; return its public id."""
    with app.app_context():
        found = digests.subscribe(member.actor, account_scope(member), wish)
        db.session.remove()
    return found


def come_due(app: Flask, *, weeks: int = 0) -> None:
    """Let every digest be due, and have what is due planned and sent; what was planned so far lies weeks back."""
    with app.app_context():
        let_be_due(weeks=weeks)
        run_jobs()
        db.session.remove()


def let_be_due(*, weeks: int = 0) -> None:
    """Let every digest be due, with the job that plans it; what was planned so far lies weeks back."""
    db.session.execute(update(DigestSlot).values(planned_at=DigestSlot.planned_at - weeks * 7 * DAY))
    db.session.execute(update(DigestSubscription).values(next_at=1))
    db.session.commit()
    with transaction() as session:
        add_job(session, JobKind.DIGESTS_PLAN)


def outcomes(app: Flask) -> list[DigestOutcome | None]:
    """Return what became of every planned digest, the oldest first."""
    with app.app_context():
        found = list(db.session.scalars(select(DigestSlot.outcome).order_by(DigestSlot.planned_at)))
        db.session.remove()
    return found


def digests_sent(app: Flask) -> list[EmailMessage]:
    """Do every queued job and return the digests and reminders that were sent, the oldest first."""
    return [mail for mail in sent_mails(app) if mail["List-Id"] is not None]
