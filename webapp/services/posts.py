"""Fit the posts of exports into the account's posts.

What is stored follows from the exports alone, not from the order in which they came in or went: for each second of
publication the rows of all exports are taken in order of export time and put together into posts anew.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from webapp.domain.hashtags import find_hashtags
from webapp.importers.records import Post as PostRecord
from webapp.models import NEVER, Post, PostDetail, PostHashtag, PostReading, new_public_id
from webapp.services.bulk import insert_rows, one_of, read_rows
from webapp.services.post_groups import WORDS, Group, Said, Words, group_posts, identity_of
from webapp.services.post_parts import SoundWords, hashtag_ids, sound_ids

_METRICS = ("likes", "views", "comments", "shares", "saves")
_READING_COLUMNS = ("post_id", "export_id", *_METRICS)
_metrics_of = attrgetter(*_METRICS)
_words_of = attrgetter(*WORDS)
_TITLE = WORDS.index("title")
_SOUND = itemgetter(*(WORDS.index(name) for name in SoundWords._fields))

Order = Mapping[int, int]
"""The place in time of every export, by id."""


class _Row(NamedTuple):
    """A stored row that may have to go: one that nobody reads yet is deleted, any other one ends."""

    id: int
    added: int


@dataclass(slots=True)
class _Stored:
    """A post with what every export says of it, as it is stored."""

    row: _Row
    ordinal: int
    readings: dict[int, tuple[_Row, Any]] = field(default_factory=dict)
    details: dict[int, tuple[_Row, tuple[Words, bool]]] = field(default_factory=dict)

    def said(self, order: Order) -> Iterable[tuple[int, Said]]:
        """Yield what each export says: words hold until the export that says something else."""
        words: Words = ()
        for export_id in sorted(self.readings, key=order.__getitem__):
            words = self.details[export_id][1][0] if export_id in self.details else words
            yield export_id, Said(words, self.readings[export_id][1], self.row.id)

    @property
    def title(self) -> str | None:
        """Return the title of the newest words."""
        return next((words[_TITLE] for _, (words, is_newest) in self.details.values() if is_newest), None)


_Seconds = dict[int, list[_Stored]]


def write_posts(
    session: Session,
    account_id: int,
    export_id: int,
    records: Sequence[PostRecord],
    revision: int,
    order: Order,
) -> dict[str, int]:
    """Write a batch of an export's posts with a revision that nobody reads yet; return how many were new or known.

    ``order`` has the export in it. One post may stand in two lists of a file, or twice in one: the first row counts.
    """
    counts = {"new": 0, "known": 0, "changed": 0, "repeated": 0}
    total = len(records)
    if order[export_id] == max(order.values()):
        records = _write_unchanged(session, account_id, export_id, records, revision)
        counts["known"] = total - len(records)
    stored = _load(session, account_id, {record.published_at for record in records})
    said = {second: _said(posts, order) for second, posts in stored.items()}
    fresh = 0
    for record in records:
        rows = said.setdefault(record.published_at, {}).setdefault(export_id, [])
        words = _words_of(record)
        if all(identity_of(words) != identity_of(row.words) for row in rows):
            rows.append(Said(words, _metrics_of(record), None))
            fresh += 1
    groups = {second: group_posts(rows, order) for second, rows in said.items()}
    _store(session, account_id, stored, groups, revision)
    counts["repeated"] = len(records) - fresh
    for group in (group for each in groups.values() for group in each):
        row = group.said.get(export_id)
        if row is None or row.post_id is not None:
            continue
        counts["known" if len(group.said) > 1 else "new"] += 1
        *before, newest = group.said
        counts["changed"] += bool(before) and newest == export_id and group.said[before[-1]].words != row.words
    return counts


def _write_unchanged(
    session: Session, account_id: int, export_id: int, records: Sequence[PostRecord], revision: int
) -> list[PostRecord]:
    """Add what the newest export counted for posts of which it says the same as the export before; return the others.

    Such a post, alone in its second before and now, stays what it is: nothing has to be put together anew.
    """
    times = Counter(record.published_at for record in records)
    words = [getattr(PostDetail, name) for name in WORDS]
    query = (
        select(Post.published_at, Post.id, *words)
        .join(PostDetail, PostDetail.post_id == Post.id)
        .where(Post.account_id == account_id, Post.removed_revision == NEVER)
        .where(one_of(session, Post.published_at, list(times)))
        .where(PostDetail.is_newest, PostDetail.removed_revision == NEVER)
    )
    stored: dict[int, tuple[int, Words]] = {}
    for second, post_id, *said in read_rows(session, query):
        times[second] += second in stored
        stored[second] = post_id, tuple(said)
    # A list before this one may have had the same second.
    written = select(PostReading.post_id).where(
        one_of(session, PostReading.post_id, [post_id for post_id, _ in stored.values()]),
        PostReading.export_id == export_id,
        PostReading.removed_revision == NEVER,
    )
    taken = {post_id for (post_id,) in read_rows(session, written)}
    others: list[PostRecord] = []
    readings: list[tuple[Any, ...]] = []
    for record in records:
        post_id, said = stored.get(record.published_at, (0, ()))
        if times[record.published_at] == 1 and post_id not in taken and said == _words_of(record):
            readings.append((post_id, export_id, *_metrics_of(record)))
        else:
            others.append(record)
    insert_rows(session, "post_reading", _READING_COLUMNS, readings, _shared(account_id, revision))
    return others


def remove_posts(
    session: Session, account_id: int, export_id: int, seconds: Iterable[int], revision: int, order: Order
) -> None:
    """Write what the posts of some seconds are without an export, with a revision that nobody reads yet."""
    stored = _load(session, account_id, set(seconds))
    groups = {}
    for second, posts in stored.items():
        said = _said(posts, order)
        said.pop(export_id, None)
        groups[second] = group_posts(said, order)
    _store(session, account_id, stored, groups, revision)


def reorder_posts(
    session: Session, account_id: int, seconds: Iterable[int], revision: int, old: Order, new: Order
) -> None:
    """Write what the posts of some seconds are with the exports in another order of time."""
    stored = _load(session, account_id, set(seconds))
    groups = {second: group_posts(_said(posts, old), new) for second, posts in stored.items()}
    _store(session, account_id, stored, groups, revision)


def seconds_of(session: Session, account_id: int, export_id: int) -> list[int]:
    """Return the seconds of publication that an export has posts of, in order."""
    query = (
        select(Post.published_at)
        .join(PostReading, PostReading.post_id == Post.id)
        .where(PostReading.account_id == account_id, PostReading.export_id == export_id)
        .where(PostReading.removed_revision == NEVER, Post.removed_revision == NEVER)
        .distinct()
        .order_by(Post.published_at)
    )
    return list(session.scalars(query))


def _said(posts: Iterable[_Stored], order: Order) -> dict[int, list[Said]]:
    found: dict[int, list[Said]] = {}
    for post in posts:
        for export_id, row in post.said(order):
            found.setdefault(export_id, []).append(row)
    return found


def _load(session: Session, account_id: int, seconds: set[int]) -> _Seconds:
    """Return the posts of some seconds as the next revision has them so far."""
    query = select(Post.id, Post.added_revision, Post.published_at, Post.ordinal).where(
        Post.account_id == account_id,
        Post.removed_revision == NEVER,
        one_of(session, Post.published_at, list(seconds)),
    )
    found: _Seconds = defaultdict(list)
    posts: dict[int, _Stored] = {}
    for post_id, added, second, ordinal in read_rows(session, query.order_by(Post.ordinal)):
        posts[post_id] = _Stored(_Row(post_id, added), ordinal)
        found[second].append(posts[post_id])
    if not posts:
        return found
    for model, columns in ((PostReading, _METRICS), (PostDetail, (*WORDS, "is_newest"))):
        values = [getattr(model, name) for name in columns]
        rows = select(model.post_id, model.export_id, model.id, model.added_revision, *values).where(
            one_of(session, model.post_id, list(posts)), model.removed_revision == NEVER
        )
        for each in read_rows(session, rows):
            post, export_id, row, said = posts[each[0]], each[1], _Row(each[2], each[3]), each[4:]
            if model is PostReading:
                post.readings[export_id] = row, said
            else:
                post.details[export_id] = row, (said[:-1], said[-1])
    return found


@dataclass(slots=True)
class _Changes:
    """Rows that go and rows that come."""

    gone: defaultdict[Any, list[_Row]] = field(default_factory=lambda: defaultdict(list))
    readings: list[tuple[Any, ...]] = field(default_factory=list)
    details: list[tuple[int, int, bool, Words]] = field(default_factory=list)
    untagged: list[int] = field(default_factory=list)
    titles: list[tuple[int, str | None]] = field(default_factory=list)

    def drop(self, post: _Stored) -> None:
        """Let a post go with all that is said of it."""
        self.gone[PostReading] += [row for row, _ in post.readings.values()]
        self.gone[PostDetail] += [row for row, _ in post.details.values()]
        self.gone[Post].append(post.row)
        if find_hashtags(post.title):
            self.untagged.append(post.row.id)

    def fit(self, post_id: int, group: Group, post: _Stored | None) -> None:
        """Make the rows of one post those of a group."""
        readings = post.readings if post else {}
        details = post.details if post else {}
        said = {export_id: row.metrics for export_id, row in group.said.items()}
        for export_id in _differing(self.gone[PostReading], readings, said):
            self.readings.append((post_id, export_id, *said[export_id]))
        words = _words_by_export(group)
        for export_id in _differing(self.gone[PostDetail], details, words):
            self.details.append((post_id, export_id, words[export_id][1], words[export_id][0]))
        title = next(said[_TITLE] for said, is_newest in words.values() if is_newest)
        if post is None:
            self.titles.append((post_id, title))
        elif title != post.title and find_hashtags(title) != find_hashtags(post.title):
            self.untagged.append(post_id)
            self.titles.append((post_id, title))


def _differing(gone: list[_Row], stored: Mapping[int, tuple[_Row, Any]], wanted: Mapping[int, Any]) -> list[int]:
    """Note the stored rows that are not wanted as they are; return the exports whose rows have to be added."""
    gone += [row for export_id, (row, value) in stored.items() if wanted.get(export_id) != value]
    return [i for i, value in wanted.items() if i not in stored or stored[i][1] != value]


def _words_by_export(group: Group) -> dict[int, tuple[Words, bool]]:
    """Return the words of the exports that say something else than the one before, the newest words marked."""
    words: dict[int, tuple[Words, bool]] = {}
    newest: int | None = None
    for export_id, row in group.said.items():
        if newest is not None and words[newest][0] == row.words:
            continue
        if newest is not None:
            words[newest] = words[newest][0], False
        words[export_id], newest = (row.words, True), export_id
    return words


def _store(
    session: Session, account_id: int, stored: _Seconds, groups: Mapping[int, list[Group]], revision: int
) -> None:
    changes = _Changes()
    kept: list[tuple[Group, _Stored]] = []
    added: list[tuple[int, int, Group]] = []
    for second, wanted in groups.items():
        posts = {post.ordinal: post for post in stored.get(second, ())}
        for ordinal, group in enumerate(wanted):
            post = posts.get(ordinal)
            if post is not None and _main_source(group) == post.row.id:
                kept.append((group, posts.pop(ordinal)))
            else:
                added.append((second, ordinal, group))
        for post in posts.values():
            changes.drop(post)
    for group, post in kept:
        changes.fit(post.row.id, group, post)
    changes.gone[PostHashtag] += _tag_rows(session, changes.untagged)
    # What goes, goes first: identities are unique among the living.
    _remove(session, changes.gone, revision)
    for post_id, (_, _, group) in zip(_add_posts(session, account_id, added, revision), added, strict=True):
        changes.fit(post_id, group, None)
    shared = _shared(account_id, revision)
    insert_rows(session, "post_reading", _READING_COLUMNS, changes.readings, shared)
    _add_details(session, account_id, changes.details, shared)
    _add_hashtags(session, account_id, changes.titles, shared)


def _add_details(
    session: Session,
    account_id: int,
    details: Sequence[tuple[int, int, bool, Words]],
    shared: Mapping[str, int | None],
) -> None:
    sounds = [SoundWords(*_SOUND(words)) for *_, words in details]
    ids = sound_ids(session, account_id, sounds)
    rows = [
        (post_id, export_id, is_newest, sound_id, *words)
        for (post_id, export_id, is_newest, words), sound_id in zip(details, ids, strict=True)
    ]
    insert_rows(session, "post_detail", ("post_id", "export_id", "is_newest", "sound_id", *WORDS), rows, shared)


def _add_hashtags(
    session: Session, account_id: int, titles: Sequence[tuple[int, str | None]], shared: Mapping[str, int | None]
) -> None:
    found = [(post_id, find_hashtags(title)) for post_id, title in titles]
    ids = hashtag_ids(session, account_id, {tag.key for _, tags in found for tag in tags})
    rows = [
        (post_id, ids[tag.key], position, tag.spelling) for post_id, tags in found for position, tag in enumerate(tags)
    ]
    insert_rows(session, "post_hashtag", ("post_id", "hashtag_id", "position", "spelling"), rows, shared)


def _tag_rows(session: Session, post_ids: Sequence[int]) -> list[_Row]:
    """Return the living rows of posts that get other hashtags or go."""
    if not post_ids:
        return []
    query = select(PostHashtag.id, PostHashtag.added_revision).where(
        one_of(session, PostHashtag.post_id, post_ids), PostHashtag.removed_revision == NEVER
    )
    return [_Row(*row) for row in read_rows(session, query)]


def _main_source(group: Group) -> int | None:
    """Return the stored post that most of a group's rows come from."""
    sources = Counter(row.post_id for row in group.said.values() if row.post_id is not None)
    return max(sources, key=lambda post_id: (sources[post_id], -post_id), default=None)


