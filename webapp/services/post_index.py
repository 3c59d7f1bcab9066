"""The job that packs an account's posts into one table, so that pages of many posts need not read the ledger."""

from __future__ import annotations

from typing import Final

from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.table import LAYOUT, PostTable, pack
from webapp.analytics.visible import Reader, count_kept, find_newest_complete
from webapp.domain.sections import Section
from webapp.models import PostIndex
from webapp.queue import JobKind
from webapp.services.kept_fits import AccountReader, KeptFit

# Fewer are read from the ledger in a moment.
LEAST_PACKED: Final = 1_000


def _has_many_posts(reader: AccountReader) -> bool:
    newest = find_newest_complete(reader, Section.POSTS)
    return newest is not None and count_kept(newest, Section.POSTS) >= LEAST_PACKED


def _read(reader: Reader, _: str) -> PostTable | None:
    return find_posts(reader)


POSTS: Final = KeptFit(JobKind.POST_INDEX, PostIndex, LAYOUT, _has_many_posts, _read, pack)
