"""The pages of imports: sending files, the preview and its names, decisions, moving in time and taking back."""

from __future__ import annotations

import csv
import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.factories import (
    Member,
    account_scope,
    export_json,
    import_file,
    many,
    run_jobs,
    sign_in,
)
from tests.ledgers import at, follow_list, parse_here
from tests.web.pages import csrf_token, send
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import Account, FormerHandle, ImportRun, ImportState, Job, JobState
from webapp.services.imports import ImportWishes
from webapp.services.uploads import uploads_path

FRAGMENT = {"HX-Request": "true", "HX-Target": ""}
FIRST, LATER = at("2025-02-01"), at("2025-06-01")


@pytest.fixture(autouse=True)
def parsed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


@pytest.fixture
def alice_at(client: FlaskClient, alice: Member) -> FlaskClient:
    """A browser with Alice's session."""
    sign_in(client, alice)
    return client


def bring(app: Flask, member: Member, file: bytes, exported_at: int | None = FIRST, *, commits: bool = True) -> str:
    """Bring a file in up to where it waits or is done; return its public id."""
    with app.app_context():
        wishes = ImportWishes(commits_itself=commits, exported_at=exported_at)
        public_id = import_file(member, file, wishes=wishes).public_id
        db.session.remove()
    return public_id


def work(app: Flask) -> None:
    """Do what is queued."""
    with app.app_context():
        run_jobs()
        db.session.remove()


def state(app: Flask, public_id: str) -> ImportState:
    with app.app_context():
        return db.session.scalars(select(ImportRun.state).where(ImportRun.public_id == public_id)).one()


def names(app: Flask, member: Member, section: Section = Section.FOLLOWERS, handle: str | None = None) -> set[str]:
    """Return the names on a list as the pages see it."""
    with app.app_context():
        return {name for name, _ in follow_list(account_scope(member, handle), section) or ()}


def files(*contents: tuple[bytes, str]) -> dict[str, object]:
    return {"file": [(io.BytesIO(content), name) for content, name in contents]}


def upload(client: FlaskClient, *contents: tuple[bytes, str]) -> TestResponse:
    token = csrf_token(client.get("/imports"))
    return client.post("/imports", data={"csrf_token": token, **files(*contents)}, content_type="multipart/form-data")


def value_of(page: str, section: str, label: str) -> str:
    """Return the count beside a label in the card of a section."""
    card = page.split(f'aria-labelledby="section-{section}"')[1].split("</section>")[0]
    found = re.search(rf"<dt>{re.escape(label)}(?:<br>.*?)?</dt><dd>(.*?)</dd>", card)
    assert found, (section, label, card)
    return re.sub(r"<[^>]+>", "", found[1])


# ---- sending ----


def test_one_file_leads_to_its_page(app: Flask, alice_at: FlaskClient) -> None:
    answer = upload(alice_at, (export_json(many(3)), "a.json"))
    assert answer.status_code == 303
    assert re.fullmatch(r"/imports/\w{20}", answer.headers["Location"])


def test_several_files_in_one_form_become_imports_of_their_own(app: Flask, alice_at: FlaskClient) -> None:
    answer = upload(alice_at, *((export_json(many(n + 1)), f"export{n}.json") for n in range(3)))
    assert answer.headers["Location"] == "/imports"
    page = alice_at.get("/imports").text
    assert "3 files were received." in page
    assert [f"export{n}.json" in page for n in range(3)] == [True] * 3
    work(app)
    assert "3 files are ready to import" in alice_at.get("/imports").text


def test_a_refused_file_does_not_stop_the_others(app: Flask, alice_at: FlaskClient) -> None:
    upload(alice_at, (export_json(many(3)), "good.json"), (b"", "empty.json"), (export_json(many(4)), "better.json"))
    page = alice_at.get("/imports").text
    assert "empty.json: The file is empty." in page
    assert "2 files were received." in page
    with app.app_context():
        assert set(db.session.scalars(select(ImportRun.file_name))) == {"good.json", "better.json"}


def test_a_form_without_a_file_says_so(alice_at: FlaskClient) -> None:
    assert upload(alice_at).status_code == 422
    assert upload(alice_at, (b"", "")).status_code == 422


def test_no_part_of_an_upload_is_left_behind(app: Flask, alice_at: FlaskClient) -> None:
    upload(alice_at, (b"", "empty.json"), (export_json(many(3)), "good.json"), (b"", ""))
    with app.app_context():
        assert list(uploads_path().glob("*.part")) == []


# ---- preview ----


