"""Read a TikTok export in its text form: English, Dutch, and follow lists of any language by shape."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from typing import Final

from webapp.domain.errors import ErrorCode, FileRefused
from webapp.domain.sections import Section, SectionState
from webapp.importers.collector import FOLLOW_SECTIONS, Collector
from webapp.importers.dates import parse_date
from webapp.importers.json_tokens import Readable
from webapp.importers.limits import Limits
from webapp.importers.records import CHUNK_ROWS
from webapp.importers.registry import (
    DATE_KEY,
    NAME_KEY,
    TXT_DATE_LABELS,
    TXT_FILES,
    TXT_NAME_LABELS,
    TXT_OTHERS,
    TXT_POST_LABELS,
    TXT_PROFILE_LABELS,
)

_LABEL = re.compile(r"([^:\n]{1,64}?)\s{0,64}+::?(?: |$)(.*)", re.DOTALL)
_PART = re.compile(r"(?:[ _-]?\([0-9]{1,3}\)|[ _-][0-9]{1,3})+$")
_MAX_BLOCK_LINES: Final = 5_000
_MAX_BLOCK_CHARACTERS: Final = 4 * 1024 * 1024
_MAX_FILE_NAME: Final = 128
_FREE_TEXT: Final = "Title"
_AFTER_FREE_TEXT: Final = frozenset({"AddYoursText", "AlternateText", "CoverImage", "Location"})


def txt_stem(name: str) -> str:
    """Return the case-folded base name without folder, ending and part number; nothing for an endless one."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    if len(base) > _MAX_FILE_NAME:
        return ""
    stem = base[:-4] if base.casefold().endswith(".txt") else base
    return _PART.sub("", stem).strip().casefold()


def section_of_file(name: str) -> Section | None:
    """Return the section a file name tells, None for other names."""
    return TXT_FILES.get(txt_stem(name))


def is_other_file(name: str) -> bool:
    """Return whether the name is that of a known file nobody wants."""
    return txt_stem(name) in TXT_OTHERS


