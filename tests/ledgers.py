"""Look at what imports left in the tables, in a form that does not depend on ids or on the order of writing."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.factories import DATA, Member, account_scope
from webapp.analytics.follows import list_follows
from webapp.domain.period import Period
from webapp.domain.query import FollowQuery
from webapp.domain.scope import Scope
from webapp.domain.sections import Section, SectionState
from webapp.extensions import db
from webapp.importers import child
from webapp.importers.limits import Limits
from webapp.models import (
    DIRECTIONS,
    SINCE_OLDEST,
    Account,
    Base,
    Export,
    FollowerSnapshot,
    Hashtag,
    Job,
    JobState,
    Post,
    PostDetail,
    PostHashtag,
    PostReading,
    Sound,
    StudioDay,
    StudioHour,
    StudioShare,
    StudioVideo,
)
from webapp.services import import_jobs
from webapp.services.handlers import HANDLERS
from webapp.services.jobs import reconcile

SAMPLES = DATA / "tiktok"
FIRST = SAMPLES / "demo.maker/1_2023-11_user_data.json"
SECOND = SAMPLES / "demo.maker/2_2025-06_user_data_tiktok (1).json"
THIRD = SAMPLES / "demo.maker/3_2026-01_TikTok_Data_1768463100.zip"
EXPECTED: dict[str, Any] = {
    name.removeprefix("tiktok/"): facts
    for name, facts in json.loads((SAMPLES / "expected.json").read_text("utf-8")).items()
    if name.startswith("tiktok/")
}

_OF_POSTS = (Post, PostDetail, PostReading, PostHashtag)
_OF_STUDIO = (StudioVideo, StudioDay, StudioHour, StudioShare)

SpellRow = tuple[str, int, int, int | None, int | None]
"""Name, follow second, and the export times of first, last and gone."""


def at(text: str) -> int:
    """Return the Unix second of an ISO time; without a zone it is UTC."""
    value = datetime.fromisoformat(text)
    return int((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp())


def written(second: int) -> str:
    """Return a Unix second as export files write it."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%S")


def parse_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read files in this process: for tests of what comes after the reading."""

    def extract(upload: Path, name: str, out: Path, on_progress: Callable[[int, int], None]) -> None:
        child._run(upload, name, out, Limits())
        on_progress(1, 1)

    monkeypatch.setattr(child, "_print", lambda _: None)
    monkeypatch.setattr(import_jobs, "extract_in_child", extract)


def follow_list(scope: Scope, section: Section) -> list[tuple[str, int]] | None:
    """Return the whole visible list, newest first, or ``None`` when it is unknown."""
    page = list_follows(scope, section, FollowQuery(Period(None, None, scope.timezone), page_size=1000))
    return None if page.is_unknown else [(row.username, row.followed_at) for row in page.rows]


def lists_of(member: Member, handle: str) -> tuple[Any, Any]:
    """Return both lists of an account as its readers see them now."""
    db.session.rollback()
    scope = account_scope(member, handle)
    return follow_list(scope, Section.FOLLOWERS), follow_list(scope, Section.FOLLOWING)


def ledger(session: Session, account_id: int, section: Section) -> set[SpellRow]:
    """Return the visible spells of a list."""
    revision = session.get_one(Account, account_id).revision
    times = _times(session, account_id, section)
    model: Any = DIRECTIONS[section]
    rows = session.scalars(
        select(model).where(
            model.account_id == account_id, model.added_revision <= revision, model.removed_revision > revision
        )
    ).all()
    found = {
        (
            row.username_key,
            row.followed_at,
            times[row.first_export_id],
            None if row.last_export_id is None else times[row.last_export_id],
            None if row.gone_export_id is None else times[row.gone_export_id],
        )
        for row in rows
    }
    assert len(found) == len(rows), "a spell stands twice"
    return found


def _times(session: Session, account_id: int, section: Section) -> dict[int, int]:
    """Return the Unix second of each export that is seen, and of the oldest list under the name that spells give it."""
    state = getattr(Export, f"{section.value}_state")
    rows = session.execute(
        select(Export.id, Export.exported_at, state)
        .join(Account, Account.id == Export.account_id)
        .where(Account.id == account_id)
        .where(Export.added_revision <= Account.revision, Export.removed_revision > Account.revision)
        .order_by(Export.exported_at, Export.id)
    ).all()
    times = {export_id: second for export_id, second, _ in rows}
    whole = [second for _, second, said in rows if said in (SectionState.FILLED, SectionState.EMPTY)]
    return {**times, SINCE_OLDEST: whole[0]} if whole else times


def ledgers(member: Member, handle: str) -> dict[Section, set[SpellRow]]:
    """Return both ledgers of an account."""
    db.session.rollback()
    account_id = account_scope(member, handle).account_id
    return {section: ledger(db.session(), account_id, section) for section in DIRECTIONS}


def visible_contents(session: Session, account_id: int) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row that readers of an account see, whichever revision brought it."""
    session.rollback()
    revision = session.get_one(Account, account_id).revision
    return contents(session, account_id, revision)


