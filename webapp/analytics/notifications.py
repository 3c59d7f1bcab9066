"""What a person was told: their list in the open team, how much of it is unread, and single ones to send."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, tuple_, union_all

from webapp.domain.errors import ErrorCode, Invalid, NotFound
from webapp.domain.notification_query import NotificationPlace, NotificationQuery
from webapp.domain.notifications import NoticeKind, Told
from webapp.domain.post_titles import shortened, title_of
from webapp.domain.redaction import NameDisplay, Redaction
from webapp.domain.scope import TeamScope
from webapp.extensions import db
from webapp.models import Account, Notification, NotificationHours, Post, PostDetail, Sound

# The letters of a post's words that name it in a sentence.
_WORDS: Final = 80
# What holds words that somebody of the team wrote.
_WRITTEN: Final = ("title",)


@dataclass(frozen=True, slots=True)
class ToldPage:
    """A page of what a person was told, the newest first, and the ways on from it."""

    rows: tuple[Told, ...]
    newer: NotificationPlace | None
    older: NotificationPlace | None


@dataclass(frozen=True, slots=True)
class Badge:
    """How many a person has not read in the open team, and the public id of the newest that they are told."""

    unread: int
    newest: str | None

    @property
    def etag(self) -> str:
        """Return a text that is another one whenever the number or the newest is another."""
        return f"{self.unread}-{self.newest or 'none'}"


@dataclass(frozen=True, slots=True)
class _Account:
    """An account that a reader sees; one that waits for its first import has no pages yet."""

    id: int
    public_id: str
    handle: str
    timezone: str
    has_pages: bool


def list_told(team: TeamScope, query: NotificationQuery) -> ToldPage:
    """Return a page of what the reader was told; raise ``Invalid`` for a place that is not in their list."""
    accounts = _accounts(team)
    place = query.place
    statement = select(Notification).where(listed(team, accounts), *_matching(query, accounts))
    if place is not None:
        at, number = _at(team, place)
        key = tuple_(Notification.at, Notification.id)
        statement = statement.where(key > (at, number) if place.is_newer else key < (at, number))
    goes_up = place is not None and place.is_newer
    order = (Notification.at, Notification.id)
    statement = statement.order_by(*(order if goes_up else (column.desc() for column in order)))
    found = list(db.session.scalars(statement.limit(query.page_size + 1)))
    has_more, rows = len(found) > query.page_size, found[: query.page_size]
    if goes_up:
        rows.reverse()
    has_newer = has_more if goes_up else place is not None
    has_older = True if goes_up else has_more
    return ToldPage(
        _told(rows, accounts, team.redaction),
        NotificationPlace(True, rows[0].public_id) if rows and has_newer else None,
        NotificationPlace(False, rows[-1].public_id) if rows and has_older else None,
    )


def get_told(team: TeamScope, public_id: str) -> Told:
    """Return one of the reader's notifications; raise ``NotFound`` for any other id."""
    accounts = _accounts(team)
    statement = select(Notification).where(Notification.public_id == public_id, listed(team, accounts))
    row = db.session.scalars(statement).first()
    if row is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return _told([row], accounts, team.redaction)[0]


def count_told(team: TeamScope, query: NotificationQuery) -> int:
    """Return how many notifications a view has, wherever in it the query stands."""
    accounts = _accounts(team)
    conditions = (listed(team, accounts), *_matching(query, accounts))
    return db.session.scalar(select(func.count()).select_from(Notification).where(*conditions)) or 0


def count_unread(team: TeamScope) -> Badge:
    """Return what the bell shows."""
    accounts = _accounts(team)
    connection, reader = db.session.connection(), {"user_id": team.user_id, "team_id": team.team_id}
    counts = connection.execute(_COUNTS, reader)
    unread = sum(count for account_id, count in counts if account_id is None or account_id in accounts)
    return Badge(unread, connection.scalar(_NEWEST, {**reader, "accounts": sorted(accounts)}))


