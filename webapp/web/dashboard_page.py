"""The parts of the dashboard of one account, each computed when the template asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.account_step import list_undecided, step_of
from webapp.analytics.accounts import AccountRow
from webapp.analytics.follows import FollowPage, list_follows
from webapp.analytics.freshness import FreshnessTimes, find_freshness
from webapp.analytics.growth import Growth, find_growth
from webapp.analytics.imports import ImportView, list_waiting
from webapp.analytics.next_step import NextStep
from webapp.analytics.since_last import SinceLast, find_since_last
from webapp.analytics.top_posts import TopPosts, find_top_posts
from webapp.domain.changes import ChangeKind
from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_count, format_day, format_whole_span
from webapp.domain.metrics import MetricKey
from webapp.domain.period import Period, day_of
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.domain.query import FollowQuery
from webapp.domain.scope import Permission, Scope, TeamScope
from webapp.domain.sections import SECTION_LABELS, Section
from webapp.domain.steps import Step as ChartStep
from webapp.domain.steps import fitting_step
from webapp.web.covers import Cover, covers_of
from webapp.web.figure_links import figure_href
from webapp.web.goal_cards import GoalsPanel, goals_panel
from webapp.web.growth.chart import GrowthChart
from webapp.web.growth.kpis import GrowthKpis
from webapp.web.growth.markers import list_markers
from webapp.web.growth.texts import format_signed
from webapp.web.i18n import locale
from webapp.web.import_list import ImportRow, import_row
from webapp.web.kpis import Kpi
from webapp.web.next_step_texts import StepCard, changes_href, step_card
from webapp.web.period_bar import PeriodBar
from webapp.web.post_links import post_href
from webapp.web.post_texts import short_title
from webapp.web.reminders import today_in

_ENDPOINT: Final = "dashboard.show"
_NEWEST: Final = 5
_TOP_POSTS: Final = 5
_WAITING_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class SinceRow:
    """A number of the box, what it counts, the way to the people, and to what is behind the number."""

    number: str
    label: str
    href: str
    open_href: str | None = None


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post of the period: its cover, its words, its day, its likes and its page."""

    cover: Cover
    title: str
    day: str
    likes: str
    href: str


@dataclass(frozen=True, slots=True)
class FreshRow:
    """How far one section of the account reaches, in words; ``day`` is ``None`` where no export holds it.

    ``is_behind`` is whether another section reaches further.
    """

    label: str
    day: str | None
    age: str
    is_behind: bool


