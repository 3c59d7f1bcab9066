"""Imports whose job crashed or was refused: what is kept of them, and who may try again."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import Member, export_json, import_file, many, run_jobs
from tests.ledgers import let_leases_expire, lists_of, parse_here
from webapp.domain.errors import Conflict, ErrorCode
from webapp.extensions import db
from webapp.models import ImportRun, ImportState, Job, JobState
from webapp.services import import_jobs, jobs
from webapp.services.handlers import HANDLERS
from webapp.services.imports import ImportWishes
from webapp.services.uploads import discard_upload, work_path


class Killed(BaseException):
    """A process that ends here."""


def row(job_id: str) -> Job:
    db.session.rollback()
    return db.session.get_one(Job, job_id)


@pytest.fixture
def crashed(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> tuple[int, str]:
    """An import whose reading killed its worker three times, and the job of it."""
    caplog.set_level(logging.CRITICAL)

    def die(*_arguments: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(import_jobs, "extract_in_child", die)
        with pytest.raises(Killed):
            import_file(alice, export_json(many(3)), wishes=ImportWishes(commits_itself=True))
        for _ in range(2):
            let_leases_expire()
            with pytest.raises(Killed):
                run_jobs()
        let_leases_expire()
    parse_here(monkeypatch)
    job = session.scalars(select(Job)).one()
    assert job.import_id is not None
    return job.import_id, job.id


def test_an_import_whose_job_crashed_is_failed_with_a_reason(session: Session, crashed: tuple[int, str]) -> None:
    run_id, job_id = crashed
    run = session.get_one(ImportRun, run_id)
    assert (run.state, run.error_code) == (ImportState.FAILED, ErrorCode.JOB_CRASHED)
    assert row(job_id).state is JobState.FAILED
    assert work_path(run.public_id).exists(), "an admin may try again"


def test_a_crashed_import_is_tried_again_while_its_file_is_there(
    session: Session, alice: Member, crashed: tuple[int, str]
) -> None:
    run_id, job_id = crashed
    jobs.retry_job(alice.actor, job_id, HANDLERS)
    assert set(run_jobs()) == {JobState.DONE}
    session.rollback()
    run = session.get_one(ImportRun, run_id)
    assert (run.state, run.error_code, run.ended_at is not None) == (ImportState.DONE, None, True)
    assert len(lists_of(alice, "demo.maker")[0]) == 3


def test_a_crashed_import_without_its_file_cannot_be_tried_again(
    session: Session, alice: Member, crashed: tuple[int, str]
) -> None:
    run_id, job_id = crashed
    discard_upload(session.get_one(ImportRun, run_id).public_id)
    with pytest.raises(Conflict) as refusal:
        jobs.retry_job(alice.actor, job_id, HANDLERS)
    assert refusal.value.code is ErrorCode.UPLOAD_GONE
    assert row(job_id).state is JobState.FAILED


def test_a_refused_file_cannot_be_tried_again(session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)
    run = import_file(alice, b'{"hello": "world"}')
    assert run.state is ImportState.FAILED
    job_id = session.scalars(select(Job.id)).one()
    with pytest.raises(Conflict):
        jobs.retry_job(alice.actor, job_id, HANDLERS)
