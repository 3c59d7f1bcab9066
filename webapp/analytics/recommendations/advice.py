"""What an account's own posts suggest: from passed tests alone, with what speaks against it and what was tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from webapp.analytics.content.fit import (
    TAGS_NEED_POSTS,
    ContentFit,
    Family,
    Group,
    Measure,
    Performance,
)
from webapp.analytics.content.fit_reading import find_fit
from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.table import PostTable
from webapp.analytics.content.uses import SoundUse, TagUse, count_sounds, count_tags
from webapp.analytics.experiments import Power, power_of
from webapp.analytics.recommendations.proposals import Proposal, propose_hashtag, propose_slots
from webapp.analytics.recommendations.tried import Tried, TriedExperiment, TriedPlans, find_tried
from webapp.domain.generic_tags import is_generic
from webapp.domain.period import Period
from webapp.domain.post_query import PostFilter, PostKind, TagCount, TitleLength
from webapp.domain.recommendations import AdviceKind, AdviceRefusal, DoubtKind
from webapp.domain.scope import Scope

# A half of the posts passes by itself at this level.
_ALPHA: Final = 0.05
_SOUNDS: Final = 5
_FILTERS: Final[Mapping[AdviceKind, Callable[[str], dict[str, Any]]]] = {
    AdviceKind.SLOT: lambda key: {"slot": int(key)},
    AdviceKind.WEEKDAY: lambda key: {"weekday": int(key)},
    AdviceKind.KIND: lambda key: {"kind": PostKind(key)},
    AdviceKind.TITLE_LENGTH: lambda key: {"title_length": TitleLength(key)},
    AdviceKind.TAG_COUNT: lambda key: {"tag_count": TagCount(key)},
    AdviceKind.HASHTAG: lambda key: {"hashtag": key},
}
_MEASURES: Final = {Measure.VIEWS: DoubtKind.VIEWS, Measure.ENGAGEMENT_RATE: DoubtKind.ENGAGEMENT_RATE}


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that speaks against a recommendation; ``group`` are the posts by the measure that it is about."""

    kind: DoubtKind
    group: Group | None = None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A group of posts that stands out reliably: `Group` says by how much, ``of`` is how many posts were compared.

    ``merged`` are the hashtags that the very same posts have. ``plans`` and ``experiments`` are what was tried of it,
    ``proposal`` is the experiment that would tell whether it is the cause; ``None`` where none can be made of it.
    """

    kind: AdviceKind
    group: Group
    of: int
    merged: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    plans: TriedPlans = field(default_factory=TriedPlans)
    experiments: tuple[TriedExperiment, ...] = ()
    proposal: Proposal | None = None

    def posts(self, timezone: str) -> PostFilter:
        """Return the filter that keeps its posts."""
        return filter_of(self.kind, self.group.key, timezone)


@dataclass(frozen=True, slots=True)
class Advice:
    """Everything that is recommended to an account.

    ``as_of`` is the second of the newest list of posts. ``posts`` are the counted posts with likes, ``needs`` how many
    the first test takes. ``proposals`` are experiments, made where nothing stands out. ``generic`` are the hashtags
    that carry no advice, ``sounds`` the most used ones, of which nothing but the usage is told. ``running`` is the
    public id of the experiment that runs: there is one at a time.
    """

    as_of: int | None = None
    posts: int = 0
    needs: int = TAGS_NEED_POSTS
    refused: AdviceRefusal | None = None
    recommendations: tuple[Recommendation, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    generic: tuple[TagUse, ...] = ()
    sounds: tuple[SoundUse, ...] = ()
    running: str | None = None


def find_advice(scope: Scope) -> Advice:
    """Return what is recommended to the account of a scope."""
    return advise(find_posts(scope), find_fit(scope), find_tried(scope), scope.timezone)


def advise(table: PostTable | None, fit: ContentFit | None, tried: Tried, timezone: str) -> Advice:
    """Return what posts and the tests of them suggest, beside what was tried."""
    if table is None:
        return Advice(refused=AdviceRefusal.NO_POSTS)
    if not table.counted:
        return Advice(as_of=table.as_of, refused=AdviceRefusal.NONE_COUNTED)
    if fit is None:
        return Advice(as_of=table.as_of, posts=len(table.counted), refused=AdviceRefusal.NOT_READY)
    found = _recommend(table, fit, tried, timezone)
    return Advice(
        as_of=table.as_of,
        posts=fit.likes.posts,
        refused=None if found else _refusal(fit),
        recommendations=found,
        proposals=() if found else _propose(table, fit),
        generic=tuple(use for use in count_tags(table) if is_generic(use.tag)),
        sounds=count_sounds(table)[:_SOUNDS],
        running=tried.running,
    )


def filter_of(kind: AdviceKind, key: str, timezone: str) -> PostFilter:
    """Return the filter that keeps the counted posts of a group."""
    return PostFilter(Period(None, None, timezone), counted=True).with_(**_FILTERS[kind](key))


def families(found: Performance) -> Iterator[tuple[AdviceKind, Family]]:
    """Yield the families of groups in the order in which they are told."""
    yield AdviceKind.SLOT, found.slots
    yield AdviceKind.WEEKDAY, found.weekdays
    yield AdviceKind.KIND, found.kinds
    yield AdviceKind.TITLE_LENGTH, found.lengths
    yield AdviceKind.TAG_COUNT, found.tag_counts


def _refusal(fit: ContentFit) -> AdviceRefusal:
    return AdviceRefusal.FEW_POSTS if fit.likes.posts < TAGS_NEED_POSTS else AdviceRefusal.NOTHING


def _propose(table: PostTable, fit: ContentFit) -> tuple[Proposal, ...]:
    power = power_of(fit, table)
    proposals = propose_slots(fit.likes, power), propose_hashtag(fit.likes, power)
    return tuple(each for each in proposals if each is not None)


def _recommend(table: PostTable, fit: ContentFit, tried: Tried, timezone: str) -> tuple[Recommendation, ...]:
    claimed = [
        *((kind, group, ()) for kind, family in families(fit.likes) for group in family.claims),
        *((AdviceKind.HASHTAG, tag.group, tag.merged) for tag in fit.likes.hashtags if tag.group.claim),
    ]
    power, found = power_of(fit, table), []
    for kind, group, merged in claimed:
        experiments = tried.experiments_of(kind, group.key)
        found.append(
            Recommendation(
                kind=kind,
                group=group,
                of=fit.likes.posts,
                merged=merged,
                doubts=(*_doubts(fit, kind, group), *_doubts_of(experiments)),
                plans=tried.plans_of(table, filter_of(kind, group.key, timezone)),
                experiments=experiments,
                proposal=_experiment_on(fit.likes, power, kind, group.key),
            )
        )
    return tuple(found)


def _experiment_on(found: Performance, power: Power, kind: AdviceKind, key: str) -> Proposal | None:
    if kind is AdviceKind.SLOT:
        return propose_slots(found, power, key)
    return propose_hashtag(found, power, key) if kind is AdviceKind.HASHTAG else None


def _doubts(fit: ContentFit, kind: AdviceKind, group: Group) -> Iterator[Doubt]:
    if group.halves is None:
        yield Doubt(DoubtKind.UNCHECKED, group)
    else:
        older, newer = group.halves
        if newer.effect <= 0:
            yield Doubt(DoubtKind.GONE_LATELY, group)
        elif older.p_value <= _ALPHA < newer.p_value:
            yield Doubt(DoubtKind.OLDER_HALF, group)
    for measure, doubt in _MEASURES.items():
        other = _same_group(fit.by(measure), kind, group.key)
        if other is not None and other.high is not None and other.high < 0:
            yield Doubt(doubt, other)


def _same_group(found: Performance | None, kind: AdviceKind, key: str) -> Group | None:
    """Return the same group by another measure."""
    if found is None:
        return None
    groups: Iterable[Group] = (tag.group for tag in found.hashtags)
    if kind is not AdviceKind.HASHTAG:
        groups = dict(families(found))[kind].groups
    return next((group for group in groups if group.key == key), None)


def _doubts_of(experiments: Iterable[TriedExperiment]) -> Iterator[Doubt]:
    if any(each.contradicts for each in experiments):
        yield Doubt(DoubtKind.EXPERIMENT)
