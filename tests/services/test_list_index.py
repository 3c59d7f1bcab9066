"""The job that packs long lists: readers get a whole list or none, whatever dies meanwhile."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, many, run_jobs
from tests.ledgers import at, let_leases_expire, parse_here, row_counts
from webapp.analytics import list_index as copies
from webapp.analytics.accounts import list_accounts
from webapp.analytics.follows import list_follows
from webapp.analytics.list_index import copies_path, find_packed, sweep_copies
from webapp.analytics.visible import find_newest_complete
from webapp.domain.failpoints import Failpoint
from webapp.domain.period import Period
from webapp.domain.query import FollowQuery
from webapp.domain.sections import Section
from webapp.models import Account, Export, Job, JobState, ListIndex, ListIndexPiece
from webapp.queue import JobKind
from webapp.services import accounts, ledger_reading, list_index
from webapp.services.handlers import HANDLERS
from webapp.services.jobs import add_job, run_job
from webapp.services.ledger_reading import StoredSpells
from webapp.services.transaction import transaction

SEARCH = FollowQuery(Period(None, None, "UTC"), search="person0001")


class Killed(BaseException):
    """A process that ends here."""


@pytest.fixture(autouse=True)
def every_list_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)
    monkeypatch.setattr(copies, "LEAST_ROWS", 5)
    monkeypatch.setattr(list_index, "_PIECE_BYTES", 100)
    monkeypatch.setattr(list_index, "_READ_ROWS", 7)


def tokens(session: Session) -> set[str]:
    session.rollback()
    return set(session.scalars(select(ListIndex.token).where(ListIndex.is_ready)))


def pieces(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(ListIndexPiece)) or 0


def queue_of(account_id: int) -> str:
    with transaction() as writing:
        return add_job(writing, JobKind.LIST_INDEX, arguments={"account_id": account_id}).id


def queue_again(member: Member) -> str:
    return queue_of(account_scope(member).account_id)


def is_packed(member: Member, section: Section = Section.FOLLOWERS) -> bool:
    newest = find_newest_complete(account_scope(member), section)
    assert newest is not None
    return find_packed(newest, section) is not None


def test_lists_are_packed_after_an_import_if_they_are_long(session: Session, alice: Member) -> None:
    import_done(alice, export_json(many(30), many(4)))
    assert is_packed(alice)
    assert not is_packed(alice, Section.FOLLOWING)
    assert [entry.stem for entry in copies_path().iterdir()] == list(tokens(session))
    assert list_follows(account_scope(alice), Section.FOLLOWERS, SEARCH).total == 10


def test_short_lists_need_no_job(session: Session, alice: Member) -> None:
    import_done(alice, export_json(many(4), many(4)))
    assert session.scalar(select(func.count()).where(Job.kind == JobKind.LIST_INDEX)) == 0


def test_a_list_that_did_not_change_is_not_packed_again(session: Session, alice: Member) -> None:
    import_done(alice, export_json(many(30), many(20)), exported_at=at("2025-03-01"))
    first = tokens(session)
    import_done(alice, export_json(None, many(20)[1:]), exported_at=at("2025-04-01"))
    import_done(alice, export_json(many(29), many(19)), exported_at=at("2025-02-01"))
    assert len(first & tokens(session)) == 1, "the followers' list is the one of the first export"
    assert len(tokens(session)) == 2
    assert is_packed(alice)
    assert is_packed(alice, Section.FOLLOWING)
    queue_again(alice)
    before = tokens(session)
    run_jobs()
    assert tokens(session) == before


def test_a_newer_list_takes_the_place_of_the_old_one_and_nothing_of_that_stays(session: Session, alice: Member) -> None:
    import_done(alice, export_json(many(30), []), exported_at=at("2025-03-01"))
    old, size = tokens(session), pieces(session)
    import_done(alice, export_json(many(29), []), exported_at=at("2025-04-01"))
    assert not old & tokens(session)
    assert len(tokens(session)) == session.scalar(select(func.count()).select_from(ListIndex)) == 1
    assert pieces(session) <= size
    assert {entry.stem for entry in copies_path().iterdir()} == tokens(session)


def test_an_import_reads_the_packed_list_in_place_of_the_tables(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_reading, "_PAGE", 7)
    import_done(alice, export_json([*many(30), ("TwoOfOneSecond", many(30)[4][1])], []))
    scope = account_scope(alice)
    spells = StoredSpells(session, scope.account_id, scope.revision, Section.FOLLOWERS)
    for newest_first in (True, False):
        stored = [row for page in spells._stored_pages(newest_first=newest_first) for row in page.items()]
        with monkeypatch.context() as patch:
            patch.setattr(StoredSpells, "_stored_pages", None)
            packed = [row for page in spells.pages(newest_first=newest_first) for row in page.items()]
        assert packed == stored
        assert len(stored) == 31
    queue_again(alice)
    with transaction() as writing:
        writing.execute(update(ListIndex).values(is_ready=False))
    found = [row for page in spells.pages(newest_first=True) for row in page.items()]
    assert found == stored[::-1], "the tables answer while nothing is packed"


@pytest.mark.parametrize("point", [Failpoint.INDEX_BEFORE_COMMIT, Failpoint.INDEX_AFTER_COMMIT])
@pytest.mark.parametrize("hit", [1, 3, 8])
def test_a_job_that_dies_anywhere_leaves_a_whole_list_or_none_and_the_next_try_ends_it(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch, point: Failpoint, hit: int
) -> None:
    import_done(alice, export_json(many(30), []), exported_at=at("2025-03-01"))
    expected = list_follows(account_scope(alice), Section.FOLLOWERS, SEARCH)
    size = pieces(session)
    with monkeypatch.context() as patch:
        patch.setattr(copies, "LEAST_ROWS", 1000)
        import_done(alice, export_json([*many(30), ("x", "2025-03-02 00:00:00")], []), exported_at=at("2025-04-01"))
    job_id = queue_again(alice)
    left = hit

    def die(reached: Failpoint) -> None:
        nonlocal left
        left -= reached is point
        if left == 0:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(list_index, "reach", die)
        with pytest.raises(Killed):
            run_job(job_id, HANDLERS)
    session.rollback()
    assert list_follows(account_scope(alice), Section.FOLLOWERS, SEARCH).rows == expected.rows
    let_leases_expire()
    assert run_job(job_id, HANDLERS) is JobState.DONE
    assert is_packed(alice)
    assert session.scalar(select(func.count()).select_from(ListIndex)) == 1
    assert size <= pieces(session) <= size + 1
    assert list_follows(account_scope(alice), Section.FOLLOWERS, SEARCH).rows == expected.rows


def test_rows_that_do_not_agree_with_the_export_make_no_list(
    session: Session, alice: Member, caplog: pytest.LogCaptureFixture
) -> None:
    import_done(alice, export_json(many(30), []), exported_at=at("2025-03-01"))
    export = session.scalars(select(Export)).one()
    export.sections = {**export.sections, "followers": {**export.sections["followers"], "kept": 31}}
    session.query(ListIndex).delete()
    session.commit()
    job_id = queue_again(alice)
    assert run_job(job_id, HANDLERS) is JobState.DONE
    assert session.scalar(select(func.count()).select_from(ListIndex)) == 0
    assert "30 rows where the export has 31" in caplog.text


def test_a_list_that_is_superseded_while_it_is_packed_is_thrown_away(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_done(alice, export_json(many(30), []), exported_at=at("2025-03-01"))
    session.query(ListIndex).delete()
    session.commit()
    job_id = queue_again(alice)
    begin = list_index._begin

    def begin_and_import(*arguments: object) -> int:
        index_id = begin(*arguments)  # type: ignore[arg-type]
        with monkeypatch.context() as patch:
            patch.setattr(copies, "LEAST_ROWS", 1000)
            import_done(alice, export_json(many(29), []), exported_at=at("2025-04-01"))
        return index_id

    monkeypatch.setattr(list_index, "_begin", begin_and_import)
    assert run_job(job_id, HANDLERS) is JobState.DONE
    assert session.scalar(select(func.count()).select_from(ListIndex)) == pieces(session) == 0


def test_a_job_that_is_given_up_leaves_nothing(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(copies, "LEAST_ROWS", 1000)
        import_done(alice, export_json(many(30), []))
    job_id = queue_again(alice)

    def fail(_: Failpoint) -> None:
        raise RuntimeError("out of luck")

    monkeypatch.setattr(list_index, "reach", fail)
    monkeypatch.setattr(list_index, "_left_over", lambda *_: ListIndex.id == 0)
    for _ in range(3):
        run_job(job_id, HANDLERS)
        let_leases_expire()
    session.rollback()
    assert session.get_one(Job, job_id).state is JobState.FAILED
    assert session.scalar(select(func.count()).select_from(ListIndex)) == pieces(session) == 0


def test_a_machine_without_a_copy_fetches_one_and_a_short_copy_is_never_read(session: Session, alice: Member) -> None:
    import_done(alice, export_json(many(30), []))
    copy = next(copies_path().iterdir())
    content = copy.read_bytes()
    copy.unlink()
    copies._open.clear()
    assert is_packed(alice)
    assert copy.read_bytes() == content
    copies._open.clear()
    copy.write_bytes(content[:-1])
    assert not is_packed(alice)
    assert list_follows(account_scope(alice), Section.FOLLOWERS, SEARCH).total == 10


def test_pieces_that_are_gone_are_no_list(session: Session, alice: Member) -> None:
    import_done(alice, export_json(many(30), []))
    next(copies_path().iterdir()).unlink()
    copies._open.clear()
    session.delete(session.scalars(select(ListIndexPiece).order_by(ListIndexPiece.ordinal.desc())).first())
    session.commit()
    assert not is_packed(alice)
    assert list(copies_path().iterdir()) == []


def test_a_sweep_takes_what_belongs_to_no_list_and_leaves_what_is_being_written(
    session: Session, alice: Member
) -> None:
    import_done(alice, export_json(many(30), []))
    kept = next(copies_path().iterdir())
    fresh = copies_path() / "a.b.part"
    for name in (fresh.name, "0" * 20 + ".list", "notes.txt"):
        (copies_path() / name).write_bytes(b"x")
    assert sweep_copies() == 2
    assert set(copies_path().iterdir()) == {kept, fresh}


def test_a_deleted_account_takes_its_packed_lists_and_copies_along(session: Session, alice: Member) -> None:
    import_done(alice, export_json(many(30), many(20)))
    assert len(list(copies_path().iterdir())) == 2
    account = list_accounts(alice.scope)[0]
    accounts.delete_account(alice.scope, account.public_id, account.handle, alice.actor)
    late = queue_of(account.id)
    run_jobs()
    assert session.get_one(Job, late).state is JobState.DONE
    assert not {"list_index", "list_index_piece"} & row_counts(session).keys()
    assert list(copies_path().iterdir()) == []
    assert session.scalars(select(Account)).all() == []
