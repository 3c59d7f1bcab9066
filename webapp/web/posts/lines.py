"""The posts of a page as the layouts draw them: one piece of HTML for each, by hand.

A template takes ten times as long for a hundred rows. Every title and text is escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape

from webapp.analytics.anomalies import find_labels
from webapp.analytics.content.ranking import Ranked
from webapp.analytics.content.table import PostRow, PostTable
from webapp.domain.figures import FigureQuery
from webapp.domain.formatting import format_count, format_day, format_instant, format_rate
from webapp.domain.metrics import MetricKey
from webapp.domain.post_query import PostKind, PostLayout
from webapp.domain.scope import Scope
from webapp.domain.text import N_
from webapp.web.covers import Cover, covers_of
from webapp.web.figure_links import figure_href
from webapp.web.i18n import locale
from webapp.web.opened import OpenedColumn, escaped
from webapp.web.post_marks import marks_of
from webapp.web.post_texts import short_title

# Stands for a post in addresses until each row puts its own there.
_ANY: Final = "ANYPOST"


@dataclass(frozen=True, slots=True)
class Column:
    """A figure of posts as a column: what it is called, what orders by it, and the metric that its numbers open."""

    measure: str
    label: str
    metric: MetricKey | None
    value: Callable[[PostTable, PostRow], float | None]
    is_of_studio: bool = False
    sorts: bool = True


COLUMNS: Final = (
    Column("likes", N_("Likes"), MetricKey.POST_LIKES, lambda _table, row: row.likes),
    Column("likes_per_day", N_("Likes per day"), None, lambda table, row: table.likes_per_day(row)),
    Column("views", N_("Views"), MetricKey.POST_VIEWS, lambda _table, row: row.views, is_of_studio=True),
    Column("comments", N_("Comments"), MetricKey.POST_COMMENTS, lambda _table, row: row.comments, True, sorts=False),
    Column("shares", N_("Shares"), MetricKey.POST_SHARES, lambda _table, row: row.shares, True, sorts=False),
    Column("engagement", N_("Engagement"), MetricKey.POST_ENGAGEMENT, lambda _table, row: row.engagement, True),
)


def columns_of(table: PostTable) -> list[Column]:
    """Return the columns of an account: without any figure of Studio there is nothing to say in half of them."""
    return [column for column in COLUMNS if table.has_views or not column.is_of_studio]


class Lines:
    """Draw the posts of one page in a layout; what they have in common is made once."""

    def __init__(self, ui: Any, scope: Scope, table: PostTable, layout: PostLayout, measure: str) -> None:
        self._ui, self._scope, self._table = ui, scope, table
        self._locale, self._zone = locale(), ZoneInfo(scope.timezone)
        self._badges: dict[str, Markup] = {}
        self._labels = find_labels(scope)
        columns = columns_of(table)
        self._figures = [_Figure(table, column, is_ordering=column.measure == measure) for column in columns]
        # In order of time likes stand beside a cover.
        self._leading = next((figure for figure in self._figures if figure.is_ordering), self._figures[0])
        before, _any, after = url_for("post.show", public_id=_ANY).partition(_ANY)
        self._before, self._after = escape(before), escape(after)
        self._draw = {
            PostLayout.LIST: self._row,
            PostLayout.GRID: self._tile,
            PostLayout.TIMELINE: self._moment,
        }[layout]

    def of(self, rows: Sequence[PostRow]) -> list[Markup]:
        """Return each post, in the order given."""
        covers = covers_of(self._scope, rows)
        return [self._line(row, covers) for row in rows]

    def ranked(self, found: Iterable[Ranked]) -> list[Markup]:
        """Return the posts that lead, with their places."""
        places = {each.row: _place(each, self._locale) for each in found}
        covers = covers_of(self._scope, places)
        return [self._line(row, covers, place) for row, place in places.items()]

    def _line(self, row: PostRow, covers: Mapping[str, Cover], place: str | None = None) -> Markup:
        line = _Line(row, datetime.fromtimestamp(row.published_at, self._zone), covers[row.public_id], place)
        return Markup(self._draw(line))  # nosec B704

    def _row(self, line: _Line) -> str:
        day = escaped(format_day(line.moment.date(), self._locale))
        number = "" if line.place is None else f'<td class="post-number">{line.place}</td>'
        time = f'datetime="{line.iso}">{day}</time>'
        return (
            f'<tr>{number}<th scope="row"><span class="post-cell">{self._cover(line, "small")}'
            f'<span class="post-caption">{self._name(line)}<time class="post-meta phone-only" {time}{self._marks(line)}'
            f'</span></span></th><td class="when"><time {time}</td>'
            f"{''.join(figure.cell(line.row) for figure in self._figures)}</tr>"
        )

    def _tile(self, line: _Line) -> str:
        day = escaped(format_day(line.moment.date(), self._locale))
        number = "" if line.place is None else f'<span class="post-rank">{line.place}</span>'
        return (
            f'<li class="post-tile">{self._cover(line, "medium")}{number}<div class="post-caption">{self._name(line)}'
            f'<p class="post-meta"><time datetime="{line.iso}">{day}</time></p>'
            f"{self._leading.said(line.row)}{self._marks(line)}</div></li>"
        )

    def _moment(self, line: _Line) -> str:
        time = f'<time datetime="{line.iso}">{escape(format_instant(line.moment, self._locale))}</time>'
        return (
            f'<li class="post-moment">{self._cover(line, "small")}<div class="post-caption">'
            f'<p class="post-meta">{time}</p>{self._name(line)}{self._marks(line)}</div>'
            f"{self._leading.said(line.row)}</li>"
        )

    def _name(self, line: _Line) -> str:
        title, kind = short_title(line.row.title), "post-name"
        if not title:
            title, kind = _("Post of %(moment)s", moment=format_instant(line.moment, self._locale)), "post-name muted"
        return f'<a class="{kind}" href="{self._before}{line.row.public_id}{self._after}">{escape(title)}</a>'

    def _marks(self, line: _Line) -> str:
        label = self._labels.get(line.row.public_id)
        marks = marks_of(self._table, line.row, self._scope.timezone, label)
        if not marks:
            return ""
        for mark in marks:
            if mark.text not in self._badges:
                self._badges[mark.text] = self._ui.badge(mark.text, mark.kind, mark.icon)
        return f'<span class="badges">{"".join(self._badges[mark.text] for mark in marks)}</span>'

    def _cover(self, line: _Line, size: str) -> Markup:
        cover = line.cover
        if cover.href is None:
            return _drawn(self._ui.post_cover, cover.kind, cover.letters, cover.shade, size)
        image: Markup = self._ui.post_cover(cover, size, True)
        return image


@lru_cache(maxsize=4096)
def _drawn(draw: Callable[..., Markup], kind: PostKind, letters: str, shade: int, size: str) -> Markup:
    """Return what stands for a cover, which most posts have none of; it is the same in every language."""
    return draw(Cover(kind, letters, shade, ""), size, True)


@dataclass(frozen=True)
class _Line:
    row: PostRow
    moment: datetime
    cover: Cover
    place: str | None

    @cached_property
    def iso(self) -> str:
        """Return the moment as machines read it."""
        return self.moment.isoformat()


class _Figure:
    """A figure in the posts of a page."""

    def __init__(self, table: PostTable, column: Column, *, is_ordering: bool) -> None:
        self.is_ordering = is_ordering
        self._table, self._locale = table, locale()
        self._column, self._label = column, str(_(column.label))
        kind = "num is-ordering" if is_ordering else "num"
        self._begin = f'<td class="{kind}" data-label="{escape(self._label)}">'
        self._end = f' <span class="muted">{escape(self._label)}</span></p>'
        absent, off_list = _("not in your export"), _("not on your newest list")
        self._unknown = f'<span class="unknown">{escape(absent)}</span>'
        self._off_list = f'<span class="unknown">{escape(off_list)}</span>'
        self._opened = None
        if column.metric is not None:
            self._opened = OpenedColumn(figure_href(FigureQuery(column.metric, post=_ANY)), _ANY, self._label)

    def cell(self, row: PostRow) -> str:
        """Return the cell of a table."""
        return f"{self._begin}{self._text(row)}</td>"

    def said(self, row: PostRow) -> str:
        """Return the number with what it is."""
        return f'<p class="post-figure">{self._text(row)}{self._end}'

    def _text(self, row: PostRow) -> str:
        value = self._column.value(self._table, row)
        if value is None:
            is_off_list = self._column.measure == "likes_per_day" and row.likes is not None
            return self._off_list if is_off_list else self._unknown
        if self._opened is None:
            return escaped(format_rate(value, self._locale))
        return self._opened(format_count(round(value), self._locale), row.public_id)


def _place(ranked: Ranked, language: str) -> str:
    number = format_count(ranked.place, language)
    return f"= {number}" if ranked.is_tied else number
