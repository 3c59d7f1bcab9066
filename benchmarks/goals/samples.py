"""What the goals are measured on: creators who never lived, or the posts of a file."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from dataclasses import replace as changed
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from tests.analytics.statistics.creators import DAY, Truth, make_creators
from webapp.analytics.content.table import PostRow, PostTable, SoundName, TagName
from webapp.analytics.statistics.residuals import WINDOW, residuals, spread
from webapp.domain.post_query import PostKind, Privacy, Standing

Floats = NDArray[np.float64]

# One post is mostly noise: log-likes of sd 1.1 around a level that grows by 5 % a month.
USUAL: Final = Truth(noise=(1.1, 1.1), has_heavy_tails=False, growth=0.05, least_posts=30)
SLOTS: Final = Truth(slot_sd=0.2, noise=(1.1, 1.1), has_heavy_tails=False, growth=0.05, least_posts=150)
TAGS: Final = Truth(tag_sd=0.2, noise=(1.1, 1.1), has_heavy_tails=False, growth=0.05, least_posts=150)
BOTH: Final = Truth(slot_sd=0.2, tag_sd=0.2, noise=(1.1, 1.1), has_heavy_tails=False, growth=0.05, least_posts=30)
_COLUMNS: Final = ("creator", "published_at", "likes", "hashtags", "sound")
# Everything in a file is taken for mature: its likes are the last that were read.
_LATER: Final = 30 * DAY


@dataclass(frozen=True)
class Samples:
    """Tables of posts by what they are for, every one of them of a creator of its own.

    ``plain`` are as they are. In those of ``still`` nothing depends on anything: what a test finds there is false.
    ``with_slots`` and ``with_tags`` may have effects, which are announced of the earlier half and looked for in the
    later. ``levels`` say what to expect of each post, and the sd around it: noise of known size is put around them,
    without outliers and changes of its own. ``seed`` is what they were made from, and followers are to be made from.
    """

    seed: int
    plain: Sequence[PostTable]
    still: Sequence[PostTable]
    with_slots: Sequence[PostTable]
    with_tags: Sequence[PostTable]
    levels: Sequence[Levels]


@dataclass(frozen=True)
class Levels:
    """When a creator's posts are published, the log1p of likes expected of each, and the robust sd around it."""

    times: NDArray[np.int64]
    logs: Floats
    sd: float


def synthetic(creators: int, seed: int) -> Samples:
    """Return creators of known truth, the same ones of the same seed; half of the plain ones have effects."""
    usual = list(make_creators(seed, creators // 2, USUAL))
    both = list(make_creators(seed + 1, creators // 2, BOTH))
    return Samples(
        seed=seed,
        plain=[creator.table for creator in (*usual, *both)],
        still=[creator.table for creator in make_creators(seed + 2, creators * 3, changed(USUAL, least_posts=60))],
        with_slots=[creator.table for creator in make_creators(seed + 3, creators * 5, SLOTS)],
        with_tags=[creator.table for creator in make_creators(seed + 4, creators, TAGS)],
        levels=[
            Levels(np.array([row.published_at for row in creator.table.rows]), np.array(creator.levels), 1.1)
            for creator in usual
        ],
    )


def from_file(path: Path, seed: int) -> Samples:
    """Return the creators of a file; raise ``ValueError`` with the line that cannot be read."""
    plain = list(read_creators(path))
    random = np.random.default_rng(seed)
    long = [table for table in plain if len(table.counted) >= 2 * WINDOW]
    return Samples(
        seed=seed,
        plain=plain,
        still=[shuffled(table, random) for table in long],
        with_slots=plain,
        with_tags=plain,
        levels=[levels_of(table) for table in long],
    )


def read_creators(path: Path) -> Iterator[PostTable]:
    """Yield the posts of each creator of a file, oldest first."""
    posts: defaultdict[str, list[tuple[int, int | None, tuple[str, ...], str]]] = defaultdict(list)
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(f"{path.name} has no column {missing[0]}; it needs {', '.join(_COLUMNS)}")
        for row in reader:
            try:
                posts[row["creator"]].append(
                    (_seconds(row["published_at"]), _likes(row["likes"]), _tags(row["hashtags"]), row["sound"] or "")
                )
            except ValueError as error:
                raise ValueError(f"{path.name}, line {reader.line_num}: {error}") from error
    for own in posts.values():
        yield _table(sorted(own, key=lambda post: post[0]))


def shuffled(table: PostTable, random: np.random.Generator) -> PostTable:
    """Return posts in which likes depend on the level of their time alone, and hashtags and sounds on nothing."""
    rows = table.counted
    logs = np.log1p([row.likes or 0 for row in rows])
    found = residuals(logs)
    likes = np.expm1(np.maximum(logs - found + random.permutation(found), 0))
    sources = random.permutation(len(rows))
    mixed = tuple(
        replace(row, likes=round(float(own)), hashtags=rows[at].hashtags, sound=rows[at].sound)
        for row, own, at in zip(rows, likes, sources, strict=True)
    )
    return PostTable(table.as_of, mixed, table.sounds, table.tags)


def levels_of(table: PostTable) -> Levels:
    """Return a level that never changes, with the times and the spread of a creator."""
    logs = np.log1p([row.likes or 0 for row in table.counted])
    times = np.array([row.published_at for row in table.counted])
    return Levels(times, np.full(len(logs), np.median(logs)), spread(residuals(logs)))


def table_of(times: Sequence[int] | NDArray[np.int64], logs: Floats) -> PostTable:
    """Return posts of nothing but a time and likes, given as log1p."""
    likes = np.rint(np.expm1(np.clip(logs, 0, 30)))
    return _table([(int(at), int(own), (), "") for at, own in zip(times, likes, strict=True)])


def _table(posts: Sequence[tuple[int, int | None, tuple[str, ...], str]]) -> PostTable:
    tags = {tag: at for at, tag in enumerate(sorted({tag for post in posts for tag in post[2]}))}
    sounds = {sound: at for at, sound in enumerate(sorted({post[3] for post in posts} - {""}))}
    ordinals: defaultdict[int, int] = defaultdict(int)
    rows = []
    for at, (published_at, likes, own, sound) in enumerate(posts):
        rows.append(
            PostRow(
                id=at,
                public_id=f"post{at}",
                published_at=published_at,
                ordinal=ordinals[published_at],
                kind=PostKind.VIDEO,
                privacy=Privacy.EVERYONE,
                standing=Standing.LISTED,
                title=" ".join(f"#{tag}" for tag in own),
                likes=likes,
                sound=sounds.get(sound),
                hashtags=tuple(tags[tag] for tag in own),
            )
        )
        ordinals[published_at] += 1
    return PostTable(
        posts[-1][0] + _LATER,
        tuple(rows),
        tuple(SoundName(sound, sound, None, False) for sound in sounds),
        tuple(TagName(tag, tag) for tag in tags),
    )


def _seconds(text: str) -> int:
    """Return the Unix second of a number or of a date and time, which is UTC where it does not say otherwise."""
    try:
        return int(float(text))
    except ValueError:
        at = datetime.fromisoformat(text.strip().removesuffix(" UTC"))
        return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


def _likes(text: str) -> int | None:
    likes = int(float(text)) if text.strip() else None
    if likes is not None and likes < 0:
        raise ValueError(f"{likes} likes")
    return likes


def _tags(text: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for word in (text or "").split() if (tag := word.lstrip("#").casefold())))