def count_marked(team: TeamScope, moment: datetime) -> int:
    """Return how many notifications were marked as read at a moment, to the microsecond."""
    query = select(func.count()).select_from(Notification).where(listed(team), Notification.read_at == moment)
    return db.session.scalar(query) or 0


def find_zone(user_id: int) -> str | None:
    """Return the time zone that a person chose for what they are told; ``None`` where they chose none."""
    return db.session.scalar(select(NotificationHours.timezone).where(NotificationHours.user_id == user_id))


def read_told(rows: Sequence[Notification], team: TeamScope | None, *, nameless: bool) -> list[Told]:
    """Return rows of one person as they may know them at this moment, without those that they may not see any more.

    ``team`` is the person's scope in the team that the rows belong to, ``None`` for those of no team. ``nameless`` is
    for what is sent and cannot be called back: it names nobody of the lists.
    """
    accounts = {} if team is None else _accounts(team)
    redaction = Redaction() if team is None else team.redaction
    seen = [row for row in rows if row.account_id is None or row.account_id in accounts]
    return list(_told(seen, accounts, redaction, nameless=nameless))


def listed(team: TeamScope, accounts: Mapping[int, object] | None = None) -> ColumnElement[bool]:
    """Return the condition for the notifications that a reader finds in the open team.

    Those are of the team or of none, in the app, not withdrawn, and about no account that is hidden from the reader.
    """
    seen = _accounts(team) if accounts is None else accounts
    return and_(_is_of(team), _SHOWN, or_(Notification.account_id.is_(None), Notification.account_id.in_(sorted(seen))))


def matching(team: TeamScope, query: NotificationQuery) -> ColumnElement[bool]:
    """Return the condition for the notifications of a view, wherever in it the query stands."""
    accounts = _accounts(team)
    return and_(listed(team, accounts), *_matching(query, accounts))


# In these words, for the partial index.
_SHOWN: Final = and_(Notification.is_shown, ~Notification.is_withdrawn)
_UNREAD: Final = Notification.read_at.is_(None)


# Made once, because every page asks them. By account and in two parts, so that each takes the index of the unread
# alone: for "or" SQLite walks the list.
_COUNTS: Final = union_all(
    *(
        select(Notification.account_id, func.count())
        .where(Notification.user_id == bindparam("user_id"), is_of, _UNREAD, _SHOWN)
        .group_by(Notification.account_id)
        for is_of in (Notification.team_id == bindparam("team_id"), Notification.team_id.is_(None))
    )
)
_NEWEST: Final = (
    select(Notification.public_id)
    .where(
        Notification.user_id == bindparam("user_id"),
        or_(Notification.team_id == bindparam("team_id"), Notification.team_id.is_(None)),
        _SHOWN,
        or_(Notification.account_id.is_(None), Notification.account_id.in_(bindparam("accounts", expanding=True))),
    )
    .order_by(Notification.at.desc(), Notification.id.desc())
    .limit(1)
)
_ACCOUNTS: Final = select(
    Account.id, Account.public_id, Account.handle, Account.timezone, ~Account.awaits_import
).where(Account.team_id == bindparam("team_id"), Account.deleted_at.is_(None))


def _is_of(team: TeamScope) -> ColumnElement[bool]:
    return and_(
        Notification.user_id == team.user_id,
        or_(Notification.team_id == team.team_id, Notification.team_id.is_(None)),
    )


def _matching(query: NotificationQuery, accounts: Mapping[int, _Account]) -> list[ColumnElement[bool]]:
    conditions = []
    if query.type is not None:
        conditions.append(Notification.type == query.type)
    if query.account:
        ids = [account.id for account in accounts.values() if account.public_id == query.account]
        if not ids:
            raise NotFound(ErrorCode.NOT_FOUND)
        conditions.append(Notification.account_id.in_(ids))
    if query.unread:
        conditions.append(_UNREAD)
    return conditions


