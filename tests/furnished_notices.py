"""A notification of every kind with a team's mark in it, a browser that takes messages, and what its person chose."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import Member
from tests.notices import PARAMS
from webapp.domain.notice_rules import Rule
from webapp.domain.notifications import Channel, Frequency, Hours, Message, NoticeKind, NoticeType, allowed_frequencies
from webapp.domain.scope import Scope
from webapp.integrations.web_push import Browser, encode, make_keys
from webapp.models import (
    DataExport,
    Export,
    Goal,
    ImportRun,
    Notice,
    Post,
    PushDevice,
    PushMessage,
    ReportRun,
    ShareLink,
    Sound,
)
from webapp.services.notice_rules import set_rules
from webapp.services.notification_choices import set_choices, set_hours
from webapp.services.notifications import find_readers, tell
from webapp.services.push_devices import add
from webapp.services.push_keys import public_key
from webapp.services.transaction import transaction

# What concerns one person alone: who asked for it, made it, or is it.
PERSONAL = (
    NoticeKind.IMPORT_HELD,
    NoticeKind.IMPORT_FAILED,
    NoticeKind.REPORT_READY,
    NoticeKind.REPORT_FAILED,
    NoticeKind.DOWNLOAD_READY,
    NoticeKind.LINK_EXPIRING,
    NoticeKind.NEW_DEVICE,
    NoticeKind.ROLE_CHANGED,
)
OF_NO_TEAM = (NoticeKind.NEW_DEVICE, NoticeKind.ROLE_CHANGED)
# The values of a kind that name a thing of the account, and where that thing is kept.
_THINGS = {
    "post": Post,
    "sound": Sound,
    "import": ImportRun,
    "report": ReportRun,
    "download": DataExport,
    "share": ShareLink,
    "goal": Goal,
    "from": Export,
    "to": Export,
}
_WRITTEN = ("tag", "file", "title", "team")


def tell_of_everything(member: Member, scope: Scope, mark: str) -> None:
    """Tell the readers of an account of every kind there is, its ``friend`` among them; nothing of it is ever sent."""
    wishes = {(kind, Channel.PUSH): Frequency.OFF for kind in NoticeType}
    mails = {(kind, Channel.MAIL): Frequency.WEEKLY for kind in NoticeType}
    allowed = {cell: wish for cell, wish in mails.items() if wish in allowed_frequencies(*cell)}
    set_choices(member.user_id, member.actor, wishes | allowed)
    set_hours(member.user_id, member.actor, Hours("Europe/Paris", 22 * 60, 7 * 60))
    set_rules(member.actor, scope, [Rule(NoticeKind.POST_LIKES, least=10_000)])
    with transaction() as session:
        readers = find_readers(session, scope.team_id, scope.account_id)
        for message in _messages(session, scope, mark):
            tell(session, [member.user_id] if message.kind in PERSONAL else readers, [message])
    add_browser(member, f"{mark}.push.example.net")


def add_browser(member: Member, host: str) -> int:
    """Give a person a browser that takes messages, and one that it was sent; return the row id of the browser."""
    public_key()
    browser = Browser(f"https://{host}/send/{member.user_id}", make_keys().public, encode(bytes(16)))
    public_id = add(member.actor, member.user_id, browser, "en")
    with transaction() as session:
        device = session.scalars(select(PushDevice).where(PushDevice.public_id == public_id)).one()
        now = datetime.now(UTC)
        session.add(PushMessage(device_id=device.id, notifications=[1], created_at=now, ended_at=now, status=201))
        return device.id


def _messages(session: Session, scope: Scope, mark: str) -> Iterator[Message]:
    for kind in NoticeKind:
        key = f"{mark} {kind}"
        params = dict(PARAMS[kind])
        for name in params:
            if name in _THINGS:
                params[name] = _newest(session, scope, _THINGS[name])
            elif name in _WRITTEN:
                params[name] = f"{mark} {name}"
            elif name == "person":
                params[name] = f"{mark}friend"
        if kind in OF_NO_TEAM:
            yield Message(kind, key, params)
            continue
        notice_id = None
        if kind is NoticeKind.NEW_MUTUAL:
            notice = Notice(
                account_id=scope.account_id,
                kind=kind,
                key=key,
                at=int(time.time()),
                params=params,
                created_at=datetime.now(UTC),
            )
            session.add(notice)
            session.flush()
            notice_id = notice.id
        yield Message(kind, key, params, scope.team_id, scope.account_id, notice_id)


def _newest(session: Session, scope: Scope, model: Any) -> str:
    """Return the public id of the account's last row of a kind."""
    query = select(model.public_id).where(model.account_id == scope.account_id).order_by(model.id.desc()).limit(1)
    return session.scalars(query).first() or "0" * 20
