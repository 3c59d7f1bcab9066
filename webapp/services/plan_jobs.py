"""The job that follows what is planned: after each switch of an account, and where what is past was changed."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.analytics.content.posts import find_posts
from webapp.analytics.forecasts.reading import find_forecast_fit
from webapp.extensions import db
from webapp.models import Account
from webapp.services.experiments import settle_experiments
from webapp.services.lease import Lease
from webapp.services.plan_matching import ACCOUNT, RANGE_SECONDS, find_matches, queue_matching, settle_plans
from webapp.services.plan_ranges import fill_ranges
from webapp.services.transaction import transaction


@dataclass(frozen=True, slots=True)
class _Reader:
    """An account at one of its revisions, by its own calendar."""

    account_id: int
    revision: int
    timezone: str


def match(lease: Lease) -> None:
    """Compare the plans of an account with its posts as they are now, and end experiments that are complete.

    Plans that were written while nobody could say yet what is expected of them get their range.
    """
    account = db.session.get(Account, lease.arguments[ACCOUNT])
    if account is None or account.deleted_at is not None:
        with transaction() as session:
            lease.finish(session)
        return
    reader = _Reader(account.id, account.revision, account.timezone)
    table, fit = find_posts(reader), find_forecast_fit(reader)
    matches = find_matches(db.session(), reader.account_id, table)
    with transaction() as session:
        lease.hold(session)
        account = session.get_one(Account, reader.account_id, with_for_update=True)
        # What was switched meanwhile has a job of its own.
        if account.revision == reader.revision:
            if settle_plans(session, account, matches):
                queue_matching(session, account)
            settle_experiments(session, account)
            if fill_ranges(session, account, reader, fit, None if table is None else table.as_of):
                queue_matching(session, account, delay_seconds=5 * RANGE_SECONDS)
        lease.finish(session)