def test_the_preview_counts_every_kind_and_opens_the_names_behind_each(
    app: Flask, alice: Member, alice_at: FlaskClient
) -> None:
    old = many(30)
    bring(app, alice, export_json(old, many(4, "brand")))
    newer = [
        ("person00000", "2025-03-01 10:00:00"),
        *old[1:28],
        ("fresh", "2025-04-01 10:00:00"),
        ("N/A", "2020-01-01 00:00:00"),
    ]
    waiting = bring(app, alice, export_json(newer, None), LATER, commits=False)
    page = alice_at.get(f"/imports/{waiting}").text
    shown = {
        label: value_of(page, "followers", label)
        for label in ("Read", "New", "Unchanged", "Skipped", "No longer there")
    }
    assert shown == {"Read": "30", "New": "1", "Unchanged": "27", "Skipped": "1", "No longer there": "2"}
    assert value_of(page, "followers", "Followed again, on a newer date") == "1"
    assert "deleted accounts: 1" in page
    assert "Not in this file: left as it was." in page
    for kind, wanted in {
        "new": {"fresh"},
        "gone": {"person00028", "person00029"},
        "refollowed": {"person00000"},
    }.items():
        address = f"/imports/{waiting}/names?list=followers&show={kind}"
        assert address.replace("&", "&amp;") in page
        listed = alice_at.get(address).text
        assert set(re.findall(r"@<bdi>([^<]+)</bdi>", listed)) >= wanted
        text = alice_at.get(address.replace("/names?", "/names.csv?")).text
        rows = list(csv.reader(io.StringIO(text, newline="")))
        assert {row[0] for row in rows[1:]} == wanted, kind


def test_names_come_in_pages(app: Flask, alice: Member, alice_at: FlaskClient) -> None:
    bring(app, alice, export_json(many(5)))
    waiting = bring(app, alice, export_json([*many(5), *many(130, "new")]), LATER, commits=False)
    first = alice_at.get(f"/imports/{waiting}/names?list=followers&show=new").text
    assert "130 people" in first
    assert "1–100 of 130" in first
    second = alice_at.get(f"/imports/{waiting}/names?list=followers&show=new&page=2").text
    assert "101–130 of 130" in second
    shown = [set(re.findall(r"<bdi>(new\d+)</bdi>", page)) for page in (first, second)]
    assert (len(shown[0]), len(shown[1]), len(shown[0] | shown[1])) == (100, 30, 130)


@pytest.mark.parametrize(
    "query", ["list=followers&show=everybody", "list=posts&show=new", "", "list=followers&show=new&page=0"]
)
def test_names_of_no_such_list_are_refused(query: str, app: Flask, alice: Member, alice_at: FlaskClient) -> None:
    bring(app, alice, export_json(many(5)))
    waiting = bring(app, alice, export_json(many(6)), LATER, commits=False)
    assert alice_at.get(f"/imports/{waiting}/names?{query}").status_code == 422


def test_names_of_a_comparison_are_gone_once_it_is_written(app: Flask, alice: Member, alice_at: FlaskClient) -> None:
    bring(app, alice, export_json(many(5)))
    done = bring(app, alice, export_json(many(6)), LATER)
    assert alice_at.get(f"/imports/{done}/names?list=followers&show=new").status_code == 404
    assert f"/imports/{done}/names" not in alice_at.get(f"/imports/{done}").text


# ---- held ----


@pytest.fixture
def held(app: Flask, alice: Member) -> str:
    """An import that lacks 25 of 30 followers, and has a list of following that is plausible."""
    bring(app, alice, export_json(many(30), many(3, "brand")))
    return bring(app, alice, export_json(many(5), many(4, "brand")), LATER, commits=False)


def test_a_held_list_is_a_question_with_three_answers(alice_at: FlaskClient, held: str) -> None:
    page = alice_at.get(f"/imports/{held}").text
    assert "Is the list of your followers complete?" in page
    assert "25 of the 30 people who followed you are not in this file." in page
    assert "It is true: these 25 people no longer follow me" in page
    assert "This file is incomplete: leave this list as it was and import the rest" in page
    assert re.findall(r'type="radio" name="(\w+)" value="(\w+)" required', page) == [
        ("answer_followers", "complete"),
        ("answer_followers", "incomplete"),
        ("answer_followers", "later"),
    ]
    assert "person00005" in page
    assert "See all 25" in page
    assert "Needs your decision" in alice_at.get("/imports").text


