"""The job that keeps the growth of large accounts: what it kept never answers for another revision or zone."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, many, run_jobs
from tests.ledgers import at, let_leases_expire, parse_here
from webapp.analytics import growth as reads
from webapp.analytics.growth import find_growth
from webapp.analytics.growth_model import GrowthFit, work_out
from webapp.analytics.visible import Reader
from webapp.domain.failpoints import Failpoint
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.models import Account, GrowthModel, Job, JobState
from webapp.queue import JobKind
from webapp.services import accounts, growth, kept_fits
from webapp.services.handlers import HANDLERS
from webapp.services.jobs import add_job, run_job
from webapp.services.transaction import transaction


class Killed(BaseException):
    """A process that ends here."""


@pytest.fixture(autouse=True)
def every_list_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)
    monkeypatch.setattr(growth, "LEAST_KEPT", 10)
    monkeypatch.setattr(reads, "LONG_LIST", 10)


def fit_of(member: Member) -> GrowthFit | None:
    return find_growth(account_scope(member), PeriodQuery(Preset.ALL)).fit


def queue_of(member: Member) -> str:
    with transaction() as writing:
        return add_job(writing, JobKind.GROWTH_FIT, arguments={"account_id": account_scope(member).account_id}).id


def waiting(session: Session) -> int:
    session.rollback()
    query = select(func.count()).where(Job.kind == JobKind.GROWTH_FIT, Job.state == JobState.QUEUED)
    return session.scalar(query) or 0


def test_after_an_import_the_growth_is_kept_as_it_would_be_worked_out(session: Session, alice: Member) -> None:
    import_done(alice, export_json(many(300), []), exported_at=at("2025-01-02"))
    import_done(alice, export_json(many(290), []), exported_at=at("2025-02-02"))
    scope = account_scope(alice)
    assert fit_of(alice) == work_out(scope, "UTC")
    assert session.scalars(select(GrowthModel.revision)).all() == [scope.revision]


def test_short_lists_need_no_job(session: Session, alice: Member) -> None:
    import_done(alice, export_json(many(9), []))
    assert session.scalar(select(func.count()).where(Job.kind == JobKind.GROWTH_FIT)) == 0
    fit = fit_of(alice)
    assert fit is not None
    assert fit.points[-1].least == 9


def test_a_long_list_of_either_kind_or_time_is_left_to_the_job(session: Session, alice: Member) -> None:
    """A page that waits for a job must have one: also where the long list is the other one, or an old one."""
    import_done(alice, export_json(many(3), many(300, "brand"), owner="other.list"))
    import_done(alice, export_json(many(300), [], owner="old.list"), exported_at=at("2025-01-02"))
    import_done(alice, export_json(many(5), [], owner="old.list"), exported_at=at("2025-02-02"), losses_confirmed=True)
    assert session.scalar(select(func.count()).select_from(GrowthModel)) == 2
    for handle in ("other.list", "old.list"):
        scope = account_scope(alice, handle)
        assert find_growth(scope, PeriodQuery(Preset.ALL)).fit == work_out(scope, "UTC")
    session.query(GrowthModel).delete()
    session.commit()
    for handle in ("other.list", "old.list"):
        assert find_growth(account_scope(alice, handle), PeriodQuery(Preset.ALL)).fit is None


def test_what_is_kept_of_another_revision_is_not_shown(session: Session, alice: Member) -> None:
    import_done(alice, export_json(many(300), []), exported_at=at("2025-01-02"))
    session.get_one(Account, account_scope(alice).account_id).revision += 1
    session.commit()
    assert fit_of(alice) is None
    run_job(queue_of(alice), HANDLERS)
    assert fit_of(alice) is not None


def test_another_time_zone_is_worked_out_anew(session: Session, alice: Member) -> None:
    import_done(alice, export_json(many(300), []), exported_at=at("2025-01-02"))
    account = session.get_one(Account, account_scope(alice).account_id)
    public_id = account.public_id
    accounts.change_account(alice.scope, public_id, alice.actor, timezone="UTC", display_name="Same zone")
    assert waiting(session) == 0
    accounts.change_account(alice.scope, public_id, alice.actor, timezone="Asia/Tokyo", display_name=None)
    assert (waiting(session), fit_of(alice)) == (1, None)
    run_jobs()
    fit = fit_of(alice)
    assert fit == work_out(account_scope(alice), "Asia/Tokyo")
    assert fit != work_out(account_scope(alice), "UTC")


def test_it_may_run_twice_and_be_killed_before_its_end(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_done(alice, export_json(many(300), []), exported_at=at("2025-01-02"))
    session.query(GrowthModel).delete()
    session.commit()

    def die(point: Failpoint) -> None:
        if point is Failpoint.FIT_BEFORE_COMMIT:
            raise Killed

    job = queue_of(alice)
    with monkeypatch.context() as patch:
        patch.setattr(kept_fits, "reach", die)
        with pytest.raises(Killed):
            run_job(job, HANDLERS)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(GrowthModel)) == 0
    let_leases_expire()
    assert run_job(job, HANDLERS) is JobState.DONE
    assert run_job(queue_of(alice), HANDLERS) is JobState.DONE
    assert session.scalar(select(func.count()).select_from(GrowthModel)) == 1


def test_an_import_that_comes_meanwhile_leaves_the_work_to_its_own_job(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_done(alice, export_json(many(300), []), exported_at=at("2025-01-02"))
    session.query(GrowthModel).delete()
    session.commit()

    def slow(reader: Reader, timezone: str) -> GrowthFit:
        with transaction() as writing:
            writing.get_one(Account, reader.account_id).revision += 1
        return work_out(reader, timezone)

    monkeypatch.setattr(growth, "work_out", slow)
    assert run_job(queue_of(alice), HANDLERS) is JobState.DONE
    assert session.scalar(select(func.count()).select_from(GrowthModel)) == 0


def test_an_account_that_was_deleted_needs_no_growth(session: Session, alice: Member) -> None:
    import_done(alice, export_json(many(300), []), exported_at=at("2025-01-02"))
    job = queue_of(alice)
    account = session.get_one(Account, account_scope(alice).account_id)
    accounts.delete_account(alice.scope, account.public_id, account.handle, alice.actor)
    assert run_job(job, HANDLERS) is JobState.DONE
    run_jobs()
    session.rollback()
    assert session.scalar(select(func.count()).select_from(GrowthModel)) == 0


def test_the_schedule_finds_whose_growth_is_not_kept(session: Session, alice: Member) -> None:
    """An account of an older version of the app, or one whose job failed, is not forgotten."""
    import_done(alice, export_json(many(300), []), exported_at=at("2025-01-02"))
    import_done(alice, export_json(many(3), [], owner="small.one"))
    session.query(GrowthModel).delete()
    session.commit()

    def plan() -> None:
        with transaction() as writing:
            job = add_job(writing, JobKind.GROWTH_FIT).id
        assert run_job(job, HANDLERS) is JobState.DONE

    plan()
    plan()
    assert waiting(session) == 1
    run_jobs()
    assert session.scalar(select(func.count()).select_from(GrowthModel)) == 1
    plan()
    assert waiting(session) == 0
