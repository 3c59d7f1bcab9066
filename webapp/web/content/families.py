"""Groups of posts that are compared: their names, the posts of each, and the sentences about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from functools import cached_property
from math import log1p
from typing import Final

from flask_babel import gettext as _
from markupsafe import Markup

from webapp.analytics.content.fit import NEEDS_IN_GROUP, Family, Group, Measure, Performance, Refusal
from webapp.analytics.content.selection import SLOT_HOURS
from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_hour
from webapp.domain.metrics import MetricKey
from webapp.domain.post_query import PostFilter, PostKind, TagCount, TitleLength
from webapp.domain.text import N_
from webapp.web.content.texts import (
    FIRM_POSTS,
    TYPICAL_LABELS,
    TYPICAL_METRICS,
    at_least_text,
    count_text,
    effect_text,
    needs_text,
    power_text,
    span_text,
    typical_text,
)
from webapp.web.figure_links import figure_href
from webapp.web.i18n import locale
from webapp.web.opened import Opened
from webapp.web.post_filter_texts import KIND_TEXTS, TAG_COUNT_TEXTS, TITLE_LENGTH_TEXTS, weekday_name


class FamilyKey(StrEnum):
    """The families of groups, by the names of their downloads."""

    KINDS = "kinds"
    LENGTHS = "title-lengths"
    TAG_COUNTS = "hashtag-counts"
    WEEKDAYS = "weekdays"
    SLOTS = "slots"


@dataclass(frozen=True, slots=True)
class _Words:
    """What is said of a family: its title, the head of its groups, what none and what one group tells."""

    title: str
    head: str
    none: str
    claim: str
    group: Callable[[str], str]
    posts: Callable[[str], dict[str, object]]


def slot_name(key: str) -> str:
    """Return the hours of a slot of three, from its first on; a line breaks between them, never inside one."""
    first = int(key) * SLOT_HOURS
    hours = (format_hour(time(hour % 24), locale()) for hour in (first, first + SLOT_HOURS))
    return " – ".join(hour.replace(" ", "\u00a0") for hour in hours)


_WORDS: Final[Mapping[FamilyKey, _Words]] = {
    FamilyKey.KINDS: _Words(
        N_("By kind"),
        N_("Kind"),
        N_("No kind of post stands out reliably in your %(count)s posts."),
        N_(
            "%(group)s (n = %(count)s): these posts probably do at least %(share)s better than your others. This does "
            "not prove the kind is the cause."
        ),
        lambda key: _(KIND_TEXTS[PostKind(key)]),
        lambda key: {"kind": PostKind(key)},
    ),
    FamilyKey.LENGTHS: _Words(
        N_("By length of the title"),
        N_("Title"),
        N_("No length of title stands out reliably in your %(count)s posts. Write as much as you have to say."),
        N_(
            "%(group)s (n = %(count)s): these posts probably do at least %(share)s better than your others. This does "
            "not prove the length is the cause."
        ),
        lambda key: _(TITLE_LENGTH_TEXTS[TitleLength(key)]),
        lambda key: {"title_length": TitleLength(key)},
    ),
    FamilyKey.TAG_COUNTS: _Words(
        N_("By number of hashtags"),
        N_("Hashtags"),
        N_("No number of hashtags stands out reliably in your %(count)s posts."),
        N_(
            "%(group)s (n = %(count)s): these posts probably do at least %(share)s better than your others. This does "
            "not prove the number is the cause."
        ),
        lambda key: _(TAG_COUNT_TEXTS[TagCount(key)]),
        lambda key: {"tag_count": TagCount(key)},
    ),
    FamilyKey.WEEKDAYS: _Words(
        N_("By weekday"),
        N_("Weekday"),
        N_("No weekday stands out reliably in your %(count)s posts. Post when it suits you."),
        N_(
            "Your posts of the weekday %(group)s (n = %(count)s) probably do at least %(share)s better. This does not "
            "prove the day is the cause."
        ),
        lambda key: weekday_name(int(key)),
        lambda key: {"weekday": int(key)},
    ),
    FamilyKey.SLOTS: _Words(
        N_("By time of day"),
        N_("Hours"),
        N_("No time slot stands out reliably in your %(count)s posts. Post when it suits you."),
        N_(
            "Your posts of %(group)s (n = %(count)s) probably do at least %(share)s better. This does not prove the "
            "hour is the cause."
        ),
        slot_name,
        lambda key: {"slot": int(key)},
    ),
}


def family_of(found: Performance, key: FamilyKey) -> Family:
    """Return a family of what posts tell by one measure."""
    return {
        FamilyKey.KINDS: found.kinds,
        FamilyKey.LENGTHS: found.lengths,
        FamilyKey.TAG_COUNTS: found.tag_counts,
        FamilyKey.WEEKDAYS: found.weekdays,
        FamilyKey.SLOTS: found.slots,
    }[key]


@dataclass(frozen=True, slots=True)
class Dot:
    """A difference as it is drawn: from where to where its range goes, in hundredths of the width; 50 is none."""

    low: float
    middle: float
    high: float

    @property
    def width(self) -> float:
        """Return how wide the range is drawn, so much at least that it is seen."""
        return max(self.high - self.low, 1.0)


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group as its table shows it; ``effect`` is ``None`` where nothing is compared."""

    label: str
    count: Markup
    typical: Markup | str
    is_indicative: bool
    effect: str | None
    span: str | None
    dot: Dot | None
    is_claimed: bool


