"""Read a download from TikTok Studio: four zips of CSV files, or single ones as browsers unpack them.

Files are known by their names and numbers of columns, because their headers may be in any language.
"""

from __future__ import annotations

import csv
import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from webapp.domain.errors import ErrorCode, FileRefused
from webapp.domain.names import is_handle
from webapp.domain.sections import SectionState
from webapp.domain.studio import DAY_FIGURES, StudioPart, When
from webapp.importers.cleaning import clean_line, clean_text
from webapp.importers.issues import IssueLog
from webapp.importers.json_tokens import Readable
from webapp.importers.limits import Limits
from webapp.importers.records import SectionSummary, SkipReason, StudioFound
from webapp.importers.studio_dates import read_days
from webapp.importers.studio_records import DayRow, HourRow, ShareRow, StudioFigures, VideoRow
from webapp.importers.tiktok_txt import lines_of

# The file of each part, case-folded and without its ending, and its number of columns.
_FILES: Final = {
    "overview": (StudioPart.OVERVIEW, 6),
    "followerhistory": (StudioPart.FOLLOWERS, 3),
    "viewers": (StudioPart.VIEWERS, 4),
    "followeractivity": (StudioPart.ACTIVITY, 3),
    "followergender": (StudioPart.GENDER, 2),
    "followertopterritories": (StudioPart.TERRITORIES, 2),
    "content": (StudioPart.VIDEOS, 8),
}
COLUMNS: Final = dict(_FILES.values())
# The longest range has 365 days, of 24 hours each where hours are told; videos end far below.
MAX_ROWS: Final = 10_000
_MAX_FIELD: Final = 32_768
_MAX_TITLE: Final = 8_000
_MAX_LABEL: Final = 80
_MAX_NAME: Final = 200
_DELIMITERS: Final = ",;\t"
_MISSING: Final = frozenset({"", "undefined", "null", "nan", "n/a", "-", "--", "–", "—"})
_WHOLE = re.compile(r"[+\-−]?[0-9]{1,18}", re.ASCII)
_PART_NUMBER = re.compile(r"(?:[ _-]?\([0-9]{1,3}\)|[ _-][0-9]{1,3})+$")
_ZIP_NAME = re.compile(
    r"(?:overview_[0-9]{4}-[0-9]{2}-[0-9]{2}_([0-9]{9,11})|followers|viewers|content)_(.+?)"
    r"(?:[ _-]?\([0-9]{1,3}\))?\.zip",
    re.IGNORECASE | re.ASCII,
)
_LINK = re.compile(
    r"https?://(?:www\.|m\.)?tiktok\.com/@([\w.]{1,64})/(video|photo)/([0-9]{15,20})/?(?:[?#]\S*)?", re.ASCII
)


def part_of_file(name: str) -> StudioPart | None:
    """Return what a CSV file of this name holds, by the names that TikTok gives; ``None`` for another name."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1].casefold()
    if len(base) > _MAX_NAME or not base.endswith(".csv"):
        return None
    return _FILES.get(_PART_NUMBER.sub("", base[:-4]), (None, 0))[0]


def is_workbook(names: Iterable[str]) -> bool:
    """Return whether the members of a zip are those of a workbook, or workbooks with the names of Studio's files."""
    folded = [name.replace("\\", "/").rsplit("/", 1)[-1].casefold() for name in names]
    return "workbook.xml" in folded or any(
        name.endswith(".xlsx") and _PART_NUMBER.sub("", name[:-5]) in _FILES for name in folded
    )


def read_name(filename: str) -> tuple[str | None, int | None]:
    """Return the account's name and the Unix second of the download, as far as the name of a zip tells them.

    The date in the name is not the day of the download.
    """
    match = _ZIP_NAME.fullmatch(filename.replace("\\", "/").rsplit("/", 1)[-1][:_MAX_NAME])
    if match is None:
        return None, None
    return (match[2] if is_handle(match[2]) else None), (int(match[1]) if match[1] else None)


