"""The job that works out forecasts and how they did, and keeps it; no other process loads what it needs."""

from __future__ import annotations

from typing import Final

from webapp.analytics.forecasts.fit import LAYOUT, ForecastFit
from webapp.analytics.forecasts.reading import LEAST_FITTED, pack
from webapp.analytics.visible import Reader, count_kept, find_newest_complete
from webapp.domain.sections import Section
from webapp.models import ForecastModel
from webapp.queue import JobKind
from webapp.services.kept_fits import AccountReader, KeptFit


def _has_posts(reader: AccountReader) -> bool:
    """Return whether the newest list of posts is long enough that a page does not work it out itself."""
    newest = find_newest_complete(reader, Section.POSTS)
    return newest is not None and count_kept(newest, Section.POSTS) >= LEAST_FITTED


def _work_out(reader: Reader, timezone: str) -> ForecastFit:
    # Here, not above: the web process queues the job and must not load a numerical library.
    from webapp.analytics.forecasts.model import work_out

    return work_out(reader, timezone)


FORECAST: Final = KeptFit(JobKind.FORECAST_FIT, ForecastModel, LAYOUT, _has_posts, _work_out, pack)
