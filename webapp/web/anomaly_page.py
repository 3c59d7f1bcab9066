"""The parts of the page of what stands out, each computed when the template asks for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Final

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from webapp.analytics.anomalies import (
    Anomalies,
    Anomaly,
    ChangeEvidence,
    DropEvidence,
    PeakEvidence,
    PostEvidence,
    figure_of,
    find_anomalies,
    select_anomalies,
)
from webapp.analytics.content.listing import selection_figure
from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.table import PostTable
from webapp.analytics.growth import find_posts_near
from webapp.domain.annotations import MAX_ANNOTATION
from webapp.domain.anomalies import KIND_OF_LABEL, AnomalyGroup, AnomalyKind, AnomalyQuery, Expectedness
from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_count, format_day
from webapp.domain.metrics import METRICS, MetricKey
from webapp.domain.period import day_of
from webapp.domain.post_query import PostFilter
from webapp.domain.scope import Permission, Scope
from webapp.renderers.anomaly_texts import AnomalyTexts
from webapp.web.audience_tabs import Tab
from webapp.web.content_tabs import content_tabs
from webapp.web.figure_links import figure_href
from webapp.web.i18n import locale
from webapp.web.kpis import format_value
from webapp.web.links import page_address, with_arguments
from webapp.web.paging_texts import shown_text
from webapp.web.people_list import Chip
from webapp.web.period_bar import PeriodBar
from webapp.web.post_links import post_href
from webapp.web.post_marks import LABELS_DRAWN
from webapp.web.post_texts import post_text, short_title

PAGE_SIZE: Final = 25
# More posts before a peak than this would be a list.
_MOST_NEAR: Final = 3
_ENDPOINT: Final = "anomalies.show"
# How a kind is drawn: the kind of its badge, and its icon.
_DRAWN: Final = {
    **{KIND_OF_LABEL[label]: drawn for label, drawn in LABELS_DRAWN.items()},
    AnomalyKind.ENGAGEMENT_RISE: ("good", "arrow-up"),
    AnomalyKind.ENGAGEMENT_DROP: ("bad", "arrow-down"),
    AnomalyKind.FOLLOWER_PEAK: ("good", "users"),
    AnomalyKind.FOLLOWER_DROP: ("bad", "users"),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form of the page sent of one anomaly, and what is wrong with it."""

    kind: AnomalyKind
    key: str
    text: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of an anomaly, with the way to what is behind it."""

    label: str
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Line:
    """An anomaly as the page shows it; ``id`` names it within the page."""

    id: str
    title: str
    badge: str
    icon: str
    day: str
    iso: str
    reading: str
    subject: str
    subject_href: str
    figures: tuple[Figure, ...]
    near: tuple[str, ...]
    note: str | None
    marked_by: str | None
    is_expected: bool
    mark_href: str
    unmark_href: str
    text: str = ""
    error: str = ""
    # Where the keyboard goes on after something was done with it.
    is_touched: bool = False


class AnomaliesPage:
    """What the page shows of one account."""

    max_note = MAX_ANNOTATION

    def __init__(
        self,
        scope: Scope,
        query: AnomalyQuery,
        *,
        sent: Sent | None = None,
        undone: Sent | None = None,
        marked: Sent | None = None,
    ) -> None:
        self.scope = scope
        self.query = query
        self.has_marked = marked is not None
        self._touched = undone or marked
        # A note lacks the names that the reader does not see: what is written over would be lost.
        self.may_write = scope.allows(Permission.ANNOTATION_WRITE) and not scope.redaction.hides_names
        self._sent = sent
        self._undone = undone
        self._texts = AnomalyTexts(locale())

    @property
    def tabs(self) -> list[Tab]:
        """Return the pages of the room."""
        return content_tabs(_ENDPOINT)

    @cached_property
    def found(self) -> Anomalies:
        """Return everything that stands out."""
        return find_anomalies(self.scope)

    @cached_property
    def _selected(self) -> list[Anomaly]:
        return select_anomalies(self.scope, self.found, self.query)

    @cached_property
    def _table(self) -> PostTable | None:
        return find_posts(self.scope)

    @property
    def bar(self) -> PeriodBar:
        """Return the period."""
        return PeriodBar(
            self.scope,
            self.query.period,
            _ENDPOINT,
            target="anomalies",
            default=AnomalyQuery().period.preset,
            kept=self.query.choices,
            is_of_posts=self._table is not None,
            compares=False,
        )

    @property
    def groups(self) -> list[Tab]:
        """Return the kinds to choose from."""
        return [
            Tab(self._texts.group(group), self.of(self.query.with_(group=group)), group is self.query.group)
            for group in AnomalyGroup
        ]

    @property
    def choices(self) -> list[Tab]:
        """Return whether somebody expected it, to choose from."""
        texts = {
            Expectedness.ANY: _("Expected or not"),
            Expectedness.NO: _("Not expected"),
            Expectedness.YES: _("Expected"),
        }
        return [
            Tab(text, self.of(self.query.with_(expected=each)), each is self.query.expected)
            for each, text in texts.items()
        ]

    # ---- the list ----

    @cached_property
    def lines(self) -> list[Line]:
        """Return the rows of this page."""
        shown = self._selected[self._start : self._start + PAGE_SIZE]
        days = [row.day for row in shown if row.kind is AnomalyKind.FOLLOWER_PEAK]
        near = find_posts_near(self.scope, days) if days else {}
        return [
            self._line(
                row,
                [post_text(post.title, self._day(post.day)) for post in near.get(row.day, ())][:_MOST_NEAR]
                if row.kind is AnomalyKind.FOLLOWER_PEAK
                else [],
            )
            for row in shown
        ]

    def _line(self, row: Anomaly, near: list[str]) -> Line:
        badge, icon = _DRAWN[row.kind]
        subject, subject_href = self._subject(row)
        sent = self._sent if _is_about(self._sent, row) else None
        mark = row.expected
        by = mark.by if mark and mark.by != current_user.email else None
        return Line(
            id=f"{row.kind.value}-{row.key}",
            title=self._texts.title(row),
            badge=badge,
            icon=icon,
            day=self._day(row.day),
            iso=row.day.isoformat(),
            reading=self._texts.anomaly(row, self.scope.timezone),
            subject=subject,
            subject_href=subject_href,
            figures=tuple(self._figures(row)),
            near=tuple(near),
            note=mark.note if mark else None,
            marked_by=by,
            is_expected=mark is not None,
            mark_href=self.mark_href(row.kind, row.key),
            unmark_href=self._form_href("anomalies.take_back", row.kind, row.key),
            text=sent.text if sent else "",
            error=sent.error if sent else "",
            is_touched=_is_about(self._touched, row),
        )

    def _subject(self, row: Anomaly) -> tuple[str, str]:
        """Return the post that it is about and the way to it; nothing where it is about days."""
        found = row.evidence
        post = found.post if isinstance(found, PostEvidence) else ""
        if isinstance(found, ChangeEvidence):
            post = found.found_post
        known = self._table.by_id.get(post) if self._table and post else None
        if known is None:
            return "", ""
        day = self._day(day_of(known.published_at, self.scope.timezone))
        return short_title(known.title) or str(_("Post of %(moment)s", moment=day)), post_href(post)

    def _figures(self, row: Anomaly) -> list[Figure]:
        href = figure_href(figure_of(row))
        match row.evidence:
            case PostEvidence() as found:
                expected = FigureQuery(MetricKey.EXPECTED_LIKES, post=found.post)
                span = self._texts.span(found.low, found.high)
                return [
                    Figure(_("Likes"), self._count(found.likes), href),
                    Figure(_("Expected likes"), span, figure_href(expected)),
                ]
            case ChangeEvidence() as found:
                return self._around(row, found)
            case PeakEvidence() as found:
                return [Figure(_("New followers"), self._count(found.came), href)]
            case DropEvidence() as found:
                return [Figure(_(METRICS[MetricKey.LOST].label), self._count(found.lost), href)]

    def _around(self, row: Anomaly, found: ChangeEvidence) -> list[Figure]:
        """Return what all counted posts before a change began typically got, and those since."""
        since = figure_of(row)
        before = replace(since, posts=PostFilter(found.before, counted=True))
        figures = []
        for label, query in ((_("Typical likes before"), before), (_("Typical likes since"), since)):
            if self._table is None or query.posts is None:
                continue
            figure = selection_figure(self._table, query.posts, query.metric)
            if figure.value is not None:
                typical, count = format_value(query.metric, figure.value), self._count(figure.n)
                text = str(_("%(value)s (n = %(count)s)", value=typical, count=count))
                figures.append(Figure(label, text, figure_href(query)))
        return figures

    # ---- what is said of all of them ----

    @property
    def total_text(self) -> str:
        """Return how many there are, in words."""
        total = len(self._selected)
        text = ngettext(
            "%(count)s thing stands out", "%(count)s things stand out", total, count=format_count(total, locale())
        )
        return str(text)

    @property
    def counted_text(self) -> str:
        """Return of how many posts it is told which stand out."""
        count = self.found.posts
        return str(
            ngettext(
                "n = %(count)s post that counts.", "n = %(count)s posts that count.", count, count=self._count(count)
            )
        )

    @property
    def is_remarkable(self) -> bool:
        """Return whether posts are among what is shown of which one in five is."""
        return bool(self.query.group.kinds & AnomalyGroup.REMARKABLE.kinds)

    @property
    def unwatched(self) -> list[str]:
        """Return what cannot be watched yet, and how much more it takes."""
        return list(dict.fromkeys(self._texts.unwatched(each) for each in self.found.unwatched))

    @property
    def nothing_text(self) -> str:
        """Return what it means that nothing is shown."""
        if not self.found.rows:
            return str(_("Nothing was far from your own usual so far."))
        return str(_("Nothing of this kind lies in these days. Choose a longer period or another kind."))

    @property
    def chips(self) -> list[Chip]:
        """Return the active filters, each with the way to do without."""
        if self.query.expected is Expectedness.ANY:
            return []
        text = next(tab.label for tab in self.choices if tab.is_current)
        href = self.of(self.query.with_(expected=Expectedness.ANY))
        return [Chip(text, href, _("Remove the filter “%(filter)s”", filter=text))]

    @property
    def undo(self) -> Sent | None:
        """Return the mark that was just taken off, where it can be set again as it was."""
        return self._undone

    # ---- addresses ----

    @property
    def _start(self) -> int:
        return (self.query.page - 1) * PAGE_SIZE

    @property
    def range_text(self) -> str:
        """Return which rows of how many this page shows."""
        return shown_text(self._start, len(self.lines), len(self._selected))

    @property
    def next_href(self) -> str | None:
        """Return the address of the next page."""
        more = self._start + PAGE_SIZE < len(self._selected)
        return self.of(replace(self.query, page=self.query.page + 1)) if more else None

    @property
    def previous_href(self) -> str | None:
        """Return the address of the page before."""
        return self.of(replace(self.query, page=self.query.page - 1)) if self.query.page > 1 else None

    @property
    def href(self) -> str:
        """Return the address of this view."""
        return self.of(self.query)

    def of(self, query: AnomalyQuery) -> str:
        """Return the address of another view."""
        return page_address(_ENDPOINT, query.to_args())

    def mark_href(self, kind: AnomalyKind, key: str) -> str:
        """Return where it is said that something was expected."""
        return self._form_href("anomalies.mark", kind, key)

    def csv_href(self, dialect: str) -> str:
        """Return the address of the download of exactly this view."""
        arguments = {**self.query.with_().to_args(), "dialect": dialect}
        return page_address("anomalies.download", {name: value for name, value in arguments.items() if value})

    def _form_href(self, endpoint: str, kind: AnomalyKind, key: str) -> str:
        # Not by the router: what the view is narrowed to has names of its own.
        return with_arguments(url_for(endpoint, kind=kind.value, key=key), self.query.to_args())

    def _day(self, day: date) -> str:
        return format_day(day, locale())

    def _count(self, value: int) -> str:
        return format_count(value, locale())


def _is_about(sent: Sent | None, row: Anomaly) -> bool:
    return sent is not None and (sent.kind, sent.key) == (row.kind, row.key)
