"""The parts of the page about one number, each in words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Any, Final

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.figures.explain import explain
from webapp.analytics.figures.explanation import Explanation, Source
from webapp.analytics.figures.rows import ChangedRows, FigureRow, MutualRows, PastRows, PeopleRows, PostRows
from webapp.domain.changes import ChangeKind, ChangeQuery
from webapp.domain.explained import Caveat, Reason
from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_count, format_day, format_instant, format_second
from webapp.domain.metrics import METRICS, OF_FORECASTS, OF_ONE_POST, OF_POSTS, MetricKey, Unit
from webapp.domain.period import ExactPeriod, Span, day_of, instant
from webapp.domain.scope import Scope
from webapp.domain.sections import SECTION_LABELS, Section
from webapp.web.change_texts import ChangeTexts, Line
from webapp.web.figure_links import figure_csv_href, figure_href
from webapp.web.figure_texts import method_text, note_text, reason_text
from webapp.web.growth.texts import range_text
from webapp.web.i18n import locale
from webapp.web.import_texts import CERTAINTY_TEXTS, SOURCE_TEXTS
from webapp.web.kpis import format_value
from webapp.web.paging_texts import shown_text
from webapp.web.post_filter_texts import filter_texts
from webapp.web.post_links import post_href, posts_href
from webapp.web.post_marks import PostMark, marks_of
from webapp.web.post_texts import short_title

# So many imports are shown at once; the others are behind a click.
_MOST_SOURCES: Final = 3
_SECTION_WORDS = {Section.FOLLOWERS: "followers", Section.FOLLOWING: "following"}


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the small table beneath the number."""

    label: str
    value: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class PartLink:
    """Another number that this one is reckoned from."""

    label: str
    value: str
    href: str


@dataclass(frozen=True, slots=True)
class PostLine:
    """A post behind the number; ``likes`` is ``None`` where no export says them."""

    title: str
    href: str
    published: str
    likes: str | None
    marks: tuple[PostMark, ...]


@dataclass(frozen=True, slots=True)
class SourceText:
    """An import behind the number."""

    file_name: str
    href: str
    exported: str
    source: str
    lists: str
    sha256: str


