"""Making, changing and ending public links, and what they are made to show."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.factories import Cast, Member, account_scope, export_json, import_done, many, run_jobs
from tests.shares import POSTS, furnish_account, make_share, share_of
from webapp.analytics.reports.payload import decode
from webapp.domain.errors import Conflict, ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.metrics import MetricKey
from webapp.domain.redaction import NameDisplay, NumberDisplay, Redaction
from webapp.domain.report_query import ReportQuery
from webapp.domain.reports import Report, ReportSection
from webapp.domain.scope import Role
from webapp.domain.shares import MAX_SHARES, ShareState
from webapp.extensions import db
from webapp.models import AuditAction, AuditEvent, Job, JobState, ShareLink, ShareMode, SharePayload, User
from webapp.queue import JobKind
from webapp.services import kept_folder, share_files, share_states, shares
from webapp.services.members import Place, change_member, remove_member
from webapp.services.redaction import link_cipher
from webapp.services.report_queries import read_query, write_query
from webapp.services.share_door import find_door
from webapp.services.share_files import SHARE_FILES
from webapp.services.share_making import find_shared
from webapp.services.shares import NewShare, ShareTerms, ShareWishes, create_share
from webapp.services.transaction import transaction

pytestmark = [
    pytest.mark.usefixtures("app_context"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
TERMS = ShareTerms("", "", allows_pdf=False, max_views=None)


@pytest.fixture
def app_context(app: Flask, cast: Cast) -> Any:
    with app.app_context():
        furnish_account(cast.alice)
        yield
        db.session.remove()


def report_of(made: NewShare) -> Report:
    payload = db.session.get_one(SharePayload, share_of(made).payload_id)
    return decode(payload.body)


def state_of(member: Member, made: NewShare) -> ShareState:
    db.session.rollback()
    return share_states.get_share(account_scope(member), made.public_id).state


def grow(member: Member) -> None:
    import_done(member, export_json(many(40), many(4, "brand"), posts=POSTS), exported_at=1_739_000_000)


def test_a_link_shows_what_its_maker_asked_for_and_keeps_the_rest_to_itself(cast: Cast) -> None:
    query = ReportQuery(sections=(ReportSection.FIGURES, ReportSection.CHANGES), shows_account=False)
    made = make_share(cast.alice, query=query, names=NameDisplay.HIDDEN, numbers=NumberDisplay.INDEXED)
    share, report = share_of(made), report_of(made)
    assert (report.head.team, report.head.handle, report.head.display_name) == (None, None, None)
    assert report.figures is not None
    assert report.changes is not None
    assert report.posts is None
    assert (report.changes.came, report.changes.left) == ((), ())
    assert share.token_hash != made.token
    assert state_of(cast.alice, made) is ShareState.OPEN
    assert read_query(share.query) == query


def test_two_links_of_one_report_call_people_by_other_pseudonyms(cast: Cast) -> None:
    first, second = (report_of(make_share(cast.alice, names=NameDisplay.PSEUDONYMS)) for _ in range(2))
    assert first.changes is not None
    assert second.changes is not None
    names = [{person.name for person in report.changes.came} for report in (first, second) if report.changes]
    assert all(name.startswith("person.") for name in names[0] | names[1])
    assert len(names[0]) == len(names[1]) == 3
    assert not names[0] & names[1]


def test_what_is_kept_from_the_maker_is_kept_from_visitors_too(cast: Cast) -> None:
    scope, told = account_scope(cast.erin), Redaction(numbers=NumberDisplay.ROUNDED, cipher=link_cipher("a link"))
    report = find_shared(scope, ReportQuery(), told, 1_740_000_000)
    assert (report.head.names, report.head.numbers) == (NameDisplay.PSEUDONYMS, NumberDisplay.ROUNDED)
    assert report.changes is not None
    assert all(person.name.startswith("person.") for person in report.changes.came)
    with pytest.raises(Forbidden):
        create_share(cast.erin.actor, account_scope(cast.erin), ShareWishes(ReportQuery()))


def test_a_frozen_link_stays_as_it_is_and_a_live_one_follows_each_import(cast: Cast) -> None:
    frozen, live = make_share(cast.alice), make_share(cast.alice, mode=ShareMode.LIVE)
    before = {made: report_of(made).figure(MetricKey.FOLLOWERS) for made in (frozen, live)}
    earlier = share_of(live).payload_id
    grow(cast.alice)
    assert report_of(frozen).figure(MetricKey.FOLLOWERS) == before[frozen]
    newest = report_of(live).figure(MetricKey.FOLLOWERS)
    assert newest is not None
    assert newest.value == 40
    assert db.session.get(SharePayload, earlier) is None


def test_an_import_queues_nothing_for_an_account_without_live_links(cast: Cast) -> None:
    make_share(cast.alice)
    gone = make_share(cast.alice, mode=ShareMode.LIVE)
    shares.revoke_share(cast.alice.actor, account_scope(cast.alice), gone.public_id)
    grow(cast.alice)
    assert db.session.scalar(select(func.count()).where(Job.kind == JobKind.SHARES_REFRESH)) == 0


def test_a_live_link_whose_numbers_cannot_be_made_anew_goes_on_showing_the_old_ones(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_share(cast.alice, mode=ShareMode.LIVE)
    before = report_of(made)

    def fail(*_arguments: object, **_named: object) -> Report:
        raise Invalid(ErrorCode.FIELD_INVALID, field="period", value="")

    monkeypatch.setattr("webapp.services.share_making.find_report", fail)
    grow(cast.alice)
    assert report_of(made) == before
    assert share_of(made).error == ErrorCode.FIELD_INVALID.value
    monkeypatch.undo()
    shares.try_again(cast.alice.actor, account_scope(cast.alice), made.public_id)
    run_jobs()
    assert share_of(made).error is None
    assert report_of(made) != before


def test_making_twice_leaves_one_payload_and_one_set_of_files(cast: Cast) -> None:
    made = make_share(cast.alice, allows_pdf=True)
    with transaction() as session:
        shares.queue_making(session, session.get_one(ShareLink, share_of(made).id), cast.alice.team_id)
    run_jobs()
    payload = db.session.scalars(select(SharePayload)).one()
    assert share_of(made).payload_id == payload.id
    kept = {name for name in (payload.pdf, payload.image) if name}
    assert {path.name for path in SHARE_FILES.path.iterdir()} == kept
    assert (SHARE_FILES.path / str(payload.pdf)).read_bytes().startswith(b"%PDF")


def test_an_older_job_does_not_overwrite_what_a_newer_one_is_for(cast: Cast) -> None:
    made = make_share(cast.alice)
    shown = share_of(made).payload_id
    with transaction() as session:
        share = session.get_one(ShareLink, share_of(made).id)
        shares.queue_making(session, share, cast.alice.team_id)
        share.job_id = "another"
    assert run_jobs() == [JobState.DONE]
    assert share_of(made).payload_id == shown


def test_another_recipient_is_drawn_anew_over_the_same_numbers(cast: Cast) -> None:
    made = make_share(cast.alice, recipient="Acme", allows_pdf=True)
    before = db.session.scalars(select(SharePayload)).one()
    body, pdf = before.body, before.pdf
    grow(cast.alice)
    terms = replace(TERMS, recipient="Globex", allows_pdf=True)
    shares.change_share(cast.alice.actor, account_scope(cast.alice), made.public_id, terms)
    # Until it is drawn nobody gets the sheet that names somebody else.
    assert db.session.scalars(select(SharePayload.pdf)).one() is None
    assert SHARE_FILES.find(pdf) is None
    run_jobs()
    after = db.session.scalars(select(SharePayload)).one()
    assert after.body == body
    assert after.pdf not in (None, pdf)


def test_a_change_is_recorded_with_what_was_and_nothing_of_the_people(cast: Cast) -> None:
    made = make_share(cast.alice, recipient="Acme", title="For Acme", password="a long enough secret")
    terms = replace(TERMS, recipient="Globex", days=90, password="another long secret", max_views=5)
    shares.change_share(cast.alice.actor, account_scope(cast.alice), made.public_id, terms)
    query = select(AuditEvent).where(AuditEvent.target == made.public_id).order_by(AuditEvent.id)
    created, changed = db.session.scalars(query).all()
    assert (created.action, changed.action) == (AuditAction.SHARE_CREATED, AuditAction.SHARE_CHANGED)
    assert changed.detail["before"]["max_views"] is None
    assert (changed.detail["after"]["max_views"], changed.detail["after"]["password_version"]) == (5, 1)
    told = json.dumps([created.detail, changed.detail])
    assert not [word for word in ("Acme", "Globex", "secret", made.token, "argon2") if word in told]


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        ({"days": 0}, "days"),
        ({"days": 366}, "days"),
        ({"max_views": 0}, "max_views"),
        ({"title": "x" * 121}, "title"),
        ({"recipient": "x" * 121}, "recipient"),
        ({"password": "short"}, "password"),
        ({"password": "password12"}, "password"),
    ],
)
def test_what_no_link_can_be_is_refused_by_its_field(cast: Cast, wishes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        create_share(cast.alice.actor, account_scope(cast.alice), ShareWishes(ReportQuery(), **wishes))
    assert refused.value.params["field"] == field
    assert db.session.scalar(select(func.count()).select_from(ShareLink)) == 0


def test_an_account_has_so_many_links_at_once_and_no_more(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_SHARES >= 100
    monkeypatch.setattr(shares, "MAX_SHARES", 2)
    first, _ = make_share(cast.alice), make_share(cast.alice)
    with pytest.raises(Invalid, match="shares_too_many"):
        make_share(cast.alice)
    shares.revoke_share(cast.alice.actor, account_scope(cast.alice), first.public_id)
    make_share(cast.alice)


def test_a_link_is_paused_opened_again_and_revoked_once_each(cast: Cast) -> None:
    made, scope, actor = make_share(cast.alice), account_scope(cast.alice), cast.alice.actor
    for act, state in (
        (shares.pause_share, ShareState.PAUSED),
        (shares.resume_share, ShareState.OPEN),
        (shares.revoke_share, ShareState.REVOKED),
    ):
        act(actor, scope, made.public_id)
        assert state_of(cast.alice, made) is state
        with pytest.raises(Conflict):
            act(actor, scope, made.public_id)
    with pytest.raises(Conflict):
        shares.change_share(actor, scope, made.public_id, TERMS)
    assert db.session.scalar(select(func.count()).select_from(SharePayload)) == 0


def test_nobody_touches_a_link_of_others(cast: Cast) -> None:
    made = make_share(cast.alice)
    import_done(cast.charlie, export_json(many(3), many(2, "brand"), owner="charlies.own"))
    theirs = account_scope(cast.charlie)
    for act in (shares.pause_share, shares.revoke_share, shares.try_again):
        with pytest.raises(NotFound):
            act(cast.charlie.actor, theirs, made.public_id)
    with pytest.raises(NotFound):
        shares.change_share(cast.charlie.actor, theirs, made.public_id, TERMS)
    with pytest.raises(Forbidden):
        shares.revoke_share(cast.bob.actor, account_scope(cast.bob), made.public_id)
    assert state_of(cast.alice, made) is ShareState.OPEN


def test_a_member_who_is_removed_takes_their_links_along(cast: Cast) -> None:
    """SECURITY 35."""
    made, others = make_share(cast.dana), make_share(cast.alice)
    remove_member(cast.alice.scope, public_id_of(cast.dana), cast.alice.actor)
    with pytest.raises(NotFound):
        find_door(made.token)
    assert state_of(cast.alice, made) is ShareState.REVOKED
    assert find_door(others.token).public_id == others.public_id


def test_a_member_who_may_share_no_more_closes_their_links_and_their_jobs_are_refused(cast: Cast) -> None:
    """SECURITY 35, 40."""
    made = make_share(cast.dana, mode=ShareMode.LIVE)
    change_member(cast.alice.scope, public_id_of(cast.dana), cast.alice.actor, Place(Role.VIEWER))
    with pytest.raises(NotFound):
        find_door(made.token)
    assert state_of(cast.alice, made) is ShareState.ORPHANED
    grow(cast.alice)
    assert share_of(made).error == ErrorCode.JOB_REFUSED.value


def test_a_link_over_for_a_month_leaves_no_payload_behind(cast: Cast) -> None:
    made, standing = make_share(cast.alice, days=1, allows_pdf=True), make_share(cast.alice)
    shares.forget_expired(datetime.now(UTC) + timedelta(days=1))
    assert db.session.scalar(select(func.count()).select_from(SharePayload)) == 2
    shares.forget_expired(datetime.now(UTC) + timedelta(days=32))
    assert share_of(made).payload_id is None
    assert not list(SHARE_FILES.path.glob("*.pdf"))
    assert share_of(standing).payload_id is not None
    shares.forget_expired(datetime.now(UTC) + timedelta(days=62))
    # Opened for longer, it is made anew.
    shares.change_share(cast.alice.actor, account_scope(cast.alice), standing.public_id, replace(TERMS, days=90))
    assert run_jobs() == [JobState.DONE]
    assert share_of(standing).payload_id is not None


def test_files_that_belong_to_no_payload_are_swept(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    make_share(cast.alice, allows_pdf=True)
    kept = set(SHARE_FILES.path.iterdir())
    SHARE_FILES.write(b"orphan", "png")
    assert share_files.sweep() == 0
    monkeypatch.setattr(kept_folder, "_ORPHAN_SECONDS", -5)
    assert share_files.sweep() == 1
    assert set(SHARE_FILES.path.iterdir()) == kept


def test_an_erased_person_leaves_what_links_show(cast: Cast) -> None:
    made = make_share(cast.alice, names=NameDisplay.SHOWN)
    other = make_share(cast.alice)
    untouched = share_of(other).job_id
    with transaction() as session:
        shares.forget_names(session, account_scope(cast.alice).account_id, ["NewComer00001"])
    assert run_jobs() == [JobState.DONE]
    report = report_of(made)
    assert report.changes is not None
    assert {person.name for person in report.changes.came} == {"newcomer00000", "newcomer00002"}
    assert share_of(other).job_id == untouched


def test_what_is_being_made_while_somebody_is_erased_is_made_again(cast: Cast) -> None:
    made = create_share(cast.alice.actor, account_scope(cast.alice), ShareWishes(ReportQuery()))
    earlier = share_of(made).job_id
    with transaction() as session:
        shares.forget_names(session, account_scope(cast.alice).account_id, ["newcomer00001"])
    assert share_of(made).job_id != earlier
    assert run_jobs() == [JobState.DONE, JobState.DONE]
    assert db.session.scalar(select(func.count()).select_from(SharePayload)) == 1


def test_a_query_comes_back_from_the_database_as_it_went_there() -> None:
    query = ReportQuery(sections=(ReportSection.POSTS,), notes="été\n", shows_account=False)
    assert read_query(json.loads(json.dumps(write_query(query)))) == query


def public_id_of(member: Member) -> str:
    return db.session.get_one(User, member.user_id).public_id
