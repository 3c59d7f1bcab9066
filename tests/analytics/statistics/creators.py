"""Creators who never lived: posts of known truth, made from a seed, on which the goals for statistics are checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from webapp.analytics.content.table import PostRow, PostTable, SoundName, TagName
from webapp.domain.post_query import PostKind, Privacy, Standing

Floats = NDArray[np.float64]

DAY = 86_400
MONTH = 30 * DAY
SLOTS = 8
_BEGUN = int(datetime(2023, 3, 6, tzinfo=UTC).timestamp())
_RECENT = 20


@dataclass(frozen=True, slots=True)
class Truth:
    """What makes a creator: sd of the true effects of slots, weekdays and hashtags on log-likes, and what else acts.

    ``rising`` gives one hashtag, rare before, to 40 % of the newest twenty posts. ``sounds`` is how many there are.
    ``noise`` encloses the sd of the noise, of heavy tails or normal; ``growth`` is what the level grows by a month,
    ``None`` lets it wander.
    """

    slot_sd: float = 0.0
    weekday_sd: float = 0.0
    tag_sd: float = 0.0
    rising: bool = False
    sounds: int = 12
    least_posts: int = 60
    most_posts: int = 400
    least_likes: float = 20.0
    most_likes: float = 5_000.0
    noise: tuple[float, float] = (0.7, 1.6)
    has_heavy_tails: bool = True
    growth: float | None = None


@dataclass(frozen=True, slots=True)
class Creator:
    """Posts with the true effects in them, each as a share of the logarithm, and the logarithm expected of each."""

    table: PostTable
    slots: tuple[float, ...]
    tags: dict[str, float]
    rising: str | None
    levels: tuple[float, ...]

    def half(self, *, is_later: bool) -> PostTable:
        """Return the earlier or the later half of the posts."""
        rows = self.table.rows
        middle = len(rows) // 2
        kept = rows[middle:] if is_later else rows[:middle]
        return PostTable(self.table.as_of, kept, self.table.sounds, self.table.tags)


def make_creators(seed: int, count: int, truth: Truth) -> Iterator[Creator]:
    """Yield creators, the same ones of the same seed."""
    random = np.random.default_rng(seed)
    for _ in range(count):
        yield make_creator(random, truth)


def make_creator(random: np.random.Generator, truth: Truth) -> Creator:
    """Return a creator with noise, drift and habits of their own."""
    count = int(random.integers(truth.least_posts, truth.most_posts + 1))
    times = _times(random, count)
    slots = _centred(random.normal(0, truth.slot_sd, SLOTS))
    weekdays = _centred(random.normal(0, truth.weekday_sd, 7))
    tags = int(random.integers(8, 40))
    effects = random.normal(0, truth.tag_sd, tags)
    uses = random.random((count, tags)) < random.beta(1, 6, tags)
    uses[:, 0] = random.random(count) < 0.8  # the one that everybody writes
    effects[0] = 0.0
    rising = tags - 1 if truth.rising else None
    if rising is not None:
        uses[:, rising] = random.random(count) < np.where(np.arange(count) < count - _RECENT, 0.03, 0.4)
        effects[rising] = 0.0
    level = random.uniform(np.log(truth.least_likes), np.log(truth.most_likes))
    drift = _drift(random, count) if truth.growth is None else np.log1p(truth.growth) * (times - times[0]) / MONTH
    noise = _noise(random, count, truth)
    levels = level + drift + slots[(times % DAY) // (3 * 3600)] + weekdays[(times // DAY + 3) % 7] + uses @ effects
    logs = levels + noise
    sounds = random.integers(0, truth.sounds, count)
    rows = tuple(
        PostRow(
            id=at,
            public_id=f"post{at}",
            published_at=int(times[at]),
            ordinal=0,
            kind=PostKind.PHOTO if random.random() < 0.2 else PostKind.VIDEO,
            privacy=Privacy.EVERYONE,
            standing=Standing.LISTED,
            title="x" * int(random.integers(0, 150)),
            likes=int(np.exp(min(logs[at], 18.0))),
            sound=int(sounds[at]),
            hashtags=tuple(int(tag) for tag in np.flatnonzero(uses[at])),
        )
        for at in range(count)
    )
    names = tuple(TagName(f"tag{tag}", f"Tag{tag}") for tag in range(tags))
    of_sounds = tuple(SoundName(f"sound{at}", f"Sound {at}", None, False) for at in range(truth.sounds))
    table = PostTable(int(times[-1]) + 30 * DAY, rows, of_sounds, names)
    return Creator(
        table,
        tuple(float(effect) for effect in slots),
        {name.tag: float(effect) for name, effect in zip(names, effects, strict=True)},
        None if rising is None else names[rising].tag,
        tuple(float(each) for each in levels),
    )


def _times(random: np.random.Generator, count: int) -> NDArray[np.int64]:
    """Return when posts are published: mostly at a few favourite hours, at a rate that differs between creators."""
    days = np.cumsum(random.exponential(random.uniform(0.4, 3.0), count)).astype(int)
    liked = random.dirichlet(np.full(24, 0.4)) * 0.85 + 0.15 / 24
    hours = random.choice(24, count, p=liked)
    return np.asarray(np.sort(_BEGUN + days * DAY + hours * 3600 + random.integers(0, 3600, count)), dtype=np.int64)


def _drift(random: np.random.Generator, count: int) -> Floats:
    """Return a level that grows or falls up to threefold and wanders besides."""
    trend = random.uniform(-1.1, 1.1) * np.linspace(0, 1, count)
    return np.asarray(trend + np.cumsum(random.normal(0, 0.03, count)))


def _noise(random: np.random.Generator, count: int, truth: Truth) -> Floats:
    """Return noise of an autocorrelation of 0.1; heavy tails are skewed towards great successes."""
    if truth.has_heavy_tails:
        steps = random.standard_t(4, count) / np.sqrt(2)
        steps = np.where(steps > 0, steps * 1.15, steps * 0.85)
    else:
        steps = random.standard_normal(count)
    noise = steps.copy()
    for at in range(1, count):
        noise[at] = 0.1 * noise[at - 1] + np.sqrt(1 - 0.01) * steps[at]
    return np.asarray(noise * random.uniform(*truth.noise))


def _centred(effects: Floats) -> Floats:
    return np.asarray(effects - effects.mean())
