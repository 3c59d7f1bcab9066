"""The page of what changed between two exports, its file, and decisions about renames."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories import Member, account_scope, export_json, import_done, many, sign_in
from tests.ledgers import EXPECTED, FIRST, SECOND, THIRD, at
from tests.web.pages import csrf_token
from webapp.analytics.timeline import find_timeline
from webapp.domain.sections import Section
from webapp.extensions import db

# What is looked at is made of the same answers on both databases, which tests of their own compare.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

OLD, TWIN = "2025-01-20 00:00:00", "2025-07-07 07:07:07"
FRAGMENT = {"HX-Request": "true", "HX-Target": "changes"}
ROW = re.compile(r'<li class="change[^"]*">(.*?)</li>', re.DOTALL)
NAME = re.compile(r"@<bdi>([^<]+)</bdi>")
COUNT = re.compile(r'<a href="[^"]*"[^>]*>([A-Z][a-z ]+) <span class="count">([\d,]+)</span>')
KINDS = ("gained", "lost", "renamed", "returned", "refollowed", "deleted")

Import = Callable[..., None]


@pytest.fixture
def import_now(app: Flask, alice: Member, client: FlaskClient) -> Import:
    """Import an export of Alice, who is signed in."""
    sign_in(client, alice)

    def run(*args: object, day: str, **options: object) -> None:
        with app.app_context():
            content = export_json(*args, **options)  # type: ignore[arg-type]
            import_done(alice, content, exported_at=at(day), losses_confirmed=True)
            db.session.remove()

    return run


@pytest.fixture
def two(import_now: Import) -> None:
    """Two exports of a month apart: who left, came, was renamed and followed again."""
    ann, joan = ("ann", OLD), ("joan", OLD)
    import_now([ann, ("bob_1", "2025-05-02 00:00:00"), ("old.name", TWIN), joan], [ann], day="2025-05-03")
    new = [("new.name", TWIN), ("cy", "2025-05-20 10:00:00"), ("joan", "2025-05-22 10:00:00")]
    import_now(new, [ann], day="2025-06-02")


def names(client: FlaskClient, arguments: str = "") -> list[str]:
    """Return the names of the rows, in order; both of a rename."""
    page = client.get(f"/audience/changes{arguments}")
    assert page.status_code == 200
    return [html.unescape(name) for row in ROW.findall(page.text) for name in NAME.findall(row)]


def table(client: FlaskClient, arguments: str = "") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(f"/audience/changes.csv{arguments}").text)))


def counts(client: FlaskClient, arguments: str = "") -> dict[str, int]:
    found = COUNT.findall(client.get(f"/audience/changes{arguments}").text)
    return {label: int(count.replace(",", "")) for label, count in found}


def text_of(client: FlaskClient, arguments: str = "") -> str:
    page = client.get(f"/audience/changes{arguments}").text
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def decide(client: FlaskClient, decision: str, arguments: str = "?show=renamed", **fields: str) -> TestResponse:
    token = csrf_token(client.get("/audience/changes?show=renamed"))
    data = {"csrf_token": token, "decision": decision, **fields}
    return client.post(f"/audience/changes/renames{arguments}", data=data)


def test_the_series_of_demo_maker_shows_the_expected_people(app: Flask, client: FlaskClient, alice: Member) -> None:
    with app.app_context():
        for path in (FIRST, SECOND, THIRD):
            import_done(alice, path, losses_confirmed=True)
        ids = [each.public_id for each in find_timeline(account_scope(alice), Section.FOLLOWERS).exports]
        db.session.remove()
    sign_in(client, alice)
    for place, file in ((1, SECOND), (2, THIRD)):
        expected = EXPECTED[f"demo.maker/{file.name}"]["changes_since_previous"]
        wanted = {
            "gained": expected["gained"],
            "lost": expected["lost"],
            "renamed": [name for pair in expected.get("renamed", []) for name in pair[:2]],
            "refollowed": [row[0] for row in expected.get("refollowed_new_date", [])],
            "deleted": [row[0] for row in expected.get("turned_into_NA", [])],
        }
        asked = {kind: f"?from={ids[place - 1]}&to={ids[place]}&show={kind}" for kind in wanted}
        assert {kind: sorted(names(client, asked[kind])) for kind in wanted} == {
            kind: sorted(people) for kind, people in wanted.items()
        }
        assert {
            kind: sorted(
                row[field] for row in table(client, asked[kind]) for field in ("username", "from", "to") if field in row
            )
            for kind in wanted
        } == {kind: sorted(people) for kind, people in wanted.items()}


def test_a_loss_is_told_as_an_interval_with_how_long_they_had_followed(client: FlaskClient, two: None) -> None:
    text = text_of(client, "?search=ann")
    assert "No longer follows you since some day between May 3, 2025 and Jun 2, 2025" in text
    assert "Followed for at least 3 months, since Jan 20, 2025" in text
    assert re.search(r"@ ann Was mutual No longer", text)
    assert re.search(r"@ bob_1 Not mutual No longer", text_of(client, "?search=bob"))
    assert "Followed for at least 1 day, since May 2, 2025" in text_of(client, "?search=bob")
    assert "An export says who is there, not who left or why" in text
    assert "From the export of May 3, 2025 to that of Jun 2, 2025" in text


def test_whoever_may_not_have_left_at_all_is_marked_among_the_lost(client: FlaskClient, two: None) -> None:
    assert "@ old.name Not mutual Perhaps renamed No longer" in text_of(client)
    assert "@ new.name Not mutual Perhaps renamed Follows you since" in text_of(client, "?show=gained")
    decide(client, "reject", before="old.name", after="new.name")
    assert "Perhaps renamed" not in text_of(client)


def test_a_deleted_account_is_marked_among_the_lost(client: FlaskClient, import_now: Import) -> None:
    import_now([("ann", OLD), ("bo", TWIN)], [], day="2025-05-03")
    import_now([("N/A", OLD)], [], day="2025-06-02")
    assert "@ ann Not mutual Deleted account No longer" in text_of(client)
    assert "@ bo Not mutual No longer" in text_of(client)
    assert "Account deleted or banned since some day between" in text_of(client, "?show=deleted")


def test_days_are_those_of_the_accounts_zone(app: Flask, client: FlaskClient, two: None, alice: Member) -> None:
    from webapp.models import Account
    from webapp.services.transaction import transaction

    with app.app_context(), transaction() as session:
        session.query(Account).update({"timezone": "America/New_York"})
    assert "some day between May 2, 2025 and Jun 1, 2025" in text_of(client)


def test_exports_of_one_day_are_told_apart_by_their_time(client: FlaskClient, import_now: Import) -> None:
    import_now([("ann", OLD)], [], day="2025-06-02T08:00:00")
    import_now([], [], day="2025-06-02T20:30:00")
    text = text_of(client)
    assert "No longer follows you since some time on Jun 2, 2025" in text
    assert re.search(r"From the export of Jun 2, 2025, 8:00\sAM to that of Jun 2, 2025, 8:30\sPM", text)


def test_every_kind_has_its_count_and_its_rows(client: FlaskClient, two: None) -> None:
    assert counts(client) == {
        "Gained": 2,
        "Lost": 3,
        "Renamed": 1,
        "Came back": 0,
        "Followed again": 1,
        "Deleted accounts": 0,
    }
    assert {kind: sorted(names(client, f"?show={kind}")) for kind in KINDS} == {
        "gained": ["cy", "new.name"],
        "lost": ["ann", "bob_1", "old.name"],
        "renamed": ["new.name", "old.name"],
        "returned": [],
        "refollowed": ["joan"],
        "deleted": [],
    }
    assert names(client, "?list=following") == []
    assert "Nothing changed" in text_of(client, "?list=following")


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ("?search=_", ["bob_1"]),
        ("?search=@AN", ["ann"]),
        ("?search=%25", []),
        ("?mutual=yes", ["ann"]),
        ("?mutual=no&ordering=username", ["bob_1", "old.name"]),
        ("?ordering=username", ["ann", "bob_1", "old.name"]),
        ("?ordering=-username", ["old.name", "bob_1", "ann"]),
        ("?ordering=date_followed", ["ann", "bob_1", "old.name"]),
        ("?ordering=-date_followed", ["old.name", "bob_1", "ann"]),
        ("", ["old.name", "bob_1", "ann"]),
        ("?ordering=when", ["ann", "bob_1", "old.name"]),
        ("?show=renamed&search=new", ["old.name", "new.name"]),
        ("?show=refollowed&search=ann", []),
    ],
)
def test_page_and_file_show_the_same_part_in_the_same_order(
    client: FlaskClient, two: None, arguments: str, found: list[str]
) -> None:
    assert names(client, arguments) == found
    rows = table(client, arguments)
    assert [row[field] for row in rows for field in ("username", "from", "to") if field in row] == found


def test_a_search_that_finds_nobody_can_be_cleared(client: FlaskClient, two: None) -> None:
    page = client.get("/audience/changes?show=gained&search=zzz&mutual=no").text
    assert "Nobody matches" in page
    assert 'href="/audience/changes?show=gained"' in page


def test_a_long_list_has_pages_and_its_file_has_all(client: FlaskClient, import_now: Import) -> None:
    import_now(many(250, "gone"), [], day="2025-05-03")
    import_now([], [], day="2025-06-02")
    page = client.get("/audience/changes").text
    assert "1–100 of 250" in page
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following
    first = names(client)
    second = names(client, html.unescape(following[1]).removeprefix("/audience/changes"))
    third = client.get("/audience/changes?page=3").text
    assert "201–250 of 250" in third
    assert 'rel="next"' not in third
    assert len({*first, *second, *names(client, "?page=3")}) == 250
    assert len(table(client)) == len(table(client, "?page=2")) == 250


def test_names_that_a_spreadsheet_would_run_are_neutralised(client: FlaskClient, import_now: Import) -> None:
    import_now([("=cmd", OLD), ('a"b;c', OLD), ("-x", TWIN)], [], day="2025-05-03")
    import_now([("+y", TWIN)], [], day="2025-06-02")
    plain = table(client, "?ordering=username")
    assert [row["username"] for row in plain] == ["'-x", "'=cmd", 'a"b;c']
    assert plain[2] == {
        "username": 'a"b;c',
        "date_followed": "2025-01-20T00:00:00Z",
        "was_mutual": "false",
        "between_from": "2025-05-03T00:00:00Z",
        "between_to": "2025-06-02T00:00:00Z",
    }
    excel = client.get("/audience/changes.csv?show=renamed&dialect=excel").data.decode()
    assert excel.splitlines() == [
        "\ufefffrom;to;date_followed;confirmed;between_from;between_to",
        "'-x;'+y;2025-07-07 07:07:07;;2025-05-03 00:00:00;2025-06-02 00:00:00",
    ]
    assert "a&#34;b;c" in client.get("/audience/changes").text


def test_the_three_ways_of_having_nothing_to_show(client: FlaskClient, alice: Member, import_now: Import) -> None:
    assert "Bring your first export" in text_of(client)
    assert client.get("/audience/changes.csv").status_code == 404
    import_now([("ann", OLD)], None, day="2025-05-03")
    text = text_of(client)
    assert "One export so far" in text
    assert "Ask TikTok for your data again" in text
    assert counts(client) == {}
    assert client.get("/audience/changes.csv").status_code == 404
    assert "No export of this account holds this list whole" in text_of(client, "?list=following")
    import_now([("ann", OLD)], [], day="2025-06-02", posts=[])
    assert "Nothing changed" in text_of(client)
    assert "One export so far" in text_of(client, "?list=following")


def test_the_oldest_export_has_nothing_before_it(app: Flask, client: FlaskClient, two: None, alice: Member) -> None:
    with app.app_context():
        oldest = find_timeline(account_scope(alice), Section.FOLLOWERS).exports[0].public_id
        db.session.remove()
    text = text_of(client, f"?to={oldest}")
    assert "No earlier export holds this list" in text
    assert "One export so far" not in text


def test_a_rename_is_confirmed_and_taken_back_without_scripts(client: FlaskClient, two: None) -> None:
    answer = decide(client, "confirm", before="old.name", after="new.name")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/audience/changes?show=renamed")
    assert "1 rename was confirmed." in client.get("/audience/changes?show=renamed").text
    assert counts(client) | {"Gained": 1, "Lost": 2, "Renamed": 1} == counts(client)
    assert (names(client), names(client, "?show=gained")) == (["bob_1", "ann"], ["cy"])
    assert table(client, "?show=renamed")[0]["confirmed"] == "true"
    page = client.get("/audience/changes?show=renamed").text
    assert 'value="take_back"' in page
    assert 'value="confirm"' not in page
    decide(client, "take_back", before="old.name", after="new.name")
    assert counts(client) | {"Gained": 2, "Lost": 3, "Renamed": 1} == counts(client)


def test_a_pair_that_is_no_rename_is_no_longer_offered(client: FlaskClient, two: None) -> None:
    decide(client, "reject", before="old.name", after="new.name")
    assert counts(client) | {"Gained": 2, "Lost": 3, "Renamed": 0} == counts(client)
    page = client.get("/audience/changes?show=renamed").text
    assert 'value="confirm"' not in page
    assert "Pairs that you said are not the same person" in page
    assert 'value="take_back"' in page
    assert table(client, "?show=renamed") == []


def test_all_that_were_shown_are_confirmed_together_and_no_others(client: FlaskClient, import_now: Import) -> None:
    seconds = [f"2025-02-0{day} 00:00:00" for day in range(1, 6)]
    import_now([(f"old{number}", second) for number, second in enumerate(seconds)], [], day="2025-05-03")
    import_now([(f"new{number}", second) for number, second in enumerate(seconds)], [], day="2025-06-02")
    assert "Confirm all 5" in client.get("/audience/changes?show=renamed").text
    refused = decide(client, "confirm", all="1", count="4")
    assert refused.status_code == 409
    assert "none was confirmed" in refused.text
    assert counts(client)["Lost"] == 5
    decide(client, "reject", before="old0", after="new0")
    assert "Confirm all 4" in client.get("/audience/changes?show=renamed").text
    assert decide(client, "confirm", all="1", count="4").status_code == 303
    assert (names(client), counts(client)["Renamed"]) == (["old0"], 4)
    assert "Confirm all" not in client.get("/audience/changes?show=renamed").text


def test_a_decision_by_htmx_answers_the_part_with_its_place_kept(client: FlaskClient, two: None) -> None:
    page = client.get("/audience/changes?show=renamed&search=name&ordering=username")
    target = re.search(r'hx-post="(/audience/changes/renames[^"]*)"', page.text)
    assert target
    assert html.unescape(target[1]) == "/audience/changes/renames?show=renamed&search=name&ordering=username"
    fields = {"csrf_token": csrf_token(page), "decision": "confirm", "before": "old.name", "after": "new.name"}
    part = client.post(html.unescape(target[1]), data=fields, headers=FRAGMENT)
    assert part.text.startswith('<section id="changes"')
    assert 'value="take_back"' in part.text
    assert 'value="name"' in part.text


@pytest.mark.parametrize(
    ("decision", "fields", "status"),
    [
        ("confirm", {"before": "ann", "after": "cy"}, 422),
        ("confirm", {"before": "", "after": "cy"}, 422),
        ("confirm", {"before": "a\0", "after": "cy"}, 422),
        ("confirm", {"before": "a" * 65, "after": "cy"}, 422),
        ("maybe", {"before": "old.name", "after": "new.name"}, 422),
        ("confirm", {"all": "1", "count": "-1"}, 422),
    ],
)
def test_a_bad_decision_is_refused_and_changes_nothing(
    client: FlaskClient, two: None, decision: str, fields: dict[str, str], status: int
) -> None:
    assert decide(client, decision, **fields).status_code == status
    assert counts(client)["Lost"] == 3


def test_a_viewer_sees_renames_and_decides_none(client: FlaskClient, two: None, bob: Member) -> None:
    sign_in(client, bob)
    page = client.get("/audience/changes?show=renamed").text
    assert "new.name" in page
    assert 'name="decision"' not in page
    token = csrf_token(client.get("/accounts"))
    fields = {"csrf_token": token, "decision": "confirm", "before": "old.name", "after": "new.name"}
    assert client.post("/audience/changes/renames", data=fields).status_code == 403
    assert counts(client)["Lost"] == 3


def test_exports_and_accounts_of_others_are_not_there(
    app: Flask, client: FlaskClient, two: None, alice: Member, charlie: Member
) -> None:
    from webapp.models import Account

    with app.app_context():
        scope = account_scope(alice)
        export = find_timeline(scope, Section.FOLLOWERS).exports[0].public_id
        account = db.session.get_one(Account, scope.account_id).public_id
        import_done(charlie, export_json(many(3), [], owner="other"))
        db.session.remove()
    sign_in(client, charlie)
    for room in ("/audience/changes", "/audience/changes.csv"):
        for asked in (f"from={export}", f"to={export}", f"account={account}", "to=nonsense"):
            assert client.get(f"{room}?{asked}").status_code == 404, asked


@pytest.mark.parametrize(
    "arguments",
    [
        "show=everything",
        "list=posts",
        "list=nobody",
        "ordering=name",
        "page=0",
        "mutual=maybe",
        "show=renamed&mutual=yes",
        "serach=ann",
        "page=1&page=2",
    ],
)
def test_a_bad_argument_is_a_sentence_with_the_right_status(client: FlaskClient, two: None, arguments: str) -> None:
    for room in ("/audience/changes", "/audience/changes.csv"):
        answer = client.get(f"{room}?{arguments}")
        assert answer.status_code == 422
        assert "Traceback" not in answer.text


def test_another_order_of_the_exports_is_refused_by_name(
    app: Flask, client: FlaskClient, two: None, alice: Member
) -> None:
    with app.app_context():
        first, last = (each.public_id for each in find_timeline(account_scope(alice), Section.FOLLOWERS).exports)
        db.session.remove()
    assert "Exchange the two" in client.get(f"/audience/changes?from={last}&to={first}").text
    assert client.get(f"/audience/changes?from={first}&to={first}").status_code == 422
    assert names(client, f"?from={first}&to={last}") == names(client)


def test_names_lead_to_the_person_and_to_the_platform(client: FlaskClient, import_now: Import) -> None:
    import_now([("a.b", OLD)], [], day="2025-05-03")
    import_now([], [], day="2025-06-02")
    page = client.get("/audience/changes").text
    assert 'href="/audience/people/a.b"' in page
    assert 'href="https://www.tiktok.com/@a.b"' in page
