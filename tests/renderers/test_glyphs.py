"""Sheets and images are drawn whatever people write, and a character that no font has leaves a box and no failure."""

from __future__ import annotations

import io
import random
import sys

import pytest
from pypdf import PdfReader

from tests.reports import sample_report
from webapp.domain.reports import NotesPart, Paper
from webapp.renderers.glyphs import drawable
from webapp.renderers.report_pdf import write_report_pdf

# Emoji made of several characters, marks above letters, and letters of every direction.
KEPT = "👩🏽\u200d💻 🏴\U000e0067\U000e0062\U000e007f 1\ufe0f\u20e3 e\u0301 \u2067שלום\u2069 مرحبا 今日 오늘 ไทย नमस्ते 𝓕"


def test_what_a_font_has_stays_as_it_is() -> None:
    assert drawable({"a": [KEPT, 3, None, True]}) == {"a": [KEPT, 3, None, True]}


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("ქართული", "□" * 7),
        ("a\x00\x07\x7f\ufeffb", "ab"),
        ("\ufffe\U000f0000\u0378", "□□□"),
        ("a\u1680b\tc\nd", "a b\tc\nd"),
        ("\u070f\U00013432\u202eb", "b"),
        ("Z\u0337\u1dfa", "Z\u0337"),
    ],
)
def test_what_no_font_has_is_a_box_and_controls_are_nothing(text: str, drawn: str) -> None:
    assert drawable(text) == drawn


def test_a_report_is_set_whatever_is_written_in_it() -> None:
    draw = random.Random(20260531)
    signs = [chr(code) for code in range(1, sys.maxunicode) if not 0xD800 <= code <= 0xDFFF and code % 7 == 0]
    notes = "\n".join("".join(draw.choices(signs, k=40)) for _ in range(60))
    head = {"team": "საქართველო", "display_name": "\x00\U000f0000"}
    written = write_report_pdf(
        sample_report(notes=NotesPart(notes), head=head), "en", Paper.A4, title="বাংলা \u070f report"
    )
    words = "".join(page.extract_text() for page in PdfReader(io.BytesIO(written.content)).pages)
    assert "report" in words
    assert "□" in words
