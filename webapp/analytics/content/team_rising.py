"""Hashtags and sounds that the newest posts of several accounts have far more often than their earlier ones."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from webapp.analytics.content.fit import RISING_NEEDS_POSTS, RISING_NEEDS_USES, RISING_RECENT
from webapp.analytics.content.kept import keep
from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.rising import FALSE_RISING, is_far_more
from webapp.analytics.content.table import PostRow, PostTable
from webapp.analytics.statistics.false_discovery import benjamini_hochberg
from webapp.analytics.statistics.hypergeometric import pooled_tail
from webapp.domain.scope import Scope

# Fewer earlier posts than so many tell nothing of what an account had before.
_LEAST_EARLIER: Final = RISING_RECENT
# What a single account uses is told on its own page.
_LEAST_ACCOUNTS: Final = 2
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Uses:
    """How many of the newest counted posts of an account have something, and of those before.

    ``account`` is its place among the accounts that were asked for.
    """

    account: int
    recent: int
    of_recent: int
    earlier: int
    of_earlier: int


@dataclass(frozen=True, slots=True)
class TeamRising:
    """A hashtag or sound of several accounts; ``name`` as most of them write it, ``author`` that of a sound.

    ``uses`` are those of every account that was looked at, in their order, those without any use included.
    """

    name: str
    author: str | None
    uses: tuple[Uses, ...]
    p_value: float = 1.0

    @property
    def recent(self) -> int:
        """Return how many of the newest posts have it."""
        return sum(each.recent for each in self.uses)

    @property
    def of_recent(self) -> int:
        """Return how many newest posts there are."""
        return sum(each.of_recent for each in self.uses)

    @property
    def earlier(self) -> int:
        """Return how many of the posts before have it."""
        return sum(each.earlier for each in self.uses)

    @property
    def of_earlier(self) -> int:
        """Return how many posts there are before."""
        return sum(each.of_earlier for each in self.uses)

    @property
    def users(self) -> tuple[Uses, ...]:
        """Return the accounts whose newest posts have it."""
        return tuple(each for each in self.uses if each.recent)


@dataclass(frozen=True, slots=True)
class TeamTrends:
    """What rises over several accounts.

    ``looked_at`` are the places of the accounts with posts enough; of fewer than two nothing is told. ``posts`` are
    their counted posts, of which the test needs ``RISING_NEEDS_POSTS``.
    """

    looked_at: tuple[int, ...] = ()
    posts: int = 0
    tags: tuple[TeamRising, ...] = ()
    sounds: tuple[TeamRising, ...] = ()

    @property
    def is_enough(self) -> bool:
        """Return whether there were accounts and posts enough for the test."""
        return len(self.looked_at) >= _LEAST_ACCOUNTS and self.posts >= RISING_NEEDS_POSTS


# What accounts share of a hashtag or a sound, and how one of them writes it with its author.
_Named = tuple[tuple[str, ...], str, str | None]


def find_team_rising(scopes: Sequence[Scope]) -> TeamTrends:
    """Return what rises over the accounts of some scopes, each read by its own."""
    tables = [find_posts(scope) for scope in scopes]
    first = next((table for table in tables if table is not None), None)
    if first is None:
        return TeamTrends()
    key = tuple((scope.account_id, scope.revision, scope.redaction.hides_names) for scope in scopes)
    return keep(first, (find_team_rising, key), lambda: team_rising(tables))


def team_rising(tables: Sequence[PostTable | None]) -> TeamTrends:
    """Return what rises over the tables of several accounts, the surest first.

    The test is that of one account made in each of them and added up, so that an account which has something more
    often than the others is not news.
    """
    looked_at = [
        (place, table)
        for place, table in enumerate(tables)
        if table is not None and len(table.counted) >= RISING_RECENT + _LEAST_EARLIER
    ]
    found = TeamTrends(tuple(place for place, _ in looked_at), sum(len(table.counted) for _, table in looked_at))
    if not found.is_enough:
        return found
    return TeamTrends(
        found.looked_at,
        found.posts,
        _rising(looked_at, _tags_of, _name_tag),
        _rising(looked_at, _sounds_of, _name_sound),
    )


def _tags_of(row: PostRow) -> Iterable[int]:
    return row.hashtags


def _sounds_of(row: PostRow) -> Iterable[int]:
    return () if row.sound is None else (row.sound,)


def _name_tag(table: PostTable, place: int) -> _Named:
    name = table.tags[place]
    return (name.tag,), name.spelling, None


def _name_sound(table: PostTable, place: int) -> _Named | None:
    """Return a sound; ``None`` for an original one without an author: these are not one sound."""
    sound = table.sounds[place]
    if sound.is_original:
        return (("", sound.author.casefold()), sound.name, sound.author) if sound.author else None
    return (sound.name.casefold(), (sound.author or "").casefold()), sound.name, sound.author


def _rising(
    looked_at: Sequence[tuple[int, PostTable]],
    places_of: Callable[[PostRow], Iterable[int]],
    name_of: Callable[[PostTable, int], _Named | None],
) -> tuple[TeamRising, ...]:
    recent: defaultdict[tuple[str, ...], Counter[int]] = defaultdict(Counter)
    earlier: defaultdict[tuple[str, ...], Counter[int]] = defaultdict(Counter)
    written: defaultdict[tuple[str, ...], Counter[tuple[str, str | None]]] = defaultdict(Counter)
    for place, table in looked_at:
        for rows, counts in ((table.counted[-RISING_RECENT:], recent), (table.counted[:-RISING_RECENT], earlier)):
            for at, count in Counter(chain.from_iterable(map(places_of, rows))).items():
                named = name_of(table, at)
                if named is not None:
                    key, name, author = named
                    counts[key][place] += count
                    written[key][name, author] += count
    found = []
    for key, names in written.items():
        uses = tuple(
            Uses(place, recent[key][place], RISING_RECENT, earlier[key][place], len(table.counted) - RISING_RECENT)
            for place, table in looked_at
        )
        (name, author), _ = min(names.items(), key=lambda item: (-item[1], item[0][0]))
        found.append(TeamRising(name, author, uses))
    return _test(found)


def _test(found: Iterable[TeamRising]) -> tuple[TeamRising, ...]:
    """Return what passes the test of all that could; chosen for it by uses of any age, never by what is tested."""
    tested = [
        each
        for each in found
        if sum(bool(use.recent + use.earlier) for use in each.uses) >= _LEAST_ACCOUNTS
        and each.recent + each.earlier >= RISING_NEEDS_USES
    ]
    p_values = [_chance(each.uses) for each in tested]
    stands = benjamini_hochberg(p_values, FALSE_RISING)
    news = [
        replace(each, p_value=round(p_value, _DIGITS))
        for each, p_value, stood in zip(tested, p_values, stands, strict=True)
        if stood and _is_news(each)
    ]
    return tuple(sorted(news, key=lambda each: (each.p_value, each.name)))


def _chance(uses: Iterable[Uses]) -> float:
    """Return how probable so many uses among the newest posts are, were the posts of each account in any order."""
    lots = [(each.of_recent, each.recent + each.earlier, each.of_recent + each.of_earlier) for each in uses]
    return pooled_tail(sum(each.recent for each in uses), lots)


def _is_news(found: TeamRising) -> bool:
    """Return whether enough of the newest posts have it, in several accounts, and far more of them than before."""
    is_shared = len(found.users) >= _LEAST_ACCOUNTS and found.recent >= RISING_NEEDS_USES
    return is_shared and is_far_more(found.recent, found.of_recent, found.earlier, found.of_earlier)
