"""The page of images: a form with a live preview, the file to take away, and what it keeps to itself."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.factories import Cast, Member, account_scope, export_json, import_done, many, sign_in
from tests.ledgers import parse_here
from tests.page_words import words_of
from tests.reports import sample_report
from tests.web.pages import csrf_token
from webapp.domain.cards import CardDesign, CardFormat, CardLook
from webapp.domain.errors import AppError, ErrorCode
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.domain.redaction import NameDisplay, NumberDisplay, Redaction
from webapp.extensions import db
from webapp.models import AuditAction, AuditEvent
from webapp.renderers.cards import TEMPLATE, make_card
from webapp.renderers.typesetting_child import Setting
from webapp.services import typesetting_process
from webapp.services.cards import CardWishes, find_card
from webapp.services.typesetting_process import Typesetter

# What is read from either database is checked with the reports.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PAGE = "/reports/images"
MADE_AT = 1_738_600_000


@pytest.fixture(autouse=True)
def typesetter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Typesetter]:
    """A child of this test alone, and nothing kept of what others drew."""
    own = Typesetter()
    monkeypatch.setattr(typesetting_process, "_typesetter", own)
    monkeypatch.setattr(typesetting_process, "_drawn", typesetting_process._Drawn())
    yield own
    own.end()


@pytest.fixture
def browser(app: Flask, alice: Member, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A browser of Alice, whose account has two exports."""
    parse_here(monkeypatch)
    with app.app_context():
        import_done(alice, export_json(many(1020)), exported_at=1_735_800_000)
        import_done(alice, export_json(many(1232)), exported_at=1_738_500_000)
        db.session.remove()
    sign_in(client, alice)
    return client


def image_of(answer: TestResponse) -> tuple[str, str]:
    """Return the address and the words of the preview on a page."""
    found = re.search(r'<img class="card-image[^>]* src="([^"]+)"[^>]* alt="([^"]*)"', answer.text)
    assert found
    return unescape(found[1]), unescape(found[2])


def make(client: FlaskClient, **fields: str) -> TestResponse:
    return client.post(PAGE, data={"csrf_token": csrf_token(client.get(PAGE)), **fields})


def size_of(content: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(content)).size


def setting(title: str = "", template: str = TEMPLATE) -> Setting:
    card = make_card(sample_report(), "en", CardLook(CardDesign.MILESTONE, CardFormat.LINK, title))
    return Setting(template, card.values, card.files, 0.25)


def wishes(**changes: Any) -> CardWishes:
    look = CardLook(changes.pop("design", CardDesign.FIGURES))
    return CardWishes(look, PeriodQuery(Preset.ALL), "en", **changes)


def test_without_data_the_page_says_what_comes_first(client: FlaskClient, alice: Member) -> None:
    sign_in(client, alice)
    assert "Bring your first export" in words_of(client.get(PAGE))
    assert client.get(f"{PAGE}/preview.png").status_code == 404


def test_the_preview_is_half_as_large_and_says_in_words_what_it_shows(browser: FlaskClient) -> None:
    page = browser.get(PAGE, query_string={"design": "milestone", "format": "square", "period": "all"})
    assert page.status_code == 200
    href, alt = image_of(page)
    assert "Followers: 1,000" in alt
    preview = browser.get(href)
    assert preview.headers["Content-Type"] == "image/png"
    assert preview.headers["Cache-Control"] == "no-store"
    assert size_of(preview.data) == (540, 540)


def test_a_change_of_the_form_brings_the_preview_alone(browser: FlaskClient) -> None:
    headers = {"HX-Request": "true", "HX-Target": "card_preview"}
    part = browser.get(PAGE, query_string={"format": "link", "title": "My <b>"}, headers=headers)
    assert part.text.startswith('<section id="card_preview"')
    assert "title=My+%3Cb%3E" in image_of(part)[0]
    assert "My &lt;b&gt;" in part.text


def test_the_image_is_taken_away_in_its_full_size_and_written_down(app: Flask, browser: FlaskClient) -> None:
    answer = make(browser, design="growth", format="story", period="all", hides_captions="y", recipient="Acme")
    assert size_of(answer.data) == (1080, 1920)
    assert answer.headers["Content-Disposition"].endswith("''growth-story-demo.maker-2025-02-02.png")
    with app.app_context():
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == AuditAction.CARD_MADE)).one()
    assert event.target == "growth"
    assert event.detail["format"] == "story"
    assert event.detail["hides_captions"] is True
    # The recipient's name stays on the image.
    assert "Acme" not in str(event.detail)


