"""What rises in the newest posts: hashtags and sounds of the account and of the team, and posts that take off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from flask_babel import gettext as _
from markupsafe import Markup

from webapp.analytics.content.fit import RISING_NEEDS_POSTS, ContentFit, Rising
from webapp.analytics.content.table import PostTable
from webapp.analytics.content.team_rising import TeamRising, Uses
from webapp.analytics.forecasts.early import EarlyForecast, early_of
from webapp.analytics.forecasts.fit import ForecastFit
from webapp.analytics.forecasts.forecast import rounded_likes
from webapp.analytics.forecasts.reading import find_forecast_fit
from webapp.domain.figures import FigureQuery
from webapp.domain.metrics import MetricKey
from webapp.domain.period import Period
from webapp.domain.post_query import PostFilter
from webapp.domain.scope import Permission, Scope
from webapp.renderers.forecast_texts import ForecastTexts
from webapp.renderers.table_csv import Moment, Row
from webapp.web.auth import team_scope
from webapp.web.content.suggestions import Suggestions
from webapp.web.content.texts import count_text, day_text
from webapp.web.figure_links import figure_href
from webapp.web.i18n import locale
from webapp.web.opened import Opened
from webapp.web.post_links import post_href, posts_href
from webapp.web.post_texts import short_title
from webapp.web.sound_texts import sound_text
from webapp.web.trends.team import TeamFound, find_team_trends


@dataclass(frozen=True, slots=True)
class RisingRow:
    """A hashtag or sound of the account that rises; ``count`` are all its counted posts."""

    name: str
    href: str
    recent: str
    earlier: str
    count: Markup


@dataclass(frozen=True, slots=True)
class UserLine:
    """An account whose newest posts have something; ``href`` are its posts, ``None`` where no filter finds them."""

    handle: str
    count: str
    href: str | None


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A hashtag or sound of several accounts, and in which of them it is lately."""

    name: str
    recent: str
    earlier: str
    users: tuple[UserLine, ...]


@dataclass(frozen=True, slots=True)
class OffRow:
    """A young post that takes off: its likes now, what was expected of it before, and where it may end."""

    name: str
    href: str
    likes: Markup
    expected: Markup
    early: str