def test_the_answer_that_it_is_true_marks_them_as_gone(
    app: Flask, alice: Member, alice_at: FlaskClient, held: str
) -> None:
    send(alice_at, f"/imports/{held}", f"/imports/{held}/commit", answer_followers="complete")
    work(app)
    assert state(app, held) is ImportState.DONE
    assert len(names(app, alice)) == 5


def test_the_answer_that_it_is_incomplete_imports_only_the_rest(
    app: Flask, alice: Member, alice_at: FlaskClient, held: str
) -> None:
    send(alice_at, f"/imports/{held}", f"/imports/{held}/commit", answer_followers="incomplete")
    work(app)
    assert state(app, held) is ImportState.DONE
    assert len(names(app, alice)) == 30, "nobody was marked as gone"
    assert len(names(app, alice, Section.FOLLOWING)) == 4
    assert "You said that this list is incomplete: left as it was." in alice_at.get(f"/imports/{held}").text


def test_deciding_later_changes_nothing_and_leads_back_to_the_list(
    app: Flask, alice: Member, alice_at: FlaskClient, held: str
) -> None:
    answer = send(alice_at, f"/imports/{held}", f"/imports/{held}/commit", answer_followers="later")
    assert answer.headers["Location"] == "/imports"
    work(app)
    assert state(app, held) is ImportState.HELD
    assert len(names(app, alice)) == 30
    assert "The import waits here until you decide." in alice_at.get("/imports").text


@pytest.mark.parametrize("answer", [{}, {"answer_followers": "perhaps"}])
def test_without_an_answer_nothing_is_written(
    answer: dict[str, str], app: Flask, alice_at: FlaskClient, held: str
) -> None:
    assert send(alice_at, f"/imports/{held}", f"/imports/{held}/commit", **answer).status_code == 422
    assert state(app, held) is ImportState.HELD


def test_an_older_export_that_a_newer_one_speaks_against_says_so(
    app: Flask, alice: Member, alice_at: FlaskClient
) -> None:
    bring(app, alice, export_json(many(5)), LATER)
    waiting = bring(app, alice, export_json(many(30)), FIRST, commits=False)
    page = alice_at.get(f"/imports/{waiting}").text
    assert "25 of the 30 people in this file are not in the export that was made next" in page


def test_a_viewer_reads_the_question_and_cannot_answer(app: Flask, client: FlaskClient, bob: Member, held: str) -> None:
    sign_in(client, bob)
    page = client.get(f"/imports/{held}").text
    assert "Is the list of your followers complete?" in page
    assert "answer_followers" not in page
    assert "Needs your decision" not in client.get("/imports").text


# ---- whose file ----


@pytest.mark.parametrize(("shared", "is_proposed"), [(28, True), (3, False)])
def test_a_file_of_another_owner_asks_whose_it_is(
    shared: int, is_proposed: bool, app: Flask, alice: Member, alice_at: FlaskClient
) -> None:
    bring(app, alice, export_json(many(30)))
    strangers = [*many(shared), *many(30 - shared, "stranger")]
    waiting = bring(app, alice, export_json(strangers, owner="new.maker"), LATER, commits=False)
    page = alice_at.get(f"/imports/{waiting}").text
    assert "The file belongs to @new.maker, which is none of your accounts." in page
    assert "A new account, @new.maker" in page
    assert "@demo.maker was renamed to @new.maker" in page
    chosen = re.findall(r'name="owner" value="(\w+)" required( checked)?', page)
    assert [value == "new" for value, _ in chosen] == [True, False]
    assert [bool(checked) for _, checked in chosen] == [False, is_proposed]


def test_the_answer_that_it_was_renamed_goes_on_with_the_account(
    app: Flask, alice: Member, alice_at: FlaskClient
) -> None:
    bring(app, alice, export_json(many(30)))
    waiting = bring(app, alice, export_json(many(31), owner="new.maker"), LATER, commits=False)
    with app.app_context():
        account = db.session.scalars(select(Account.public_id)).one()
    send(alice_at, f"/imports/{waiting}", f"/imports/{waiting}/correct", owner=account)
    work(app)
    send(alice_at, f"/imports/{waiting}", f"/imports/{waiting}/commit")
    work(app)
    with app.app_context():
        assert list(db.session.scalars(select(Account.handle))) == ["new.maker"]
        assert list(db.session.scalars(select(FormerHandle.handle))) == ["demo.maker"]
    assert len(names(app, alice)) == 31


