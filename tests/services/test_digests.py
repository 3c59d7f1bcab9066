"""Who gets digests: members for themselves, others once they said yes, and nobody who has ended them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.digests import (
    MONTHLY,
    PARIS,
    WEEKLY,
    bring_two,
    come_due,
    digests_sent,
    outcomes,
    subscribe,
)
from tests.factories import Cast, account_scope, mail_text, run_jobs, sent_mails
from webapp.domain.digests import DigestKind, DigestOutcome
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.extensions import db
from webapp.models import (
    Account,
    AuditAction,
    AuditEvent,
    DigestSlot,
    DigestSubscription,
    Membership,
    Team,
)
from webapp.queue import JobKind
from webapp.services import digests, mail_files
from webapp.services.account_transfer import transfer_account
from webapp.services.digest_links import read_unsubscribe, unsubscribe_link
from webapp.services.digests import DigestWish
from webapp.services.jobs import add_job
from webapp.services.mail_files import MAIL_FILES
from webapp.services.person_deletion import delete_person
from webapp.services.teams import create_team
from webapp.services.transaction import transaction

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def lists(app: Flask, cast: Cast) -> Flask:
    """Alice's account with two lists, of a week ago and of yesterday."""
    bring_two(app, cast)
    return app


def test_somebody_outside_gets_it_once_they_said_yes(lists: Flask, cast: Cast) -> None:
    with lists.app_context():
        link = digests.offer(cast.dana.actor, account_scope(cast.dana), "Ingrid@Example.org", WEEKLY)
        db.session.remove()
    come_due(lists)
    assert outcomes(lists) == []
    [offer] = sent_mails(lists)
    assert offer["To"] == "Ingrid@example.org"
    token = link.rpartition("/")[2]
    assert link in mail_text(offer)
    with lists.app_context():
        assert token not in str(db.session.execute(select(DigestSubscription.__table__)).all())
        assert digests.find_offer(token).handle == "demo.maker"
        digests.confirm(token, cast.charlie.actor)
        with pytest.raises(NotFound):
            digests.confirm(token, cast.charlie.actor)
        db.session.remove()
    come_due(lists)
    [mail] = digests_sent(lists)
    assert mail["To"] == "Ingrid@example.org"
    # They have no page to go to but the one that ends it.
    assert mail_text(mail).count("http") == 2
    assert "What to do next" not in mail_text(mail)


@on_sqlite
def test_an_offer_ends_with_its_time(lists: Flask, cast: Cast) -> None:
    with lists.app_context():
        link = digests.offer(cast.dana.actor, account_scope(cast.dana), "ingrid@example.org", WEEKLY)
        db.session.execute(update(DigestSubscription).values(created_at=datetime.now(UTC) - timedelta(days=8)))
        db.session.commit()
        with pytest.raises(NotFound):
            digests.confirm(link.rpartition("/")[2], cast.charlie.actor)
        with transaction() as session:
            add_job(session, JobKind.SESSIONS_PURGE)
        run_jobs()
        assert db.session.scalars(select(DigestSubscription)).all() == []


@on_sqlite
def test_who_set_it_up_answers_for_it(lists: Flask, cast: Cast) -> None:
    """SECURITY 35."""
    with lists.app_context():
        scope = account_scope(cast.dana)
        link = digests.offer(cast.dana.actor, scope, "ingrid@example.org", WEEKLY)
        digests.confirm(link.rpartition("/")[2], cast.charlie.actor)
        db.session.execute(update(Membership).where(Membership.user_id == cast.dana.user_id).values(role="viewer"))
        db.session.commit()
    come_due(lists)
    assert outcomes(lists) == [DigestOutcome.REFUSED]
    with lists.app_context():
        public_id = db.session.scalars(select(DigestSubscription.public_id)).one()
        digests.change(cast.alice.actor, account_scope(cast.alice), public_id, "fr", "UTC")
        db.session.execute(update(DigestSlot).values(planned_at=1))
        db.session.commit()
    come_due(lists)
    assert outcomes(lists)[-1] is DigestOutcome.TOLD


@on_sqlite
def test_a_link_ends_its_digest_alone_and_keeps_working_when_the_key_changes(lists: Flask, cast: Cast) -> None:
    weekly, monthly = subscribe(lists, cast.alice), subscribe(lists, cast.alice, MONTHLY)
    with lists.app_context():
        token = unsubscribe_link(weekly).rpartition("/")[2]
        assert read_unsubscribe(token) == weekly
        for bad in ("", token[:-1], f"{monthly}{token[20:]}", token.upper(), f"{token}x", "ü" * 42):
            assert read_unsubscribe(bad) is None
            with pytest.raises(NotFound):
                digests.unsubscribe(bad, cast.alice.actor)
        digests.unsubscribe(token, cast.alice.actor)
        digests.unsubscribe(token, cast.alice.actor)
        ended = select(AuditEvent.target).where(AuditEvent.action == AuditAction.DIGEST_UNSUBSCRIBED)
        assert db.session.scalars(ended).all() == [weekly]
        db.session.remove()
    come_due(lists)
    with lists.app_context():
        told = db.session.scalars(
            select(DigestSubscription.public_id).join(DigestSlot, DigestSlot.subscription_id == DigestSubscription.id)
        ).all()
    assert told == [monthly]