class DashboardPage:
    """What the dashboard shows of one account over one period."""

    def __init__(self, scope: Scope, team: TeamScope, account: AccountRow, query: PeriodQuery) -> None:
        self.scope = scope
        self.team = team
        self.account = account
        self.query = query
        self.may_import = team.allows(Permission.IMPORT_WRITE)

    @cached_property
    def growth(self) -> Growth:
        """Return the growth of the period."""
        return find_growth(self.scope, self.query)

    @property
    def bar(self) -> PeriodBar:
        """Return the period and what it is compared with."""
        return PeriodBar(self.scope, self.query, _ENDPOINT, target="dashboard")

    @cached_property
    def _kpis(self) -> GrowthKpis:
        return GrowthKpis(self.scope, self.growth)

    @cached_property
    def kpis(self) -> list[Kpi]:
        """Return the cards."""
        return self._kpis.cards

    @property
    def has_lists(self) -> bool:
        """Return whether any export holds a list."""
        return bool(self.growth.history)

    @cached_property
    def chart(self) -> GrowthChart:
        """Return the curves of both lists."""
        return GrowthChart(self.growth, self._chart_step, list_markers(self.scope, self.growth))

    @property
    def empty_chart_text(self) -> str:
        """Return why there is nothing to draw."""
        if not self.has_lists:
            return str(_("No export of this account holds a list."))
        return str(_("No list falls into this period. Choose a longer one."))

    @property
    def _chart_step(self) -> ChartStep:
        span = self.growth.span
        if span is None:
            return ChartStep.DAY
        if span.days is not None:
            return fitting_step(span.days)
        points = self.growth.points
        return fitting_step((span.until - points[0].at) / 86_400) if points else ChartStep.MONTH

    @property
    def analysis_href(self) -> str:
        """Return the address of the same period on the Statistics tab."""
        arguments: dict[str, Any] = self.query.to_args()
        return url_for("analysis.show", **arguments)

    # ---- what waits ----

    @cached_property
    def _waiting(self) -> list[ImportView]:
        return list(list_waiting(self.team)) if self.may_import else []

    @property
    def _undecided(self) -> list[ImportView]:
        return list_undecided(self._waiting)

    @property
    def waiting(self) -> list[ImportRow]:
        """Return the imports that only a person can decide, newest first, at most a few."""
        return [import_row(view, self.team) for view in self._undecided[:_WAITING_SHOWN]]

    @property
    def more_waiting_text(self) -> str | None:
        """Return how many more imports wait than are shown."""
        more = len(self._undecided) - _WAITING_SHOWN
        if more <= 0:
            return None
        shown = format_count(more, locale())
        return str(ngettext("and %(count)s more", "and %(count)s more", more, count=shown))

    # ---- since the last import ----

    @cached_property
    def since(self) -> SinceLast | None:
        """Return what changed between the last two lists."""
        return find_since_last(self.scope, self.growth.history)

    @property
    def since_text(self) -> str:
        """Return between which two exports, and how long that is."""
        if self.since is None:
            return ""
        zone = self.scope.timezone
        first, last = day_of(self.since.begins_at, zone), day_of(self.since.ends_at, zone)
        days = {"first": format_day(first, locale()), "last": format_day(last, locale())}
        if first == last:
            return str(_("Two exports of %(last)s", **days))
        return str(_("Between %(first)s and %(last)s: %(span)s", **days, span=format_whole_span(first, last, locale())))

    @property
    def is_unchanged(self) -> bool:
        """Return whether nobody came or left between the last two lists."""
        return self.since is not None and not self.since.gained and not self.since.lost

    @cached_property
    def since_rows(self) -> list[SinceRow]:
        """Return the numbers of the box."""
        since = self.since
        if since is None:
            return []
        is_followers = since.section is Section.FOLLOWERS
        gained, lost = (
            (MetricKey.GAINED, MetricKey.LOST)
            if is_followers
            else (MetricKey.FOLLOWING_GAINED, MetricKey.FOLLOWING_LOST)
        )
        rows = [
            SinceRow(
                format_signed(since.gained),
                self._gained_text(since),
                changes_href(since.section, ChangeKind.GAINED),
                _open(gained),
            ),
            SinceRow(
                format_signed(-since.lost),
                self._lost_text(since),
                changes_href(since.section, ChangeKind.LOST),
                _open(lost),
            ),
        ]
        if since.renames:
            text = ngettext("may only have a new name", "may only have a new name", since.renames)
            rows.append(SinceRow(_count(since.renames), text, changes_href(since.section, ChangeKind.RENAMED)))
        if since.returned:
            text = ngettext("came back", "came back", since.returned)
            rows.append(SinceRow(_count(since.returned), text, changes_href(since.section, ChangeKind.RETURNED)))
        return rows

    @staticmethod
    def _gained_text(since: SinceLast) -> str:
        if since.section is Section.FOLLOWING:
            return str(_("You began to follow"))
        return str(ngettext("person is new", "people are new", since.gained))

    @staticmethod
    def _lost_text(since: SinceLast) -> str:
        if since.section is Section.FOLLOWING:
            return str(_("You no longer follow"))
        return str(ngettext("no longer follows you", "no longer follow you", since.lost))

    @property
    def uncompared_text(self) -> str | None:
        """Return why renames and returns are not counted here; ``None`` where they are."""
        if self.since is None or self.since.renames is not None:
            return None
        return str(_("Who only has a new name and who came back is told on the page of changes."))

    # ---- the next step ----

    @cached_property
    def step(self) -> NextStep:
        """Return what to do next."""
        return step_of(
            *(self.scope, self.team, self.account, datetime.now(UTC)),
            history=self.growth.history,
            waiting=self._waiting,
            since=self.since,
            fresh=self.freshness,
        )

    @property
    def step_card(self) -> StepCard | None:
        """Return the next step in words; ``None`` where the top of the page says it."""
        return step_card(self.step, self._kpis.section)

    # ---- goals ----

    @cached_property
    def goals(self) -> GoalsPanel | None:
        """Return the goals of this month; ``None`` where there is nothing to show and nothing to set."""
        return goals_panel(self.scope, today_in(self.account.timezone))

    # ---- posts ----

    @cached_property
    def _posts(self) -> TopPosts:
        return find_top_posts(self.scope, self.growth.span, _TOP_POSTS)

    @cached_property
    def top_posts(self) -> list[PostRow]:
        """Return the posts of the period with the most likes."""
        covers = covers_of(self.scope, self._posts.posts)
        return [
            PostRow(
                covers[post.public_id],
                short_title(post.title) or str(_("Without words")),
                self._day(post.published_at),
                _count(post.likes),
                post_href(post.public_id),
            )
            for post in self._posts.posts
        ]

    @property
    def no_posts_text(self) -> str:
        """Return why there is no post to show."""
        if self.freshness.sections.get(Section.POSTS) is None:
            return str(_("No export of this account holds your posts. Choose all data when you ask TikTok."))
        if self._posts.without_likes:
            return str(_("Your exports do not say how many likes the posts of this period have."))
        return str(_("No public post was published in this period."))

    @property
    def posts_note(self) -> str | None:
        """Return which posts of the period are not among those shown, and why."""
        counts, notes = self._posts, []
        if counts.without_likes and self.top_posts:
            notes.append(
                ngettext(
                    "The likes of %(count)s post are in no export.",
                    "The likes of %(count)s posts are in no export.",
                    counts.without_likes,
                    count=_count(counts.without_likes),
                )
            )
        if counts.private:
            notes.append(
                ngettext(
                    "%(count)s post that not everybody can see is left out.",
                    "%(count)s posts that not everybody can see are left out.",
                    counts.private,
                    count=_count(counts.private),
                )
            )
        return " ".join(notes) or None

    # ---- freshness and people ----

    @cached_property
    def freshness(self) -> FreshnessTimes:
        """Return how far each section reaches."""
        return find_freshness(self.scope)

    @property
    def fresh_rows(self) -> list[FreshRow]:
        """Return how far each section reaches, in words."""
        today, rows = today_in(self.account.timezone), []
        for section, at in self.freshness.sections.items():
            label = str(_(SECTION_LABELS[section]))
            if at is None:
                rows.append(FreshRow(label, None, "", is_behind=False))
                continue
            day = day_of(at, self.account.timezone)
            age = max(0, (today - day).days)
            text = ngettext("%(num)s day old", "%(num)s days old", age) if age else _("from today")
            rows.append(FreshRow(label, format_day(day, locale()), str(text), is_behind=at != self.freshness.newest))
        return rows

    @property
    def freshness_note(self) -> str | None:
        """Return what to do about sections that lag behind or are missing; ``None`` where none does."""
        if None in self.freshness.sections.values():
            return str(_("What is missing is unknown, not zero. Choose all data the next time you ask TikTok."))
        if self.freshness.is_mixed:
            return str(_("Some parts come from an older export: the newest one did not hold them whole."))
        return None

    @property
    def people_section(self) -> Section:
        """Return whose newest people are shown."""
        return self._kpis.section

    @cached_property
    def newest(self) -> FollowPage:
        """Return the people who came last."""
        return list_follows(
            self.scope, self.people_section, FollowQuery(Period(None, None, self.scope.timezone), page_size=_NEWEST)
        )

    def _day(self, second: int) -> str:
        return format_day(day_of(second, self.scope.timezone), locale())


def _open(metric: MetricKey) -> str:
    return figure_href(FigureQuery(metric, period=PeriodQuery(Preset.LAST_IMPORT)))


def _count(value: int) -> str:
    return format_count(value, locale())
