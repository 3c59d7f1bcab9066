"""Add to an answer what is behind its numbers, for a caller who asks with ``explain=1``."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, TypeVar

import msgspec
from flask import request
from flask_babel import gettext as _
from msgspec import UNSET

from webapp.analytics.figures.explain import explain
from webapp.analytics.figures.explanation import Explanation as Found
from webapp.analytics.figures.explanation import Note, Source
from webapp.domain.explained import Caveat
from webapp.domain.figures import FigureQuery
from webapp.domain.metrics import METRICS, MetricKey
from webapp.domain.period import Span, day_of
from webapp.domain.period_query import PeriodQuery
from webapp.domain.post_query import PostFilter
from webapp.domain.query import parse_flag, single
from webapp.domain.scope import Scope
from webapp.extensions import settings
from webapp.web.api.explain_shapes import (
    ExplainedCaveat,
    ExplainedImport,
    ExplainedMethod,
    ExplainedPart,
    ExplainedPeriod,
    ExplainedReason,
    Explanation,
)
from webapp.web.api.operations import EXPLAIN
from webapp.web.api.shapes import utc
from webapp.web.figure_links import figure_csv_href, figure_href
from webapp.web.figure_texts import method_text, note_text, reason_text

S = TypeVar("S", bound=msgspec.Struct)

_DEFAULT: Final = PeriodQuery()


def explained(
    body: S,
    scope: Scope | None,
    *metrics: MetricKey | FigureQuery,
    period: PeriodQuery = _DEFAULT,
    posts: PostFilter | None = None,
    post: str = "",
    is_narrowed: bool = False,
) -> S:
    """Return an answer with what is behind some of its numbers, if the caller asks for it and there is an account.

    ``posts`` are those that numbers of a selection are about, ``post`` is the public id of the one that the others are
    about. ``is_narrowed`` says that the answer is about a part of what the numbers are about. Raises ``Invalid`` for a
    value of the flag that is neither yes nor no.
    """
    if not parse_flag(EXPLAIN.name, single(request.args, EXPLAIN.name)) or scope is None:
        return body
    queries = (
        each if isinstance(each, FigureQuery) else FigureQuery(each, period, posts=posts, post=post) for each in metrics
    )
    found = (explain(scope, query, lists_rows=False) for query in queries)
    if is_narrowed:
        found = (replace(each, notes=(Note(Caveat.WHOLE_LIST), *each.notes)) for each in found)
    return msgspec.structs.replace(body, explain=[_explanation(each) for each in found])


def _explanation(found: Found) -> Explanation:
    metric, reason, method = METRICS[found.query.metric], reason_text(found), method_text(found)
    part, whole = found.counted or (None, None)
    return Explanation(
        metric=metric.key,
        label=_(metric.label),
        definition=_(metric.definition),
        formula=_(metric.formula),
        unit=metric.unit,
        value=None if found.value is None else float(found.value),
        low=found.low,
        high=found.high,
        n=found.n,
        part=part,
        whole=whole,
        timezone=found.timezone,
        period=_period(found.span, found.timezone),
        period_asked=_period(found.asked, found.timezone),
        method=None if found.method is None or method is None else ExplainedMethod(code=found.method, text=method),
        parts=[
            ExplainedPart(metric=each.query.metric, value=None if each.value is None else float(each.value))
            for each in found.parts
        ],
        imports=[_import(source) for source in found.sources],
        caveats=[_caveat(note, found.timezone) for note in found.notes],
        page=settings().base_url + figure_href(found.query),
        rows_csv=None if found.rows is None else settings().base_url + figure_csv_href(found.query),
        unknown=UNSET if found.reason is None or reason is None else ExplainedReason(code=found.reason, text=reason),
    )


def _period(span: Span | None, timezone: str) -> ExplainedPeriod | None:
    if span is None:
        return None
    first = None if span.since is None else span.since + 1
    return ExplainedPeriod(
        from_=None if first is None else utc(first),
        to=utc(span.until),
        date_from=None if first is None else day_of(first, timezone),
        date_to=day_of(span.until, timezone),
    )


def _import(source: Source) -> ExplainedImport:
    return ExplainedImport(
        export=source.export,
        at=utc(source.exported_at),
        at_source=source.at_source,
        at_certainty=source.certainty,
        lists=list(source.lists),
        file_name=source.file_name,
        sha256=source.sha256,
        import_=source.import_id,
        readers=source.readers.value,
    )


def _caveat(note: Note, timezone: str) -> ExplainedCaveat:
    return ExplainedCaveat(code=note.code, count=note.count, text=note_text(note, timezone))
