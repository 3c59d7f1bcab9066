"""What a link hides leaves by no byte: not in what is stored of it, its page, its sheet, its image or their headers."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import cycle
from pathlib import Path
from shutil import copyfile
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from flask import Flask
from pypdf import PdfReader
from pypdf.generic import IndirectObject, StreamObject
from sqlalchemy import update
from werkzeug.test import TestResponse

from tests.conftest import make_settings
from tests.crowd import ZONE, Crowd, gather_crowd
from tests.factories import Cast, account_scope, make_cast, run_jobs, sent_mails, sign_in
from tests.house.furnished import ids_of
from tests.ledgers import at, parse_here
from tests.reuse import reuse
from tests.shares import make_share, share_of
from webapp import create_app
from webapp.analytics.reports.payload import encode
from webapp.analytics.reports.report import find_report
from webapp.domain.cards import CardDesign, CardFormat, CardLook
from webapp.domain.data_exports import ExportContent, ExportForm, ExportWishes
from webapp.domain.digests import DigestKind
from webapp.domain.redaction import NameDisplay, NumberDisplay, Redaction
from webapp.domain.report_query import ReportQuery, month_period
from webapp.domain.reports import Paper
from webapp.domain.scope import Role, Scope
from webapp.extensions import db
from webapp.models import Membership, SharePayload
from webapp.renderers import typesetting
from webapp.services import parser_process
from webapp.services.cards import CardWishes, find_card
from webapp.services.data_exports import request_data_export
from webapp.services.digests import DigestWish, request_copy, subscribe
from webapp.services.reports import request_report

QUERY = ReportQuery(month_period(date(2026, 5, 1)), notes="May went well.")
MADE_AT = at("2026-06-01 07:00:00")
LOCALES = ("en", "fr")
LINKS: dict[str, dict[str, Any]] = {
    "names hidden": {"names": NameDisplay.HIDDEN},
    "pseudonyms and no captions": {"names": NameDisplay.PSEUDONYMS, "hides_captions": True},
    "rounded, of nobody": {
        "names": NameDisplay.HIDDEN,
        "numbers": NumberDisplay.ROUNDED,
        "query": QUERY.with_(shows_account=False),
    },
    "indexed, nothing said": {
        "names": NameDisplay.PSEUDONYMS,
        "numbers": NumberDisplay.INDEXED,
        "hides_captions": True,
        "query": QUERY.with_(shows_account=False),
    },
}
# Days of a month, hours and weeks stand everywhere; below them no number tells anything of a crowd like this.
SMALLEST = 32
# Values of these fields are shares, factors and moments, which an index shows as well.
_RATIOS = {"change", "kept_share", "kept_low", "kept_high", "rate", "factor", "effect", "low", "high", "at_least"}
_RATIOS |= {"share", "expected", "made_at", "exported_at", "as_of", "revision", "hue"}
_RATIO_METRICS = ("follower_ratio", "engagement_rate")
_GROUPED = re.compile(r"(?<![\w.,])\d{1,3}(?:([,\u202f\u00a0 ])\d{3})(?:\1\d{3})*(?!\d)")
_PLAIN = re.compile(r"(?<![\w.,])\d+(?:\.0)?(?![\w%]|[.,]\d|[\u00a0\u202f ]%)")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[:h\u00a0 ]{1,3}\d{2}(?::\d{2})?\b(?! ?\d)|\b20\d\d\b")
# Where things stand in a drawing.
_GEOMETRY = re.compile(r'\s(?:d|x|y|x1|x2|y1|y2|cx|cy|r|rx|width|height|points|viewBox|dx|dy|transform)="[^"]*"')
_ID = re.compile(r"<xmpMM:(\w+ID)>[^<]*</xmpMM:\1>")

FILES = (
    ExportWishes(ExportContent.EVERYTHING, ExportForm.CSV),
    ExportWishes(ExportContent.CHANGES, ExportForm.XLSX),
)
_OPAQUE = "\u200b\u2060\u2068\u2069\u00ad"


@dataclass
class Left:
    """Everything that leaves by one link: by its name, as text that can be searched."""

    payload: str
    texts: dict[str, str] = field(default_factory=dict)

    @cached_property
    def told(self) -> set[int]:
        """The numbers that the payload holds."""
        return set(numbers_of(json.loads(self.payload)))


@dataclass(frozen=True)
class Leaving:
    """The crowd, the exact report of the same question, and what left by each link."""

    crowd: Crowd
    exact: Any
    ids: frozenset[str]
    files: tuple[str, ...]
    links: Mapping[str, Left]
    cards: Left
    colleague: dict[str, str]


@pytest.fixture(scope="module")
def leaving(
    tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path, _readers: SimpleNamespace
) -> Iterator[Leaving]:
    """The account and its links, made once and searched by every test."""
    folder = tmp_path_factory.mktemp("leaving")
    copyfile(empty_sqlite, folder / "app.sqlite3")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parser_process, "subprocess", _readers)
        parse_here(patch)
        drawn = spy_on_drawing(patch)
        app = create_app(make_settings(folder / "instance", f"sqlite:///{folder / 'app.sqlite3'}"))
        reuse(app)
        cast = make_cast(app)
        with app.app_context():
            crowd = gather_crowd(cast.alice)
            scope = account_scope(cast.alice)
            exact = json.loads(encode(find_report(scope, QUERY, MADE_AT)))
            files = tuple(value for each in exact["sources"]["exports"] for value in (each["file"], each["sha256"]))
            cards = make_cards(scope)
            db.session.remove()
        links = {name: let_leave(app, cast, wishes, drawn) for name, wishes in LINKS.items()}
        colleague = let_work(app, cast)
        with app.app_context():
            ids = frozenset(each for listed in ids_of(db.session(), cast.alice).values() for each in listed)
            db.session.remove()
        yield Leaving(crowd, exact, ids, files, links, cards, colleague)
        with app.app_context():
            db.engine.dispose()


def spy_on_drawing(patch: pytest.MonkeyPatch) -> list[str]:
    """Return a list to which everything is added that is handed over to be drawn: pixels cannot be searched."""
    drawn: list[str] = []
    compiled = typesetting._compile

    def noted(template: str, values: Mapping[str, Any], files: Mapping[str, bytes], **options: Any) -> Any:
        drawn.append(msgspec.json.encode(values).decode())
        return compiled(template, values, files, **options)

    patch.setattr(typesetting, "_compile", noted)
    return drawn


def let_leave(app: Flask, cast: Cast, wishes: dict[str, Any], drawn: list[str]) -> Left:
    """Make a link and fetch everything that a visitor can."""
    drawn.clear()
    with app.app_context():
        made = make_share(cast.alice, **{"query": QUERY, "allows_pdf": True, "recipient": "Acme", **wishes})
        payload = db.session.get_one(SharePayload, share_of(made).payload_id).body
        db.session.remove()
    left = Left(payload, {"payload": payload})
    visitor = app.test_client()
    for locale in LOCALES:
        page = visitor.get(f"/s/{made.token}", headers={"Accept-Language": locale})
        assert page.status_code == 200
        left.texts[f"page {locale}"] = page.text
        left.texts[f"headers {locale}"] = headers_of(page)
    sheet = visitor.get(f"/s/{made.token}.pdf")
    assert sheet.mimetype == "application/pdf"
    left.texts |= {"sheet's headers": headers_of(sheet), **texts_of_pdf(sheet.data)}
    image = visitor.get(f"/s/{made.token}/image.png")
    assert image.mimetype == "image/png"
    left.texts |= {"image's headers": headers_of(image), "image": text_of_png(image.data)}
    assert len(drawn) == 2
    left.texts["drawn"] = "\n".join(drawn)
    return left


def make_cards(scope: Scope) -> Left:
    """Make the images of every design that say as little as they can."""
    redacted = replace(scope, redaction=Redaction(numbers=NumberDisplay.INDEXED, hides_captions=True))
    left = Left(encode(find_report(redacted, QUERY.with_(shows_account=False), MADE_AT)))
    for design, locale in zip(CardDesign, cycle(LOCALES), strict=False):
        look = CardLook(design, CardFormat.STORY)
        wishes = CardWishes(look, QUERY.period, locale, NumberDisplay.INDEXED, hides_captions=True, hides_account=True)
        card = find_card(scope, wishes, MADE_AT)
        values = {key: value for key, value in card.values.items() if key not in ("width", "height")}
        left.texts[f"{design} {locale}"] = f"{msgspec.json.encode(values).decode()}\n{card.told}"
    return left


def let_work(app: Flask, cast: Cast) -> dict[str, str]:
    """Let a colleague who sees no names make and fetch everything there is; return what they get."""
    with app.app_context():
        mine = Membership.user_id == cast.erin.user_id
        db.session.execute(update(Membership).where(mine).values(role=Role.EDITOR))
        db.session.commit()
        scope, actor = account_scope(cast.erin), cast.erin.actor
        report = request_report(actor, scope, QUERY, title="", locale="en", paper=Paper.LETTER)
        digest = subscribe(actor, scope, DigestWish(DigestKind.WEEKLY, "en", ZONE))
        request_copy(actor, scope, digest)
        files = [request_data_export(actor, scope, wishes, "en") for wishes in FILES]
        run_jobs()
        db.session.remove()
    browser = app.test_client()
    sign_in(browser, cast.erin)
    found = {"mail": sent_mails(app)[-1].as_string()}
    for address in (f"/reports/{report}", f"/reports/digests/{digest}/preview"):
        found[address] = browser.get(address).text
    found |= texts_of_pdf(browser.get(f"/reports/{report}.pdf").data)
    for file in files:
        with browser.get(f"/reports/downloads/{file}") as answer, zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
            found |= {f"{file} {name}": archive.read(name).decode() for name in archive.namelist()}
    return found


def headers_of(answer: TestResponse) -> str:
    return "\n".join(f"{name}: {value}" for name, value in answer.headers if name not in ("Content-Length", "Date"))


def texts_of_pdf(content: bytes) -> dict[str, str]:
    """Return a PDF's bytes with every stream unpacked, the words on its pages, and everything it says of itself."""
    reader = PdfReader(io.BytesIO(content))
    inside = []
    for number in range(1, int(reader.trailer["/Size"])):  # type: ignore[call-overload]
        found = reader.get_object(IndirectObject(number, 0, reader))
        inside.append(repr(found))
        if isinstance(found, StreamObject) and found.get("/Subtype") != "/Image":
            inside.append(found.get_data().decode("latin-1"))
    pages = "\n".join(page.extract_text() for page in reader.pages)
    about = reader.xmp_metadata
    assert about is not None
    assert len(pages) > 500
    return {
        "sheet": content.decode("latin-1") + "\n".join(inside),
        "sheet's words": re.sub(f"[{_OPAQUE}]", "", pages),
        "sheet's words in one": re.sub(rf"[\s{_OPAQUE}]", "", pages),
        "sheet about itself": f"{reader.metadata} {_ID.sub('', about.stream.get_data().decode())}",
    }


