"""People who are to be told of something by mail and on their devices, and what reached them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from tests.conftest import make_settings
from tests.factories import Member, make_cast
from tests.faults import oracle
from tests.faults.rehearsal import find_alice, finish_jobs
from tests.push_service import Subscriber
from webapp import create_app
from webapp.domain.failpoints import Failpoint
from webapp.domain.notifications import Channel, Frequency, Message, NoticeKind, NoticeType
from webapp.extensions import db, settings
from webapp.integrations.outbox import list_kept
from webapp.integrations.web_push import Browser
from webapp.models import Mail, Notification, PushDevice, PushMessage, User
from webapp.services.audit import Actor
from webapp.services.notification_choices import set_choices
from webapp.services.notifications import tell
from webapp.services.push_devices import add
from webapp.services.push_keys import public_key
from webapp.services.transaction import transaction

# The stand-in for a push service is on this machine.
SETTINGS = {"LOOPBACK_DESTINATIONS": "on"}
# Where it can be made to die, in the order it passes.
POINTS = (
    Failpoint.DELIVER_BEFORE_COMMIT,
    Failpoint.DELIVER_AFTER_COMMIT,
    Failpoint.PUSH_BEFORE_SEND,
    Failpoint.PUSH_AFTER_SEND,
)
READERS = ("alice@example.org", "bob@example.org", "dana@example.org")
_REACHED = {"threshold": 10_000, "count": 10_482, "day": "2026-11-12"}
# Two groups: three posts are one piece of news, the followers another.
_NEWS = (
    *((NoticeKind.POST_LIKES, f"post{number}", {"post": f"{number:020}", **_REACHED}) for number in range(3)),
    (NoticeKind.FOLLOWERS, "followers", _REACHED),
)
GROUPS = 2


def prepare(instance: Path, database_url: str, browsers: list[Subscriber]) -> None:
    """Fill an empty database with readers who want everything at once, whose devices are Alice's, and tell them."""
    with opened(instance, database_url):
        public_key()
        alice = find_alice()
        for browser in browsers:
            add(alice.actor, alice.user_id, Browser(browser.endpoint, browser.p256dh, browser.auth), "en")
        people = db.session.scalars(select(User.id).where(User.email.in_(READERS)).order_by(User.id)).all()
        for user_id in people:
            wishes = {
                (kind, Channel.MAIL): Frequency.AT_ONCE
                for kind in (NoticeType.MILESTONE, NoticeType.FOLLOWER_MILESTONE)
            }
            set_choices(user_id, Actor(user_id), wishes)
        messages = [Message(kind, key, params, alice.team_id) for kind, key, params in _NEWS]
        with transaction() as session:
            tell(session, people, messages)


def make_people(instance: Path, database_url: str) -> None:
    """Add the cast to an empty database."""
    app = create_app(make_settings(instance, database_url))
    make_cast(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def work(_member: Member) -> None:
    """Do the jobs, those of the dead as well."""
    finish_jobs()


def check_kept(instance: Path, database_url: str) -> list[str]:
    """Return what is wrong at this moment: of each channel all of a person waits, or all was handed over once."""
    with opened(instance, database_url):
        mails = Counter(db.session.scalars(select(Mail.address)))
        pushes = Counter(db.session.scalars(select(PushMessage.device_id)))
        mailed, pushed = (_waiting(due) for due in (Notification.mail_due_at, Notification.push_due_at))
        devices = db.session.execute(select(PushDevice.id, User.email).join(User, User.id == PushDevice.user_id))
        found = {email: (mailed[email], mails[email], 1) for email in READERS}
        found |= {f"device {row.id}": (pushed[row.email], pushes[row.id], GROUPS) for row in devices}
        return [
            f"{name}: {waiting} wait, {sent} were handed over"
            for name, (waiting, sent, whole) in found.items()
            if (waiting, sent) not in ((len(_NEWS), 0), (0, whole))
        ]


def _waiting(due: InstrumentedAttribute[int | None]) -> Counter[str]:
    """Return how many notifications still wait for a channel, by the address of whom they are for."""
    people = select(User.email).join(Notification, Notification.user_id == User.id).where(due.is_not(None))
    return Counter(db.session.scalars(people))


def outcome(instance: Path, database_url: str) -> list[str]:
    """Return what was left, in words that do not depend on ids or times."""
    with opened(instance, database_url):
        is_due = or_(Notification.mail_due_at.is_not(None), Notification.push_due_at.is_not(None))
        due = db.session.scalar(select(func.count()).select_from(Notification).where(is_due))
        mails = [f"mail: {mail.kind} {mail.state}" for mail in db.session.scalars(select(Mail))]
        pushes = [
            f"push: ended {row.ended_at is not None}, {row.status}" for row in db.session.scalars(select(PushMessage))
        ]
        wrong = [*oracle.check_rest(db.engine), *oracle.check_integrity(db.engine)]
        return sorted([f"due: {due}", *mails, *pushes, *wrong])


def mails_to(instance: Path, database_url: str) -> Counter[str]:
    """Return how many mails reached the outbox, by address."""
    with opened(instance, database_url):
        return Counter(kept.address for kept in list_kept(settings().outbox_directory))


@contextmanager
def opened(instance: Path, database_url: str) -> Iterator[None]:
    """Enter the application on a stage."""
    app = create_app(make_settings(instance, database_url, **SETTINGS))
    with app.app_context():
        try:
            yield
        finally:
            db.session.remove()
            db.engine.dispose()
