"""Who stood on the list of an export that is not the newest one, from the ledger.

Those who are on the newest list too come first, in the order of their follow, then those who left since: each half
has an index of its own, and at no length is a whole list read for a page.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select

from webapp.analytics.timeline import find_timeline
from webapp.analytics.visible import current, visible
from webapp.domain.period import Period
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import DIRECTIONS, Export

_STREAM_ROWS: Final = 2000

Dated = tuple[str, int]
"""A username and the Unix second of the follow."""


def list_past(
    scope: Scope, section: Section, export: Export, period: Period, count: int, start: int, size: int
) -> list[Dated]:
    """Return ``size`` names of a list from a place on, those followed in a period alone, of ``count`` there are."""
    still, gone = _halves(scope, section, export, period)
    found = list(db.session.execute(_ordered(still).offset(start).limit(size)))
    if len(found) < size:
        left = db.session.scalar(gone.with_only_columns(func.count()).order_by(None)) or 0
        skipped = max(0, start - (count - left))
        found += db.session.execute(_ordered(gone).offset(skipped).limit(size - len(found)))
    return [(scope.redaction.name(row.username), row.followed_at) for row in found]


def stream_past(scope: Scope, section: Section, export: Export, period: Period) -> Iterator[Dated]:
    """Yield all names of a list in the same order, in chunks of constant memory."""
    for half in _halves(scope, section, export, period):
        ordered = _ordered(half).execution_options(yield_per=_STREAM_ROWS)
        yield from ((scope.redaction.name(row.username), row.followed_at) for row in db.session.execute(ordered))


def _halves(scope: Scope, section: Section, export: Export, period: Period) -> tuple[Any, Any]:
    """Return who was on the list and is on the newest, and who was and is not."""
    model = DIRECTIONS[section]
    later = find_timeline(scope, section).ids_after(export)
    columns = (model.username, model.username_key, model.followed_at)
    was_there: list[ColumnElement[bool]] = [model.first_export_id.not_in(later)]
    if period.starts_at is not None:
        was_there.append(model.followed_at >= period.starts_at)
    if period.ends_at is not None:
        was_there.append(model.followed_at < period.ends_at)
    still = select(*columns).where(current(model, scope), *was_there)
    gone = select(*columns).where(visible(model, scope), model.gone_export_id.in_(later), *was_there)
    return still, gone


def _ordered(statement: Any) -> Any:
    _name, key, second = statement.selected_columns
    return statement.order_by(second, key)