def text_of_png(content: bytes) -> str:
    """Return what a PNG holds beside its pixels."""
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    place, said = 8, []
    while place < len(content):
        length, kind = int.from_bytes(content[place : place + 4]), content[place + 4 : place + 8]
        chunk = content[place + 8 : place + 8 + length]
        if kind != b"IDAT":
            said.append((kind + b" " + chunk).decode("latin-1"))
            if kind in (b"zTXt", b"iTXt", b"iCCP"):
                said.append(zlib.decompressobj().decompress(chunk[chunk.index(b"\0") + 2 :]).decode("latin-1"))
        place += length + 12
    return "\n".join(said)


def numbers_of(node: Any, name: str = "") -> Iterator[int]:
    """Yield every number of a report that counts something, as it is written."""
    if isinstance(node, dict):
        is_count = node.get("metric") not in _RATIO_METRICS
        for key, value in node.items():
            if is_count or key in ("n", "scale"):
                yield from numbers_of(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from numbers_of(value, name)
    elif isinstance(node, int | float) and not isinstance(node, bool) and name not in _RATIOS:
        yield abs(round(node))


def numbers_in(text: str) -> set[int]:
    """Return the numbers that are written in a text, in either language; dates, hours and percentages left out."""
    rest, found = _MOMENT.sub(" ; ", text), set()
    for separator in (",", "\u202f", "\u00a0", " ", ""):
        groups = re.compile(rf"(?<![\w.,])\d{{1,3}}(?:{separator}\d{{3}})+(?!\w)") if separator else _PLAIN
        found |= {int(re.sub(r"\.0$|\D", "", hit)) for hit in groups.findall(rest)}
    return found


def visible(page: str) -> str:
    """Return a page without where things stand in its drawings."""
    return html.unescape(_GEOMETRY.sub(" ", page))


@pytest.mark.parametrize("name", LINKS)
def test_no_name_of_ten_thousand_leaves_by_a_link_that_hides_names(leaving: Leaving, name: str) -> None:
    met = {where: leaving.crowd.names_in(text) for where, text in leaving.links[name].texts.items()}
    assert {where: names for where, names in met.items() if names} == {}


def test_no_name_of_ten_thousand_is_in_what_a_colleague_gets_who_sees_none(leaving: Leaving) -> None:
    met = {where: leaving.crowd.names_in(text) for where, text in leaving.colleague.items()}
    assert {where: names for where, names in met.items() if names} == {}
    # Each of them is about these people all the same.
    for kind in ("sheet's words", "followers.csv", "changes.csv", "xl/"):
        assert any(kind in where and "person." in text for where, text in leaving.colleague.items()), kind


def test_an_image_says_no_more_than_it_was_asked_to(leaving: Leaving) -> None:
    hidden = hidden_from(leaving, leaving.cards)
    for where, text in leaving.cards.texts.items():
        assert leaving.crowd.names_in(text) | leaving.crowd.words_in(text) == set(), where
        assert leaving.crowd.own_in(text) == [], where
        assert numbers_in(text) & hidden == set(), where


@pytest.mark.parametrize("name", [name for name, wishes in LINKS.items() if "hides_captions" in wishes])
def test_no_word_of_a_post_leaves_by_a_link_that_hides_captions(leaving: Leaving, name: str) -> None:
    met = {where: leaving.crowd.words_in(text) for where, text in leaving.links[name].texts.items()}
    assert {where: words for where, words in met.items() if words} == {}


@pytest.mark.parametrize("name", [name for name, wishes in LINKS.items() if "query" in wishes])
def test_a_link_of_nobody_says_nowhere_whose_numbers_it_shows(leaving: Leaving, name: str) -> None:
    met = {where: leaving.crowd.own_in(text) for where, text in leaving.links[name].texts.items()}
    assert {where: own for where, own in met.items() if own} == {}


@pytest.mark.parametrize("name", [name for name, wishes in LINKS.items() if "numbers" in wishes])
def test_no_exact_number_leaves_by_a_link_that_rounds_or_indexes(leaving: Leaving, name: str) -> None:
    left, exact = leaving.links[name], set(numbers_of(leaving.exact))
    hidden, met = hidden_from(leaving, left), {}
    assert len(hidden) > 60
    for where, text in left.texts.items():
        if where not in ("sheet", "drawn"):
            met[where] = numbers_in(visible(text)) & hidden
    assert {where: numbers for where, numbers in met.items() if numbers} == {}
    # A number that both have can only be one that is small enough to be an index of something else.
    assert {number for number in exact & left.told if number > 999} == set()
    if LINKS[name]["numbers"] is NumberDisplay.INDEXED:
        assert list(kept(leaving.exact, json.loads(left.payload))) == []


def hidden_from(leaving: Leaving, left: Left) -> set[int]:
    """Return the numbers of the exact report that what left does not hold on purpose; years stand everywhere."""
    exact = set(numbers_of(leaving.exact))
    return {number for number in exact - left.told if number >= SMALLEST and not 1990 <= number <= 2100}


def kept(exact: Any, told: Any, place: str = "") -> Iterator[str]:
    """Yield where a count stands in both reports alike; below a thousand an index could be any of them elsewhere."""
    if isinstance(exact, dict) and isinstance(told, dict):
        if exact.get("metric") not in _RATIO_METRICS:
            for key in (exact.keys() & told.keys()) - _RATIOS:
                yield from kept(exact[key], told[key], f"{place}.{key}")
    elif isinstance(exact, list) and isinstance(told, list):
        for number, (one, other) in enumerate(zip(exact, told, strict=False)):
            yield from kept(one, other, f"{place}[{number}]")
    elif isinstance(exact, int | float) and exact == told and abs(exact) >= SMALLEST:
        yield place


def test_no_link_tells_ids_or_files(leaving: Leaving) -> None:
    for name, left in leaving.links.items():
        for where, text in left.texts.items():
            assert [known for known in (*leaving.ids, *leaving.files) if known in text] == [], (name, where)


def test_the_search_finds_what_is_there(leaving: Leaving) -> None:
    """What is hidden in one link and found in another shows that there is something to be found."""
    shown, indexed = leaving.links["names hidden"].texts, leaving.links["indexed, nothing said"]
    for where in ("payload", "page en", "page fr", "sheet's words", "drawn"):
        assert leaving.crowd.words_in(shown[where]), where
        assert leaving.crowd.own_in(shown[where]), where
    exact = {number for number in numbers_of(leaving.exact) if number > 999}
    for where in ("payload", "page en", "page fr", "sheet's words"):
        assert len(numbers_in(visible(shown[where])) & exact) > 9, where
    assert "person." in indexed.texts["page en"] or "person." in leaving.links["pseudonyms and no captions"].payload
    # The exact report of the team does hold the names.
    assert len(leaving.crowd.names_in(json.dumps(leaving.exact))) > 9
