"""Fit one export's posts into the account's posts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.importers.records import Post as PostRecord
from webapp.models import NEVER, Post, PostDetail, PostReading, new_public_id
from webapp.services.bulk import insert_rows

_IDENTITY = ("public_id", "published_at", "ordinal", "kind", "platform_post_id", "permalink")
_METRICS = ("likes", "views", "comments", "shares", "saves")
_DETAILS = (
    "title",
    "image_count",
    "sound_name",
    "sound_author",
    "sound_raw",
    "location",
    "privacy",
    "allow_comments",
    "allow_stitches",
    "allow_duets",
    "allow_stickers",
    "allow_sharing_to_story",
    "content_disclosure",
    "ai_generated",
    "add_yours_text",
    "alternate_text",
    "deleted_at",
)
_metrics_of = attrgetter(*_METRICS)
_details_of = attrgetter(*_DETAILS)


def write_posts(
    session: Session,
    account_id: int,
    export_id: int,
    exported_at: int,
    records: Sequence[PostRecord],
    revision: int,
    export_times: dict[int, int],
) -> dict[str, int]:
    """Write a batch of posts with a revision that nobody reads yet; return how many were new or known.

    ``export_times`` gives the export time of every export, so that an older file never overwrites newer words.
    """
    distinct = list({_identity(record): record for record in reversed(records)}.values())[::-1]
    ids, new = _find_or_add(session, account_id, distinct, revision)
    # One post may stand in two lists of a file, or twice in one: the first row counts.
    query = select(PostReading.post_id).where(PostReading.post_id.in_(ids), PostReading.export_id == export_id)
    read = set(session.scalars(query))
    fresh = [(i, record) for i, record in zip(ids, distinct, strict=True) if i not in read]
    shared = {**_shared(account_id, revision), "export_id": export_id}
    readings = [(post_id, *_metrics_of(record)) for post_id, record in fresh]
    insert_rows(session, "post_reading", ("post_id", *_METRICS), readings, shared)
    changed = _write_details(session, account_id, export_id, exported_at, fresh, revision, export_times)
    return {"new": new, "known": len(fresh) - new, "changed": changed, "repeated": len(records) - len(fresh)}


def _identity(record: PostRecord) -> tuple[object, ...]:
    return record.published_at, record.platform_post_id, record.title, record.sound_raw


def _find_or_add(
    session: Session, account_id: int, records: Sequence[PostRecord], revision: int
) -> tuple[list[int], int]:
    """Return the id of the post of each record, adding those that are not there.

    Identity is the publication second; where two posts share one, the platform's id decides, then title and
    sound, then their order.
    """
    known = _known_posts(session, account_id, {record.published_at for record in records}, revision)
    taken: set[int] = set()
    ids: list[int | None] = []
    fresh: list[tuple[Any, ...]] = []
    added_in: Counter[int] = Counter()
    for record in records:
        same_second = known[record.published_at]
        candidates = [post for post in same_second if post["id"] not in taken]
        match = _best_match(candidates, record, is_only=len(same_second) == 1)
        ids.append(match["id"] if match else None)
        if match:
            taken.add(match["id"])
        else:
            ordinal = len(same_second) + added_in[record.published_at]
            added_in[record.published_at] += 1
            fresh.append(_post_values(record, ordinal))
    added = iter(_add_posts(session, account_id, fresh, revision))
    return [next(added) if found is None else found for found in ids], len(fresh)


def _add_posts(session: Session, account_id: int, posts: Sequence[tuple[Any, ...]], revision: int) -> list[int]:
    """Add posts and return their ids in the same order."""
    if not posts:
        return []
    insert_rows(session, "post", _IDENTITY, posts, _shared(account_id, revision))
    query = select(Post.published_at, Post.ordinal, Post.id).where(
        Post.account_id == account_id,
        Post.published_at.in_({post[1] for post in posts}),
        Post.removed_revision == NEVER,
        Post.added_revision == revision,
    )
    ids = {(second, ordinal): post_id for second, ordinal, post_id in session.execute(query)}
    return [ids[post[1], post[2]] for post in posts]


def _best_match(candidates: list[dict[str, Any]], record: PostRecord, *, is_only: bool) -> dict[str, Any] | None:
    for post in candidates:
        if record.platform_post_id and post["platform_post_id"] == record.platform_post_id:
            return post
    for post in candidates:
        if (post["title"], post["sound_raw"]) == (record.title, record.sound_raw):
            return post
    if is_only and candidates:
        post = candidates[0]
        if not (post["platform_post_id"] and record.platform_post_id):
            return post
    return None


def _known_posts(
    session: Session, account_id: int, seconds: set[int], revision: int
) -> defaultdict[int, list[dict[str, Any]]]:
    known: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    query = (
        select(
            Post.id,
            Post.published_at,
            Post.platform_post_id,
            PostDetail.title,
            PostDetail.sound_raw,
        )
        .outerjoin(PostDetail, (PostDetail.post_id == Post.id) & (PostDetail.removed_revision == NEVER))
        .where(Post.account_id == account_id, Post.removed_revision == NEVER, Post.added_revision <= revision)
        .where(Post.published_at.in_(seconds))
        .order_by(Post.ordinal)
    )
    for row in session.execute(query).mappings():
        known[row["published_at"]].append(dict(row))
    return known


def _post_values(record: PostRecord, ordinal: int) -> tuple[Any, ...]:
    return new_public_id(), record.published_at, ordinal, record.kind, record.platform_post_id, record.permalink


def _write_details(
    session: Session,
    account_id: int,
    export_id: int,
    exported_at: int,
    posts: Sequence[tuple[int, PostRecord]],
    revision: int,
    export_times: dict[int, int],
) -> int:
    """Replace what posts say where this export is the newest that speaks of them; return how many changed."""
    outdated = _spoken_of_since(session, export_id, exported_at, [i for i, _ in posts], export_times)
    columns = [PostDetail.id, PostDetail.post_id, *(getattr(PostDetail, name) for name in _DETAILS)]
    query = select(*columns).where(PostDetail.post_id.in_([i for i, _ in posts]), PostDetail.removed_revision == NEVER)
    current = {detail[1]: (detail[0], tuple(detail[2:])) for detail in session.execute(query)}
    replaced: list[int] = []
    added: list[tuple[Any, ...]] = []
    for post_id, record in posts:
        said = _details_of(record)
        if post_id in current:
            detail_id, words = current[post_id]
            if post_id in outdated or words == said:
                continue
            replaced.append(detail_id)
        added.append((post_id, *said))
    if replaced:
        session.execute(
            update(PostDetail)
            .where(PostDetail.id.in_(replaced))
            .values(removed_revision=revision)
            .execution_options(synchronize_session=False)
        )
    shared = {**_shared(account_id, revision), "export_id": export_id, "is_newest": True}
    insert_rows(session, "post_detail", ("post_id", *_DETAILS), added, shared)
    return len(replaced)


def _spoken_of_since(
    session: Session, export_id: int, exported_at: int, post_ids: Sequence[int], export_times: dict[int, int]
) -> set[int]:
    """Return those of the posts that a later export holds too.

    The readings tell, not the words: words that did not change keep the export that said them first.
    """
    query = select(PostReading.post_id, PostReading.export_id).where(
        PostReading.post_id.in_(post_ids), PostReading.export_id != export_id, PostReading.removed_revision == NEVER
    )
    return {row.post_id for row in session.execute(query) if export_times.get(row.export_id, exported_at) > exported_at}


def _shared(account_id: int, revision: int) -> dict[str, int | None]:
    return {"account_id": account_id, "added_revision": revision, "removed_revision": NEVER}