def _accounts(team: TeamScope) -> dict[int, _Account]:
    """Return the accounts of the team that the reader sees, by their row ids."""
    rows = db.session.connection().execute(_ACCOUNTS, {"team_id": team.team_id})
    found = (_Account(*row) for row in rows)
    return {account.id: account for account in found if team.role_in(account.id) is not None}


def _at(team: TeamScope, place: NotificationPlace) -> tuple[int, int]:
    query = select(Notification.at, Notification.id).where(
        Notification.public_id == place.public_id, Notification.user_id == team.user_id
    )
    found = db.session.execute(query).first()
    if found is None:
        raise Invalid(ErrorCode.CURSOR_INVALID, field="place")
    return found.at, found.id


def _told(
    rows: Sequence[Notification],
    accounts: Mapping[int, _Account],
    redaction: Redaction,
    *,
    nameless: bool = False,
) -> tuple[Told, ...]:
    # Words are those of a reader who sees no names; the name itself is left out where it would stand alone.
    words = replace(redaction, names=NameDisplay.HIDDEN) if nameless else redaction
    titles, sounds = _titles(rows), _sounds(rows)
    told = []
    for row in rows:
        account = accounts.get(row.account_id or 0)
        params = _params(row, redaction, words, nameless=nameless)
        subject = ""
        if row.kind is NoticeKind.NEW_MUTUAL:
            subject = params.get("person", "")
        elif "post" in params:
            subject = shortened(words.caption(titles.get((row.account_id, params["post"]), "")), _WORDS)
        elif "sound" in params and (sound := sounds.get((row.account_id, params["sound"]))) is not None:
            params["is_original"] = sound.is_original
            subject = _sound_name(sound, words)
        told.append(
            Told(
                *(row.id, row.public_id, row.kind, params, row.at),
                account=account.public_id if account is not None and account.has_pages else None,
                handle=account.handle if account is not None else None,
                timezone=account.timezone if account is not None else "UTC",
                is_read=row.read_at is not None,
                subject=subject,
            )
        )
    return tuple(told)


def _params(row: Notification, redaction: Redaction, words: Redaction, *, nameless: bool) -> dict[str, Any]:
    params = {key: words.remark(value) if key in _WRITTEN else value for key, value in row.params.items()}
    if "person" in params:
        if nameless:
            del params["person"]
        else:
            params["person"] = redaction.name(params["person"])
    return params


def _sound_name(sound: Sound, words: Redaction) -> str:
    """Return the name of a sound; of an original one its author, who may be somebody on the lists."""
    if sound.is_original:
        return "" if words.hides_names else sound.author or ""
    return f"{sound.name} · {sound.author}" if sound.author else sound.name


def _titles(rows: Iterable[Notification]) -> dict[tuple[int | None, str], str]:
    """Return the words of the posts that rows are about, by account and public id, as each account shows them now."""
    wanted = _wanted(rows, "post")
    if not wanted:
        return {}
    query = (
        select(Post.account_id, Post.public_id, PostDetail.title)
        .join(Account, Account.id == Post.account_id)
        .join(PostDetail, and_(PostDetail.post_id == Post.id, PostDetail.is_newest, *_visible(PostDetail)))
        .where(Post.public_id.in_(wanted), *_visible(Post))
    )
    return {(account_id, public_id): title_of(title) for account_id, public_id, title in db.session.execute(query)}


def _visible(model: type[Post] | type[PostDetail]) -> tuple[ColumnElement[bool], ...]:
    return model.added_revision <= Account.revision, model.removed_revision > Account.revision


def _sounds(rows: Iterable[Notification]) -> dict[tuple[int | None, str], Sound]:
    wanted = _wanted(rows, "sound")
    if not wanted:
        return {}
    return {
        (sound.account_id, sound.public_id): sound
        for sound in db.session.scalars(select(Sound).where(Sound.public_id.in_(wanted)))
    }


def _wanted(rows: Iterable[Notification], key: str) -> set[str]:
    return {row.params[key] for row in rows if key in row.params}
