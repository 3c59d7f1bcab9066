"""How a person wants to be told: of what, by which channel and how soon, and when they want quiet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from webapp.domain.errors import ErrorCode, Invalid, NotFound
from webapp.domain.notifications import (
    Channel,
    Frequency,
    Hours,
    NoticeType,
    allowed_frequencies,
    default_frequency,
    due_at,
    format_minute,
    hours_for,
)
from webapp.domain.period import parse_timezone
from webapp.extensions import db
from webapp.models import AuditAction, Notification, NotificationChoice, NotificationHours, User, database_now
from webapp.services.audit import Actor, record
from webapp.services.digest_links import read_stop
from webapp.services.transaction import transaction

Cell = tuple[NoticeType, Channel]
"""One place of the matrix: what is told, and by what."""

_MINUTES: Final = 24 * 60
_DUE: Final[Mapping[Channel, InstrumentedAttribute[int | None]]] = {
    Channel.MAIL: Notification.mail_due_at,
    Channel.PUSH: Notification.push_due_at,
}


@dataclass(frozen=True, slots=True)
class StopOffer:
    """What the link in a mail of notifications ends."""

    is_stopped: bool


def list_choices(user_id: int) -> dict[Cell, Frequency]:
    """Return what holds in every place of the matrix, chosen or by default."""
    return _all_choices(db.session(), user_id)


def find_hours(session: Session, user_id: int) -> Hours | None:
    """Return a person's zone and quiet hours, also inside a running transaction; ``None`` until they set them."""
    row = session.scalars(select(NotificationHours).where(NotificationHours.user_id == user_id)).one_or_none()
    return None if row is None else Hours(row.timezone, row.quiet_from, row.quiet_until)


def get_hours(user_id: int) -> Hours | None:
    """Return a person's zone and quiet hours; ``None`` until they set them."""
    return find_hours(db.session(), user_id)


def set_choices(user_id: int, actor: Actor, wishes: Mapping[Cell, Frequency]) -> int:
    """Have a person told as they wish, also of what waits to be sent; return how many places changed.

    Raises ``Invalid`` for what a type cannot be told by a channel.
    """
    for (kind, channel), frequency in wishes.items():
        if frequency not in allowed_frequencies(kind, channel):
            raise Invalid(ErrorCode.FIELD_INVALID, field=name_of((kind, channel)), value=frequency.value)
    with transaction() as session:
        # Locked, so that of two pages that save at once each compares with what the other has left.
        user = session.get_one(User, user_id, with_for_update=True)
        before = _all_choices(session, user_id)
        changed = {cell: wish for cell, wish in wishes.items() if before[cell] is not wish}
        if changed:
            _write(session, user_id, changed)
            _set_times_anew(session, user_id, changed)
            record(
                *(session, actor, AuditAction.NOTIFICATION_CHOICES_CHANGED, user.public_id),
                before=_told({cell: before[cell] for cell in changed}),
                after=_told(changed),
            )
    return len(changed)


def set_hours(user_id: int, actor: Actor, hours: Hours) -> None:
    """Set a person's zone and quiet hours, also for what waits to be sent; raise ``Invalid`` for what no clock shows.

    Without quiet hours both ends are ``None``.
    """
    _check(hours)
    with transaction() as session:
        user = session.get_one(User, user_id, with_for_update=True)
        before = find_hours(session, user_id)
        if before == hours:
            return
        if before is None:
            session.add(NotificationHours(user_id=user_id, **_columns(hours)))
        else:
            session.execute(
                update(NotificationHours).where(NotificationHours.user_id == user_id).values(**_columns(hours))
            )
        session.flush()
        _set_times_anew(session, user_id, _all_choices(session, user_id))
        record(
            *(session, actor, AuditAction.NOTIFICATION_CHOICES_CHANGED, user.public_id),
            before=_told_hours(before or Hours()),
            after=_told_hours(hours),
        )


def find_stop(token: str) -> StopOffer:
    """Return whether a link has still mails to end; raise ``NotFound``, always the same, for what we did not sign."""
    user = _get_signed(db.session(), token)
    return StopOffer(not _mailed(_all_choices(db.session(), user.id)))


