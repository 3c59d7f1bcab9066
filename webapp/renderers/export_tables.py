"""The tables that an account's downloads hold, as rows of typed values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from babel import Locale

from webapp.analytics.annotations import list_annotations
from webapp.analytics.change_pages import stream_all_changes
from webapp.analytics.content.listing import ordered_posts
from webapp.analytics.content.posts import find_posts
from webapp.analytics.follows import stream_follows
from webapp.analytics.goals import find_goals
from webapp.analytics.growth import find_growth
from webapp.analytics.marked_people import all_marked
from webapp.analytics.period_statistics import list_statistics
from webapp.analytics.timeline import find_timeline
from webapp.analytics.visible import count_kept, find_newest_complete
from webapp.domain.data_exports import ExportTable
from webapp.domain.marked_query import MarkedQuery
from webapp.domain.period import Period
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.domain.post_query import PostFilter, PostOrder
from webapp.domain.query import FollowQuery
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.domain.steps import Step
from webapp.models import DIRECTIONS
from webapp.renderers.annotation_csv import NOTE_HEAD, note_rows
from webapp.renderers.change_csv import CHANGES_HEAD, all_change_rows
from webapp.renderers.csv import FOLLOWS_HEAD
from webapp.renderers.goal_csv import GOAL_HEAD, goal_rows
from webapp.renderers.growth_csv import GROWTH_HEAD, growth_rows
from webapp.renderers.people_csv import MARKED_HEAD, marked_rows
from webapp.renderers.post_csv import POST_HEAD, post_rows
from webapp.renderers.statistics_csv import STATISTICS_HEAD, statistics_rows
from webapp.renderers.table_csv import Moment, Row

_LISTS: Final = {ExportTable.FOLLOWERS: Section.FOLLOWERS, ExportTable.FOLLOWING: Section.FOLLOWING}
_STEPS: Final = {ExportTable.DAYS: Step.DAY, ExportTable.WEEKS: Step.WEEK, ExportTable.MONTHS: Step.MONTH}


@dataclass(frozen=True, slots=True)
class OpenTable:
    """A table that is about to be read once; ``expected`` is how many rows it has, 0 where only reading tells."""

    head: Row
    rows: Iterator[Row]
    expected: int = 0


def open_table(scope: Scope, table: ExportTable, locale: str) -> OpenTable | None:
    """Return a table as the reader may see it, all of it; ``None`` where no export holds what it is made of.

    The locale decides with which day weeks begin.
    """
    if table in _LISTS:
        return _list(scope, _LISTS[table])
    if table in _STEPS:
        statistics = list_statistics(scope, _STEPS[table], Locale.parse(locale).first_week_day)
        return OpenTable(STATISTICS_HEAD, statistics_rows(statistics), len(statistics)) if statistics else None
    return {
        ExportTable.POSTS: _posts,
        ExportTable.CHANGES: _changes,
        ExportTable.EXPORTS: _exports,
        ExportTable.DAY_NOTES: _notes,
        ExportTable.MARKED: _marked,
        ExportTable.GOALS: _goals,
    }[table](scope)


def _list(scope: Scope, section: Section) -> OpenTable | None:
    newest = find_newest_complete(scope, section)
    if newest is None:
        return None
    everybody = FollowQuery(Period(None, None, scope.timezone))
    people = stream_follows(scope, section, everybody)
    rows = ((name, Moment(second), is_mutual) for name, second, is_mutual in people)
    return OpenTable(FOLLOWS_HEAD, rows, count_kept(newest, section))


def _posts(scope: Scope) -> OpenTable | None:
    table = find_posts(scope)
    if table is None:
        return None
    found = ordered_posts(table, PostFilter(Period(None, None, scope.timezone)), PostOrder.PUBLISHED_DESC)
    return OpenTable(POST_HEAD, post_rows(scope, table, found), len(found))


def _changes(scope: Scope) -> OpenTable | None:
    if all(len(find_timeline(scope, section).exports) < 2 for section in DIRECTIONS):
        return None
    return OpenTable(CHANGES_HEAD, all_change_rows(stream_all_changes(scope)))


def _exports(scope: Scope) -> OpenTable | None:
    growth = find_growth(scope, PeriodQuery(Preset.ALL))
    if growth.as_of is None:
        return None
    return OpenTable(GROWTH_HEAD, growth_rows(growth.rows, growth.retention), len(growth.rows))


def _notes(scope: Scope) -> OpenTable:
    notes = list_annotations(scope, None)
    return OpenTable(NOTE_HEAD, note_rows(notes), len(notes))


def _marked(scope: Scope) -> OpenTable:
    return OpenTable(MARKED_HEAD, marked_rows(all_marked(scope, MarkedQuery())))


def _goals(scope: Scope) -> OpenTable:
    goals = find_goals(scope, None, None)
    return OpenTable(GOAL_HEAD, goal_rows(goals), len(goals))
