"""Check, count and pass on the rows of one follow list, whatever its length."""

from __future__ import annotations

import hashlib
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec

from webapp.domain.errors import ErrorCode, FileRefused
from webapp.domain.names import name_keys
from webapp.domain.sections import Section, SectionState
from webapp.importers.cleaning import PLAIN_NAME, DeletedAccountError, clean_name
from webapp.importers.dates import DAYS, MINUTES, SECONDS, parse_date
from webapp.importers.issues import MAX_ISSUES, IssueLog
from webapp.importers.limits import Limits
from webapp.importers.records import CHUNK_ROWS, FollowRow, SectionSummary, Sink, SkipReason
from webapp.importers.registry import DATE_KEY, NAME_KEY

_T = TypeVar("_T")

_Kept = tuple[list[str], list[str], list[int]]
"""Names as written, their compared forms, and the seconds of their follows."""

MAX_DELETED_DATES: Final = 100_000
_PLAIN_ROWS: Final = 2_500
# From so many rows on it pays to load what reads dates and compares hashes by columns.
_MANY_ROWS: Final = 50_000
_PLAIN_NAMES: Final = re.compile(r"[A-Za-z0-9_.]{1,64}+(?:\n[A-Za-z0-9_.]{1,64}+)*+\Z").match


class UsualRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A row of the form that nearly all have."""

    name: str = msgspec.field(name=NAME_KEY)
    date: str = msgspec.field(name=DATE_KEY)


_USUAL_ROWS: Final = msgspec.json.Decoder(list[UsualRow])
# Around two keys and two texts.
_USUAL_QUOTES: Final = 8


def decode_usual(chunk: bytes) -> list[UsualRow]:
    """Return the rows of a JSON list that are all of the usual form, none where one is not or may not be."""
    try:
        rows = _USUAL_ROWS.decode(chunk)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return []
    # Both keys are there and no other is. Any quote more would be one inside a text, or a key that stands twice.
    return rows if chunk.count(b'"') == _USUAL_QUOTES * len(rows) else []


class _RowRejectedError(ValueError):
    """A row is not kept, for this reason."""

    def __init__(self, reason: SkipReason, at: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at


class RepeatedNames:
    """Find names that occur more than once without holding the names.

    Eight bytes a name, compared at the end. A collision of hashes only costs a second
    reading of the file, in which the suspects are compared by name.
    """

    def __init__(self) -> None:
        self._hashes = array("q")

    def add(self, hashes: Iterable[int]) -> None:
        """Remember the hashes of some names."""
        self._hashes.extend(hashes)

    def suspects(self) -> frozenset[int]:
        """Return the hashes that occurred more than once; nothing is remembered after that."""
        hashes, self._hashes = self._hashes, array("q")
        if len(hashes) < _MANY_ROWS:
            return frozenset(value for value, count in Counter(hashes).items() if count > 1)
        from webapp.importers.columns import repeated

        return repeated(hashes)


class FollowList:
    """Turn the raw rows of one section into kept rows for the sink and a summary."""

    def __init__(
        self, section: Section, sink: Sink, issues: IssueLog, limits: Limits, suspects: frozenset[int]
    ) -> None:
        self.summary = SectionSummary(state=SectionState.MISSING)
        self._section = section
        self._sink = sink
        self._issues = issues
        self._limits = limits
        self._suspects = suspects
        self._held: dict[str, FollowRow] = {}
        self._repeated = RepeatedNames()
        self._digest = hashlib.sha256()

    def add(self, rows: Sequence[Mapping[str, Any]], name_key: str, date_key: str, file: str) -> None:
        """Take rows in file order; each is kept, or counted under one reason."""
        for part in _parts(rows):
            try:
                plain = self._plain([row[name_key] for row in part], [row[date_key] for row in part])
            except (KeyError, TypeError):
                plain = None
            self._keep(*plain or self._take_each(part, name_key, date_key, file))
            self.summary.read += len(part)
        self._check_count(file)

    def add_usual(self, rows: Sequence[UsualRow], file: str) -> None:
        """Take rows of the usual form as ``add`` does."""
        for part in _parts(rows):
            names, dates = [row.name for row in part], [row.date for row in part]
            plain = self._plain(names, dates)
            if plain is None:
                mappings = [{"name": name, "date": date} for name, date in zip(names, dates, strict=True)]
                plain = self._take_each(mappings, "name", "date", file)
            self._keep(*plain)
            self.summary.read += len(part)
        self._check_count(file)

    def add_bad(self, count: int, file: str) -> None:
        """Count rows that are no objects at all."""
        for _ in range(min(count, MAX_ISSUES)):
            self.summary.read += 1
            self._skip(_RowRejectedError(SkipReason.BAD_ROW), file, self.summary.read)
        more = max(count - MAX_ISSUES, 0)
        if more:
            self.summary.read += more
            self.summary.skipped[SkipReason.BAD_ROW] += more
        self._check_count(file)

    def suspects(self) -> frozenset[int]:
        """Return what a second reading has to compare by name; empty after one."""
        return frozenset() if self._suspects else self._repeated.suspects()

    def finish(self) -> bytes:
        """Pass on the rows held back for comparison and return the digest of all kept rows."""
        held = sorted(self._held.values(), key=lambda row: (-row[1], row[0]))
        self._held = {}
        self._emit([name for name, _ in held], [at for _, at in held])
        return self._digest.digest()

    def _plain(self, names: list[Any], dates: list[Any]) -> _Kept | None:
        """Return the rows when every one is of the plainest kind, else ``None``."""
        try:
            joined = "\n".join(names)
            # A line break inside a name must not make two plain ones of it.
            if joined.count("\n") != len(names) - 1 or not _PLAIN_NAMES(joined):
                return None
            # What is plain has its compared form by small letters alone.
            return names, joined.lower().split("\n"), self._read_dates(dates)
        except (KeyError, TypeError):
            return None

    def _read_dates(self, dates: Sequence[str]) -> list[int]:
        """Return the seconds of plain dates; raise ``KeyError`` or ``TypeError`` where one is not plain."""
        seconds = None
        if self.summary.read >= _MANY_ROWS:
            from webapp.importers.columns import parse_dates

            seconds = parse_dates(dates)
        if seconds is None:
            seconds = [DAYS[date[:10]] + MINUTES[date[10:17]] + SECONDS[date[17:]] for date in dates]
        return seconds

    def _take_each(self, rows: Iterable[Mapping[str, Any]], name_key: str, date_key: str, file: str) -> _Kept:
        """Take rows one by one, because not all of them are plain."""
        names: list[str] = []
        seconds: list[int] = []
        for position, row in enumerate(rows, self.summary.read + 1):
            try:
                name, date = row[name_key], row[date_key]
                at = DAYS[date[:10]] + MINUTES[date[10:17]] + SECONDS[date[17:]]
                if not PLAIN_NAME(name):
                    name = _checked_name(name, at)
            except (KeyError, TypeError, _RowRejectedError):
                try:
                    name, at = _careful(row, name_key, date_key)
                except _RowRejectedError as rejected:
                    self._skip(rejected, file, position)
                    continue
            names.append(name)
            seconds.append(at)
        return names, name_keys(names), seconds

    def _check_count(self, file: str) -> None:
        if self.summary.read > self._limits.max_rows:
            raise FileRefused(ErrorCode.TOO_MANY_ROWS, file=file, rows=self._limits.max_rows)

    def _skip(self, rejected: _RowRejectedError, file: str, position: int) -> None:
        reason = rejected.reason
        skipped = self.summary.skipped
        skipped[reason] = skipped.get(reason, 0) + 1
        if reason is not SkipReason.DELETED_ACCOUNT:
            self._issues.add(reason, self._section, file, position)
        elif rejected.at is not None and len(self.summary.deleted_account_dates) < MAX_DELETED_DATES:
            self.summary.deleted_account_dates.append(rejected.at)

    def _keep(self, names: list[str], keys: list[str], seconds: list[int]) -> None:
        hashes = list(map(hash, keys))
        if not self._suspects:
            self._repeated.add(hashes)
        elif not self._suspects.isdisjoint(hashes):
            suspects, rows = self._suspects, zip(names, hashes, seconds, strict=True)
            kept = [(name, at) for name, value, at in rows if value not in suspects or self._hold((name, at))]
            names, seconds = [name for name, _ in kept], [at for _, at in kept]
        self._emit(names, seconds)

    def _hold(self, row: FollowRow) -> bool:
        """Keep the newest row of a name back until the list ends; return False: not now."""
        key = row[0].casefold()
        earlier = self._held.get(key)
        if earlier is not None:
            skipped = self.summary.skipped
            skipped[SkipReason.DUPLICATE] = skipped.get(SkipReason.DUPLICATE, 0) + 1
        if earlier is None or row[1] > earlier[1]:
            self._held[key] = row
        return False

    def _emit(self, names: list[str], seconds: list[int]) -> None:
        if not names:
            return
        summary = self.summary
        summary.kept += len(names)
        newest, oldest = max(seconds), min(seconds)
        summary.newest_at = newest if summary.newest_at is None else max(newest, summary.newest_at)
        summary.oldest_at = oldest if summary.oldest_at is None else min(oldest, summary.oldest_at)
        self._digest.update(msgspec.json.encode(list(zip(names, seconds, strict=True)))[1:-1] + b",")
        for start in range(0, len(names), CHUNK_ROWS):
            end = start + CHUNK_ROWS
            self._sink.follows(self._section, names[start:end], seconds[start:end])


def _parts(rows: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Yield so few rows at a time that one that is not plain makes little work."""
    return (rows[start : start + _PLAIN_ROWS] for start in range(0, len(rows), _PLAIN_ROWS))


def _checked_name(name: object, at: int | None) -> str:
    try:
        return clean_name(name)
    except DeletedAccountError:
        raise _RowRejectedError(SkipReason.DELETED_ACCOUNT, at) from None
    except ValueError:
        raise _RowRejectedError(SkipReason.BAD_NAME) from None


def _careful(row: Mapping[str, object], name_key: str, date_key: str) -> FollowRow:
    """Return one row read without haste; raise _RowRejectedError with the first reason that applies."""
    folded = {key.casefold(): value for key, value in row.items()}
    if name_key.casefold() not in folded or date_key.casefold() not in folded:
        raise _RowRejectedError(SkipReason.BAD_ROW)
    at = parse_date(folded[date_key.casefold()])
    name = _checked_name(folded[name_key.casefold()], at)
    if at is None:
        raise _RowRejectedError(SkipReason.BAD_DATE)
    return name, at
