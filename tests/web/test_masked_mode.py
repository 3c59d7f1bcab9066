"""Masked mode, and members who see numbers without names: what they ask by name, and what they are told."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.factories import Cast, Member, account_scope, export_json, import_done, many, sign_in
from tests.web.pages import csrf_token
from webapp.domain.formatting import format_count
from webapp.domain.redaction import called
from webapp.domain.scope import Permission
from webapp.extensions import db
from webapp.models import AuditAction, AuditEvent
from webapp.services import access
from webapp.services.people import add_tag, write_note
from webapp.services.redaction import mask

ASKED_BY_NAME = (
    "/audience/followers?search=ada",
    "/audience/followers.csv?search=ada",
    "/audience/followers?ordering=username",
    "/audience/followers.csv?ordering=-username",
    "/audience/analysis/comparison?list=mutuals&search=ada",
    "/audience/analysis/comparison.csv?list=mutuals&ordering=username",
    "/audience/people?search=ada",
    "/audience/people.csv?search=ada",
    "/api/followers/?search=ada",
    "/api/followers/?ordering=username",
    "/api/followers/common/?search=ada",
    "/api/following/?search=nobody",
)
PEOPLE = [*many(130, "fan"), ("Ada.L", "2026-02-02 10:00:00")]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def cast_with_lists(app: Flask, cast: Cast) -> Cast:
    """Alice's team has followers and one post; one of them, whom Alice marked, is followed back."""
    with app.app_context():
        posts = [{"Date": "2026-01-01 12:00:00", "Likes": "4321", "Title": "Bread with @ada.l"}]
        import_done(cast.alice, export_json(PEOPLE, PEOPLE[-1:], posts=posts))
        add_tag(cast.alice.actor, account_scope(cast.alice), ["Ada.L"], "friends")
        write_note(cast.alice.actor, account_scope(cast.alice), "Ada.L", "Ada bakes too")
        db.session.remove()
    return cast


@pytest.fixture
def erin(client: FlaskClient, cast_with_lists: Cast) -> FlaskClient:
    """A browser of Erin, who sees numbers without names."""
    sign_in(client, cast_with_lists.erin)
    return client


@pytest.fixture
def masked(client: FlaskClient, cast_with_lists: Cast) -> FlaskClient:
    """A browser of Alice in masked mode."""
    sign_in(client, cast_with_lists.alice)
    assert choose(client, "names").status_code == 303
    return client


def choose(client: FlaskClient, masked: str, target: str = "/dashboard") -> TestResponse:
    token = csrf_token(client.get("/accounts"))
    return client.post("/settings/masked", data={"csrf_token": token, "masked": masked, "next": target})


def stand_in(app: Flask, member: Member, name: str) -> str:
    with app.app_context():
        own = access.get_team_scope(member.user_id, Permission.ACCOUNT_READ).redaction
        found = mask(member.user_id, own, rounds_numbers=False).name(name)
        db.session.remove()
    return found


def chart_data(answer: TestResponse) -> str:
    found = re.findall(r"<template data-chart-data>(.*?)</template>", answer.text, re.DOTALL)
    assert any('"values"' in each for each in found)
    return " ".join(re.findall(r'"(?:values|low|high)": ?(\[[^]]*\])', html.unescape(" ".join(found))))


def path_of(address: str) -> str:
    return address.removeprefix("http://127.0.0.1:5000")


def text_of(answer: TestResponse) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def test_nobody_who_sees_no_names_asks_by_name(erin: FlaskClient) -> None:
    for address in ASKED_BY_NAME:
        answer = erin.get(address)
        assert answer.status_code == 422, address
        assert "names of the people on the lists are not shown to you" in text_of(answer), address


