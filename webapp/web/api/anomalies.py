"""What stands out of the account: posts, lasting changes, days and times."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from webapp.analytics.anomalies import (
    Anomaly,
    ChangeEvidence,
    DropEvidence,
    PeakEvidence,
    PostEvidence,
    Unwatched,
    Watch,
    Why,
    figure_of,
    find_anomalies,
    select_anomalies,
)
from webapp.domain.anomalies import AnomalyGroup, AnomalyKind, AnomalyQuery, Expectedness
from webapp.domain.period_query import Preset
from webapp.domain.scope import Scope
from webapp.domain.text import N_
from webapp.renderers.anomaly_texts import AnomalyTexts
from webapp.web.api.anomaly_shapes import AnomalyItem, AnomalyList, AnomalyMark, NotWatched
from webapp.web.api.arguments import find_scope, neighbours, page_query
from webapp.web.api.explain import explained
from webapp.web.api.operations import ACCOUNT, EXPLAIN, PAGES, Operation, Parameter, describe
from webapp.web.api.posts import REASONS, TAG
from webapp.web.api.routing import answer, blueprint, limited
from webapp.web.api.shapes import Unknown, UnknownCode, utc
from webapp.web.i18n import locale

_DAY = {"type": "string", "format": "date"}
_FILTERS = (
    Parameter(
        "kind",
        N_(
            "Which kinds: “notable” is everything but remarkable posts, of which one post in five is one; “posts” are "
            "exceptional ones."
        ),
        {"type": "string", "enum": [group.value for group in AnomalyGroup], "default": AnomalyGroup.NOTABLE.value},
    ),
    Parameter("date_from", N_("First day, in the time zone of the account."), _DAY),
    Parameter("date_to", N_("Last day, in the time zone of the account."), _DAY),
    Parameter(
        "expected",
        N_("Only what somebody marked as expected, or only what nobody did."),
        {"type": "string", "enum": [each.value for each in Expectedness], "default": Expectedness.ANY.value},
    ),
)
_PARAMETERS = (ACCOUNT, *_FILTERS, *PAGES, EXPLAIN)
_EXAMPLE = AnomalyList(
    count=1,
    next=None,
    previous=None,
    results=[
        AnomalyItem(
            kind=AnomalyKind.POST_PEAK,
            key="5f0c1d2e3a4b5c6d7e8f",
            day=date(2026, 3, 4),
            title="Exceptional peak",
            text="9,340 likes; 220 to 4,900 were expected (8 times in 10). Exceptional: 9 times your usual. That "
            "happens about once in 182 (n = 181).",
            post="5f0c1d2e3a4b5c6d7e8f",
            value=9340,
            usual=1000.0,
            low=220,
            high=4900,
            factor=None,
            chance=0.005495,
            n=181,
            begins_at=datetime(2026, 3, 4, 17, 5, 12, tzinfo=UTC),
            ends_at=None,
            expected=AnomalyMark(note="The interview", marked_at=datetime(2026, 3, 12, 8, 0, tzinfo=UTC)),
        )
    ],
    not_watched=[
        NotWatched(
            watch=Watch.DROPS,
            code=Why.FEW_INTERVALS,
            text="More losses than usual can be seen once 4 earlier intervals between exports, about as long, can be "
            "compared; there are 2 so far.",
            found=2,
            needed=4,
        )
    ],
)


@blueprint.get("/posts/anomalies/")
@limited
@describe(
    Operation(
        N_("List what stands out of the account"),
        TAG,
        AnomalyList,
        _EXAMPLE,
        parameters=_PARAMETERS,
        errors=(404, 422),
        sample="?kind=all&date_from=2026-01-01",
    )
)
def post_anomalies() -> Response:
    """Answer one page of what stands out, newest first."""
    page = page_query(ACCOUNT.name, EXPLAIN.name, *(parameter.name for parameter in _FILTERS))
    query, scope = AnomalyQuery.parse(request.args, Preset.ALL), find_scope()
    if scope is None:
        unknown = Unknown(code=UnknownCode.NO_ACCOUNT, text=_(REASONS[UnknownCode.NO_ACCOUNT]))
        return answer(AnomalyList(count=None, next=None, previous=None, results=[], not_watched=[], unknown=unknown))
    found, texts = find_anomalies(scope), AnomalyTexts(locale())
    rows = select_anomalies(scope, found, query)
    shown = rows[page.offset : page.offset + page.page_size]
    around = neighbours(page, len(rows), **query.period.to_args(Preset.ALL), **query.choices)
    body = AnomalyList(
        count=len(rows),
        next=around["next"],
        previous=around["previous"],
        results=[_item(scope, row, texts) for row in shown],
        not_watched=[_not_watched(each, texts) for each in found.unwatched],
    )
    return answer(explained(body, scope, *(figure_of(row) for row in shown)))


def _not_watched(each: Unwatched, texts: AnomalyTexts) -> NotWatched:
    return NotWatched(watch=each.watch, code=each.why, text=texts.unwatched(each), found=each.found, needed=each.needed)


def _item(scope: Scope, row: Anomaly, texts: AnomalyTexts) -> AnomalyItem:
    mark = row.expected
    return AnomalyItem(
        kind=row.kind,
        key=row.key,
        day=row.day,
        title=texts.title(row),
        text=texts.anomaly(row, scope.timezone),
        expected=None if mark is None else AnomalyMark(note=mark.note, marked_at=mark.marked_at.replace(microsecond=0)),
        **_figures(row),
    )


def _figures(row: Anomaly) -> dict[str, Any]:
    """Return the fields of a kind, all others as null."""
    nothing = dict.fromkeys(("post", "value", "usual", "low", "high", "factor", "chance", "begins_at", "ends_at"))
    match row.evidence:
        case PostEvidence() as found:
            told = {
                "post": found.post,
                "value": found.likes,
                "usual": float(found.typical),
                "low": found.low,
                "high": found.high,
                "chance": _rounded(found.tail),
                "n": found.earlier,
                "begins_at": utc(found.published_at),
            }
        case ChangeEvidence() as found:
            told = {
                "post": found.found_post,
                "factor": _rounded(found.factor),
                "n": found.posts,
                "begins_at": utc(found.started_at),
                "ends_at": utc(found.found_at),
            }
        case PeakEvidence() as found:
            told = {
                "value": found.came,
                "usual": _rounded(found.usual),
                "chance": _rounded(found.chance),
                "n": found.days,
            }
        case DropEvidence() as found:
            told = {
                "value": found.lost,
                "usual": _rounded(found.usual),
                "chance": _rounded(found.chance),
                "n": found.intervals,
                "begins_at": utc(found.begins_at),
                "ends_at": utc(found.ends_at),
            }
    return nothing | told


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