class GroupTable:
    """One family of groups by one measure: its table, and in words what it tells."""

    def __init__(self, key: FamilyKey, found: Performance, counted: PostFilter) -> None:
        self.key = key
        self.family = family_of(found, key)
        self._measure = found.measure
        self._words = _WORDS[key]
        self._counted = counted
        self._opened = Opened()

    @property
    def title(self) -> str:
        """Return what is compared."""
        return str(_(self._words.title))

    @property
    def head(self) -> str:
        """Return the head of the groups."""
        return str(_(self._words.head))

    @property
    def typical_head(self) -> str:
        """Return the head of the typical figures."""
        return str(_(TYPICAL_LABELS[self._measure]))

    @property
    def is_compared(self) -> bool:
        """Return whether any group has an effect to show."""
        return any(group.effect is not None for group in self.family.groups)

    @property
    def has_no_titles(self) -> bool:
        """Return whether the groups are unknown because the exports hold no titles."""
        return self.family.refusal is Refusal.NO_TITLES

    @property
    def claims(self) -> list[str]:
        """Return what passed the test, in words."""
        return [claim_text(self.key, group) for group in self.family.claims]

    @property
    def refusal(self) -> list[str]:
        """Return why nothing is claimed, and what it would take; nothing where something is."""
        family = self.family
        if family.claims or family.refusal is None:
            return []
        if family.refusal is Refusal.FEW_POSTS:
            return [needs_text(family.posts, family.needs)]
        if family.refusal is Refusal.FEW_GROUPS:
            text = _("Only groups of at least %(least)s posts are compared, and fewer than two have so many.")
            return [text % {"least": count_text(NEEDS_IN_GROUP)}]
        if family.refusal is Refusal.NO_TITLES:
            return [str(_("Your exports hold no titles, so this is unknown."))]
        told = [_(self._words.none) % {"count": count_text(family.posts)}]
        return [*told, power_text(family.power_posts)] if family.power_posts else told

    @cached_property
    def rows(self) -> list[GroupRow]:
        """Return the groups that have posts."""
        groups = [group for group in self.family.groups if group.posts]
        scale = max((abs(log1p(end)) for group in groups for end in _ends(group)), default=0)
        return [self._row(group, max(scale, 0.25)) for group in groups]

    def _row(self, group: Group, scale: float) -> GroupRow:
        label = self._words.group(group.key)
        posts = self._counted.with_(**self._words.posts(group.key))
        typical = figure_href(FigureQuery(TYPICAL_METRICS[self._measure], posts=posts))
        count = (
            typical if self._measure is not Measure.LIKES else figure_href(FigureQuery(MetricKey.POSTS, posts=posts))
        )
        shown = typical_text(group.typical, self._measure)
        return GroupRow(
            label=label,
            count=self._opened(count_text(group.posts), count, f"{label}, n"),
            typical=shown if group.typical is None else self._opened(shown, typical, f"{label}, {self.typical_head}"),
            is_indicative=group.posts < FIRM_POSTS,
            effect=None if group.effect is None else effect_text(group.effect),
            span=span_text(group),
            dot=dot_of(group, scale),
            is_claimed=group.claim,
        )


def group_name(key: FamilyKey, group: str) -> str:
    """Return what a group is called."""
    return _WORDS[key].group(group)


def claim_text(key: FamilyKey, group: Group) -> str:
    """Return what may be said of a group whose test passed."""
    words = _WORDS[key]
    values = {
        "group": words.group(group.key),
        "count": count_text(group.posts),
        "share": at_least_text(group.at_least or 0),
    }
    return str(_(words.claim) % values)


def dot_of(group: Group, scale: float) -> Dot | None:
    """Return where a difference is drawn on a scale of factors; ``None`` where nothing is compared."""
    if group.effect is None or group.low is None or group.high is None:
        return None
    low, middle, high = (round(50 + 48 * log1p(end) / scale, 1) for end in (group.low, group.effect, group.high))
    return Dot(low, middle, high)


def _ends(group: Group) -> tuple[float, ...]:
    return tuple(end for end in (group.low, group.effect, group.high) if end is not None)
