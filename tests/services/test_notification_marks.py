"""What a person finds among their notifications, and what is read: in both databases, by what they may see now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from tests.factories import Cast, Member, account_scope, export_json, import_done, many
from tests.tells import followers, row_of, tell_members, unread_keys
from webapp.analytics.notifications import Badge, count_told, count_unread, get_told, list_told
from webapp.domain.errors import Invalid, NotFound
from webapp.domain.notification_query import NotificationPlace, NotificationQuery
from webapp.domain.notifications import Message, NoticeKind, NoticeType, Told
from webapp.domain.scope import Scope
from webapp.extensions import db
from webapp.models import Account, AccountRole, Membership, Notification, Post, Sound
from webapp.services.notification_marks import mark, mark_all, undo
from webapp.services.notification_reading import find_told

EVERYTHING = NotificationQuery()
POST = {
    "Date": "2025-06-01 10:00:00",
    "Likes": "1200",
    "Title": "With @ada.lovelace in Paris #travel",
    "Sound": "original sound - ada.lovelace",
}


@pytest.fixture
def scope(app: Flask, cast: Cast) -> Iterator[Scope]:
    """Alice's account with a post, and nobody told of anything yet."""
    with app.app_context():
        import_done(cast.alice, export_json(many(2), posts=[POST]))
        db.session.execute(delete(Notification))
        db.session.commit()
        yield account_scope(cast.alice)
        db.session.remove()


def keys_of(rows: tuple[Told, ...] | list[Told]) -> list[str]:
    numbers = [row.id for row in rows]
    keys = dict(db.session.execute(select(Notification.id, Notification.key).where(Notification.id.in_(numbers))).all())
    return [keys[number] for number in numbers]


def listed(member: Member, query: NotificationQuery = EVERYTHING) -> list[str]:
    db.session.rollback()
    return keys_of(list_told(member.scope, query).rows)