def test_the_answer_that_it_is_a_new_account_makes_one(app: Flask, alice: Member, alice_at: FlaskClient) -> None:
    bring(app, alice, export_json(many(30)))
    waiting = bring(app, alice, export_json(many(4), owner="new.maker"), LATER, commits=False)
    send(alice_at, f"/imports/{waiting}", f"/imports/{waiting}/correct", owner="new")
    work(app)
    send(alice_at, f"/imports/{waiting}", f"/imports/{waiting}/commit")
    work(app)
    assert len(names(app, alice, handle="new.maker")) == 4
    assert len(names(app, alice, handle="demo.maker")) == 30


def test_an_account_that_was_not_asked_about_is_no_answer(app: Flask, alice: Member, alice_at: FlaskClient) -> None:
    bring(app, alice, export_json(many(30)))
    waiting = bring(app, alice, export_json(many(4), owner="new.maker"), LATER, commits=False)
    answer = send(alice_at, f"/imports/{waiting}", f"/imports/{waiting}/correct", owner="0" * 20)
    assert answer.status_code == 422


# ---- done, moved, taken back ----


def test_the_first_import_leads_to_the_followers_and_a_later_one_to_what_changed(
    app: Flask, alice: Member, alice_at: FlaskClient
) -> None:
    first = bring(app, alice, export_json(many(30)))
    page = alice_at.get(f"/imports/{first}").text
    assert "30 people follow you." in page
    assert "See what changed" not in page
    later = bring(app, alice, export_json([*many(28), ("fresh", "2025-04-01 10:00:00")]), LATER)
    page = alice_at.get(f"/imports/{later}").text
    assert "1 person is new. 2 people no longer follow you." in page
    href = re.search(r'class="button button-primary" href="([^"]+)"', page)
    assert href
    assert href[1].startswith("/audience/changes?")
    assert alice_at.get(href[1].replace("&amp;", "&")).status_code == 200


def test_a_stored_export_is_moved_in_time_after_seeing_what_that_does(
    app: Flask, alice: Member, alice_at: FlaskClient
) -> None:
    older = bring(app, alice, export_json(many(30)))
    newer = bring(app, alice, export_json(many(29)), LATER)
    page = alice_at.get(f"/imports/{newer}/move?exported_at=2025-01-01T08:00").text
    assert "after the export of Feb 1, 2025, as the newest one" in page
    assert "before the export of Feb 1, 2025, as the oldest one" in page
    assert "The order of your exports changes." in page
    same = alice_at.get(f"/imports/{newer}/move?exported_at=2025-06-02T08:00").text
    assert "The order of your exports stays the same" in same
    answer = send(alice_at, f"/imports/{newer}", f"/imports/{newer}/move", exported_at="2025-01-01T08:00")
    assert answer.status_code == 303
    work(app)
    assert len(names(app, alice)) == 30, "the older file is the newest export now"
    assert "Jan 1, 2025, 8:00" in alice_at.get(f"/imports/{newer}").text
    assert state(app, older) is ImportState.DONE


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        (0, "What is known then begins with the export of Feb 1, 2025."),
        (1, "Who came and who left between Jan 1, 2025 and Mar 1, 2025 is then known for this whole time only"),
        (2, "The lists go back to those of Feb 1, 2025."),
    ],
)
def test_taking_an_import_back_says_first_what_happens(
    place: int, sentence: str, app: Flask, alice: Member, alice_at: FlaskClient
) -> None:
    runs = [bring(app, alice, export_json(many(30 + n)), at(f"2025-0{n + 1}-01")) for n in range(3)]
    page = alice_at.get(f"/imports/{runs[place]}/undo").text
    assert sentence in page
    assert len(names(app, alice)) == 32, "nothing happens by looking"
    assert f"/imports/{runs[place]}/undo" in alice_at.get("/imports").text
    answer = send(alice_at, f"/imports/{runs[place]}/undo", f"/imports/{runs[place]}/undo")
    assert answer.headers["Location"] == f"/imports/{runs[place]}"
    assert "This import is being taken back." in alice_at.get(f"/imports/{runs[place]}").text
    work(app)
    page = alice_at.get(f"/imports/{runs[place]}").text
    assert "This import was undone" in page
    assert "upload it again" in page
    assert len(names(app, alice)) == (31 if place == 2 else 32)
    assert f"/imports/{runs[place]}/undo" not in alice_at.get("/imports").text


def test_taking_the_only_import_back_names_the_followers_that_go(
    app: Flask, alice: Member, alice_at: FlaskClient
) -> None:
    only = bring(app, alice, export_json(many(30)))
    assert (
        "30 followers and everything else that came with it disappear again."
        in alice_at.get(f"/imports/{only}/undo").text
    )


