"""Work out what posts to come may get, with a Random Forest; jobs alone run this, because it loads such libraries."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.table import PostTable
from webapp.analytics.forecasts.features import Encodings, describe_post
from webapp.analytics.forecasts.fit import ForecastFit, Forest
from webapp.analytics.forecasts.forest import grow, nodes_of
from webapp.analytics.forecasts.history import Past, Readings, describe, seed_of, take_past
from webapp.analytics.forecasts.readings import find_early_readings
from webapp.analytics.forecasts.trees import Nodes
from webapp.analytics.statistics.residuals import centred
from webapp.analytics.statistics.walk import Walked, walk
from webapp.analytics.visible import Reader
from webapp.domain.forecasts import FOREST_POSTS

# A forest is grown on so many of the newest posts, and anew after so many more.
_NEWEST: Final = 500
_REFIT_AFTER: Final = 15
_DIGITS: Final = 9


def work_out(reader: Reader, timezone: str) -> ForecastFit:
    """Return what the posts of an account say of those to come, by the hours of a time zone."""
    table = find_posts(reader)
    return ForecastFit() if table is None else examine(table, timezone, find_early_readings(reader, table))


def examine(table: PostTable, timezone: str, readings: Readings | None = None) -> ForecastFit:
    """Return what posts say of those to come, by the hours of a time zone."""
    past = take_past(table)
    guide = ForestGuide(table, past, timezone)
    walked = walk(past.values, past.known_from, guide)
    return describe(table, past, walked, readings or {}, guide.forest())


def go_through(table: PostTable, timezone: str) -> tuple[Past, Walked]:
    """Return the posts of a table with what was expected of each."""
    past = take_past(table)
    return past, walk(past.values, past.known_from, ForestGuide(table, past, timezone))


class ForestGuide:
    """Grows forests while it goes through posts: each from those alone that were known by then.

    Only the newest ``_NEWEST`` posts are asked about: of those before, how forests did then says nothing of now.
    """

    def __init__(self, table: PostTable, past: Past, timezone: str) -> None:
        self._table, self._past, self._zone = table, past, ZoneInfo(timezone)
        self._seed = seed_of(past)
        mature = past.mature
        self._asked_from = mature[-_NEWEST][0] if len(mature) > _NEWEST else 0
        self._codes = Encodings()
        self._features: dict[int, tuple[float, ...]] = {}
        self._known: list[tuple[int, float]] = []
        self._nodes: Nodes | None = None
        self._grown_at = 0

    def guess(self, place: int) -> float | None:
        """Return how far a post will lie from the usual level, ``None`` before a forest can be grown."""
        self._features[place] = self._describe(place)
        if place < self._asked_from or len(self._known) < FOREST_POSTS:
            return None
        if self._nodes is None or len(self._known) >= self._grown_at + _REFIT_AFTER:
            self._nodes, self._grown_at = self._grow(), len(self._known)
        return round(self._nodes.answer(self._features[place]), _DIGITS)

    def learn(self, place: int, deviation: float) -> None:
        """Take how far a post lay from the usual level."""
        self._known.append((place, deviation))
        self._codes.add(self._keys(place), deviation)

    def forest(self) -> Forest | None:
        """Return the forest for posts to come; ``None`` where too few posts are known."""
        rows = self._past.rows
        if len(self._known) < FOREST_POSTS:
            return None
        newest = [rows[place] for place, _ in self._known[-_NEWEST:]]
        codes = self._codes.known()
        return Forest(
            nodes=self._grow(),
            tags={self._table.tags[place].tag: code for (kind, place), code in codes.items() if kind == "tag"},
            sounds={
                self._table.sounds[place].public_id: code for (kind, place), code in codes.items() if kind == "sound"
            },
            last_at=rows[-1].published_at,
            usual_gap=median(later.published_at - earlier.published_at for earlier, later in pairwise(newest)),
            usual_title=median(len(row.title) for row in newest),
            usual_tags=median(len(row.hashtags) for row in newest),
        )

    def _grow(self) -> Nodes:
        known = self._known[-_NEWEST:]
        deviations = centred(np.asarray([deviation for _, deviation in known]))
        return nodes_of(grow([self._features[place] for place, _ in known], deviations.tolist(), self._seed))

    def _describe(self, place: int) -> tuple[float, ...]:
        row = self._past.rows[place]
        gap = row.published_at - self._past.rows[place - 1].published_at if place else 0
        codes = [self._codes.of(key) for key in self._keys(place)]
        tags = len(row.hashtags)
        return describe_post(row.published_at, self._zone, gap, tags, len(row.title), codes[:tags], sum(codes[tags:]))

    def _keys(self, place: int) -> Sequence[tuple[str, int]]:
        row = self._past.rows[place]
        sound = () if row.sound is None else (("sound", row.sound),)
        return (*(("tag", tag) for tag in row.hashtags), *sound)