def stop_mails(token: str, actor: Actor) -> StopOffer:
    """End every mail of a person's notifications; harmless when they are ended already.

    Raises ``NotFound`` as above.
    """
    find_stop(token)
    with transaction() as session:
        user = _get_signed(session, token, locks=True)
        before = _mailed(_all_choices(session, user.id))
        if before:
            changed = dict.fromkeys(before, Frequency.OFF)
            _write(session, user.id, changed)
            _set_times_anew(session, user.id, changed)
            # Whoever follows a mailed link need not be signed in.
            theirs = Actor(user.id, None, actor.ip, actor.request_id, actor.user_agent)
            record(
                *(session, theirs, AuditAction.NOTIFICATION_CHOICES_CHANGED, user.public_id),
                before=_told(before),
                after=_told(changed),
                by_link=True,
            )
    return StopOffer(is_stopped=True)


def name_of(cell: Cell) -> str:
    """Return what a place of the matrix is called in forms and in the record of actions."""
    kind, channel = cell
    return f"{kind.value}-{channel.value}"


def _all_choices(session: Session, user_id: int) -> dict[Cell, Frequency]:
    rows = session.execute(
        select(NotificationChoice.type, NotificationChoice.channel, NotificationChoice.frequency).where(
            NotificationChoice.user_id == user_id
        )
    )
    chosen = {(kind, channel): frequency for kind, channel, frequency in rows}
    cells = [(kind, channel) for kind in NoticeType for channel in Channel]
    return {cell: chosen.get(cell, default_frequency(cell[1])) for cell in cells}


def _mailed(choices: Mapping[Cell, Frequency]) -> dict[Cell, Frequency]:
    """Return what comes by mail."""
    return {
        cell: frequency
        for cell, frequency in choices.items()
        if cell[1] is Channel.MAIL and frequency is not Frequency.OFF
    }


def _write(session: Session, user_id: int, changed: Mapping[Cell, Frequency]) -> None:
    rows = session.scalars(select(NotificationChoice).where(NotificationChoice.user_id == user_id))
    there = {(row.type, row.channel): row for row in rows}
    for (kind, channel), frequency in changed.items():
        row = there.get((kind, channel))
        if row is None:
            session.add(NotificationChoice(user_id=user_id, type=kind, channel=channel, frequency=frequency))
        else:
            row.frequency = frequency
    session.flush()


def _set_times_anew(session: Session, user_id: int, choices: Mapping[Cell, Frequency]) -> None:
    """Give what waits to be sent the time that it has by these choices; what is due already is not put off."""
    now = session.scalar(select(database_now())) or 0
    hours = find_hours(session, user_id) or Hours()
    for (kind, channel), frequency in choices.items():
        due = _DUE.get(channel)
        if due is not None:
            at = due_at(frequency, hours_for(kind, hours), now)
            waits: Iterable[ColumnElement[bool]] = [due.is_not(None)] if at is None else [due > now]
            session.execute(
                update(Notification)
                .where(Notification.user_id == user_id, Notification.type == kind, *waits)
                .values({due: at})
                .execution_options(synchronize_session=False)
            )


def _check(hours: Hours) -> None:
    parse_timezone(hours.timezone)
    for name, minute in (("quiet_from", hours.quiet_from), ("quiet_until", hours.quiet_until)):
        if minute is not None and not 0 <= minute < _MINUTES:
            raise Invalid(ErrorCode.FIELD_INVALID, field=name, value=str(minute))
    if (hours.quiet_from is None) != (hours.quiet_until is None):
        raise Invalid(ErrorCode.QUIET_HOURS_EMPTY, field="quiet_until")
    if hours.quiet_from is not None and hours.quiet_from == hours.quiet_until:
        raise Invalid(ErrorCode.QUIET_HOURS_EMPTY, field="quiet_until")


def _get_signed(session: Session, token: str, *, locks: bool = False) -> User:
    query = select(User).where(User.public_id == (read_stop(token) or ""))
    row = session.scalars(query.with_for_update() if locks else query).one_or_none()
    if row is None:
        raise NotFound(ErrorCode.LINK_INVALID)
    return row


def _told(choices: Mapping[Cell, Frequency]) -> dict[str, str]:
    return {name_of(cell): frequency.value for cell, frequency in choices.items()}


def _columns(hours: Hours) -> dict[str, str | int | None]:
    return {"timezone": hours.timezone, "quiet_from": hours.quiet_from, "quiet_until": hours.quiet_until}


def _told_hours(hours: Hours) -> dict[str, str | None]:
    ends = {"quiet_from": hours.quiet_from, "quiet_until": hours.quiet_until}
    clocks = {name: None if minute is None else format_minute(minute) for name, minute in ends.items()}
    return {"timezone": hours.timezone, **clocks}