class StudioReader:
    """One reading of one download, file by file."""

    def __init__(self, limits: Limits) -> None:
        self.issues = IssueLog()
        self.figures = StudioFigures()
        self._limits = limits
        self._parts: dict[StudioPart, SectionSummary] = {}
        self._owners: Counter[str] = Counter()

    @property
    def owner(self) -> str | None:
        """Return the account that all links to videos name; ``None`` where they differ or there are none."""
        return next(iter(self._owners)) if len(self._owners) == 1 else None

    def read(self, text: Readable, part: StudioPart, file: str, on_read: Callable[[int], None]) -> None:
        """Read one CSV file; raise ``FileRefused`` where it is damaged, too long, or has other columns."""
        said = self._parts.setdefault(part, SectionSummary(state=SectionState.EMPTY, path=file))
        tally = _Tally(said, self.issues, file)
        rows = list(_rows_of(lines_of(text, file, self._limits, on_read), COLUMNS[part], tally))
        if part in DAY_FIGURES:
            self._read_days(part, rows, tally)
        elif part is StudioPart.ACTIVITY:
            self._read_hours(rows, tally)
        elif part is StudioPart.VIDEOS:
            self._read_videos(rows, tally)
        else:
            self._read_shares(part, rows, tally)
        said.state = SectionState.FILLED if said.read else said.state

    def found(self) -> StudioFound:
        """Return what was read."""
        return StudioFound(parts=self._parts, figures=self.figures)

    def digest(self) -> str:
        """Return the digest of everything that is kept, as hexadecimal SHA-256."""
        return hashlib.sha256(msgspec.json.encode(self.figures, order="deterministic")).hexdigest()

    def _read_days(self, part: StudioPart, rows: Sequence[list[str]], tally: _Tally) -> None:
        width = len(DAY_FIGURES[part])
        whens = read_days(row[0] for row in rows)
        kept = self.figures.days.setdefault(part, [])
        seen = {row.when for row in kept}
        for row in rows:
            # Behind the figures stands, of followers alone, a difference that belongs to another day.
            figures = _known(part, _counts(row[1 : width + 1]))
            when = tally.when(row[0], whens)
            if when is None:
                continue
            if figures is None:
                tally.skip(SkipReason.BAD_NUMBER)
            elif when in seen:
                tally.skip(SkipReason.DUPLICATE)
            elif all(figure is None for figure in figures):
                tally.skip(SkipReason.NO_FIGURES)
            else:
                seen.add(when)
                kept.append(DayRow(when, figures))
                tally.keep()

    def _read_hours(self, rows: Sequence[list[str]], tally: _Tally) -> None:
        whens = read_days(row[0] for row in rows)
        seen = {(row.when, row.hour) for row in self.figures.hours}
        for row in rows:
            when = tally.when(row[0], whens)
            if when is None:
                continue
            numbers = _counts(row[1:3])
            if numbers is None or numbers[0] is None or not 0 <= numbers[0] <= 23:
                tally.skip(SkipReason.BAD_NUMBER)
            elif (when, numbers[0]) in seen:
                tally.skip(SkipReason.DUPLICATE)
            elif numbers[1] is None:
                tally.skip(SkipReason.NO_FIGURES)
            else:
                seen.add((when, numbers[0]))
                self.figures.hours.append(HourRow(when, numbers[0], numbers[1]))
                tally.keep()

    def _read_shares(self, part: StudioPart, rows: Sequence[list[str]], tally: _Tally) -> None:
        kept = self.figures.shares.setdefault(part, [])
        seen = {row.label for row in kept}
        for label, text in rows:
            name, share = (clean_line(label) or "")[:_MAX_LABEL], _share(text)
            if not name:
                tally.skip(SkipReason.BAD_NAME)
            elif name in seen:
                tally.skip(SkipReason.DUPLICATE)
            elif text.strip().casefold() in _MISSING:
                tally.skip(SkipReason.NO_FIGURES)
            elif share is None:
                tally.skip(SkipReason.BAD_NUMBER)
            else:
                seen.add(name)
                kept.append(ShareRow(name, share))
                tally.keep()

    def _read_videos(self, rows: Sequence[list[str]], tally: _Tally) -> None:
        whens = read_days(text for row in rows for text in (row[0], row[3]))
        seen = {row.platform_post_id for row in self.figures.videos}
        for row in rows:
            link, figures = _LINK.fullmatch(row[2].strip()), _counts(row[4:8])
            if link is None:
                tally.skip(SkipReason.BAD_LINK)
            elif figures is None:
                tally.skip(SkipReason.BAD_NUMBER)
            elif link[3] in seen:
                tally.skip(SkipReason.DUPLICATE)
            else:
                seen.add(link[3])
                self._owners[link[1]] += 1
                likes, comments, shares, views = figures
                self.figures.videos.append(
                    VideoRow(
                        platform_post_id=link[3],
                        permalink=f"https://www.tiktok.com/@{link[1]}/{link[2]}/{link[3]}",
                        title=(clean_text(row[1]) or "").strip()[:_MAX_TITLE] or None,
                        posted=whens.get(row[3]),
                        seen=whens.get(row[0]),
                        likes=likes,
                        comments=comments,
                        shares=shares,
                        views=views,
                    )
                )
                tally.keep()