class RisingPart:
    """The parts of the section, each computed when the template asks for it."""

    def __init__(self, scope: Scope, table: PostTable, fit: ContentFit | None) -> None:
        self._scope = scope
        self._table = table
        self.found_fit = fit
        self._opened = Opened()
        self._texts = ForecastTexts(locale())

    @property
    def rows(self) -> list[RisingRow]:
        """Return what rises in the posts of the account."""
        if self.found_fit is None:
            return []
        names = {name.tag: f"#{name.spelling.lstrip('#＃')}" for name in self._table.tags}
        sounds = {sound.public_id: sound_text(sound) for sound in self._table.sounds}
        wanted = PostFilter(Period(None, None, self._scope.timezone), counted=True)
        tags = [self._row(each, names[each.key], wanted.with_(hashtag=each.key)) for each in self.found_fit.rising_tags]
        return tags + [
            self._row(each, sounds[each.key], wanted.with_(sound=each.key))
            for each in self.found_fit.rising_sounds
            if each.key in sounds
        ]

    @property
    def none_text(self) -> str:
        """Return why nothing rises in the posts of the account."""
        return Suggestions(self.found_fit or ContentFit(), self._table, self._scope.timezone).rising_none

    @cached_property
    def team(self) -> TeamFound:
        """Return what rises over the accounts of the team."""
        return find_team_trends(team_scope(Permission.ACCOUNT_READ))

    @property
    def has_team(self) -> bool:
        """Return whether the reader sees more than one account."""
        return self.team.of > 1

    @property
    def team_lead(self) -> str:
        """Return over which accounts was looked."""
        looked_at = self.team.trends.looked_at
        names = ", ".join(f"@{self.team.accounts[place].row.handle}" for place in looked_at)
        return str(_("Newest 20 posts of each account against its own earlier ones: %(names)s", names=names or "–"))

    @property
    def team_rows(self) -> list[TeamRow]:
        """Return what rises over the accounts."""
        trends = self.team.trends
        tags = [self._team_row(each, f"#{each.name.lstrip('#＃')}") for each in trends.tags]
        sounds = [
            self._team_row(each, f"{each.name} · {each.author}" if each.author else each.name) for each in trends.sounds
        ]
        return tags + sounds

    @property
    def team_none(self) -> str:
        """Return why nothing rises over the accounts."""
        trends = self.team.trends
        if not trends.is_enough:
            return str(
                _(
                    "This takes at least 2 accounts with 40 posts that count, and %(needed)s such posts together; so "
                    "far %(accounts)s accounts and %(found)s posts are there.",
                    needed=count_text(RISING_NEEDS_POSTS),
                    accounts=count_text(len(trends.looked_at)),
                    found=count_text(trends.posts),
                )
            )
        return str(
            _("No hashtag and no sound is used far more often lately in the newest posts of several of these accounts.")
        )

    @cached_property
    def _forecasts(self) -> ForecastFit | None:
        return find_forecast_fit(self._scope)

    @property
    def awaits_forecasts(self) -> bool:
        """Return whether a job is still at what young posts are compared with."""
        return self._forecasts is None

    @cached_property
    def young(self) -> tuple[EarlyForecast, ...]:
        """Return the posts whose likes still rise."""
        return () if self._forecasts is None else early_of(self._forecasts, self._table)

    @property
    def off_rows(self) -> list[OffRow]:
        """Return the young posts that take off."""
        return [self._off_row(each) for each in taking_off(self.young)]

    @property
    def off_none(self) -> str:
        """Return why no post is said to take off."""
        if self.awaits_forecasts:
            return str(_("This is being worked out. Ask again in a moment."))
        if not self.young:
            return str(_("No post of your newest list is younger than 7 days."))
        if all(each.low is None for each in self.young):
            return str(
                _(
                    "Your young posts are still growing, and too few of your posts were read at their age before to "
                    "say how they will go on. Two exports close together tell more."
                )
            )
        return str(_("None of your young posts is on its way above the range that was expected before."))

    def _row(self, rising: Rising, name: str, posts: PostFilter) -> RisingRow:
        href = figure_href(FigureQuery(MetricKey.POSTS, posts=posts))
        return RisingRow(
            name=name,
            href=posts_href(posts),
            recent=_of(rising.recent, rising.of_recent),
            earlier=_of(rising.earlier, rising.of_earlier),
            count=self._opened(count_text(rising.recent + rising.earlier), href, f"{name}, n"),
        )

    def _team_row(self, found: TeamRising, tag: str = "") -> TeamRow:
        sound = f"{found.name} · {found.author}" if found.author else found.name
        return TeamRow(
            name=f"#{tag}" if tag else sound,
            recent=_of(found.recent, found.of_recent),
            earlier=_of(found.earlier, found.of_earlier),
            users=tuple(self._user_line(use, tag) for use in found.users),
        )

    def _user_line(self, use: Uses, tag: str) -> UserLine:
        seen = self.team.accounts[use.account]
        wanted = PostFilter(Period(None, None, seen.scope.timezone), counted=True, hashtag=tag)
        href = posts_href(wanted, account=seen.row.public_id) if tag else None
        return UserLine(f"@{seen.row.handle}", _of(use.recent, use.of_recent), href)

    def _off_row(self, found: EarlyForecast) -> OffRow:
        row, day = self._table.by_id[found.post], day_text(found.published_at, self._scope.timezone)
        title = short_title(row.title)
        likes = figure_href(FigureQuery(MetricKey.POST_LIKES, post=found.post))
        before = figure_href(FigureQuery(MetricKey.EXPECTED_LIKES, post=found.post))
        expected = found.expected
        shown = "–" if expected is None else self._texts.span(*map(rounded_likes, (expected.low, expected.high)))
        return OffRow(
            name=f"{day} · {title}" if title else day,
            href=post_href(found.post),
            likes=self._opened(count_text(found.likes or 0), likes, f"{day}, {_('Likes')}"),
            expected=self._opened(shown, before, f"{day}, {_('Expected before')}"),
            early=self._texts.early(found.low or 0, found.high or 0, found.posts),
        )


def taking_off(young: Iterable[EarlyForecast]) -> list[EarlyForecast]:
    """Return the posts that will get more than what was expected of them, as far as can be told."""
    return [each for each in young if each.takes_off]


def rising_rows(part: RisingPart) -> Iterator[Row] | None:
    """Return the hashtags and sounds of the account that rise; ``None`` while a job works them out."""
    return None if part.found_fit is None else _rising(part.found_fit)


def _rising(fit: ContentFit) -> Iterator[Row]:
    for about, found in (("hashtag", fit.rising_tags), ("sound", fit.rising_sounds)):
        for each in found:
            yield about, each.key, each.recent, each.of_recent, each.earlier, each.of_earlier, each.p_value


def team_rows(part: RisingPart) -> Iterator[Row] | None:
    """Return what rises over the accounts of the team, a row an account; ``None`` where there is but one."""
    return _team(part.team) if part.has_team else None


def _team(team: TeamFound) -> Iterator[Row]:
    for about, found in (("hashtag", team.trends.tags), ("sound", team.trends.sounds)):
        for each in found:
            for use in each.uses:
                handle = team.accounts[use.account].row.handle
                yield (
                    *(about, each.name.lstrip("#＃"), each.author, handle, use.recent, use.of_recent),
                    *(use.earlier, use.of_earlier, each.p_value),
                )


def off_rows(part: RisingPart) -> Iterator[Row] | None:
    """Return the young posts that take off; ``None`` while a job works it out."""
    return None if part.awaits_forecasts else _off(part.young)


def _off(young: Iterable[EarlyForecast]) -> Iterator[Row]:
    for each in taking_off(young):
        before: Row = (None, None)
        if each.expected is not None:
            before = rounded_likes(each.expected.low), rounded_likes(each.expected.high)
        yield (
            *(each.post, Moment(each.published_at), round(each.age_days, 2), each.likes, *before),
            *(each.low, each.typical, each.high, each.posts),
        )


def _of(found: int, total: int) -> str:
    return str(_("%(count)s of %(total)s", count=count_text(found), total=count_text(total)))