class FigurePage:
    """The parts of the page, each computed when the template asks for it."""

    def __init__(self, scope: Scope, query: FigureQuery) -> None:
        self.scope = scope
        self.query = query
        metric = METRICS[query.metric]
        self.unit = metric.unit
        self.label = _(metric.label)
        self.definition = _(metric.definition)
        self.formula = _(metric.formula)
        self._timezone = scope.timezone
        self.is_of_posts = query.metric in OF_POSTS | OF_ONE_POST | OF_FORECASTS

    @cached_property
    def found(self) -> Explanation:
        """Return where the number comes from."""
        return explain(self.scope, self.query)

    @property
    def href(self) -> str:
        """Return the address of this page."""
        return figure_href(self.query)

    @property
    def value(self) -> str | None:
        """Return the number in full; ``None`` where it is unknown."""
        return None if self.found.value is None else format_value(self.query.metric, self.found.value)

    @property
    def is_estimate(self) -> bool:
        """Return whether the number was estimated rather than counted."""
        return self.found.low is not None and self.found.counted is None

    @property
    def reason(self) -> str | None:
        """Return why the number is unknown."""
        return reason_text(self.found)

    @property
    def is_worked_out(self) -> bool:
        """Return whether a job is at it, so that the page should ask again."""
        return self.found.reason is Reason.BEING_WORKED_OUT

    @property
    def method(self) -> str | None:
        """Return how the number was estimated."""
        return method_text(self.found)

    @property
    def notes(self) -> list[str]:
        """Return what the number does not say."""
        return [note_text(note, self._timezone) for note in self.found.notes]

    @property
    def facts(self) -> list[Fact]:
        """Return which posts, range, part and whole, how many people or posts, period and time zone."""
        return [*self._selection(), *self._numbers(), *self._times(), Fact(_("Time zone"), self._timezone)]

    def _selection(self) -> list[Fact]:
        """Return which posts a number of a selection is about."""
        if self.query.metric not in OF_POSTS:
            return []
        rows, wanted = self.found.rows, self.query.posts
        table = rows.table if isinstance(rows, PostRows) else None
        texts = filter_texts(wanted, table) if wanted else []
        return [Fact(_("Which posts"), " · ".join(texts) or str(_("All posts of your exports")))]

    def _numbers(self) -> list[Fact]:
        found, facts = self.found, []
        if found.low is not None and found.high is not None:
            cases = f"{found.level * 100:.0f}"
            facts.append(Fact(_("In %(cases)s of 100 cases between", cases=cases), self._range(found.low, found.high)))
        if found.counted is not None:
            part, whole = (format_count(each, locale()) for each in found.counted)
            facts.append(Fact(_("Counted"), _("%(part)s of %(whole)s", part=part, whole=whole)))
        if found.n is not None:
            label = _("Posts it rests on (n)") if self.is_of_posts else _("People it rests on (n)")
            facts.append(Fact(label, format_count(found.n, locale())))
        return facts

    def _range(self, low: float, high: float) -> str:
        """Return an interval: of people and of whole per cent outwards, of finer shares as the tables write it."""
        if self.unit is Unit.SHARE and not METRICS[self.query.metric].decimals:
            return range_text(low, high)
        if self.unit is Unit.SHARE:
            ends = [format_value(self.query.metric, end) for end in (low, high)]
        else:
            ends = [format_count(end, locale()) for end in (int(low), ceil(high))]
        return str(_("%(low)s to %(high)s", low=ends[0], high=ends[1]))

    def _times(self) -> list[Fact]:
        span = self.found.span
        if span is None:
            return []
        facts = []
        if self.found.asked is not None and self.found.asked != span:
            facts.append(Fact(_("Period asked for"), self._days(self.found.asked)))
        facts.append(Fact(_("Period counted"), self._days(span), self._seconds(span)))
        return facts

    def _days(self, span: Span) -> str:
        last = self._day(span.until)
        if span.since is None:
            return str(_("up to %(day)s", day=last))
        first = self._day(span.since + 1)
        return last if first == last else str(_("%(first)s to %(last)s", first=first, last=last))

    def _seconds(self, span: Span) -> str:
        last = self._second(span.until)
        if span.since is None:
            return str(_("up to %(second)s", second=last))
        return str(_("from %(first)s up to %(last)s", first=self._second(span.since + 1), last=last))

    @property
    def parts(self) -> list[PartLink]:
        """Return the numbers that this one is reckoned from."""
        return [
            PartLink(
                _(METRICS[part.query.metric].label),
                _("Unknown") if part.value is None else format_value(part.query.metric, part.value),
                figure_href(part.query),
            )
            for part in self.found.parts
        ]

    @property
    def sources(self) -> list[SourceText]:
        """Return the newest imports behind the number."""
        return [self._source(source) for source in self.found.sources[:_MOST_SOURCES]]

    @property
    def more_sources(self) -> list[SourceText]:
        """Return the other imports behind the number."""
        return [self._source(source) for source in self.found.sources[_MOST_SOURCES:]]

    @property
    def more_sources_text(self) -> str:
        """Return how many more imports there are."""
        return str(ngettext("%(num)s more import", "%(num)s more imports", len(self.more_sources)))

    def _source(self, source: Source) -> SourceText:
        names = [str(_(SECTION_LABELS[section])) for section in source.lists]
        return SourceText(
            file_name=source.file_name,
            href=url_for("imports.show", public_id=source.import_id),
            exported=format_instant(instant(source.exported_at, self._timezone), locale()),
            source=f"{_(SOURCE_TEXTS[source.at_source])} · {_(CERTAINTY_TEXTS[source.certainty])}",
            lists=", ".join(names),
            sha256=source.sha256,
        )

    @cached_property
    def lines(self) -> list[Line]:
        """Return the people of this page."""
        page, rows = self.found.page, self.found.rows
        if page is None or rows is None:
            return []
        section = rows.section if isinstance(rows, ChangedRows | PeopleRows | PastRows) else Section.FOLLOWERS
        texts = ChangeTexts(section, self._timezone)
        kind = rows.kind if isinstance(rows, ChangedRows) else ChangeKind.GAINED
        is_past = isinstance(rows, PastRows)
        return [
            self._line(row, section, is_past=is_past) if row.change is None else texts.line(kind, row.change)
            for row in page.rows
        ]

    @cached_property
    def posts(self) -> list[PostLine]:
        """Return the posts of this page."""
        page, rows = self.found.page, self.found.rows
        if page is None or not isinstance(rows, PostRows):
            return []
        return [
            PostLine(
                title=short_title(post.title) or str(_("Post without a title")),
                href=post_href(post.public_id),
                published=format_instant(instant(post.published_at, self._timezone), locale()),
                likes=None if post.likes is None else format_count(post.likes, locale()),
                marks=tuple(marks_of(rows.table, post, self._timezone)),
            )
            for post in page.posts
        ]

    def _line(self, row: FigureRow, section: Section, *, is_past: bool) -> Line:
        day = self._day(row.followed_at)
        if is_past:
            return Line(row.username, str(_("Followed since %(day)s", day=day)), "")
        is_follower = section is Section.FOLLOWERS
        text = _("Follows you since %(day)s", day=day) if is_follower else _("Followed by you since %(day)s", day=day)
        note = ""
        if row.following_at is not None:
            note = str(_("Followed by you since %(day)s", day=self._day(row.following_at)))
        badges = ((str(_("Mutual")), "mutual"),) if row.is_mutual else ()
        return Line(row.username, str(text), note, badges)

    @property
    def rows_title(self) -> str:
        """Return who is listed."""
        rows = self.found.rows
        if isinstance(rows, PostRows):
            is_place = self.query.metric is MetricKey.POST_PERCENTILE
            return str(_("The posts it is compared with") if is_place else _("The posts behind it"))
        if isinstance(rows, ChangedRows) and rows.kind is ChangeKind.LOST and self.found.counted is not None:
            return str(_("Who did not stay"))
        if self.query.metric is MetricKey.STAYING:
            return str(_("Who left between the lists"))
        return str(_("The people behind it"))

    @property
    def range_text(self) -> str:
        """Return which rows of how many this page shows."""
        page = self.found.page
        if page is None or not (page.rows or page.posts):
            return ""
        return shown_text(page.start, len(page.rows) + len(page.posts), page.total)

    @property
    def has_later_rows(self) -> bool:
        """Return whether the people can be listed only in a moment."""
        return any(note.code is Caveat.WORKED_OUT_LATER for note in self.found.notes)

    @property
    def next_href(self) -> str | None:
        """Return the address of the next page of rows."""
        if self.found.page is None or not self.found.page.has_next:
            return None
        return figure_href(self.query.with_(page=self.query.page + 1))

    @property
    def previous_href(self) -> str | None:
        """Return the address of the page of rows before."""
        return figure_href(self.query.with_(page=self.query.page - 1)) if self.query.page > 1 else None

    def csv_href(self, dialect: str) -> str:
        """Return the address of the download of exactly these rows, all pages."""
        return figure_csv_href(self.query, dialect)

    @property
    def list_href(self) -> str | None:
        """Return the page of the list itself, where it can show exactly these people, or the posts asked about."""
        rows = self.found.rows
        if isinstance(rows, PostRows):
            return None if rows.selection is None else posts_href(rows.selection)
        if isinstance(rows, PeopleRows) and not isinstance(rows.query.period, ExactPeriod):
            arguments: dict[str, Any] = rows.query.to_args()
            return url_for(f"audience.{_SECTION_WORDS[rows.section]}", **arguments)
        if isinstance(rows, MutualRows):
            return url_for("audience.followers", mutual=1)
        if isinstance(rows, ChangedRows) and len(rows.steps) == 1:
            step = rows.steps[0]
            query = ChangeQuery(rows.section, step.from_export.public_id, step.to_export.public_id).show(rows.kind)
            pair: dict[str, Any] = query.to_args()
            return url_for("changes.show", **pair)
        return None

    def _day(self, second: int) -> str:
        return format_day(day_of(second, self._timezone), locale())

    def _second(self, second: int) -> str:
        return format_second(instant(second, self._timezone), locale())
