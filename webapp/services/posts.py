"""Fit one export's posts into the account's posts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from webapp.importers.records import Post as PostRecord
from webapp.models import NEVER, Base, Post, PostDetail, PostReading, new_public_id

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
    if fresh:
        _insert(session, PostReading, [_reading(account_id, export_id, revision, *pair) for pair in fresh])
    changed = _write_details(session, account_id, export_id, exported_at, fresh, revision, export_times)
    return {"new": new, "known": len(fresh) - new, "changed": changed, "repeated": len(records) - len(fresh)}


def _identity(record: PostRecord) -> tuple[object, ...]:
    return record.published_at, record.platform_post_id, record.title, record.sound_raw


def _reading(account_id: int, export_id: int, revision: int, post_id: int, record: PostRecord) -> dict[str, Any]:
    return {
        **{metric: getattr(record, metric) for metric in _METRICS},
        "account_id": account_id,
        "post_id": post_id,
        "export_id": export_id,
        "added_revision": revision,
    }


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
    fresh: list[dict[str, Any]] = []
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
            fresh.append(_post_values(account_id, record, ordinal, revision))
    added = iter(_add_posts(session, fresh))
    return [next(added) if found is None else found for found in ids], len(fresh)


def _add_posts(session: Session, values: list[dict[str, Any]]) -> list[int]:
    """Add posts in one statement and return their ids in the order of the values."""
    if not values:
        return []
    statement = insert(Post).returning(Post.id, sort_by_parameter_order=True)
    return list(session.scalars(statement, values))


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


def _post_values(account_id: int, record: PostRecord, ordinal: int, revision: int) -> dict[str, Any]:
    return {
        "public_id": new_public_id(),
        "account_id": account_id,
        "published_at": record.published_at,
        "ordinal": ordinal,
        "kind": record.kind,
        "platform_post_id": record.platform_post_id,
        "permalink": record.permalink,
        "added_revision": revision,
    }


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
    columns = [PostDetail.id, PostDetail.post_id, PostDetail.export_id, *(getattr(PostDetail, n) for n in _DETAILS)]
    query = select(*columns).where(PostDetail.post_id.in_([i for i, _ in posts]), PostDetail.removed_revision == NEVER)
    current = {detail["post_id"]: detail for detail in session.execute(query).mappings()}
    replaced: list[int] = []
    added: list[dict[str, Any]] = []
    changed = 0
    for post_id, record in posts:
        said = {name: getattr(record, name) for name in _DETAILS}
        detail = current.get(post_id)
        if detail is not None:
            if post_id in outdated or all(detail[name] == value for name, value in said.items()):
                continue
            replaced.append(detail["id"])
            changed += 1
        added.append(
            {**said, "account_id": account_id, "post_id": post_id, "export_id": export_id, "added_revision": revision}
        )
    if replaced:
        session.execute(
            update(PostDetail)
            .where(PostDetail.id.in_(replaced))
            .values(removed_revision=revision)
            .execution_options(synchronize_session=False)
        )
    if added:
        _insert(session, PostDetail, added)
    return changed


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


def _insert(session: Session, model: type[PostReading | PostDetail], values: list[dict[str, Any]]) -> None:
    # The table, not the mapping: twice as fast, and nothing of the mapping is needed.
    table = Base.metadata.tables[model.__tablename__]
    session.connection().execute(insert(table), [{**value, "removed_revision": NEVER} for value in values])
