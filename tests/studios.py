"""Make downloads from TikTok Studio, and data exports with the posts that their videos are."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.factories import DATA
from webapp.domain.sections import Section
from webapp.importers.extract import extract
from webapp.importers.limits import Limits
from webapp.importers.records import Post, Summary
from webapp.importers.studio_records import StudioFigures

SAMPLES = DATA / "tiktok_studio"
JUNE = SAMPLES / "en_2026-06"
NEW_YEAR = SAMPLES / "en_over_new_year"
EXPECTED: dict[str, Any] = json.loads((SAMPLES / "expected.json").read_text("utf-8"))

OVERVIEW = ("Date", "Video Views", "Profile Views", "Likes", "Comments", "Shares")
HISTORY = ("Date", "Followers", "Difference in followers from previous day")
ACTIVITY = ("Date", "Hour", "Active followers")
GENDER = ("Gender", "Distribution")
TERRITORIES = ("Top territories", "Distribution")
VIEWERS = ("Date", "Total Viewers", "New Viewers", "Returning Viewers")
CONTENT = (
    *("Time", "Video title", "Video link", "Post time"),
    *("Total likes", "Total comments", "Total shares", "Total views"),
)


class Nowhere:
    """A sink that no row may reach: a download holds no list."""

    def follows(self, section: Section, names: list[str], seconds: list[int]) -> None:
        raise AssertionError(section)

    def posts(self, section: Section, posts: list[Post]) -> None:
        raise AssertionError(section)

    def restart(self) -> None:
        raise AssertionError


def csv_file(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a CSV file as Studio writes it: with a BOM, every field quoted, no line break at the end."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return b"\xef\xbb\xbf" + out.getvalue().removesuffix("\n").encode()


def zip_file(**members: bytes) -> bytes:
    """Return a zip of CSV files, stored as Studio stores them, without a time of its own."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.csv"), content)
    return out.getvalue()


def english(day: date) -> str:
    """Return a day as English downloads write it."""
    return f"{day:%B} {day.day}"


def overview(last: date, views: Sequence[object]) -> bytes:
    """Return the figures of days in a row, the last one given."""
    days = [last - timedelta(days=len(views) - 1 - place) for place in range(len(views))]
    return csv_file(OVERVIEW, [(english(day), view, 1, 2, 3, 4) for day, view in zip(days, views, strict=True)])


def video_row(number: int, title: str, posted: date, likes: object = 10, views: object = 100) -> tuple[object, ...]:
    """Return a row of a content file."""
    return ("June 18", title, f"https://www.tiktok.com/@demo.maker/video/{number}", english(posted), likes, 1, 2, views)


def content(*rows: tuple[object, ...]) -> bytes:
    """Return a file of videos."""
    return csv_file(CONTENT, rows)


def read(source: bytes | Path, name: str | None = None) -> Summary:
    """Read a download in this process."""
    data = source if isinstance(source, bytes) else source.read_bytes()
    shown = name or (source.name if isinstance(source, Path) else "Overview.csv")
    return extract(io.BytesIO(data), shown, Nowhere(), Limits())


def figures_of(summary: Summary) -> StudioFigures:
    """Return the rows of a download."""
    assert summary.studio is not None
    assert summary.studio.figures is not None
    return summary.studio.figures


def posts_of(folder: Path, timezone: str = "UTC", hour: int = 12) -> list[dict[str, Any]]:
    """Return the posts of a data export that the videos of a sample are, published at an hour of the zone."""
    content_file = next(folder.glob("Content_*.zip"))
    year = 2026 if folder == JUNE else 2025
    rows = []
    for video in figures_of(read(content_file)).videos:
        assert video.posted is not None
        local = datetime.combine(date(year, *video.posted[1:]), time(hour), ZoneInfo(timezone))
        rows.append(
            {
                "Date": local.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
                "Link": "",
                "Likes": str(video.likes),
                "Title": video.title or "",
            }
        )
    return rows
