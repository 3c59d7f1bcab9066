"""The record of actions as admins see it: what stands there, what is found, what is downloaded, who may look."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import Cast, Member, sign_in
from webapp.extensions import db
from webapp.models import AuditAction, AuditEvent, Team
from webapp.services.audit import Actor, digest_after, record
from webapp.services.audit_seals import stored_seals
from webapp.services.transaction import transaction
from webapp.web.audit_texts import ACTION_GROUPS, ACTION_TEXTS, actions_of, group_of

SOUND = "All are as they were written. Events: 2, chains: 1."
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def write(app: Flask, *actors: Actor, action: AuditAction = AuditAction.JOB_RETRIED, **detail: object) -> None:
    with app.app_context(), transaction() as session:
        for number, actor in enumerate(actors, 1):
            record(session, actor, action, f"thing{number:03}", **detail)


def of(member: Member) -> Actor:
    return Actor(member.user_id, member.team_id, "203.0.113.7", "request1", AGENT)


def numbers(html: str) -> list[int]:
    return [int(number) for number in re.findall(r"no\. (\d+)", html)]


@pytest.fixture
def admin(client: FlaskClient, alice: Member) -> FlaskClient:
    sign_in(client, alice)
    return client


def test_every_action_has_words_and_one_group() -> None:
    assert set(ACTION_TEXTS) == set(AuditAction)
    assert len(set(ACTION_TEXTS.values())) == len(ACTION_TEXTS)
    assert {group_of(action) for action in AuditAction} == {group.key for group in ACTION_GROUPS}
    assert sorted(action for group in ACTION_GROUPS for action in actions_of(group.key)) == sorted(AuditAction)


def test_an_entry_tells_who_when_from_where_what_before_and_after(app: Flask, admin: FlaskClient, cast: Cast) -> None:
    change = {"before": {"role": "viewer", "is_default": False}, "after": {"role": "editor", "is_default": False}}
    write(app, of(cast.alice), action=AuditAction.MEMBER_CHANGED, **change)
    row = admin.get("/audit?what=member:changed").text.partition("<tbody>")[2].partition("</tbody>")[0]
    text = " ".join(re.sub(r"<[^>]+>", " ", row).split())
    assert "Member changed thing001 alice@example.org Role: viewer → editor 203.0.113.7 Firefox, Linux" in text
    assert re.search(r'<time datetime="20\d\d-\d\d-\d\dT[^"]+\+00:00">', row)


def test_what_the_detail_says_is_text_and_never_markup(app: Flask, admin: FlaskClient, alice: Member) -> None:
    write(app, of(alice), name="<b>x</b>\u202e")
    assert "<b>x</b>" not in admin.get("/audit").text
    assert "&lt;b&gt;x&lt;/b&gt;" in admin.get("/audit").text


def test_pages_go_there_and_back_without_a_gap(app: Flask, admin: FlaskClient, alice: Member) -> None:
    write(app, *[of(alice)] * 120)
    seen, address = [], "/audit?what=job:retried"
    pages = []
    while address:
        html = admin.get(address).text
        pages.append(numbers(html))
        seen += pages[-1]
        older = re.search(r'rel="next" href="([^"]+)"', html)
        newer = re.search(r'rel="prev" href="([^"]+)"', html)
        address = older[1].replace("&amp;", "&") if older else ""
    assert seen == sorted(seen, reverse=True)
    assert [len(page) for page in pages] == [50, 50, 20]
    assert newer
    assert numbers(admin.get(newer[1].replace("&amp;", "&")).text) == pages[1]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ("what=job:retried", 2),
        ("what=jobs", 2),
        ("what=posts", 0),
        ("search=THING002", 1),
        ("search=203.0.113", 2),
        ("search=Firefox/140", 2),
        ("search=Élan", 2),
        ("search=%25", 0),
        ("date_from=2020-01-01&date_to=2020-01-02&what=jobs", 0),
        ("date_from=2020-01-01&what=jobs", 2),
    ],
)
def test_filters_keep_what_they_name(app: Flask, admin: FlaskClient, alice: Member, filters: str, found: int) -> None:
    write(app, of(alice), of(alice), name="élan" if "lan" in filters else "x")
    wanted = f"/audit?{filters}" if "what" in filters else f"/audit?{filters}&what=job:retried"
    assert len(numbers(admin.get(wanted).text)) == found


def test_who_did_it_can_be_chosen(app: Flask, admin: FlaskClient, cast: Cast) -> None:
    write(app, of(cast.alice), of(cast.bob), Actor(team_id=cast.alice.team_id))
    chosen = dict(re.findall(r'<option value="([^"]+)">([^<]+)</option>', admin.get("/audit").text))
    bob = next(value for value, text in chosen.items() if text == cast.bob.email)
    assert len(numbers(admin.get(f"/audit?who={bob}").text)) == 1
    assert len(numbers(admin.get("/audit?who=nobody").text)) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        "who=x",
        "what=no:such",
        "what=A",
        "place=older-x",
        "date_from=yesterday",
        "date_from=2025-02-02&date_to=2025-01-01",
        "search=a&search=b",
        "colour=red",
    ],
)
def test_a_question_that_cannot_be_understood_is_refused(admin: FlaskClient, wrong: str) -> None:
    assert admin.get(f"/audit?{wrong}").status_code == 422


def test_a_record_belongs_to_its_team_alone(app: Flask, client: FlaskClient, cast: Cast) -> None:
    write(app, of(cast.alice))
    sign_in(client, cast.charlie)
    for address in ("/audit", "/audit.csv", "/audit.json"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "thing001" not in answer.text
    sign_in(client, cast.bob)
    assert client.get("/audit").status_code == 403


def test_exports_hold_exactly_the_view_and_their_digests_can_be_counted_again(
    app: Flask, admin: FlaskClient, alice: Member
) -> None:
    write(app, *[of(alice)] * 60, name="=1+1")
    rows = list(csv.DictReader(io.StringIO(admin.get("/audit.csv?what=job:retried&place=older-5").text)))
    assert len(rows) == 60
    assert rows[0]["email"] == alice.email
    events = json.loads(admin.get("/audit.json?what=job:retried").text)
    assert [event["sequence"] for event in events] == [int(row["sequence"]) for row in rows]
    newest = events[0]
    fields = {**newest, "chain": alice.team_id, "team_id": alice.team_id}
    for name in ("person", "email", "previous_digest", "digest"):
        del fields[name]
    assert digest_after(newest["previous_digest"], fields) == newest["digest"]
    assert json.loads(admin.get("/audit.json?what=posts").text) == []


def test_an_export_is_itself_an_event(app: Flask, admin: FlaskClient) -> None:
    """SECURITY 94."""
    admin.get("/audit.csv?search=secret-word")
    with app.app_context():
        query = select(AuditEvent).where(AuditEvent.action == AuditAction.AUDIT_EXPORTED)
        event = db.session.scalars(query).one()
        assert (event.target, event.detail) == ("/audit.csv", {"filters": ["search"]})


def test_who_is_refused_is_written_down_with_what_and_why(app: Flask, client: FlaskClient, cast: Cast) -> None:
    """SECURITY 94."""
    sign_in(client, cast.bob)
    client.get("/audit", headers={"User-Agent": AGENT})
    client.get("/imports/" + "f" * 20)
    client.get("/audience/people/nobody.of.that.name")
    client.get("/no/such/page")
    with app.app_context():
        query = select(AuditEvent).where(AuditEvent.action == AuditAction.ACCESS_DENIED).order_by(AuditEvent.id)
        events = db.session.scalars(query).all()
        assert [(event.target, event.detail["status"]) for event in events] == [
            ("/audit", 403),
            ("/imports/<public_id>", 404),
        ]
        assert {(event.user_id, event.team_id) for event in events} == {(cast.bob.user_id, cast.bob.team_id)}
        assert events[0].user_agent == AGENT
        assert events[0].request_id


def test_the_record_of_a_team_is_verified_and_sealed_by_commands(app: Flask, alice: Member) -> None:
    write(app, of(alice), of(alice))
    runner = app.test_cli_runner()
    assert runner.invoke(args=["audit", "seal"]).output.strip() == "Chains that were sealed: 1."
    verified = runner.invoke(args=["audit", "verify"])
    assert (verified.exit_code, verified.output.strip()) == (0, SOUND)
    with app.app_context():
        (seal,) = stored_seals()
        assert seal.chain == db.session.scalars(select(Team.id).where(Team.id == alice.team_id)).one()