def contents(session: Session, account_id: int, revision: int | None = None) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of an account, seen or not, with export times and post seconds in place of ids.

    With a revision only the rows seen at it, and not by which revision they came or went.
    """
    session.rollback()
    exports = {e.id: e.exported_at for e in session.scalars(select(Export).where(Export.account_id == account_id))}
    exports[SINCE_OLDEST] = 0
    posts = {
        post.id: (post.published_at, post.ordinal)
        for post in session.scalars(select(Post).where(Post.account_id == account_id))
    }
    parts = {
        "hashtag_id": {row.id: row.tag for row in session.execute(select(Hashtag.id, Hashtag.tag))},
        "sound_id": {row.id: row.key for row in session.execute(select(Sound.id, Sound.key))},
    }
    found: dict[str, list[tuple[Any, ...]]] = {}
    for model in (*DIRECTIONS.values(), FollowerSnapshot, Export, *_OF_POSTS, *_OF_STUDIO):
        table = Base.metadata.tables[model.__tablename__]
        skipped = {"id", "public_id", "account_id", "import_id", "content_digest"}
        query = select(table).where(table.c.account_id == account_id)
        if revision is not None:
            skipped |= {"added_revision", "removed_revision"}
            query = query.where(table.c.added_revision <= revision, table.c.removed_revision > revision)
        names = [column.name for column in table.columns if column.name not in skipped]
        rows = session.execute(query).mappings()
        found[table.name] = sorted(
            (tuple(_plain(n, row[n], exports, posts, parts) for n in names) for row in rows), key=repr
        )
    return found


def _plain(
    name: str,
    value: Any,
    exports: dict[int, int],
    posts: dict[int, tuple[int, int]],
    parts: dict[str, dict[int, str]],
) -> Any:
    if name.endswith("export_id"):
        return None if value is None else exports[value]
    if name == "post_id":
        return None if value is None else posts[value]
    if name in parts:
        return None if value is None else parts[name][value]
    return json.dumps(value, sort_keys=True) if isinstance(value, dict) else value


def row_counts(session: Session) -> dict[str, int]:
    """Return how many rows every table has, the empty ones left out."""
    session.rollback()
    counts = {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }
    return {name: count for name, count in counts.items() if count}


def let_leases_expire() -> None:
    """Do what time does: leases end, waits are over, and the reconciler looks."""
    db.session.rollback()
    db.session.execute(update(Job).where(Job.state == JobState.RUNNING).values(lease_until=1))
    db.session.execute(update(Job).where(Job.state == JobState.QUEUED).values(run_at=1))
    db.session.commit()
    reconcile(HANDLERS)


def zipped(content: bytes, second: int) -> tuple[bytes, str]:
    """Return an export as TikTok packs it, with its export time in the name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("user_data_tiktok.json", content)
    return out.getvalue(), f"TikTok_Data_{second}.zip"


def names(rows: Iterable[tuple[str, int]]) -> set[str]:
    """Return the names of a list."""
    return {name for name, _ in rows}
