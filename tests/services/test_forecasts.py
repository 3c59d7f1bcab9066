"""The job that keeps what is told of posts to come; how such jobs are queued and repeated is tested for growth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import expm1
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, run_jobs
from tests.ledgers import at, parse_here
from webapp.analytics.content.posts import find_posts
from webapp.analytics.forecasts import reading
from webapp.analytics.forecasts.early import find_early
from webapp.analytics.forecasts.fit import ForecastFit
from webapp.analytics.forecasts.forecast import find_forecast
from webapp.analytics.forecasts.model import examine
from webapp.analytics.forecasts.reading import LEAST_FITTED, find_forecast_fit
from webapp.domain.forecasts import ForecastMethod, ForecastRefusal, PostDraft
from webapp.models import Account, ForecastModel, Job, JobState
from webapp.queue import JobKind
from webapp.services import accounts

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BEGUN = datetime(2025, 1, 6, 6, tzinfo=UTC)


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


def posts(count: int, *, share: float = 1.0) -> list[dict[str, Any]]:
    source = Random(5)
    return [
        {
            "Date": f"{BEGUN + timedelta(days=number, hours=number % 12):%Y-%m-%d %H:%M:%S}",
            "Link": "",
            "Likes": str(int(300 * source.lognormvariate(0, 1.1) * share)),
            "Title": "morning #Bread" if number % 4 == 0 else "evening",
            "Sound": "song",
        }
        for number in range(count)
    ]


def jobs(session: Session, *states: JobState) -> int:
    session.rollback()
    query = select(func.count()).where(Job.kind == JobKind.FORECAST_FIT, Job.state.in_(states or tuple(JobState)))
    return session.scalar(query) or 0


def test_after_an_import_what_is_told_of_posts_to_come_is_kept(session: Session, alice: Member) -> None:
    import_done(alice, export_json(posts=posts(90)), exported_at=at("2025-06-02"))
    scope = account_scope(alice)
    table, kept = find_posts(scope), find_forecast_fit(scope)
    assert table is not None
    assert kept == examine(table, "UTC")
    assert session.scalars(select(ForecastModel.revision)).all() == [scope.revision]
    assert find_forecast_fit(scope) is kept
    noon = int(datetime(2025, 6, 3, 12, tzinfo=UTC).timestamp())
    found = find_forecast(scope, PostDraft(published_at=noon))
    assert (found.posts, found.method, found.revision) == (90, ForecastMethod.LEVELS_AND_FOREST, scope.revision)
    assert find_forecast(scope).method is ForecastMethod.LEVELS


@on_sqlite
def test_few_posts_are_answered_without_a_job(session: Session, alice: Member) -> None:
    assert LEAST_FITTED == 60
    import_done(alice, export_json(posts=posts(59)), exported_at=at("2025-06-02"))
    assert jobs(session) == 0
    assert find_forecast(account_scope(alice)).posts == 59
    import_done(alice, export_json([], owner="no.posts"), exported_at=at("2025-06-02"))
    assert find_forecast(account_scope(alice, "no.posts")).refused is ForecastRefusal.NO_POSTS
    assert find_early(account_scope(alice, "no.posts")) == ()


@on_sqlite
def test_until_the_job_is_done_a_forecast_is_not_ready(session: Session, alice: Member) -> None:
    import_done(alice, export_json(posts=posts(90)), exported_at=at("2025-06-02"))
    account = session.get_one(Account, account_scope(alice).account_id)
    accounts.change_account(alice.scope, account.public_id, alice.actor, timezone="Asia/Tokyo", display_name=None)
    scope = account_scope(alice)
    assert (jobs(session, JobState.QUEUED), find_forecast_fit(scope), find_early(scope)) == (1, None, ())
    assert find_forecast(scope).refused is ForecastRefusal.NOT_READY
    run_jobs()
    assert find_forecast(scope).refused is None


def test_what_cannot_be_read_is_made_anew_and_never_shown(session: Session, alice: Member) -> None:
    import_done(alice, export_json(posts=posts(90)), exported_at=at("2025-06-02"))
    session.query(ForecastModel).one().body = b"\x93nothing"
    session.commit()
    reading._kept.clear()
    assert find_forecast_fit(account_scope(alice)) is None


@on_sqlite
def test_exports_close_together_tell_how_posts_grow(session: Session, alice: Member) -> None:
    """Eight posts a day; in their first two days they have a third of their likes."""
    source = Random(7)
    final = [int(300 * source.lognormvariate(0, 1.1)) for _ in range(8 * 30)]
    for day in (12, 17, 22, 30):
        made = BEGUN + timedelta(days=day)
        shown = []
        for number, likes in enumerate(final[: 8 * day]):
            published = BEGUN + timedelta(hours=3 * number)
            is_young = made - published < timedelta(days=2)
            row = {"Date": f"{published:%Y-%m-%d %H:%M:%S}", "Likes": str(likes // 3 if is_young else likes)}
            shown.append({**row, "Link": "", "Title": "", "Sound": ""})
        import_done(alice, export_json(posts=shown), exported_at=int(made.timestamp()))
    session.rollback()
    scope = account_scope(alice)
    fit, early = find_forecast_fit(scope), find_early(scope)
    assert isinstance(fit, ForecastFit)
    assert [(one.first, one.posts) for one in fit.growth] == [(1.0, 24), (2.0, 48), (4.0, 72)]
    assert [round(expm1(one.median)) for one in fit.growth] == [2, 0, 0]
    assert len(early) == 7 * 8 - 1
    by_age = {one.age_days: one for one in early}
    assert by_age[0.5].typical is None
    assert by_age[1.5].typical == pytest.approx(3 * (by_age[1.5].likes or 0), rel=0.1)
    assert by_age[1.5].posts == 24
    assert by_age[5].typical == pytest.approx(by_age[5].likes or 0, rel=0.05)
    assert by_age[1.5].expected is not None
