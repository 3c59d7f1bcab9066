"""Two teams with marked data: nothing of the one is anywhere in what the other reads, or changed by what it sends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from flask import Flask

from tests.factories import Cast
from tests.house.access_table import TABLE
from tests.house.actors import Actor, Caller
from tests.house.crawl import Walk, walk
from tests.house.furnished import furnish, ids_of, rows_of
from webapp.extensions import db

OURS, THEIRS = "amber", "wombat"
READERS = (Actor.ADMIN, Actor.EDITOR, Actor.VIEWER, Actor.NAMELESS, Actor.READ_KEY)
# Tables that grow whenever somebody acts, and are not asked about here.
_LIVING = ("audit_event", "audit_seal")
_STARTS = [rule for method, rule in TABLE if method == "GET" and "<" not in rule]
_ANY_ID = re.compile(r"[0-9a-f]{20}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PART = re.compile(r"<[^>]+>")
_NAMED_ID = re.compile(r"[?&;]([a-z_]+)=([0-9a-f]{20})\b")

# Where whoever runs the installation reads what it would have mailed, whichever team it is about.
_OF_ALL = "/admin/outbox"
# Named by addresses of one room alone.
_PUBLISHED = ("report_run", "share_link", "digest_subscription", "goal", "data_export")
# Where a report leaves the account.
_LEAVING = (
    *("/reports/", "/reports/links/", "/reports/goals", "/reports/digests", "/reports/downloads/", "/reports/images"),
    *(".pdf", "/s/", "/u/", "/digests/"),
)

Ids = dict[str, list[str]]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def secrets(app: Flask, cast: Cast) -> list[str]:
    """Two teams with something of every kind; the addresses of ours that stand on no page."""
    with app.app_context():
        ours = furnish(cast.alice, OURS)
        furnish(cast.charlie, THEIRS)
        db.session.remove()
    return ours


@pytest.fixture
def ids(app: Flask, cast: Cast, secrets: list[str]) -> tuple[Ids, Ids]:
    """The ids of both teams, ours first."""
    with app.app_context():
        found = ids_of(db.session(), cast.alice), ids_of(db.session(), cast.charlie)
        db.session.remove()
    return found


def leaks(found: Walk, words: tuple[str, ...], ids: set[str]) -> list[str]:
    """Return where a word or an id of the other team stands."""
    hits = []
    for url, text in found.answers.items():
        if url.startswith(_OF_ALL):
            continue
        lowered = text.lower()
        hits += [f"{url}: {word}" for word in words if word in lowered]
        hits += [f"{url}: {known}" for known in ids & set(_ANY_ID.findall(lowered))]
    return hits


def test_no_reader_of_one_team_meets_anything_of_the_other(
    app: Flask, cast: Cast, ids: tuple[Ids, Ids], secrets: list[str]
) -> None:
    """SECURITY 32."""
    _, theirs = ids
    known = {public_id for listed in theirs.values() for public_id in listed}
    seen = {}
    for actor in READERS:
        found = walk(app, Caller(app, cast, actor), [*_STARTS, *secrets], every_word=actor is Actor.ADMIN)
        assert leaks(found, (THEIRS, "charlie"), known) == [], actor
        assert [url for url, status in found.statuses.items() if status >= 500] == [], actor
        seen[actor] = found
    # The walk sees what it is meant to see: its own team's mark, on pages, in fragments, files and documents.
    own = [url for url, text in seen[Actor.ADMIN].answers.items() if OURS in text]
    for kind in (" #", ".csv", "/api/", "/content/posts", "/imports/", "/audience/people/", *_LEAVING):
        assert any(kind in url for url in own), kind


@pytest.mark.parametrize("actor", [Actor.ADMIN, Actor.WRITE_KEY])
def test_no_id_of_the_other_team_opens_or_changes_anything(
    app: Flask, cast: Cast, ids: tuple[Ids, Ids], actor: Actor
) -> None:
    """SECURITY 32, 38."""
    before = theirs_of(app, cast)
    caller = Caller(app, cast, actor)
    found = walk(app, caller, _STARTS, every_word=False)
    opened, mark = [], re.compile(f"{THEIRS}|charlie", re.IGNORECASE)
    for method, url, fields in tampered(found, *ids):
        with caller.open(method, url, data=fields) as answer:
            if answer.status_code >= 500 or mark.search(answer.get_data(as_text=True)):
                opened.append(f"{method} {url} {fields}: {answer.status_code}")
    assert opened == []
    assert theirs_of(app, cast) == before


def theirs_of(app: Flask, cast: Cast) -> dict[tuple[str, int], dict[str, object]]:
    """Return every row of the other team."""
    with app.app_context():
        rows = rows_of(db.session(), cast.charlie)
        db.session.remove()
    return {key: row for key, row in rows.items() if key[0] not in _LIVING}


def tampered(found: Walk, ours: Ids, theirs: Ids) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield requests of ours with an id of theirs wherever an id can stand: in addresses, parameters and forms."""
    firsts = {table: listed[0] for table, listed in theirs.items()}
    swap = {mine: firsts[table] for table, listed in ours.items() if table in firsts for mine in listed}
    for form in found.forms.values():
        if any(mine in form.action or mine in dict(form.fields).values() for mine in swap):
            action = re.sub(r"[0-9a-f]{20}", lambda hit: swap.get(hit[0], hit[0]), form.action)
            yield "POST", action, {name: swap.get(value, value) for name, value in form.fields}
    for method, rule in TABLE:
        for theirs_id in firsts.values() if "_id>" in rule else ():
            yield method, _PART.sub(theirs_id, rule), {}
    named = {name for text in found.answers.values() for name, _ in _NAMED_ID.findall(text)}
    for rule in _STARTS:
        for table in ("account", "post", "import_run", *(_PUBLISHED if rule.startswith("/reports") else ())):
            yield "GET", f"{rule}?{urlencode(dict.fromkeys(sorted(named), firsts[table]))}", {}
