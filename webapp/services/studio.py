"""Write what downloads from TikTok Studio say: rows of an export like all others, which lists no people and no posts.

Dates have no year, so they are read by the time of the download; with another time they are read anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from webapp.analytics.content.studio import find_active_hours, find_days, find_shares
from webapp.analytics.content.studio_videos import newest_rows, read_facts
from webapp.analytics.visible import Reader, visible
from webapp.domain.sections import Certainty, ExportedAtSource
from webapp.domain.studio import DAY_FIGURES, StudioPart, When, day_at, fix_days, guess_second, posted_day
from webapp.domain.studio_matching import StudioVideoFacts
from webapp.importers.records import StudioFound, Summary
from webapp.importers.studio_records import StudioFigures, VideoRow
from webapp.models import (
    NEVER,
    Account,
    AudienceTrait,
    MatchState,
    StudioChoice,
    StudioDay,
    StudioHour,
    StudioShare,
    StudioVideo,
)

MODELS: Final[tuple[Any, ...]] = (StudioVideo, StudioDay, StudioHour, StudioShare)
_TRAITS: Final = {StudioPart.GENDER: AudienceTrait.GENDER, StudioPart.TERRITORIES: AudienceTrait.TERRITORY}
_COUNTED: Final = ("likes", "comments", "shares", "views")


@dataclass(frozen=True, slots=True)
class AccountAt:
    """An account at a revision, also one that nobody reads yet."""

    account_id: int
    revision: int


@dataclass(frozen=True, slots=True)
class _Dated:
    """A download with its days: the figures of each part by what they are known by."""

    days: dict[StudioPart, dict[date, tuple[int | None, ...]]]
    hours: dict[tuple[date, int], int | None]
    shares: dict[StudioPart, dict[str, float | None]]
    videos: dict[str, tuple[VideoRow, date | None]]

    @classmethod
    def of(cls, figures: StudioFigures, exported_at: int) -> _Dated:
        """Return the figures of a download that was made at a Unix second."""
        latest = day_at(exported_at)
        hours = zip(fix_days([row.when for row in figures.hours], latest), figures.hours, strict=True)
        return cls(
            {
                part: {
                    day: row.figures
                    for day, row in zip(fix_days([row.when for row in rows], latest), rows, strict=True)
                    if day is not None
                }
                for part, rows in figures.days.items()
            },
            {(day, row.hour): row.active for day, row in hours if day is not None},
            {part: {row.label: row.share for row in rows} for part, rows in figures.shares.items()},
            {row.platform_post_id: (row, _posted(row, latest)) for row in figures.videos},
        )


def _posted(row: VideoRow, latest: date) -> date | None:
    seen = fix_days([row.seen], latest)[0] if row.seen is not None else None
    return posted_day(row.posted, row.platform_post_id, seen or latest)


def assume_time(summary: Summary, received_at: datetime) -> Summary:
    """Return the summary of a download with a time: where the file tells none, one after its last day."""
    if summary.studio is None or summary.studio.figures is None or summary.exported_at is not None:
        return summary
    second = guess_second(summary.studio.figures.whens(), int(received_at.timestamp()))
    if second is None:
        return summary
    return msgspec.structs.replace(
        summary,
        exported_at=second,
        exported_at_source=ExportedAtSource.NEWEST_ROW,
        exported_at_certainty=Certainty.GUESSED,
    )


def without_rows(summary: Summary) -> Summary:
    """Return a summary as an import keeps it: the rows of a download go into tables of their own."""
    if summary.studio is None:
        return summary
    return msgspec.structs.replace(summary, studio=msgspec.structs.replace(summary.studio, figures=None))


def preview_download(account: Account | None, found: StudioFound | None, exported_at: int) -> dict[str, Any] | None:
    """Return what a commit of a download would do, part by part; ``None`` for any other file.

    What was read is new, changed, unchanged and skipped together.
    """
    if found is None or found.figures is None:
        return None
    dated = _Dated.of(found.figures, exported_at)
    reader = AccountAt(account.id, account.revision) if account else None
    known = _known(reader) if reader else {}
    parts = {
        part.value: {"read": said.read, **_compared(rows, known.get(part, {})), "skipped": said.skipped}
        for part, said in found.parts.items()
        for rows in (_rows_of(dated, part),)
    }
    days = [day for rows in dated.days.values() for day in rows] + [day for day, _ in dated.hours]
    days += [day for _, day in dated.videos.values() if day is not None and not days]
    return {
        "parts": parts,
        "first": min(days).isoformat() if days else None,
        "last": max(days).isoformat() if days else None,
        "videos": _matching(reader, account, dated, exported_at) if dated.videos else None,
    }


def result_of(preview: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what a commit did, part by part; the names are no section's."""
    said = (preview or {}).get("studio") or {"parts": {}}
    return {f"studio_{part}": counts for part, counts in said["parts"].items()}