def lines_of(stream: Readable, file: str, limits: Limits, on_read: Callable[[int], None]) -> Iterator[str]:
    """Yield the lines of a UTF-8 text without their ends; LF, CRLF and a BOM are accepted."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    rest, done = "", 0
    while True:
        block = stream.read(limits.block)
        on_read(len(block))
        try:
            text = rest + decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            raise FileRefused(ErrorCode.NOT_UTF8, file=file, at=done + error.start, encoding="") from None
        done += len(block)
        if "\0" in text:
            raise FileRefused(ErrorCode.NOT_UTF8, file=file, at=done - len(block), encoding="UTF-16")
        *lines, rest = text.split("\n")
        if len(rest) > limits.max_string:
            raise FileRefused(ErrorCode.JSON_STRING_TOO_LONG, file=file, at=done)
        for line in lines:
            yield line.removesuffix("\r")
        if not block:
            if rest:
                yield rest.removesuffix("\r")
            return


def looks_like_follows(lines: Iterator[str]) -> bool:
    """Return whether a text begins with blocks of exactly two labelled lines, one of them a date."""
    blocks = 0
    for block in _blocks(lines):
        pairs = [pair for pair in map(_split, block) if pair is not None]
        dates = [parse_date(value) is not None for _, value in pairs]
        if len(block) != 2 or len(pairs) != 2 or dates.count(True) != 1:
            return False
        if any(value.startswith(("http://", "https://")) for _, value in pairs):
            return False
        blocks += 1
        if blocks == 3:
            break
    return blocks > 0


def looks_like_posts(lines: Iterator[str]) -> bool:
    """Return whether a text begins with a block that has a date, a link and a number of likes."""
    for block in _blocks(lines):
        names = {TXT_POST_LABELS.get(pair[0].casefold()) for pair in map(_split, block) if pair is not None}
        return {"Date", "Link", "Likes"} <= names
    return False


def read_txt(lines: Iterator[str], section: Section, file: str, collector: Collector) -> None:
    """Read one text file into the collector."""
    path = collector.summary_of(section).path or file.rsplit("/", 1)[-1]
    collector.found(section, path, SectionState.EMPTY)
    if section in FOLLOW_SECTIONS:
        _read_follows(lines, section, file, collector)
    elif section is Section.PROFILE:
        _read_profile(lines, file, collector)
    else:
        _read_posts(lines, section, file, collector)


def _split(line: str) -> tuple[str, str] | None:
    match = _LABEL.fullmatch(line)
    return None if match is None else (match[1].strip(), match[2].strip())


def _blocks(lines: Iterator[str]) -> Iterator[list[str]]:
    block: list[str] = []
    size = 0
    for line in lines:
        if line.strip():
            block.append(line)
            size += len(line)
        if block and (not line.strip() or len(block) == _MAX_BLOCK_LINES or size > _MAX_BLOCK_CHARACTERS):
            yield block
            block, size = [], 0
    if block:
        yield block


def _read_follows(lines: Iterator[str], section: Section, file: str, collector: Collector) -> None:
    rows: list[dict[str, object]] = []
    follows = collector.follows[section]
    block: list[str] = []
    for block in _blocks(lines):
        rows.extend(_follow_rows(block))
        if len(rows) >= CHUNK_ROWS:
            follows.add(rows, NAME_KEY, DATE_KEY, file)
            rows = []
    if rows or follows.summary.read:
        collector.found(section, follows.summary.path or file, SectionState.FILLED)
    # Every block has two lines with labels: a last one with a date alone, or with half a label, was cut off.
    if rows and NAME_KEY not in rows[-1] and (len(block) == 1 or ":" not in block[-1]):
        collector.found(section, follows.summary.path or file, SectionState.CUT)
    follows.add(rows, NAME_KEY, DATE_KEY, file)


def _follow_rows(block: list[str]) -> list[dict[str, object]]:
    """Return the rows of one block by its labels, or by its shape where the labels are unknown."""
    rows: list[dict[str, object]] = [{}]
    pairs = [pair for pair in map(_split, block) if pair is not None]
    for label, value in pairs:
        folded = label.casefold()
        key = DATE_KEY if folded in TXT_DATE_LABELS else NAME_KEY if folded in TXT_NAME_LABELS else None
        if key in rows[-1]:
            rows.append({})
        if key is not None:
            rows[-1][key] = value
    dates = [parse_date(value) is not None for _, value in pairs]
    if len(rows[0]) < 2 and len(pairs) == len(block) == 2 and dates.count(True) == 1:
        return [{DATE_KEY: pairs[dates.index(True)][1], NAME_KEY: pairs[dates.index(False)][1]}]
    return rows


def _read_profile(lines: Iterator[str], file: str, collector: Collector) -> None:
    fields: dict[str, object] = {}
    for line in lines:
        pair = _split(line)
        field = TXT_PROFILE_LABELS.get(pair[0].casefold()) if pair is not None else None
        if pair is not None and field is not None:
            fields.setdefault(field, pair[1])
    if fields:
        collector.take_profile(fields, file.rsplit("/", 1)[-1])


def _read_posts(lines: Iterator[str], section: Section, file: str, collector: Collector) -> None:
    posts = collector.posts[section]
    rows: list[dict[str, object]] = []
    for row in _post_rows(lines, file):
        rows.append(row)
        if len(rows) == CHUNK_ROWS:
            posts.add(list(rows), file)
            rows = []
    posts.add(list(rows), file)
    if posts.summary.read:
        collector.found(section, posts.summary.path or file, SectionState.FILLED)


def _post_rows(lines: Iterator[str], file: str) -> Iterator[dict[str, object]]:
    """Yield the labelled fields of each post; a title may span lines and hold blank ones."""
    row: dict[str, list[str]] = {}
    current, after_blank, size = "", True, 0
    for number, line in enumerate(lines, start=1):
        pair = _split(line)
        field = TXT_POST_LABELS.get(pair[0].casefold()) if pair is not None else None
        if pair is not None and field == "Date" and after_blank and parse_date(pair[1]) is not None:
            if row:
                yield _joined(row)
            row, current, size = {"Date": [pair[1]]}, "Date", 0
        elif pair is not None and field and field not in row and _may_follow(field, current):
            row[field], current = [pair[1]], field
        elif current:
            row[current].append(line)
            size += len(line)
            if len(row[current]) > _MAX_BLOCK_LINES or size > _MAX_BLOCK_CHARACTERS:
                raise FileRefused(ErrorCode.JSON_ITEM_TOO_LARGE, file=file, at=number)
        after_blank = not line.strip()
    if row:
        yield _joined(row)


def _may_follow(field: str, current: str) -> bool:
    """Return whether a label may end the field before it; inside a caption only what comes later does."""
    return current != _FREE_TEXT or field in _AFTER_FREE_TEXT


def _joined(row: dict[str, list[str]]) -> dict[str, object]:
    return {field: "\n".join(lines).rstrip("\n") for field, lines in row.items()}