def _remove(session: Session, gone: Mapping[Any, list[_Row]], revision: int) -> None:
    for model in (PostHashtag, PostReading, PostDetail, Post):
        unread = [row.id for row in gone.get(model, ()) if row.added == revision]
        read = [row.id for row in gone.get(model, ()) if row.added != revision]
        for ids, statement in ((unread, delete(model)), (read, update(model).values(removed_revision=revision))):
            if ids:
                session.execute(
                    statement.where(one_of(session, model.id, ids)).execution_options(synchronize_session=False)
                )


def _add_posts(session: Session, account_id: int, posts: Sequence[tuple[int, int, Group]], revision: int) -> list[int]:
    """Add posts and return their ids in the same order."""
    if not posts:
        return []
    rows = [(new_public_id(), second, ordinal) for second, ordinal, _ in posts]
    insert_rows(session, "post", ("public_id", "published_at", "ordinal"), rows, _shared(account_id, revision))
    query = select(Post.published_at, Post.ordinal, Post.id).where(
        Post.account_id == account_id,
        one_of(session, Post.published_at, sorted({second for second, _, _ in posts})),
        Post.removed_revision == NEVER,
    )
    ids = {(second, ordinal): post_id for second, ordinal, post_id in session.execute(query)}
    return [ids[second, ordinal] for second, ordinal, _ in posts]


def _shared(account_id: int, revision: int) -> dict[str, int | None]:
    return {"account_id": account_id, "added_revision": revision, "removed_revision": NEVER}
