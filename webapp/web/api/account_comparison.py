"""Several accounts of a team beside each other."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from webapp.analytics.account_comparison import AccountComparison, AccountFigures, Figure, compare_accounts
from webapp.domain.accounts_query import MOST_ACCOUNTS, AccountsQuery
from webapp.domain.period_query import Preset
from webapp.domain.query import refuse_unknown
from webapp.domain.scope import Permission
from webapp.domain.text import N_
from webapp.web.account_comparison.choice import ChosenAccount, find_chosen
from webapp.web.api.account_comparison_shapes import AccountComparisonAnswer, ComparedAccount, ComparedFigures
from webapp.web.api.arguments import find_scope, known_id
from webapp.web.api.operations import ACCOUNT, Operation, Parameter, describe
from webapp.web.api.routing import answer, blueprint, limited
from webapp.web.api.shapes import Unknown, UnknownCode, utc
from webapp.web.auth import team_scope

_REASONS: dict[UnknownCode, str] = {
    UnknownCode.NO_ACCOUNT: N_("There is no account yet. Import an export to begin."),
    UnknownCode.NO_EXPORT: N_("None of these accounts has a list yet. Import an export of one of them."),
}
_PARAMETERS = (
    ACCOUNT,
    Parameter(
        "accounts",
        N_("Public ids with commas between, at most five; without them the default account and others of the team."),
        {"type": "string", "pattern": f"^[0-9a-f]{{20}}(,[0-9a-f]{{20}}){{0,{MOST_ACCOUNTS - 1}}}$"},
    ),
    Parameter(
        "period",
        N_("How far back, counted from the newest list of all; “exports” and “custom” go with the fields below."),
        {"type": "string", "enum": [preset.value for preset in Preset], "default": Preset.DAYS_28.value},
    ),
    Parameter("date_from", N_("First day of a custom period."), {"type": "string", "format": "date"}),
    Parameter("date_to", N_("Last day of a custom period."), {"type": "string", "format": "date"}),
    Parameter("from", N_("Public id of the export at which the period begins."), {"type": "string"}),
    Parameter("to", N_("Public id of the export at which the period ends."), {"type": "string"}),
)
_MAY, _JUNE = datetime(2026, 5, 3, 9, 15, tzinfo=UTC), datetime(2026, 6, 2, 8, 40, 12, tzinfo=UTC)
_FIGURES: dict[str, Any] = {
    "followers": 12_480,
    "following": 412,
    "mutuals": 96,
    "follower_ratio": 30.29,
    "gained": 281,
    "lost": 67,
    "net": 214,
    "net_per_day": 7.139,
}
_EXAMPLE = AccountComparisonAnswer(
    leader="0b8f3c9a7d2e41560f9c",
    from_=_MAY,
    to=_JUNE,
    accounts=[
        ComparedAccount(
            account="0b8f3c9a7d2e41560f9c", handle="demo.maker", as_of=_JUNE, between=[_MAY, _JUNE], **_FIGURES
        )
    ],
    totals=ComparedFigures(**{**_FIGURES, "follower_ratio": None}),
)


@blueprint.get("/accounts/comparison/")
@limited
@describe(
    Operation(
        N_("Compare accounts of the team over one period"),
        N_("Accounts"),
        AccountComparisonAnswer,
        _EXAMPLE,
        parameters=_PARAMETERS,
        errors=(404, 422),
        sample="?period=month",
    )
)
def compare() -> Response:
    """Answer the figures of up to five accounts over the same period, and their sums."""
    refuse_unknown(request.args, [parameter.name for parameter in _PARAMETERS])
    query = AccountsQuery.parse(request.args)
    for public_id in query.accounts:
        known_id(public_id)
    scope = find_scope()
    if scope is None:
        return answer(_empty(UnknownCode.NO_ACCOUNT))
    chosen = find_chosen(team_scope(Permission.ACCOUNT_READ), query, scope)
    found = compare_accounts([each.scope for each in chosen], query.period)
    return answer(_empty(UnknownCode.NO_EXPORT) if found.span is None else _answer(chosen, found))


def _answer(chosen: list[ChosenAccount], found: AccountComparison) -> AccountComparisonAnswer:
    span = found.span
    totals = {figure: found.total(figure) for figure in Figure}
    return AccountComparisonAnswer(
        leader=chosen[found.leader].row.public_id,
        from_=None if span is None or span.since is None else utc(span.since),
        to=None if span is None else utc(span.until),
        accounts=[_account(each, figures) for each, figures in zip(chosen, found.accounts, strict=True)],
        totals=ComparedFigures(
            **{figure.value: _number(None if total is None else total.value) for figure, total in totals.items()}
        ),
    )


def _account(chosen: ChosenAccount, figures: AccountFigures) -> ComparedAccount:
    change = figures.change
    return ComparedAccount(
        account=chosen.row.public_id,
        handle=chosen.row.handle,
        as_of=None if figures.as_of is None else utc(figures.as_of),
        between=None if change is None else [utc(change.begins_at), utc(change.ends_at)],
        **{figure.value: _number(figures.value(figure)) for figure in Figure},
    )


def _number(value: float | Decimal | None) -> Any:
    return value if value is None or isinstance(value, int) else round(float(value), 6)


def _empty(code: UnknownCode) -> AccountComparisonAnswer:
    unknown = Unknown(code=code, text=_(_REASONS[code]))
    return AccountComparisonAnswer(leader=None, from_=None, to=None, accounts=[], totals=None, unknown=unknown)