def test_what_cannot_be_drawn_is_said_beside_its_field(app: Flask, browser: FlaskClient) -> None:
    for fields, told in (
        ({"period": "whole_month", "month": "2025-13"}, "month"),
        ({"period": "custom", "date_from": ""}, "date_from"),
        ({"design": "poster"}, "Not a valid choice"),
        ({"title": "x" * 121}, "At most 120 characters"),
        ({"recipient": "x" * 121}, "At most 120 characters"),
    ):
        shown = browser.get(PAGE, query_string=fields)
        assert (shown.status_code, "There is no preview" in shown.text, told in shown.text) == (422, True, True), fields
        assert browser.get(f"{PAGE}/preview.png", query_string=fields).status_code == 422
        refused = make(browser, **fields)
        assert (refused.status_code, told in refused.text) == (422, True), fields
    assert browser.get(PAGE, query_string={"colour": "red"}).status_code == 422
    with app.app_context():
        assert not db.session.scalars(select(AuditEvent).where(AuditEvent.action == AuditAction.CARD_MADE)).all()


def test_a_file_is_made_with_the_token_of_the_form_alone(browser: FlaskClient) -> None:
    assert browser.post(PAGE, data={"design": "growth"}).status_code == 403


def test_viewers_make_no_images_and_strangers_see_none(app: Flask, browser: FlaskClient, cast: Cast) -> None:
    others = app.test_client()
    for member, status in ((cast.bob, 403), (cast.charlie, 404)):
        sign_in(others, member)
        assert others.get(f"{PAGE}/preview.png").status_code == status
        others.post("/logout", data={"csrf_token": csrf_token(others.get("/dashboard"))})


def test_the_choice_of_the_form_hides_more_and_never_less_than_the_reader_sees(
    app: Flask, browser: FlaskClient, alice: Member
) -> None:
    with app.app_context():
        scope = account_scope(alice)
        shown = find_card(scope, wishes(), MADE_AT)
        unnamed = find_card(scope, wishes(hides_account=True), MADE_AT)
        rounded = find_card(scope, wishes(numbers=NumberDisplay.ROUNDED), MADE_AT)
        indexed = find_card(scope, wishes(numbers=NumberDisplay.INDEXED), MADE_AT)
        covered = replace(scope, redaction=Redaction(NameDisplay.SHOWN, NumberDisplay.ROUNDED, hides_captions=True))
        masked = find_card(covered, wishes(), MADE_AT)
    assert "demo.maker" in str(shown.values)
    assert "1,232" in shown.told
    assert "demo.maker" not in str(unnamed.values)
    for card in (rounded, indexed, masked):
        assert "1,232" not in str(card.values)
        assert "1,232" not in card.told
    assert "1,200" in masked.told


def test_one_child_draws_one_image_after_the_other_and_what_was_drawn_is_kept(
    app: Flask, alice: Member, typesetter: Typesetter
) -> None:
    card = make_card(sample_report(), "en", CardLook(CardDesign.MILESTONE, CardFormat.LINK))
    first = typesetting_process.draw_in_child(card, scale=0.25)
    child = typesetter._child
    assert child is not None
    assert typesetting_process.draw_in_child(card, scale=0.5) != first
    assert typesetter._child is child
    typesetter.end()
    assert typesetting_process.draw_in_child(card, scale=0.25) == first
    assert typesetter._child is None


def test_a_child_that_ended_is_replaced(app: Flask, typesetter: Typesetter) -> None:
    first = typesetter.set(setting())
    child = typesetter._child
    assert child is not None
    child.kill()
    child.wait()
    assert typesetter.set(setting()) == first


def test_a_child_that_hangs_is_ended(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    idle = [sys.executable, "-c", "import time; time.sleep(60)"]
    popen = partial(subprocess.Popen, idle, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    monkeypatch.setattr(typesetting_process, "_start", popen)
    hanging = Typesetter(most_seconds=0.05)
    with pytest.raises(AppError) as refused:
        hanging.set(setting())
    assert refused.value.code is ErrorCode.CARD_NOT_DRAWN
    assert hanging._child is None


def test_what_cannot_be_set_is_refused_and_the_child_goes_on(app: Flask, typesetter: Typesetter) -> None:
    first = typesetter.set(setting())
    child = typesetter._child
    with pytest.raises(AppError) as refused:
        typesetter.set(setting(template="none.typ"))
    assert refused.value.code is ErrorCode.CARD_NOT_DRAWN
    assert refused.value.status == 503
    assert typesetter._child is child
    assert typesetter.set(setting("Another")) != first
