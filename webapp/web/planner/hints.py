"""What is said of a planned post while it is written: what to expect, what it clashes with, what was used before."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.content.fit import ContentFit, Group, Refusal
from webapp.analytics.content.fit_reading import find_fit
from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.table import PostTable
from webapp.analytics.forecasts.forecast import find_forecast
from webapp.analytics.planner import list_plans
from webapp.domain.forecasts import Forecast
from webapp.domain.formatting import format_count
from webapp.domain.generic_tags import is_generic
from webapp.domain.period import Period, day_of, instant
from webapp.domain.planner import PlanDraft, PlanState, is_skipped
from webapp.domain.planner_moves import SLOT_HOURS
from webapp.domain.post_query import PostFilter
from webapp.domain.scope import Scope
from webapp.renderers.forecast_texts import ForecastTexts
from webapp.web.content.families import FamilyKey, GroupTable, claim_text, family_of
from webapp.web.content.suggestions import Suggestions
from webapp.web.i18n import locale
from webapp.web.planner.texts import clock_text, moment_text, name_of, time_text
from webapp.web.post_links import post_href, posts_href
from webapp.web.post_texts import short_title

# Two posts so close to each other compete for the same people.
_CLOSE: Final = 3_600
_TAGS: Final = 50
# Hashtags that are offered: the most used of so many newest posts.
_OFFERED: Final = 8
_NEWEST: Final = 100


@dataclass(frozen=True, slots=True)
class Hint:
    """A sentence; ``kind`` is that of an alert: info or warning. ``href`` leads to what it is about."""

    text: str
    kind: str = "info"
    href: str | None = None


class Hints:
    """What can be said of a draft; ``plan`` is its public id where it is kept already.

    ``typed`` is its time as the form has it, by the account's clock.
    """

    def __init__(self, scope: Scope, draft: PlanDraft, now: int, *, plan: str = "", typed: str = "") -> None:
        self._scope = scope
        self._draft = draft
        self._now = now
        self._plan = plan
        self._typed = typed
        self._texts = ForecastTexts(locale())

    # ---- what to expect ----

    @cached_property
    def forecast(self) -> Forecast:
        """Return what the post is expected to get."""
        return find_forecast(self._scope, self._draft.to_post())

    @property
    def range_text(self) -> str | None:
        """Return the expected range in short; ``None`` where nobody knows."""
        found = self.forecast
        return None if found.low is None or found.high is None else self._texts.span(found.low, found.high)

    @property
    def expected_text(self) -> str:
        """Return what the post may get, or why nobody knows, in a sentence."""
        return self._texts.expected(self.forecast)

    # ---- its time ----

    @property
    def times(self) -> list[Hint]:
        """Return what is to be said of its time: warnings first."""
        return [*self._clock(), *self.conflicts, *self._slots()]

    def _clock(self) -> Iterator[Hint]:
        at, timezone = self._draft.planned_at, self._scope.timezone
        if at is None:
            return
        if at <= self._now and self._draft.state in (PlanState.IDEA, PlanState.PLANNED):
            yield Hint(str(_("This time is in the past.")), "warning")
        local = _typed_clock(self._typed) or instant(at, timezone).replace(tzinfo=None)
        if is_skipped(local, timezone):
            text = _(
                "On that night the clocks go forward, and %(typed)s does not exist. The post is planned for %(time)s.",
                typed=clock_text(local.time()),
                time=time_text(at, timezone),
            )
            yield Hint(str(text), "warning")
        elif _comes_twice(local, timezone):
            text = _(
                "On that night the clocks go back, and %(typed)s comes twice. The first one is meant.",
                typed=clock_text(local.time()),
            )
            yield Hint(str(text), "warning")

    @cached_property
    def conflicts(self) -> list[Hint]:
        """Return the plans and posts within an hour of it."""
        at, timezone = self._draft.planned_at, self._scope.timezone
        if at is None or self._draft.state in (PlanState.DROPPED, PlanState.PUBLISHED):
            return []
        return [*self._plans_near(at, timezone), *self._posts_near(at, timezone)]

    def _plans_near(self, at: int, timezone: str) -> Iterator[Hint]:
        day = day_of(at, timezone)
        for row in list_plans(self._scope, day - timedelta(days=1), day + timedelta(days=1)):
            second = row.draft.planned_at
            if row.public_id == self._plan or second is None or abs(second - at) >= _CLOSE:
                continue
            if row.draft.state is not PlanState.PLANNED:
                continue
            text = _(
                "Less than an hour from it, at %(time)s, another post is planned: “%(title)s”.",
                time=time_text(second, timezone),
                title=name_of(row.draft),
            )
            yield Hint(str(text), "warning", url_for("planner.show", public_id=row.public_id))

    def _posts_near(self, at: int, timezone: str) -> Iterator[Hint]:
        rows = self._table.rows if self._table else ()
        ends = (
            bisect_left(rows, second, key=lambda row: row.published_at) for second in (at - _CLOSE + 1, at + _CLOSE)
        )
        for row in rows[slice(*ends)]:
            text = _(
                "Less than an hour from it, at %(time)s, a post was published: “%(title)s”.",
                time=time_text(row.published_at, timezone),
                title=short_title(row.title) or _("Post without words"),
            )
            yield Hint(str(text), "warning", post_href(row.public_id))

    def _slots(self) -> Iterator[Hint]:
        """Yield what tests say of its slot, weekday and kind; where no slot passed, that none does."""
        draft, fit = self._draft, self._fit
        if draft.planned_at is not None:
            moment = instant(draft.planned_at, self._scope.timezone)
            keys = {FamilyKey.SLOTS: str(moment.hour // SLOT_HOURS), FamilyKey.WEEKDAYS: str(moment.weekday())}
        else:
            keys = {}
        for family, key in {**keys, FamilyKey.KINDS: draft.kind.value}.items():
            found = next((group for group in family_of(fit.likes, family).claims if group.key == key), None)
            if found is not None:
                yield Hint(claim_text(family, found))
        if not family_of(fit.likes, FamilyKey.SLOTS).claims:
            yield from (Hint(text) for text in GroupTable(FamilyKey.SLOTS, fit.likes, self._counted).refusal[:1])
        elif keys:
            yield from self._other_slots(keys[FamilyKey.SLOTS])

    def _other_slots(self, here: str) -> Iterator[Hint]:
        slots: list[Group] = [
            group for group in family_of(self._fit.likes, FamilyKey.SLOTS).claims if group.key != here
        ]
        yield from (Hint(claim_text(FamilyKey.SLOTS, group)) for group in slots)

    # ---- its hashtags and its sound ----

    @cached_property
    def tags(self) -> list[Hint]:
        """Return of each hashtag how often it was used, and what a test says of its posts."""
        table, keys = self._table, self._draft.tag_keys[:_TAGS]
        if table is None or not keys:
            return []
        if not table.has_titles:
            return [Hint(str(_("Your exports hold no titles, so this is unknown.")))]
        uses, effects = self._uses, {effect.group.key: effect for effect in self._fit.likes.hashtags}
        claims = Suggestions(self._fit, table, self._scope.timezone).hashtag_lines
        hints = []
        for key in keys:
            effect = effects.get(key)
            if is_generic(key):
                text = _("#%(tag)s says nothing about what a post is about, so nothing is advised of it.", tag=key)
                hints.append(Hint(str(text)))
            elif key in claims:
                hints.append(Hint(claims[key].text, "success", claims[key].href))
            else:
                is_tested = effect is not None and self._fit.likes.hashtags_refusal in (None, Refusal.NO_DIFFERENCE)
                hints.append(Hint(_use_text(key, uses[key], is_tested=is_tested), href=self._tag_href(key, uses[key])))
        return hints

    @property
    def usual_tags(self) -> list[tuple[str, str]]:
        """Return hashtags of the newest posts that the draft has not, those of most posts first, each with its text."""
        table, own = self._table, set(self._draft.tag_keys)
        if table is None:
            return []
        newest = table.rows[-_NEWEST:]
        counts = Counter(place for row in newest for place in row.hashtags)
        found = [(table.tags[place], count) for place, count in counts.most_common()]
        offered = [
            (name.spelling.lstrip("#＃"), count)
            for name, count in found
            if name.tag not in own and not is_generic(name.tag)
        ]
        return [(tag, _usual_text(tag, count)) for tag, count in offered[:_OFFERED]]

    def _tag_href(self, key: str, uses: int) -> str | None:
        return posts_href(PostFilter(Period(None, None, self._scope.timezone), hashtag=key)) if uses else None

    @property
    def sound(self) -> Hint | None:
        """Return how often the sound was used; what sounds bring nobody knows."""
        table = self._table
        if not self._draft.sound or table is None:
            return None
        place = next((n for n, sound in enumerate(table.sounds) if sound.public_id == self._draft.sound), None)
        count = sum(row.sound == place for row in table.rows)
        text = _(
            "The sound: in %(count)s of your posts so far. Of sounds nothing is advised.",
            count=format_count(count, locale()),
        )
        every = PostFilter(Period(None, None, self._scope.timezone), sound=self._draft.sound)
        return Hint(str(text), href=posts_href(every))

    # ---- what all of it comes from ----

    @cached_property
    def _table(self) -> PostTable | None:
        return find_posts(self._scope)

    @cached_property
    def _fit(self) -> ContentFit:
        return find_fit(self._scope) or ContentFit()

    @property
    def _counted(self) -> PostFilter:
        return PostFilter(Period(None, None, self._scope.timezone), counted=True)

    @cached_property
    def _uses(self) -> Counter[str]:
        """Return in how many posts each hashtag of the draft is."""
        table = self._table
        if table is None:
            return Counter()
        wanted = set(self._draft.tag_keys)
        places = {place: name.tag for place, name in enumerate(table.tags) if name.tag in wanted}
        return Counter(places[place] for row in table.rows for place in row.hashtags if place in places)


def near_text(hints: Hints) -> str | None:
    """Return the first clash of a post that was just moved; ``None`` without any."""
    return next((hint.text for hint in hints.conflicts), None)


def moved_text(draft: PlanDraft, timezone: str) -> str:
    """Return where a post was moved to."""
    if draft.planned_at is None:
        return str(_("“%(title)s” has no time any more.", title=name_of(draft)))
    return str(
        _("“%(title)s” is planned for %(time)s.", title=name_of(draft), time=moment_text(draft.planned_at, timezone))
    )


def _use_text(tag: str, uses: int, *, is_tested: bool) -> str:
    if not uses:
        return str(_("#%(tag)s: in none of your posts so far.", tag=tag))
    shown = format_count(uses, locale())
    if is_tested:
        return str(_("#%(tag)s: in %(count)s of your posts; no reliable difference.", tag=tag, count=shown))
    return str(_("#%(tag)s: in %(count)s of your posts; too few to compare.", tag=tag, count=shown))


def _usual_text(tag: str, uses: int) -> str:
    return str(
        ngettext(
            "#%(tag)s, %(count)s post", "#%(tag)s, %(count)s posts", uses, tag=tag, count=format_count(uses, locale())
        )
    )


def _typed_clock(typed: str) -> datetime | None:
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=None) if typed else None
    except ValueError:
        return None


def _comes_twice(local: datetime, timezone: str) -> bool:
    zone = ZoneInfo(timezone)
    first, second = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    return first != second
