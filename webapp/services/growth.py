"""The job that works out an account's growth and keeps it, so that pages of large accounts need not."""

from __future__ import annotations

from typing import Final

from sqlalchemy import func, select

from webapp.analytics.growth_model import LAYOUT, GrowthFit, work_out
from webapp.analytics.visible import Reader, visible
from webapp.extensions import db
from webapp.models import FollowerSnapshot, GrowthModel
from webapp.queue import JobKind
from webapp.services.kept_fits import AccountReader, KeptFit

# Shorter lists are worked out quicker than a job is begun.
LEAST_KEPT: Final = 2_000


def _is_long(reader: AccountReader) -> bool:
    lists = FollowerSnapshot
    longest = select(func.max(lists.followers), func.max(lists.following)).where(visible(lists, reader))
    return max(count or 0 for count in db.session.execute(longest).one()) >= LEAST_KEPT


def _work_out(reader: Reader, timezone: str) -> GrowthFit:
    return work_out(reader, timezone)


GROWTH: Final = KeptFit(JobKind.GROWTH_FIT, GrowthModel, LAYOUT, _is_long, _work_out)