def test_pages_hold_each_one_once_the_newest_first_in_both_directions(cast: Cast, scope: Scope) -> None:
    # Two seconds, so that most of them have the same one.
    messages = [followers(number, scope.team_id, scope.account_id) for number in range(23)]
    tell_members([cast.alice, cast.bob], messages, at=[1_700_000_000 + number // 12 for number in range(23)])
    expected = [str(number) for number in reversed(range(23))]
    query = NotificationQuery(page_size=5)
    seen, page = [], list_told(cast.alice.scope, query)
    assert page.newer is None
    while True:
        seen.append(keys_of(page.rows))
        if page.older is None:
            break
        page = list_told(cast.alice.scope, query.with_(place=page.older))
    assert [key for keys in seen for key in keys] == expected
    back = [seen.pop()]
    while page.newer is not None:
        page = list_told(cast.alice.scope, query.with_(place=page.newer))
        back.append(keys_of(page.rows))
    assert back[1:] == seen[::-1]
    assert count_told(cast.alice.scope, query.with_(place=NotificationPlace(True, "0" * 20))) == 23
    with pytest.raises(Invalid):
        list_told(cast.alice.scope, query.with_(place=NotificationPlace(False, row_of(cast.bob, "4").public_id)))


def test_filters_are_by_type_account_and_what_is_unread(cast: Cast, scope: Scope) -> None:
    account = db.session.get_one(Account, scope.account_id).public_id
    link = Message(NoticeKind.NEW_DEVICE, "device", {"browser": "x", "ip": "192.0.2.1"})
    tell_members([cast.alice], [followers(100, scope.team_id, scope.account_id), link])
    mark(cast.alice.scope, row_of(cast.alice, "100").public_id, is_read=True)
    assert listed(cast.alice) == ["device", "100"]
    assert listed(cast.alice, NotificationQuery(type=NoticeType.SECURITY)) == ["device"]
    assert listed(cast.alice, NotificationQuery(account=account)) == ["100"]
    assert listed(cast.alice, NotificationQuery(account=account, unread=True)) == []
    assert listed(cast.alice, NotificationQuery(unread=True)) == ["device"]
    with pytest.raises(NotFound):
        list_told(cast.alice.scope, NotificationQuery(account="0" * 20))


def test_nobody_finds_what_they_may_not_see_now(cast: Cast, scope: Scope) -> None:
    team, account = scope.team_id, scope.account_id
    told = [followers(100, team, account), followers(200, team), followers(300, None)]
    told += [followers(400, cast.charlie.team_id), followers(500, team, account), followers(600, team, account)]
    tell_members([cast.bob], told)
    db.session.execute(update(Notification).where(Notification.key == "500").values(is_withdrawn=True))
    db.session.execute(update(Notification).where(Notification.key == "600").values(is_shown=False))
    db.session.commit()
    ids = [row_of(cast.bob, key).id for key in ("100", "200", "300", "400", "500", "600")]

    def sent() -> list[str]:
        db.session.rollback()
        return keys_of(find_told(db.session(), cast.bob.user_id, ids, nameless=True))

    assert listed(cast.bob) == ["300", "200", "100"]
    assert count_unread(cast.bob.scope).unread == 3
    # What is not in the app may still be mailed, and a mail is about every team that a person is in.
    assert sent() == ["100", "200", "300", "600"]
    # Bob loses the account.
    membership = select(Membership.id).where(Membership.user_id == cast.bob.user_id, Membership.team_id == team)
    db.session.add(AccountRole(membership_id=db.session.scalars(membership).one(), account_id=account, role=None))
    db.session.commit()
    narrowed = replace(cast.bob.scope, account_roles=((account, None),))
    assert keys_of(list_told(narrowed, EVERYTHING).rows) == ["300", "200"]
    assert count_unread(narrowed).unread == 2
    assert sent() == ["200", "300"]
    with pytest.raises(NotFound):
        get_told(narrowed, row_of(cast.bob, "100").public_id)
    with pytest.raises(NotFound):
        mark(narrowed, row_of(cast.bob, "100").public_id, is_read=True)
    assert mark_all(narrowed, EVERYTHING).count == 2
    assert unread_keys(cast.bob) == ["100", "400", "500", "600"]
    # He leaves the team, and the account is deleted: nothing of either is sent or found.
    db.session.execute(delete(Membership).where(Membership.user_id == cast.bob.user_id))
    db.session.execute(update(Account).where(Account.id == account).values(deleted_at=datetime.now(UTC)))
    db.session.commit()
    assert sent() == []
    assert listed(cast.bob) == ["300", "200"]


def test_undo_makes_exactly_those_unread_again_that_were(cast: Cast, scope: Scope) -> None:
    tell_members([cast.alice, cast.bob], [followers(number, scope.team_id) for number in (1, 2, 3, 4)])
    tell_members([cast.alice], [Message(NoticeKind.ROLE_CHANGED, "role", {"team": "x", "role": "editor"}, None)])
    first = mark(cast.alice.scope, row_of(cast.alice, "2").public_id, is_read=True)
    assert first.count == 1
    # Marked once more it stays what it was, so that its undo is still its own.
    assert mark(cast.alice.scope, row_of(cast.alice, "2").public_id, is_read=True).count == 0
    every = mark_all(cast.alice.scope, EVERYTHING.with_(type=NoticeType.FOLLOWER_MILESTONE))
    assert every.count == 3
    assert unread_keys(cast.alice) == ["role"]
    assert count_unread(cast.alice.scope).unread == 1
    assert unread_keys(cast.bob) == ["1", "2", "3", "4"]
    mark(cast.alice.scope, row_of(cast.alice, "3").public_id, is_read=False)
    mark(cast.alice.scope, row_of(cast.alice, "3").public_id, is_read=True)
    assert undo(cast.bob.scope, every.moment) == 0
    # What was marked in another way meanwhile is left alone.
    assert undo(cast.alice.scope, every.moment) == 2
    assert unread_keys(cast.alice) == ["1", "4", "role"]
    assert undo(cast.alice.scope, every.moment) == 0
    assert undo(cast.alice.scope, first.moment) == 1


def test_the_badge_changes_with_what_is_unread_and_with_the_newest(cast: Cast, scope: Scope) -> None:
    assert count_unread(cast.alice.scope) == Badge(0, None)
    tell_members([cast.alice], [followers(100, scope.team_id, scope.account_id)])
    first = count_unread(cast.alice.scope)
    assert first == Badge(1, row_of(cast.alice, "100").public_id)
    mark(cast.alice.scope, first.newest or "", is_read=True)
    read = count_unread(cast.alice.scope)
    tell_members([cast.alice], [followers(200, scope.team_id, scope.account_id)])
    second = count_unread(cast.alice.scope)
    assert len({first.etag, read.etag, second.etag}) == 3
    # Another person of the same team has nothing of it.
    assert count_unread(cast.dana.scope) == Badge(0, None)


def test_words_are_those_of_now_and_of_the_reader(app: Flask, cast: Cast, scope: Scope) -> None:
    account = scope.account_id
    post = db.session.scalars(select(Post.public_id).where(Post.account_id == account)).one()
    sound = db.session.scalars(select(Sound.public_id).where(Sound.account_id == account)).one()
    rising = {"sound": sound, "recent": 4, "of_recent": 10, "earlier": 1, "of_earlier": 30}
    told = [
        Message(NoticeKind.POST_LIKES, "p", {"post": post, "threshold": 1000, "count": 1200}, scope.team_id, account),
        Message(NoticeKind.RISING_SOUND, "s", rising, scope.team_id, account),
        Message(NoticeKind.NEW_MUTUAL, "m", {"person": "ada.lovelace"}, scope.team_id, account),
        Message(
            NoticeKind.REPORT_READY, "r", {"report": "0" * 20, "title": "For @ada.lovelace"}, scope.team_id, account
        ),
        # A post of nobody's: there is nothing to name.
        Message(NoticeKind.POST_LIKES, "q", {"post": "0" * 20, "threshold": 1000}, scope.team_id, account),
    ]
    tell_members([cast.bob, cast.erin], told)
    db.session.rollback()
    seen = {row.kind: row for row in reversed(list_told(cast.bob.scope, EVERYTHING).rows) if row.subject}
    assert seen[NoticeKind.POST_LIKES].subject == "With @ada.lovelace in Paris #travel"
    assert seen[NoticeKind.RISING_SOUND].subject == "ada.lovelace"
    assert seen[NoticeKind.RISING_SOUND].params["is_original"] is True
    assert seen[NoticeKind.NEW_MUTUAL].subject == "ada.lovelace"
    # Erin sees no names, and what is sent to anybody holds none.
    page = list_told(cast.erin.scope, EVERYTHING).rows
    assert "ada.lovelace" not in repr(page)
    stand_in = next(row for row in page if row.kind is NoticeKind.NEW_MUTUAL).subject
    assert cast.erin.scope.redaction.person(stand_in) == "ada.lovelace"
    ids = list(db.session.scalars(select(Notification.id).where(Notification.user_id == cast.bob.user_id)))
    sent = find_told(db.session(), cast.bob.user_id, ids, nameless=True)
    assert len(sent) == 5
    assert "ada.lovelace" not in repr(sent)
    assert any("in Paris" in row.subject for row in sent)
    named = find_told(db.session(), cast.bob.user_id, ids, nameless=False)
    assert any(row.params.get("person") == "ada.lovelace" for row in named)


def test_two_thousand_are_marked_in_one_step(cast: Cast, scope: Scope) -> None:
    messages = [followers(number, scope.team_id, scope.account_id) for number in range(2_000)]
    tell_members([cast.alice], messages)
    marked = mark_all(cast.alice.scope, EVERYTHING)
    assert (marked.count, count_unread(cast.alice.scope).unread) == (2_000, 0)
    assert undo(cast.alice.scope, marked.moment) == 2_000
    unread = select(func.count()).select_from(Notification).where(Notification.read_at.is_(None))
    assert db.session.scalar(unread) == 2_000
