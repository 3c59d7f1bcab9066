"""A report on paper: every figure and sentence in it, tagged, in two languages, on two papers, with any words."""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from pypdf import PdfReader

from tests.images import picture
from tests.reports import (
    ARABIC_TITLE,
    CJK_TITLE,
    EMOJI_TITLE,
    HOSTILE_TITLE,
    LAST,
    LONG_NAME,
    empty_report,
    sample_report,
)
from webapp.domain.reports import Paper, Report, ReportSection
from webapp.domain.shares import Watermark
from webapp.renderers.report_pdf import WrittenReport, write_report_pdf
from webapp.renderers.report_texts import ReportTexts
from webapp.renderers.typesetting import breakable

SIZES = {Paper.A4: (595, 842), Paper.LETTER: (612, 792)}


def read(written: WrittenReport) -> PdfReader:
    return PdfReader(io.BytesIO(written.content))


@cache
def rich(locale: str) -> PdfReader:
    """Return the rich report as it is read from its file; nobody changes it."""
    return read(write_report_pdf(sample_report(), locale, Paper.A4))


def said(text: str) -> str:
    """Return a text without what differs between a page and what is read from it: blanks, breaks, joined letters."""
    plain = unicodedata.normalize("NFKC", text)
    return re.sub(r"[\s\u00ad\u200b\u2060\u2068\u2069-]+", "", plain)


def text_of(reader: PdfReader) -> str:
    return said(" ".join(pages_of(reader)))


@cache
def pages_of(reader: PdfReader) -> list[str]:
    return [page.extract_text() for page in reader.pages]


def outline_of(reader: PdfReader) -> list[str]:
    return [entry.title or "" for entry in reader.outline if not isinstance(entry, list)]


@pytest.mark.parametrize(("locale", "paper"), [("en", Paper.A4), ("fr", Paper.LETTER)])
@pytest.mark.parametrize("report", [sample_report(), empty_report()], ids=["rich", "empty"])
def test_a_report_says_every_figure_and_sentence(report: Report, locale: str, paper: Paper) -> None:
    texts, written = ReportTexts(locale), write_report_pdf(report, locale, paper)
    reader = read(written)
    assert {tuple(round(float(side)) for side in page.mediabox[2:]) for page in reader.pages} == {SIZES[paper]}
    assert len(reader.pages) == written.pages
    found = text_of(reader)
    for figure in report.figures or ():
        for text in (texts.figure_label(figure), texts.figure_value(figure), texts.figure_change(figure)):
            assert said(text) in found
        assert said(texts.figure_why(figure)) in found
    sentences = [texts.news(item) for item in report.news or ()]
    for part, reading in (
        (report.changes, texts.changes_reading),
        (report.posts, texts.posts_reading),
        (report.hashtags, texts.hashtags_reading),
        (report.timing, texts.timing_reading),
        (report.goals, texts.goals_reading),
    ):
        sentences.append(reading(part))  # type: ignore[arg-type]
    sentences += [texts.definition(metric) for metric in (report.sources.metrics if report.sources else ())]
    assert [text for text in sentences if said(text) not in found and text.isascii()] == []
    for text in (texts.title(report.head), LONG_NAME, texts.data_date(report.head), texts.zone(report.head)):
        assert said(text) in found


@pytest.mark.parametrize("locale", ["en", "fr"])
def test_a_report_is_tagged_and_has_bookmarks(locale: str) -> None:
    report, texts = sample_report(), ReportTexts(locale)
    reader = rich(locale)
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith(locale)
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data()
    assert reader.metadata is not None
    assert reader.metadata.title == texts.title(report.head)
    assert outline_of(reader) == [texts.section_title(section) for section in ReportSection]


def test_every_chart_has_a_description() -> None:
    report, texts = sample_report(), ReportTexts("en")
    reader = rich("en")
    root: Any = reader.trailer["/Root"]
    described, waiting = [], [root["/StructTreeRoot"]]
    while waiting:
        element = waiting.pop().get_object()
        if isinstance(element, list):
            waiting += element
        elif hasattr(element, "get"):
            if element.get("/S") == "/Figure":
                described.append(str(element.get("/Alt", "")))
            if "/K" in element:
                waiting.append(element["/K"])
    assert report.growth is not None
    assert report.timing is not None
    curves = [texts.curve_reading(curve) for curve in report.growth.curves]
    for reading in (*curves, texts.flows_reading(report.growth), texts.timing_reading(report.timing)):
        assert any(reading in text for text in described)
    assert all(described)