def write_download(
    session: Session, account_id: int, export_id: int, figures: StudioFigures, exported_at: int, revision: int
) -> None:
    """Add the rows of a download, with a revision that nobody reads yet."""
    dated = _Dated.of(figures, exported_at)
    shared = {"account_id": account_id, "export_id": export_id, "added_revision": revision, "removed_revision": NEVER}
    days: dict[date, dict[str, int | None]] = {}
    for part, rows in dated.days.items():
        for day, counts in rows.items():
            days.setdefault(day, {}).update(zip(DAY_FIGURES[part], counts, strict=True))
    names = [name for columns in DAY_FIGURES.values() for name in columns]
    _insert(session, StudioDay, ({"day": day, **dict.fromkeys(names), **row, **shared} for day, row in days.items()))
    _insert(
        session,
        StudioHour,
        ({"day": day, "hour": hour, "active_followers": count, **shared} for (day, hour), count in dated.hours.items()),
    )
    _insert(
        session,
        StudioShare,
        (
            {"trait": _TRAITS[part], "label": label, "share": share, **shared}
            for part, rows in dated.shares.items()
            for label, share in rows.items()
        ),
    )
    _insert(session, StudioVideo, ({**_video(row), "posted_on": day, **shared} for row, day in dated.videos.values()))


def remove_download(session: Session, account_id: int, export_id: int, revision: int) -> None:
    """Let the rows of a download go, from a revision on that nobody reads yet."""
    for model in MODELS:
        mine = (model.account_id == account_id, model.export_id == export_id, model.removed_revision == NEVER)
        unread, read = model.added_revision == revision, model.added_revision != revision
        session.execute(delete(model).where(*mine, unread))
        session.execute(update(model).where(*mine, read).values(removed_revision=revision))


def date_anew(session: Session, account_id: int, export_id: int, exported_at: int, revision: int) -> None:
    """Read the dates of a stored download again as if it had been made at another Unix second."""
    reader = AccountAt(account_id, revision)
    latest = day_at(exported_at)
    for model in (StudioDay, StudioHour):
        rows = _of_export(session, model, reader, export_id, model.day)
        days = fix_days([_when(row.day) for row in rows], latest)
        _replace_all(session, [(row, {"day": day}) for row, day in zip(rows, days, strict=True) if day], revision)
    videos = _of_export(session, StudioVideo, reader, export_id, StudioVideo.platform_post_id)
    posted = [
        (row, {"posted_on": posted_day(_when(row.posted_on), row.platform_post_id, latest)})
        for row in videos
        if row.posted_on is not None
    ]
    _replace_all(session, posted, revision)


def settle_videos(session: Session, account: Account, revision: int) -> bool:
    """Say anew which post each video is, in a revision that nobody reads yet; return whether anything changed.

    It follows from the videos, the posts and the choices alone, so it is right whatever was imported or undone before.
    """
    session.flush()
    reader = AccountAt(account.id, revision)
    facts = read_facts(reader, account.timezone)
    if not facts.videos:
        return False
    matches = facts.match()
    changes = []
    for row in session.scalars(select(StudioVideo).where(visible(StudioVideo, reader))).all():
        key = row.platform_post_id
        if key in facts.chosen:
            identity = facts.chosen[key]
            state = MatchState.NONE if identity is None else MatchState.BY_HAND
        else:
            identity = matches[key].identity
            state = _state_of(identity is not None, is_ambiguous=matches[key].is_ambiguous)
        post = facts.named.get(identity) if identity is not None else None
        changes.append((row, {"post_id": post.id if post else None, "state": state}))
    return _replace_all(session, changes, revision)


def find_choice(session: Session, account_id: int, platform_post_id: str) -> StudioChoice | None:
    """Return what a person said of a video."""
    return session.scalars(
        select(StudioChoice).where(
            StudioChoice.account_id == account_id, StudioChoice.platform_post_id == platform_post_id
        )
    ).one_or_none()