def test_nobody_who_sees_no_names_asks_by_name_who_came_or_went(app: Flask, erin: FlaskClient, cast: Cast) -> None:
    with app.app_context():
        import_done(cast.alice, export_json(PEOPLE[3:], PEOPLE[-1:]), exported_at=1_790_000_000)
        db.session.remove()
    for page in ("/audience/changes", "/audience/changes.csv"):
        assert erin.get(page).status_code == 200
        for asked in ("search=ada", "ordering=username", "ordering=-username"):
            assert erin.get(f"{page}?{asked}").status_code == 422


def test_pages_for_who_sees_no_names_offer_no_search_and_no_order_by_name(erin: FlaskClient) -> None:
    for address in ("/audience/followers", "/audience/people", "/audience/analysis/comparison?list=mutuals"):
        page = erin.get(address).text
        assert "Search by name" not in page
        assert 'value="username"' not in page


def test_the_name_of_somebody_on_the_lists_is_as_unknown_as_any_other(erin: FlaskClient) -> None:
    known, unknown = (erin.get(f"/audience/people/{name}") for name in ("ada.l", "nod.y"))
    assert known.status_code == unknown.status_code == 404
    texts = [
        each.text.replace(name, "NAME").replace(each.headers["X-Request-Id"], "")
        for each, name in ((known, "ada.l"), (unknown, "nod.y"))
    ]
    assert texts[0] == texts[1]


def test_a_place_in_a_list_is_not_taken_from_a_guessed_name(erin: FlaskClient) -> None:
    page = erin.get("/api/followers/?page_size=2").get_json()
    assert erin.get(path_of(page["next"])).status_code == 200
    # "f:0:1770026400:ada.l", the cursor of somebody who sees names.
    assert erin.get("/api/followers/?cursor=ZjowOjE3NzAwMjY0MDA6YWRhLmw").status_code == 422


def test_pages_of_a_list_follow_each_other_under_other_names(app: Flask, erin: FlaskClient) -> None:
    seen, address = [], "/api/followers/?page_size=50"
    while address:
        page = erin.get(address).get_json()
        seen += [row["username"] for row in page["results"]]
        address = page["next"] and path_of(page["next"])
    assert len(seen) == len(set(seen)) == len(PEOPLE)
    assert all(name.startswith("person.") for name in seen)


def test_a_person_has_one_other_name_everywhere_and_a_different_one_for_every_reader(
    app: Flask, erin: FlaskClient, cast: Cast
) -> None:
    hers, alices = (stand_in(app, member, "ada.l") for member in (cast.erin, cast.alice))
    assert hers != alices
    assert hers in erin.get("/api/followers/?page_size=1").text
    assert hers in erin.get("/audience/followers.csv").text
    assert hers in erin.get("/audience/people.csv").text
    assert f"@<bdi>{called(hers)}</bdi>" in erin.get("/audience/followers").text
    page = erin.get(f"/audience/people/{hers}")
    assert page.status_code == 200
    assert f"@ {called(hers)} " in text_of(page)
    assert "Ada bakes too" not in page.text
    assert "tiktok.com/@" not in page.text
    assert erin.get(f"/audience/people/{alices}").status_code == 404


def test_masked_mode_covers_names_captions_and_the_address_in_this_browser_alone(
    app: Flask, masked: FlaskClient, cast: Cast
) -> None:
    for address in ("/audience/followers", "/content/posts", "/dashboard", "/settings"):
        page = masked.get(address).text
        assert cast.alice.email not in page, address
        assert "Ada.L" not in page, address
        assert "Bread" not in page, address
        assert "Masked" in text_of(masked.get(address))
    other = app.test_client()
    sign_in(other, cast.alice)
    assert "Ada.L" in other.get("/audience/followers").text
    assert choose(masked, "off").status_code == 303
    assert "Ada.L" in masked.get("/audience/followers").text


def test_masked_mode_leaves_captions_their_count_and_the_figures(masked: FlaskClient) -> None:
    page = text_of(masked.get("/content/posts"))
    assert "•••" in page
    assert "4,321" in page
    assert "131 people" in text_of(masked.get("/audience/followers"))


