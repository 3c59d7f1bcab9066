"""Which experiment would tell what the posts so far cannot, and how many posts it takes."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Final

from webapp.analytics.content.fit import Group, Performance, Refusal, TagEffect
from webapp.analytics.experiments import Power, Size
from webapp.domain.experiments import ExperimentKind

# The differences that the number of posts is told for.
DIFFERENCES: Final = (0.25, 0.5, 1.0)
# Where all posts are of one time: the early evening, or noon.
_OTHER_SLOTS: Final = ("6", "4")


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two ways of publishing to alternate at random; ``arm_b`` of a hashtag is empty: without it.

    ``posts_a`` and ``posts_b`` are the counted posts of either way so far.
    """

    kind: ExperimentKind
    arm_a: str
    arm_b: str
    posts_a: int
    posts_b: int
    power: Power

    @property
    def sizes(self) -> tuple[Size, ...]:
        """Return how many posts it takes to see each of `DIFFERENCES`."""
        return tuple(self.power.size(difference) for difference in DIFFERENCES)

    def days(self, size: Size) -> int | None:
        """Return how long an experiment takes at the present pace; ``None`` where nothing was published lately."""
        return ceil(7 * size.posts / self.power.per_week) if self.power.per_week else None


def propose_slots(found: Performance, power: Power, wanted: str | None = None) -> Proposal | None:
    """Return two times of day to alternate; ``wanted`` is one of them, else the one with the largest likely difference.

    The other is the one used most. ``None`` where no post says when this account publishes.
    """
    groups = {group.key: group for group in found.slots.groups if group.posts}
    if not groups:
        return None
    first = (
        groups[wanted]
        if wanted in groups
        else min(groups.values(), key=lambda group: (_promise(group), -int(group.key)))
    )
    others = [group for group in groups.values() if group.key != first.key]
    second = min(others, key=lambda group: (-group.posts, -int(group.key))) if others else _unused(first)
    return Proposal(ExperimentKind.SLOTS, first.key, second.key, first.posts, second.posts, power)


def propose_hashtag(found: Performance, power: Power, wanted: str | None = None) -> Proposal | None:
    """Return a hashtag to use and to leave out in turn; ``None`` where no hashtag that says something has posts enough.

    ``wanted`` is the hashtag, else the one with the largest likely difference.
    """
    if found.hashtags_refusal is Refusal.NO_TITLES:
        return None
    usable = [tag for tag in found.hashtags if _is_testable(tag, found.posts)]
    chosen = next((tag for tag in usable if tag.group.key == wanted), None)
    if chosen is None:
        if not usable:
            return None
        chosen = min(usable, key=lambda tag: (_promise(tag.group), tag.group.key))
    posts = chosen.group.posts
    return Proposal(ExperimentKind.HASHTAG, chosen.group.key, "", posts, found.posts - posts, power)


def _promise(group: Group) -> tuple[bool, float, int]:
    """Return what groups are ordered by: compared ones first, by their likely difference, else by their posts."""
    return group.effect is None, -(group.effect or 0.0), -group.posts


def _unused(first: Group) -> Group:
    return Group(key=next(key for key in _OTHER_SLOTS if key != first.key), posts=0)


def _is_testable(tag: TagEffect, posts: int) -> bool:
    return not tag.is_generic and tag.group.posts < posts
