"""Every hostile file through the real import: nothing is stored of a refused one, and its sentence helps."""

from __future__ import annotations

import hashlib
import html
import re
import uuid

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import Cast, Member, export_json, import_done, many, run_jobs
from tests.hostile.archives import ARCHIVES
from tests.hostile.conftest import Desk
from tests.hostile.corpus import Input, Outcome
from tests.hostile.json_files import JSON_FILES, post, posts
from webapp.domain.errors import ErrorCode, Invalid
from webapp.extensions import db
from webapp.models import Base, ImportOrigin, ImportRun, ImportState
from webapp.services.imports import ReceivedFile, cancel_import, create_import
from webapp.services.uploads import uploads_path, work_path
from webapp.web.messages import MESSAGES, text_of

CORPUS = (*ARCHIVES, *JSON_FILES)
NOTHING = next(item for item in CORPUS if item.name == "J01 nothing")
ONE_OF_EACH = tuple({(item.name[:3], item.codes, item.outcome): item for item in CORPUS}.values())
# One of every way to be refused, for the database that takes longer.
SAMPLE = tuple({item.codes: item for item in CORPUS if item.codes}.values())
WAITING = (ImportState.READY, ImportState.RECOGNISED, ImportState.HELD)
# What an attempt may leave: that it was made, and that its person was told how it ended.
TRACES = ("import_run", "job", "audit_event", "audit_chain", "schedule_slot", "notification")
FILE_CODES = list(ErrorCode)[list(ErrorCode).index(ErrorCode.FILE_EMPTY) :]
ADVICE = {
    "en": re.compile(r"\b(Download|Choose|choose|Upload|upload|Unpack|Zip it|Call it|An admin can)\b"),
    "fr": re.compile(r"\b([Tt]éléchargez|[Cc]hoisissez|[Ee]nvoyez|Décompressez|Recompressez|Nommez|Un admin peut)\b"),
}


def send(member: Member, item: Input) -> str:
    """Hand a file in as a finished upload is; return the import's public id."""
    uploads_path().mkdir(parents=True, exist_ok=True)
    part = uploads_path() / f"{uuid.uuid4().hex}.part"
    item.write(part)
    file = ReceivedFile(part, item.file_name, part.stat().st_size, "0" * 64)
    return create_import(member.actor, member.scope, file, ImportOrigin.WEB)


def digest(session: Session) -> str:
    """Return a digest of everything stored, but for the traces of attempts."""
    session.rollback()
    whole = hashlib.sha256()
    for table in Base.metadata.sorted_tables:
        if table.name not in TRACES:
            for row in session.execute(select(table).order_by(*table.primary_key.columns)):
                whole.update(repr(tuple(row)).encode())
    return whole.hexdigest()


def check(member: Member, item: Input) -> None:
    """Import one file and look at what is left of it."""
    before = digest(db.session())
    public_id = send(member, item)
    run_jobs()
    db.session.rollback()
    run = db.session.scalars(select(ImportRun).where(ImportRun.public_id == public_id)).one()
    if item.outcome is Outcome.REFUSED:
        assert run.state is ImportState.FAILED, (run.state, run.error_code)
        assert run.error_code in item.codes
        for language in ("en", "fr"):
            with force_locale(language):
                check_sentence(text_of(run.error_code, run.error_params), language)
    else:
        assert run.state in WAITING, (run.state, run.error_code, run.error_params)
        cancel_import(member.actor, member.scope, public_id)
    assert not work_path(public_id).exists()
    assert digest(db.session()) == before


def check_sentence(text: str, language: str) -> None:
    """Insist that a person can read it: whole, without gaps or traces of the program, and with something to do."""
    assert 50 <= len(text) <= 300
    assert text.endswith(".")
    assert "?" not in text, "a parameter is missing"
    assert not re.search(r"%\(|Traceback|File \"|Error\b|webapp|/tmp|\.py|<|\\x", text)
    assert html.escape(text, quote=False) == text
    assert ADVICE[language].search(text), text


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Take one input of every number and outcome; all of them in the long form of the tests."""
    if "item" in metafunc.fixturenames:
        is_long = metafunc.config.getoption("--kills", default=None)
        items = [item for item in (CORPUS if is_long else ONE_OF_EACH) if item is not NOTHING]
        metafunc.parametrize("item", items, ids=str)


def test_a_refused_file_leaves_nothing_but_a_sentence(item: Input, busy_desk: Desk) -> None:
    with busy_desk.app.test_request_context():
        check(busy_desk.alice, item)


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_one_of_every_kind_leaves_nothing_on_the_other_database_either(app: Flask, cast: Cast) -> None:
    with app.test_request_context():
        for item in SAMPLE:
            check(cast.alice, item)


def test_a_file_of_no_bytes_is_refused_at_the_door(desk: Desk) -> None:
    with desk.app.app_context(), pytest.raises(Invalid) as refused:
        send(desk.alice, NOTHING)
    assert refused.value.code is ErrorCode.FILE_EMPTY


def test_after_a_dozen_bad_files_a_good_one_is_imported(desk: Desk) -> None:
    with desk.app.app_context():
        for item in SAMPLE[:12]:
            send(desk.alice, item)
        run = import_done(desk.alice, export_json(many(20)))
        assert run.result is not None
        assert run.result["followers"]["new"] == 20
        states = list(db.session.scalars(select(ImportRun.state).order_by(ImportRun.id)))
    assert states == [ImportState.FAILED] * 12 + [ImportState.DONE]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("code", FILE_CODES)
def test_every_refusal_of_a_file_says_what_to_do(code: ErrorCode, language: str, desk: Desk) -> None:
    parameters: dict[str, object] = dict.fromkeys(re.findall(r"%\((\w+)\)s", MESSAGES[code]), 12)
    with desk.app.test_request_context(), force_locale(language):
        check_sentence(text_of(code, parameters), language)
        assert language == "en" or text_of(code, parameters) != MESSAGES[code] % parameters, "it is not translated"


def test_posts_of_one_second_do_not_cost_the_square_of_their_number(desk: Desk) -> None:
    content = posts(*(post(Title=f"caption {number}") for number in range(20_000)))
    with desk.app.app_context():
        run = import_done(desk.alice, content)
        assert run.result is not None
        said = run.result["posts"]
    assert (said["read"], said["new"], said["skipped"]) == (20_000, 1_000, {"bad_date": 19_000})
