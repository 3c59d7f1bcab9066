"""What changed on the follow lists between two exports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _

from webapp.analytics.changes import Changes, ExportPair, NoPair, choose_exports, find_changes
from webapp.analytics.comparison import ChangeRow
from webapp.analytics.timeline import find_timeline
from webapp.domain.changes import NO_COMPARISON_TEXTS, ChangeKind, ChangeQuery
from webapp.domain.errors import ErrorCode, Invalid, NotFound
from webapp.domain.query import refuse_unknown, single
from webapp.domain.sections import Section
from webapp.domain.text import N_
from webapp.extensions import settings
from webapp.models import Export
from webapp.web.api.arguments import find_scope
from webapp.web.api.operations import ACCOUNT, Operation, Parameter, describe
from webapp.web.api.routing import answer, blueprint, limited
from webapp.web.api.shapes import Change, ChangeLists, Refollow, RenamedPair, Unknown, UnknownCode, utc

# Rows of one list in one answer.
MOST_ROWS = 100_000

_NO_ACCOUNT = N_("There is no account yet. Import an export to begin.")
_EXPORT_SCHEMA = {"type": "string", "pattern": "^[0-9a-f]{20}$"}
_PARAMETERS = (
    ACCOUNT,
    Parameter(
        "from",
        N_("Id of the export to begin with; without it the one before “to” that holds the list."),
        _EXPORT_SCHEMA,
    ),
    Parameter("to", N_("Id of the export to end with; without it the newest that holds the list."), _EXPORT_SCHEMA),
)
_MAY, _JUNE = datetime(2026, 5, 3, 9, 15, tzinfo=UTC), datetime(2026, 6, 2, 8, 40, 12, tzinfo=UTC)
_LOST = Change(
    username="grace_h",
    date_followed=datetime(2026, 3, 1, 7, 30, 2, tzinfo=UTC),
    was_mutual=True,
    between=[_MAY, _JUNE],
)
_EXAMPLE = ChangeLists(
    from_="4a1d7be20c6f93518e7a",
    to="c92f01b64e7d8a35f6b0",
    gained=[
        Change(
            username="ada.lovelace",
            date_followed=datetime(2026, 5, 29, 18, 4, 11, tzinfo=UTC),
            was_mutual=False,
            between=[_MAY, _JUNE],
        )
    ],
    lost=[_LOST],
    renamed=[
        RenamedPair(
            from_="old.name", to="new.name", date_followed=datetime(2025, 8, 9, 12, 0, 5, tzinfo=UTC), confirmed=True
        )
    ],
    returned=[],
    refollowed=[
        Refollow(
            username="joan",
            date_previous=datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC),
            date_followed=datetime(2026, 5, 20, 6, 7, 8, tzinfo=UTC),
        )
    ],
    deleted=[_LOST],
)


@blueprint.get("/followers/changes/")
@limited
@describe(
    Operation(
        N_("List who came and who no longer follows between two exports"),
        N_("Followers and following"),
        ChangeLists,
        _EXAMPLE,
        parameters=_PARAMETERS,
        errors=(404, 422),
        sample="?from=4a1d7be20c6f93518e7a&to=c92f01b64e7d8a35f6b0",
    )
)
def follower_changes() -> Response:
    """Answer what changed among the followers."""
    return _changes(Section.FOLLOWERS)


@blueprint.get("/following/changes/")
@limited
@describe(
    Operation(
        N_("List whom the account began and ceased to follow between two exports"),
        N_("Followers and following"),
        ChangeLists,
        _EXAMPLE,
        parameters=_PARAMETERS,
        errors=(404, 422),
    )
)
def following_changes() -> Response:
    """Answer what changed among the people the account follows."""
    return _changes(Section.FOLLOWING)


def _changes(section: Section) -> Response:
    refuse_unknown(request.args, [parameter.name for parameter in _PARAMETERS])
    from_id, to_id = single(request.args, "from"), single(request.args, "to")
    scope = find_scope()
    if scope is None:
        if from_id or to_id:
            raise NotFound(ErrorCode.NOT_FOUND)
        return answer(_unknown(UnknownCode.NO_ACCOUNT, _(_NO_ACCOUNT), None))
    chosen = choose_exports(scope, find_timeline(scope, section), from_id, to_id)
    if isinstance(chosen, NoPair):
        return answer(_unknown(UnknownCode(chosen.reason), _(NO_COMPARISON_TEXTS[chosen.reason]), chosen.to_export))
    changes = find_changes(scope, section, chosen.from_export, chosen.to_export)
    _refuse_long(section, changes, chosen)
    return answer(_known(changes, chosen))


def _refuse_long(section: Section, changes: Changes, pair: ExportPair) -> None:
    """Raise ``Invalid`` for a list that is longer than one answer carries, with the address of its CSV."""
    for kind in ChangeKind:
        count = len(getattr(changes, kind.value))
        if count > MOST_ROWS:
            query = ChangeQuery(section, pair.from_export.public_id, pair.to_export.public_id, kind)
            arguments: dict[str, Any] = query.to_args()
            address = settings().base_url + url_for("changes.download", **arguments)
            raise Invalid(ErrorCode.CHANGES_TOO_LONG, list=kind.value, count=count, limit=MOST_ROWS, address=address)


def _known(changes: Changes, pair: ExportPair) -> ChangeLists:
    return ChangeLists(
        from_=pair.from_export.public_id,
        to=pair.to_export.public_id,
        gained=_items(changes.gained),
        lost=_items(changes.lost),
        renamed=[
            RenamedPair(
                from_=row.from_username,
                to=row.to_username,
                date_followed=utc(row.date_followed),
                confirmed=row.confirmed,
            )
            for row in changes.renamed
        ],
        returned=_items(changes.returned),
        refollowed=[
            Refollow(username=row.username, date_previous=utc(row.date_previous), date_followed=utc(row.date_followed))
            for row in changes.refollowed
        ],
        deleted=_items(changes.deleted),
    )


def _items(rows: Sequence[ChangeRow]) -> list[Change]:
    # Many rows share an interval.
    intervals = {between: [utc(second) for second in between] for between in {row.between for row in rows}}
    return [
        Change(
            username=row.username,
            date_followed=utc(row.date_followed),
            was_mutual=row.was_mutual,
            between=intervals[row.between],
        )
        for row in rows
    ]


def _unknown(code: UnknownCode, text: str, to_export: Export | None) -> ChangeLists:
    return ChangeLists(
        from_=None,
        to=to_export.public_id if to_export else None,
        gained=[],
        lost=[],
        renamed=[],
        returned=[],
        refollowed=[],
        deleted=[],
        unknown=Unknown(code=code, text=text),
    )
