"""What is in downloads: the same as on the pages, in the form that was asked for, and never a formula."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from tests.downloads import (
    LATE,
    PARIS,
    delimiter_of,
    imported,
    made,
    post,
    rows_of,
    types_of,
)
from tests.factories import Cast
from tests.injections import INJECTIONS
from tests.ledgers import parse_here
from webapp.analytics.content.listing import selection_figure
from webapp.analytics.content.posts import find_posts
from webapp.analytics.growth import find_change, find_growth
from webapp.analytics.period_statistics import list_statistics
from webapp.domain.data_exports import ExportContent, ExportForm, ExportTable
from webapp.domain.metrics import MetricKey
from webapp.domain.period import Period, Span
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.domain.post_query import PostFilter
from webapp.domain.sections import Section
from webapp.domain.steps import Step, bucket_of
from webapp.extensions import db
from webapp.models import Post
from webapp.services.annotations import add_annotation
from webapp.services.people import add_tag, write_note

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


@on_sqlite
def test_everything_is_one_zip_that_explains_itself(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        add_annotation(cast.alice.actor, scope, date(2025, 1, 3), "=began")
        add_tag(cast.alice.actor, scope, ["person00008"], "friend")
        write_note(cast.alice.actor, scope, "person00009", "+met in May")
        tables = {table.value for table in ExportTable}
        for form in ExportForm:
            file = made(cast.alice, scope, ExportContent.EVERYTHING, form, "fr")
            assert file.name.endswith(".zip")
            with zipfile.ZipFile(file.path) as archive:
                assert archive.testzip() is None
                content = {name: archive.read(name) for name in archive.namelist()}
            readme = content.pop("README.txt").decode("utf-8-sig")
            assert [text for text in ("@demo.maker", PARIS, *tables) if text not in readme] == []
            if form is ExportForm.XLSX:
                assert content.keys() == {"everything.xlsx"}
                book = load_workbook(io.BytesIO(content["everything.xlsx"]))
                assert set(book.sheetnames) == tables
                assert types_of(book) <= set("sndb")
                assert book["notes-on-days"]["B2"].value == "'=began"
                assert [row[2].value for row in book["marked-people"].iter_rows(min_row=2)] == [None, "'+met in May"]
                continue
            assert content.keys() == {f"{table}.csv" for table in tables}
            notes = rows_of(content["notes-on-days.csv"], delimiter_of(form))
            assert notes == [{"day": "2025-01-03", "note": "'=began"}]
            assert len(rows_of(content["followers.csv"], delimiter_of(form))) == 38


@on_sqlite
def test_changes_of_all_exports_stand_in_one_table(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        found = rows_of(made(cast.alice, scope, ExportContent.CHANGES, ExportForm.CSV).path.read_bytes())
        kinds = [(row["list"], row["change"], row["username"]) for row in found]
        lost = [("followers", "lost", f"person000{number}") for number in (38, 39)]
        gained = [("followers", "gained", f"person0000{number}") for number in range(4)]
        assert sorted(kinds) == sorted(gained + lost)
        assert {(row["between_from"], row["between_to"]) for row in found} == {
            ("2025-01-02T06:40:00Z", "2025-02-02T12:40:00Z")
        }


@on_sqlite
def test_statistics_say_what_the_pages_say(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        growth, table = find_growth(scope, PeriodQuery(Preset.ALL)), find_posts(scope)
        whole = find_change(growth.history, Section.FOLLOWERS, Span(None, LATE))
        assert table is not None
        assert growth.fit is not None
        assert whole is not None
        assert (whole.gained, whole.lost, len(table.rows)) == (4, 2, 5)
        for step in Step:
            found = list_statistics(scope, step)
            assert found[-1].bucket == bucket_of(date(2025, 2, 2), step)
            assert found[-1].counts == {Section.FOLLOWERS: 38, Section.FOLLOWING: 4}
            assert any(not each.counts for each in found), "what no list counted is not told"
            assert all(one.bucket.last + timedelta(days=1) == other.bucket.first for one, other in pairwise(found)), (
                "the days have no gap"
            )
            assert sum(each.posts.posts or 0 for each in found if each.posts) == 5
            assert sum(each.followed or 0 for each in found) == sum(day.came for day in growth.fit.follows)
            for each in found:
                days = PostFilter(Period(each.bucket.first, each.bucket.last, PARIS), counted=True)
                assert each.likes == selection_figure(table, days, MetricKey.LIKES_TOTAL)
            told = [each.changes[Section.FOLLOWERS] for each in found if Section.FOLLOWERS in each.changes]
            assert (sum(each.gained for each in told), sum(each.lost for each in told)) == (4, 2)


@on_sqlite
def test_statistics_are_three_files_or_three_sheets(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        book = load_workbook(made(cast.alice, scope, ExportContent.STATISTICS, ExportForm.XLSX).path)
        assert book.sheetnames == ["statistics-by-day", "statistics-by-week", "statistics-by-month"]
        month = [str(cell.value) for cell in list(book["statistics-by-month"].iter_rows())[-1]]
        assert month[:4] == ["2025-02-01 00:00:00", "2025-02-28 00:00:00", "38", "4"]
        file = made(cast.alice, scope, ExportContent.STATISTICS, ExportForm.CSV)
        with zipfile.ZipFile(file.path) as archive:
            assert len(rows_of(archive.read("statistics-by-month.csv"))) == len(list(book["statistics-by-month"])) - 1
            assert "README.txt" in archive.namelist()


# ---- acceptance 6: what a French spreadsheet makes of it ----


def french(text: str) -> object:
    """Return what a spreadsheet of a reader in France takes a cell for."""
    if not text:
        return None
    if text in ("oui", "non"):
        return text == "oui"
    if re.fullmatch(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?", text):
        return datetime.fromisoformat(text)
    number = text.replace("\u202f", "").replace("\u00a0", "")
    if number.replace(",", "", 1).removeprefix("-").isdecimal() and "." not in number:
        return float(number.replace(",", ".")) if "," in number else int(number)
    return text


@on_sqlite
def test_the_french_dialect_parses_into_the_same_values_as_the_workbook(app: Flask, cast: Cast) -> None:
    with app.app_context():
        posts = [post(f"2024-12-0{day} 12:00:00", 'a;b "c"\nd, 1,5', day * 1000) for day in range(1, 5)]
        scope = imported(cast.alice, posts)
        for content in (ExportContent.POSTS, ExportContent.CHANGES, ExportContent.FOLLOWING):
            text = made(cast.alice, scope, content, ExportForm.SPREADSHEET, "fr").path.read_bytes()
            assert text.startswith(b"\xef\xbb\xbf")
            table = list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""), delimiter=";", strict=True))
            sheet = load_workbook(made(cast.alice, scope, content, ExportForm.XLSX, "fr").path).worksheets[0]
            values = [[cell.value for cell in row] for row in sheet.iter_rows()]
            assert table[0] == values[0]
            assert [len(row) for row in table] == [len(table[0])] * len(values)
            for read, typed in zip(table[1:], values[1:], strict=True):
                for name, cell, value in zip(table[0], read, typed, strict=True):
                    found = french(cell)
                    if isinstance(value, str):
                        assert cell == value, name
                    elif isinstance(value, float):
                        assert found == pytest.approx(value, abs=1e-6), name
                    else:
                        assert found == value, name
            fractions = {cell for row in table for cell in row if isinstance(french(cell), float)}
            assert bool(fractions) is (content is ExportContent.POSTS)


@on_sqlite
def test_times_of_a_workbook_are_those_of_the_zone(app: Flask, cast: Cast) -> None:
    with app.app_context():
        scope = imported(cast.alice)
        sheet = load_workbook(made(cast.alice, scope, ExportContent.POSTS, ExportForm.XLSX).path).worksheets[0]
        place = [cell.value for cell in sheet[1]].index("published_at")
        seconds = db.session.scalars(select(Post.published_at).order_by(Post.published_at.desc()))
        assert [row[place].value for row in sheet.iter_rows(min_row=2)] == [
            datetime.fromtimestamp(second, ZoneInfo(PARIS)).replace(tzinfo=None) for second in seconds
        ]


@on_sqlite
def test_captions_that_look_like_formulas_stay_texts(app: Flask, cast: Cast) -> None:
    """SECURITY 66."""
    with app.app_context():
        start = datetime(2024, 12, 1, tzinfo=UTC)
        times = (f"{start + timedelta(hours=number):%Y-%m-%d %H:%M:%S}" for number in range(len(INJECTIONS)))
        scope = imported(cast.alice, [post(at, text) for at, text in zip(times, INJECTIONS, strict=True)])
        for form in ExportForm:
            content = made(cast.alice, scope, ExportContent.POSTS, form).path.read_bytes()
            if form is ExportForm.XLSX:
                book = load_workbook(io.BytesIO(content))
                assert types_of(book) <= set("sndb")
                place = [cell.value for cell in book["posts"][1]].index("title")
                titles = [row[place].value for row in book["posts"].iter_rows(min_row=2)]
            else:
                titles = [row["title"] for row in rows_of(content, delimiter_of(form))]
            assert len(titles) == len(INJECTIONS)
            # Reading an export takes away what nobody sees, so a few of them are harmless by then.
            assert {title.lstrip(" \u00a0\u3000\ufeff")[0] for title in titles} & set("=+-@\t\r\n|%＝＋－＠") == set()
            assert sum(title.startswith("'") for title in titles) > 50
