"""The exports of an account in order of time: what is worth telling is taken from them one after the other.

What an export shows goes by itself and those before it, never by later ones; so it is the same in whichever order the
files came in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import select

from webapp.analytics.visible import COMPLETE, Reader, ZonedReader, visible
from webapp.domain.period import day_of
from webapp.extensions import db
from webapp.models import Export, FollowerSnapshot


@dataclass(frozen=True, slots=True)
class AccountAt:
    """An account at one of its revisions, by its own calendar."""

    account_id: int
    revision: int
    timezone: str


@dataclass(frozen=True, slots=True)
class ListedExport:
    """An export or a download from TikTok Studio: its Unix second, and that day in the account's zone.

    ``followers`` counts the names of a whole list, ``None`` where it holds none; ``has_posts`` says whether it holds
    the list of posts whole. ``place`` is its own among all of them.
    """

    id: int
    public_id: str
    place: int
    at: int
    day: date
    followers: int | None
    has_posts: bool


@dataclass(frozen=True)
class NoticeHistory:
    """All exports that a reader sees, oldest first, and what was worked out of single ones before."""

    reader: ZonedReader
    exports: tuple[ListedExport, ...]
    known: Mapping[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)

    def keep(self, key: str, make: Callable[[], Any]) -> Any:
        """Return what was kept under a key, else what ``make`` returns: anything that JSON can hold.

        What is not asked for in a run is not kept any longer.
        """
        if key not in self.kept:
            self.kept[key] = self.known[key] if key in self.known else make()
        return self.kept[key]

    @cached_property
    def places(self) -> dict[int, int]:
        """Return the place of every export by its id."""
        return {export.id: export.place for export in self.exports}


def read_history(reader: ZonedReader, known: Mapping[str, Any] | None = None) -> NoticeHistory:
    """Return the exports of an account; ``known`` is what an earlier run kept."""
    listed = select(Export).where(visible(Export, reader)).order_by(Export.exported_at, Export.id)
    counts = _follower_counts(reader)
    exports = (
        ListedExport(
            id=export.id,
            public_id=export.public_id,
            place=place,
            at=export.exported_at,
            day=day_of(export.exported_at, reader.timezone),
            followers=counts.get(export.id) if export.followers_state in COMPLETE else None,
            has_posts=export.posts_state in COMPLETE,
        )
        for place, export in enumerate(db.session.scalars(listed))
    )
    return NoticeHistory(reader, tuple(exports), known or {})


def highest_between(thresholds: Iterable[int], before: int, count: int) -> int | None:
    """Return the highest threshold above one count and not above another; ``None`` where there is none."""
    return max((threshold for threshold in thresholds if before < threshold <= count), default=None)


def _follower_counts(reader: Reader) -> dict[int, int]:
    query = select(FollowerSnapshot.export_id, FollowerSnapshot.followers).where(
        visible(FollowerSnapshot, reader), FollowerSnapshot.followers.is_not(None)
    )
    return {export_id: count for export_id, count in db.session.execute(query) if count is not None}