@on_sqlite
def test_one_that_was_ended_begins_again(lists: Flask, cast: Cast) -> None:
    public_id = subscribe(lists, cast.alice)
    with lists.app_context():
        with pytest.raises(Conflict):
            digests.subscribe(cast.alice.actor, account_scope(cast.alice), WEEKLY)
        digests.unsubscribe(unsubscribe_link(public_id).rpartition("/")[2], cast.alice.actor)
        db.session.remove()
    assert subscribe(lists, cast.alice) == public_id
    come_due(lists)
    assert outcomes(lists) == [DigestOutcome.TOLD]


@on_sqlite
def test_what_is_refused(lists: Flask, cast: Cast) -> None:
    with lists.app_context():
        viewer, editor = account_scope(cast.bob), account_scope(cast.dana)
        own = digests.subscribe(cast.alice.actor, account_scope(cast.alice), WEEKLY)
        with pytest.raises(Forbidden):
            digests.offer(cast.bob.actor, viewer, "ingrid@example.org", WEEKLY)
        with pytest.raises(Invalid):
            digests.offer(cast.dana.actor, editor, "no address", WEEKLY)
        for wish in (DigestWish(DigestKind.WEEKLY, "de", PARIS), DigestWish(DigestKind.WEEKLY, "en", "Mars/Base")):
            with pytest.raises(Invalid):
                digests.subscribe(cast.bob.actor, viewer, wish)
        # What a member gets is nobody else's business.
        with pytest.raises(NotFound):
            digests.change(cast.dana.actor, editor, own, "fr", PARIS)
        with pytest.raises(NotFound):
            digests.remove(cast.dana.actor, editor, own)
        with pytest.raises(NotFound):
            digests.request_copy(cast.dana.actor, editor, own)


@on_sqlite
def test_a_copy_goes_to_who_asks_and_changes_nothing(lists: Flask, cast: Cast) -> None:
    with lists.app_context():
        scope = account_scope(cast.dana)
        link = digests.offer(cast.dana.actor, scope, "ingrid@example.org", WEEKLY)
        digests.confirm(link.rpartition("/")[2], cast.charlie.actor)
        before = db.session.execute(select(DigestSubscription.__table__)).all()
        public_id = db.session.scalars(select(DigestSubscription.public_id)).one()
        digests.request_copy(cast.alice.actor, account_scope(cast.alice), public_id)
        run_jobs()
        assert db.session.execute(select(DigestSubscription.__table__)).all() == before
    [mail] = digests_sent(lists)
    assert mail["To"] == "alice@example.org"
    assert mail["List-Unsubscribe"] is None


@on_sqlite
def test_an_account_of_another_team_is_told_to_nobody_of_the_first(lists: Flask, cast: Cast) -> None:
    """SECURITY 35."""
    subscribe(lists, cast.bob)
    with lists.app_context():
        create_team(cast.alice.user_id, "Another", None, cast.alice.actor)
        team = db.session.scalars(select(Team.public_id).where(Team.name == "Another")).one()
        account = db.session.scalars(select(Account.public_id)).one()
        transfer_account(cast.alice.scope, account, team, cast.alice.actor)
        assert db.session.scalars(select(DigestSubscription)).all() == []


@on_sqlite
def test_who_deletes_their_account_leaves_no_digest(lists: Flask, cast: Cast) -> None:
    """SECURITY 97."""
    subscribe(lists, cast.bob)
    with lists.app_context():
        link = digests.offer(cast.dana.actor, account_scope(cast.dana), "bob@example.org", WEEKLY)
        digests.confirm(link.rpartition("/")[2], cast.charlie.actor)
        delete_person(cast.bob.actor, cast.bob.user_id, "bob@example.org")
        assert db.session.scalars(select(DigestSubscription)).all() == []


@on_sqlite
def test_what_was_ended_is_forgotten_after_a_while(lists: Flask, cast: Cast) -> None:
    public_id = subscribe(lists, cast.alice)
    with lists.app_context():
        digests.unsubscribe(unsubscribe_link(public_id).rpartition("/")[2], cast.alice.actor)
        for days, left in ((29, 1), (31, 0)):
            ended_at = datetime.now(UTC) - timedelta(days=days)
            db.session.execute(update(DigestSubscription).values(unsubscribed_at=ended_at))
            db.session.commit()
            with transaction() as session:
                add_job(session, JobKind.SESSIONS_PURGE)
            run_jobs()
            assert len(db.session.scalars(select(DigestSubscription)).all()) == left


@on_sqlite
def test_files_of_mails_are_found_by_their_names_alone(app: Flask) -> None:
    with app.app_context():
        mail_files.keep("ab-12.pdf", b"x")
        assert MAIL_FILES.read("ab-12.pdf") == b"x"
        MAIL_FILES.discard("ab-12.pdf")
        MAIL_FILES.discard("ab-12.pdf")
        assert MAIL_FILES.read("ab-12.pdf") is None
        for name in ("../a.pdf", "a.PDF", "", "a.pdf\n", "x/y.pdf"):
            assert MAIL_FILES.read(name) is None
            with pytest.raises(ValueError, match="no name"):
                mail_files.keep(name, b"x")