@dataclass(slots=True)
class _Tally:
    """Count the rows of a file: read is kept and skipped together."""

    said: SectionSummary
    issues: IssueLog
    file: str

    def keep(self) -> None:
        """Count a row that is kept."""
        self.said.read += 1
        self.said.kept += 1

    def skip(self, reason: SkipReason) -> None:
        """Count a row that is left out."""
        self.said.read += 1
        self.said.skipped[reason] = self.said.skipped.get(reason, 0) + 1
        self.issues.add(reason, None, self.file, self.said.read)

    def when(self, text: str, whens: dict[str, When]) -> When | None:
        """Return the date of a row; a row without one is skipped."""
        found = whens.get(text)
        if found is None:
            self.skip(SkipReason.BAD_DATE)
        return found


def _rows_of(lines: Iterator[str], width: int, tally: _Tally) -> Iterator[list[str]]:
    """Yield the rows behind the header; those of another width are skipped."""
    records = _records(lines, tally.file)
    header = next(records, [])
    if len(header) != width:
        raise FileRefused(ErrorCode.STUDIO_COLUMNS, file=tally.file, expected=width, found=len(header))
    for number, row in enumerate(filter(None, records), 1):
        if number > MAX_ROWS:
            raise FileRefused(ErrorCode.TOO_MANY_ROWS, file=tally.file, rows=MAX_ROWS)
        if len(row) == width:
            yield row
        else:
            tally.skip(SkipReason.BAD_ROW)


def _records(lines: Iterator[str], file: str) -> Iterator[list[str]]:
    """Yield the records of a CSV file; a field may hold line breaks."""
    first = next(lines, "")
    delimiter = max(_DELIMITERS, key=first.count)
    before = csv.field_size_limit(_MAX_FIELD)
    try:
        reader = csv.reader((f"{line}\n" for line in _with(first, lines)), delimiter=delimiter, strict=True)
        yield from reader
    except csv.Error:
        raise FileRefused(ErrorCode.STUDIO_BROKEN, file=file, row=reader.line_num) from None
    finally:
        csv.field_size_limit(before)


def _with(first: str, lines: Iterator[str]) -> Iterator[str]:
    yield first
    yield from lines


def _counts(texts: Iterable[str]) -> tuple[int | None, ...] | None:
    """Return whole numbers, also negative ones, ``None`` for one that is missing; ``None`` where one is no number."""
    found: list[int | None] = []
    for text in texts:
        plain = text.strip().casefold()
        if plain in _MISSING:
            found.append(None)
        elif _WHOLE.fullmatch(plain):
            found.append(int(plain.replace("−", "-")))
        else:
            return None
    return tuple(found)


def _known(part: StudioPart, figures: tuple[int | None, ...] | None) -> tuple[int | None, ...] | None:
    """Return figures without the zeros that stand beside an unknown total: of the newest day nothing is counted yet."""
    if part is StudioPart.VIEWERS and figures is not None and figures[0] is None:
        return tuple(figure or None for figure in figures)
    return figures


def _share(text: str) -> float | None:
    try:
        share = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return share if math.isfinite(share) and 0 <= share <= 1 else None