def test_no_heading_is_left_alone_at_the_foot_of_a_page() -> None:
    for locale in ("en", "fr"):
        titles = {said(ReportTexts(locale).section_title(section)) for section in ReportSection}
        for page in pages_of(rich(locale))[1:]:
            lines = [line for line in page.splitlines() if line.strip()]
            foot = re.compile(r"\d+\s*/\s*\d+")
            body = [said(line) for line in lines if not foot.fullmatch(line.strip())]
            assert body[-1] not in titles


def test_words_of_people_are_set_as_they_are_and_never_run() -> None:
    """SECURITY 59."""
    reader = rich("fr")
    pages: Any = reader.pages
    found = text_of(reader)
    assert said(HOSTILE_TITLE) in found
    assert said("#vacances") in found
    fonts = {
        str(font.get_object().get("/BaseFont", "")).rpartition("+")[2]
        for page in pages
        for font in page["/Resources"].get("/Font", {}).values()
    }
    wanted = {"NotoSansArabic", "DroidSansFallback", "HangulFallback", "Inter-Bold"}
    assert {name for name in wanted if not any(name in font for font in fonts)} == set()
    assert said(CJK_TITLE[:5]) in found
    # Two letters that are joined to one shape may come back as another pair.
    letters = {letter for letter in ARABIC_TITLE if letter.isalpha()}
    assert len(letters & set(found)) >= len(letters) - 2


def test_emoji_are_drawn_in_colour() -> None:
    plain = sample_report(posts=None, notes=None, news=None, hashtags=None, head={"display_name": "Ada"})
    with_emoji = replace(plain, head=replace(plain.head, display_name=f"Ada {EMOJI_TITLE}"))
    without, with_them = (write_report_pdf(report, "en", Paper.A4).content for report in (plain, with_emoji))
    fonts = [len(re.findall(rb"/Type3|/FontFile", content)) for content in (without, with_them)]
    assert fonts[1] > fonts[0]


def test_a_part_that_nobody_asked_for_is_not_there() -> None:
    report = sample_report(growth=None, sources=None, goals=None)
    titles = outline_of(read(write_report_pdf(report, "en", Paper.A4)))
    assert not {"Growth", "Goals", "Definitions and sources"} & set(titles)


def test_the_mark_stands_on_every_page_and_says_what_it_was_given() -> None:
    """SECURITY 74."""
    mark = Watermark('Zoé <script> #x "y"', LAST, "ab12cd34")
    reader = read(write_report_pdf(sample_report(), "fr", Paper.A4, mark=mark))
    for page in pages_of(reader):
        found = said(page)
        assert said(mark.recipient) in found
        assert "ab12cd34" in found


def test_who_is_not_told_whose_numbers_these_are_finds_no_name_in_the_file() -> None:
    report = sample_report(notes=None, head={"team": None, "handle": None, "display_name": None, "logo": None})
    written = write_report_pdf(report, "en", Paper.A4)
    found = text_of(read(written)) + str(read(written).metadata)
    assert "lovelace" not in found.lower()
    assert said(LONG_NAME) not in found


def test_images_are_drawn_where_they_are_and_left_out_where_not() -> None:
    posts = sample_report().posts
    assert posts is not None
    top = tuple(replace(post, cover=f"{place}.webp") for place, post in enumerate(posts.top))
    report = sample_report(posts=replace(posts, top=top), head={"logo": "logo.webp"})
    images = {"logo.webp": picture(80, 40, "WEBP"), "0.webp": picture(90, 160, "WEBP", "red")}
    bare, full = (read(write_report_pdf(report, "en", Paper.A4, images=each)) for each in ({}, images))
    counts = [sum(len(page.images) for page in reader.pages) for reader in (bare, full)]
    assert counts[1] - counts[0] == 2


def test_the_same_report_is_the_same_file() -> None:
    first, second = (write_report_pdf(sample_report(), "en", Paper.A4).content for _ in range(2))
    assert first == second


def test_a_title_takes_the_place_of_the_own_one() -> None:
    reader = read(write_report_pdf(sample_report(), "fr", Paper.A4, title="Bilan de mai *gras* #1 🎉"))
    assert reader.metadata is not None
    assert reader.metadata.title == "Bilan de mai *gras* #1 🎉"
    assert said("Bilan de mai *gras* #1") in said(pages_of(reader)[0])


def test_long_words_may_break_and_short_ones_never_do() -> None:
    assert breakable("x" * 24) == "x" * 24
    assert max(map(len, breakable("x" * 300).split("\u200b"))) <= 24
    assert breakable("x" * 300).replace("\u200b", "") == "x" * 300
    assert max(map(len, breakable("_" * 300).split("\u200b"))) <= 24
    family = "👨‍👩‍👧‍👦" * 8
    assert breakable(family).replace("\u200b", "") == family
    assert "\u200d\u200b" not in breakable("a" * 40 + family)