def _state_of(is_matched: bool, *, is_ambiguous: bool) -> MatchState:
    if is_matched:
        return MatchState.MATCHED
    return MatchState.AMBIGUOUS if is_ambiguous else MatchState.UNMATCHED


def _video(row: VideoRow) -> dict[str, Any]:
    counts = {name: getattr(row, name) for name in _COUNTED}
    return {
        "platform_post_id": row.platform_post_id,
        "permalink": row.permalink,
        "title": row.title,
        "post_id": None,
        "state": MatchState.UNMATCHED,
        **counts,
    }


def _insert(session: Session, model: Any, rows: Iterable[dict[str, Any]]) -> None:
    if values := list(rows):
        session.execute(insert(model), values)


def _of_export(session: Session, model: Any, reader: Reader, export_id: int, order: Any) -> list[Any]:
    query = select(model).where(visible(model, reader), model.export_id == export_id).order_by(order)
    return list(session.scalars(query))


def _when(day: date) -> When:
    return 0, day.month, day.day


def _replace_all(session: Session, changes: Iterable[tuple[Any, dict[str, Any]]], revision: int) -> bool:
    """Let rows say something else from a revision on; those that nobody reads yet are changed in place."""
    differing = [(row, values) for row, values in changes if any(getattr(row, n) != v for n, v in values.items())]
    added = []
    for row, values in differing:
        if row.added_revision == revision:
            for name, value in values.items():
                setattr(row, name, value)
            continue
        kept = {column.key: getattr(row, column.key) for column in row.__table__.columns if column.key != "id"}
        added.append({**kept, **values, "added_revision": revision, "removed_revision": NEVER})
        row.removed_revision = revision
    session.flush()
    if added:
        _insert(session, type(differing[0][0]), added)
    return bool(differing)


def _rows_of(dated: _Dated, part: StudioPart) -> Mapping[Any, Any]:
    if part in DAY_FIGURES:
        return dated.days.get(part, {})
    if part is StudioPart.ACTIVITY:
        return dated.hours
    if part is StudioPart.VIDEOS:
        return {key: _said(row) for key, (row, _) in dated.videos.items()}
    return dated.shares.get(part, {})


def _said(video: Any) -> tuple[Any, ...]:
    return (video.title, *(getattr(video, name) for name in _COUNTED))


def _known(reader: Reader) -> dict[StudioPart, dict[Any, Any]]:
    """Return what is stored, in the form of ``_rows_of``."""
    days = find_days(reader)
    known: dict[StudioPart, dict[Any, Any]] = {
        part: {
            row.day: tuple(row.figures.get(name) for name in names)
            for row in days
            if any(name in row.figures for name in names)
        }
        for part, names in DAY_FIGURES.items()
    }
    hours = find_active_hours(reader).days
    known[StudioPart.ACTIVITY] = {(day, hour): count for day, row in hours.items() for hour, count in row.items()}
    for part, trait in _TRAITS.items():
        shares = find_shares(reader, trait)
        known[part] = {row.label: row.share for row in shares.parts} if shares else {}
    known[StudioPart.VIDEOS] = {key: _said(row) for key, (row, _) in newest_rows(reader).items()}
    return known


def _compared(rows: Mapping[Any, Any], known: Mapping[Any, Any]) -> dict[str, int]:
    found = Counter(
        "new" if key not in known else "unchanged" if known[key] == row else "changed" for key, row in rows.items()
    )
    return {name: found[name] for name in ("new", "changed", "unchanged")}


def _matching(reader: Reader | None, account: Account | None, dated: _Dated, exported_at: int) -> dict[str, int]:
    """Return how many videos of a download would find their post."""
    if reader is None or account is None:
        return {"matched": 0, "ambiguous": 0, "unmatched": len(dated.videos)}
    more = [
        StudioVideoFacts(key, day, row.title, ((exported_at, row.likes),)) for key, (row, day) in dated.videos.items()
    ]
    facts = read_facts(reader, account.timezone, more)
    matches = facts.match()
    found: Counter[str] = Counter()
    for key in dated.videos:
        if key in facts.chosen:
            found["matched"] += 1
        else:
            found[_state_of(matches[key].identity is not None, is_ambiguous=matches[key].is_ambiguous).value] += 1
    return {name: found[name] for name in ("matched", "ambiguous", "unmatched")}
