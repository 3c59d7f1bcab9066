"""Read what is kept about forecasts; nothing here loads a numerical library."""

from __future__ import annotations

import logging
from collections import OrderedDict
from threading import Lock
from typing import Final

import msgspec
from sqlalchemy import select

from webapp.analytics.content.posts import find_posts
from webapp.analytics.forecasts.fit import LAYOUT, ForecastFit
from webapp.analytics.forecasts.history import examine_levels
from webapp.analytics.forecasts.readings import find_early_readings
from webapp.analytics.visible import ZonedReader
from webapp.domain.forecasts import FOREST_POSTS
from webapp.extensions import db
from webapp.models import Account, ForecastModel

logger = logging.getLogger(__name__)

# With fewer mature posts no forest is grown, and all of it is worked out in a moment.
LEAST_FITTED: Final = FOREST_POSTS
# About 400 kB each with a forest and 200 checked posts.
_MOST_KEPT: Final = 12

# Account, revision and time zone; the random name of the account, not its number, which another database has too.
_Key = tuple[str, int, str]
_kept: OrderedDict[_Key, ForecastFit] = OrderedDict()
_lock = Lock()


def find_forecast_fit(scope: ZonedReader) -> ForecastFit | None:
    """Return what is known of forecasts at this revision and in this zone; ``None`` while a job is at it.

    The same value is handed to everybody.
    """
    account = db.session.get(Account, scope.account_id)
    if account is None:
        return ForecastFit()
    key = (account.public_id, scope.revision, scope.timezone)
    with _lock:
        known = _kept.get(key)
        if known is not None:
            _kept.move_to_end(key)
            return known
    found = _read(scope) or _work_out(scope)
    if found is not None:
        _keep(key, found)
    return found


def pack(fit: ForecastFit) -> bytes:
    """Return what the table holds of a fit."""
    return msgspec.msgpack.encode(fit)


def _read(scope: ZonedReader) -> ForecastFit | None:
    body = db.session.scalar(
        select(ForecastModel.body).where(
            ForecastModel.account_id == scope.account_id,
            ForecastModel.revision == scope.revision,
            ForecastModel.timezone == scope.timezone,
            ForecastModel.layout == LAYOUT,
        )
    )
    if body is None:
        return None
    try:
        return msgspec.msgpack.decode(body, type=ForecastFit)
    except msgspec.MsgspecError as error:
        logger.warning("the forecasts of account %d cannot be read: %s", scope.account_id, error)
        return None


def _work_out(scope: ZonedReader) -> ForecastFit | None:
    table = find_posts(scope)
    if table is None:
        return ForecastFit()
    return examine_levels(table, find_early_readings(scope, table)) if len(table.counted) < LEAST_FITTED else None


def _keep(key: _Key, fit: ForecastFit) -> None:
    with _lock:
        # Nobody asks for an earlier revision again, but for answers that are under way.
        for other in [other for other in _kept if other[0] == key[0] and other[1] < key[1]]:
            del _kept[other]
        _kept[key] = fit
        _kept.move_to_end(key)
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