def test_what_brought_nothing_can_neither_be_moved_nor_taken_back(
    app: Flask, alice: Member, alice_at: FlaskClient
) -> None:
    bring(app, alice, export_json(many(30)))
    again = bring(app, alice, export_json(many(30)))
    page = alice_at.get(f"/imports/{again}").text
    assert "Nothing new" in page
    assert "Undo this import" not in page
    for address in ("undo", "move"):
        assert alice_at.get(f"/imports/{again}/{address}").status_code == 409


def test_a_change_that_came_to_nothing_is_told_and_the_import_stays(
    app: Flask, alice: Member, alice_at: FlaskClient
) -> None:
    done = bring(app, alice, export_json(many(30)))
    send(alice_at, f"/imports/{done}/undo", f"/imports/{done}/undo")
    with app.app_context():
        job = db.session.scalars(select(Job).order_by(Job.created_at.desc(), Job.id).limit(1)).one()
        job.state, job.error_code, job.error_params = JobState.FAILED, "job_failed", {"attempts": 5}
        db.session.scalars(select(ImportRun)).one().state = ImportState.DONE
        db.session.commit()
    page = alice_at.get(f"/imports/{done}").text
    assert "The last change to this import did not work" in page
    assert "This work failed 5 times" in page
    assert f"/imports/{done}/undo" in page, "it can be tried again"


# ---- lists of imports ----


def test_all_that_are_ready_are_imported_at_once_and_what_is_held_is_not(
    app: Flask, alice: Member, alice_at: FlaskClient
) -> None:
    bring(app, alice, export_json(many(30)))
    ready = [bring(app, alice, export_json(many(30 + n)), at(f"2025-0{n + 2}-01"), commits=False) for n in (1, 2)]
    held = bring(app, alice, export_json(many(3)), at("2025-08-01"), commits=False)
    page = alice_at.get("/imports")
    listed = re.findall(r'name="import" value="(\w+)"', page.text)
    assert sorted(listed) == sorted(ready)
    answer = alice_at.post("/imports/ready", data={"csrf_token": csrf_token(page), "import": [*listed, held]})
    assert answer.headers["Location"] == "/imports"
    told = alice_at.get("/imports").text
    assert "2 files are being imported." in told
    assert "This import is held" in told
    work(app)
    assert [state(app, each) for each in ready] == [ImportState.DONE] * 2
    assert state(app, held) is ImportState.HELD
    assert len(names(app, alice)) == 32


def test_the_row_of_an_import_asks_for_itself_until_it_rests(app: Flask, alice: Member, alice_at: FlaskClient) -> None:
    location = upload(alice_at, (export_json(many(3)), "a.json")).headers["Location"]
    row = alice_at.get(f"{location}/row", headers=FRAGMENT).text
    assert row.startswith('<li class="file-row" hx-get=')
    assert "<progress" in row
    work(app)
    row = alice_at.get(f"{location}/row", headers=FRAGMENT).text
    assert row.startswith('<li class="file-row">')
    assert "ready for you" in row
    assert alice_at.get(f"{location}/row").headers["Location"] == location, "a page of its own it is not"


def test_a_file_on_its_way_is_cancelled_in_its_row(app: Flask, alice_at: FlaskClient) -> None:
    location = upload(alice_at, (export_json(many(3)), "a.json")).headers["Location"]
    token = csrf_token(alice_at.get("/imports"))
    answer = alice_at.post(f"{location}/cancel?row=1", data={"csrf_token": token}, headers=FRAGMENT)
    assert "cancelled" in answer.text
    assert answer.text.startswith('<li class="file-row">')


def test_the_history_says_what_became_of_each_file(app: Flask, alice: Member, alice_at: FlaskClient) -> None:
    bring(app, alice, export_json(many(30)))
    bring(app, alice, export_json(many(29)), LATER)
    bring(app, alice, b'{"a": 1}', None)
    page = alice_at.get("/imports").text
    assert "30 new, 0 no longer follow" in page
    assert "0 new, 1 no longer follow" in page
    assert "This file is not a TikTok export" in page


def test_a_viewer_is_offered_nothing_to_change(app: Flask, alice: Member, client: FlaskClient, bob: Member) -> None:
    done = bring(app, alice, export_json(many(30)))
    waiting = bring(app, alice, export_json(many(31)), LATER, commits=False)
    sign_in(client, bob)
    for address in ("/imports", f"/imports/{done}", f"/imports/{waiting}"):
        page = client.get(address).text
        assert "/undo" not in page
        assert "/commit" not in page
        assert "/imports/ready" not in page