def test_masked_mode_rounds_numbers_where_it_is_asked_to(masked: FlaskClient) -> None:
    exact = chart_data(masked.get("/dashboard"))
    assert "131" in exact
    choose(masked, "numbers")
    page = text_of(masked.get("/audience/followers"))
    assert "131 people" not in page
    assert "130 people" in page
    assert "4,321" not in text_of(masked.get("/content/posts"))
    assert chart_data(masked.get("/dashboard")) == exact.replace("131", "130")
    choose(masked, "off")
    assert "131 people" in text_of(masked.get("/audience/followers"))


def test_only_answers_are_rounded_and_not_what_the_same_thread_writes_afterwards(masked: FlaskClient) -> None:
    choose(masked, "numbers")
    assert "130 people" in text_of(masked.get("/audience/followers"))
    assert format_count(4321, "en") == "4,321"


def test_nothing_is_done_to_people_by_name_while_they_are_masked(app: Flask, masked: FlaskClient, cast: Cast) -> None:
    token = csrf_token(masked.get("/accounts"))
    for name in ("Ada.L", stand_in(app, cast.alice, "Ada.L"), "nobody"):
        for address, fields in (
            ("/audience/marks", {"tag": "keep"}),
            ("/audience/notes", {"note": "x"}),
            ("/audience/erasures", {"typed_name": name}),
        ):
            answer = masked.post(address, data={"csrf_token": token, "username": name, **fields})
            assert answer.status_code == 403
            assert "Masked mode is on" in text_of(answer)


def test_the_switch_comes_back_to_the_page_without_what_it_asked_by_name(
    client: FlaskClient, cast_with_lists: Cast
) -> None:
    sign_in(client, cast_with_lists.alice)
    for before, after in (
        ("/audience/followers?search=ada&ordering=username&tag=friends", "/audience/followers?tag=friends"),
        ("/audience/erasures?username=Ada.L", "/audience/erasures"),
        ("//evil.test/", "/"),
        ("/content/posts", "/content/posts"),
    ):
        assert choose(client, "off").status_code == 303
        answer = choose(client, "names", before)
        assert answer.headers["Location"] == after
        assert client.get(after, follow_redirects=True).status_code == 200


def test_the_switch_leads_from_a_person_to_the_same_person(
    app: Flask, client: FlaskClient, cast_with_lists: Cast
) -> None:
    alice = cast_with_lists.alice
    sign_in(client, alice)
    covered = f"/audience/people/{stand_in(app, alice, 'ada.l')}"
    assert choose(client, "names", "/audience/people/Ada.L").headers["Location"] == covered
    assert choose(client, "off", covered).headers["Location"] == "/audience/people/ada.l"
    assert choose(client, "names", "/audience/people/").headers["Location"] == "/audience/people"


def test_who_sees_no_names_gets_none_by_switching_masked_mode(app: Flask, erin: FlaskClient, cast: Cast) -> None:
    hers = stand_in(app, cast.erin, "ada.l")
    for wanted in ("names", "off"):
        assert choose(erin, wanted, f"/audience/people/{hers}").headers["Location"] == f"/audience/people/{hers}"
        assert "Ada.L" not in erin.get("/audience/followers").text


def test_masked_mode_that_does_not_exist_is_refused(masked: FlaskClient) -> None:
    assert choose(masked, "everything").status_code == 422


def test_the_switch_is_written_down_with_what_it_was(app: Flask, masked: FlaskClient) -> None:
    with app.app_context():
        event = db.session.scalars(
            select(AuditEvent)
            .where(AuditEvent.action == AuditAction.USER_PREFERENCES_CHANGED)
            .order_by(AuditEvent.id.desc())
        ).first()
        assert event is not None
        assert event.detail == {"before": {"masked": "off"}, "after": {"masked": "names"}}
        db.session.remove()
