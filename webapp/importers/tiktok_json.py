"""Read a TikTok export in its JSON form, whatever generation its layout is of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Final

from webapp.domain.errors import ErrorCode, FileRefused
from webapp.domain.sections import Certainty, Section, SectionState
from webapp.importers.collector import FOLLOW_SECTIONS, Collector
from webapp.importers.dates import parse_date
from webapp.importers.follow_list import decode_usual
from webapp.importers.json_stream import FlatRow, JsonWalker, KeyPath, Rows, Shape
from webapp.importers.json_tokens import Readable, TokenReader
from webapp.importers.key_mask import mask_key
from webapp.importers.limits import Limits
from webapp.importers.records import UnknownKey
from webapp.importers.registry import (
    CONTAINER_KEYS,
    DATE_KEY,
    EMPTY_CONTAINERS,
    FIRST_POST_KEYS,
    FOLLOW_KEYS,
    KNOWN_ROOTS,
    NAME_KEY,
    POST_KEYS,
    POST_ROW,
    PROFILE_FIELDS,
    PROFILE_KEY,
    TELLING_ROOTS,
    THREE_FIELDS,
    choose_layout,
    layouts_of,
    section_of,
)

_MAX_UNKNOWN: Final = 50
_SAMPLE_ROWS: Final = 200
_DEPTH_OF_LISTS: Final = 5
_POST_NAMES: Final = {key.casefold(): key for key in POST_KEYS}


class TikTokDocument:
    """The visitor of one document: routes wanted values to the collector and passes over the rest."""

    def __init__(self, collector: Collector, file: str) -> None:
        self.collector = collector
        self.file = file
        self.candidates: list[frozenset[str]] = []
        self.hints: list[frozenset[str]] = []
        self.roots: set[str] = set()
        self.wanted_seen = False
        self._unknown: Counter[tuple[str, str]] = Counter()
        self._empty_containers: dict[Section, str] = {}

    # what the walker asks

    def shape(self, path: KeyPath, shape: Shape) -> None:
        """Learn layout, presence and unknown keys from a path."""
        folded = _fold(path)
        if len(path) == 1:
            self.roots.add(folded[0])
            if folded[0] not in KNOWN_ROOTS:
                self.unknown(mask_key(path[0]), shape.value)
        layouts = layouts_of(folded)
        if layouts is not None:
            self.candidates.append(layouts)
        section = self._section(folded, shape)
        if section is not None:
            self.wanted_seen = True
        elif len(path) == 3 and folded[1] in EMPTY_CONTAINERS and folded[2] not in CONTAINER_KEYS:
            self.unknown(_shown(path), shape.value)
        container = EMPTY_CONTAINERS.get(folded[-1]) if folded and shape is Shape.OBJECT else None
        if container is not None:
            self._empty_containers.setdefault(container, _shown(path))

    def descend(self, path: KeyPath) -> bool:
        """Enter the objects in which a wanted list may stand."""
        return len(path) < _DEPTH_OF_LISTS

    def keep(self, path: KeyPath, shape: Shape) -> bool:
        """Decode the profile, and wanted sections that are no lists."""
        folded = _fold(path)
        if folded and folded[-1] == PROFILE_KEY:
            return True
        return shape is not Shape.LIST and self._section(folded, shape) is not None

    def value(self, path: KeyPath, value: object) -> None:
        """Take the profile, or what stands where a list is expected."""
        folded, shown = _fold(path), _shown(path)
        if folded[-1] == PROFILE_KEY:
            if isinstance(value, dict):
                by_name = {str(key).casefold(): item for key, item in value.items()}
                fields = {field: by_name.get(key) for key, field in PROFILE_FIELDS.items()}
                self.wanted_seen = True
                self.collector.take_profile(fields, shown)
            return
        section = section_of(folded)
        if section is None:
            return
        if value is None or value == {} or (isinstance(value, str) and value.strip() in ("", "N/A", "None")):
            self.collector.found(section, shown, SectionState.EMPTY)
        else:
            self.collector.found(section, shown, SectionState.MISSING)
            self.collector.issues.warn("section_unreadable", section=section.value, path=shown)

    def rows(self, path: KeyPath) -> Rows:
        """Return the reader of the list at this path."""
        section = self._section(_fold(path), Shape.LIST)
        if section is None:
            return OtherRows(self.collector)
        shown = _shown(path)
        self.collector.found(section, shown, SectionState.EMPTY)
        reader = FollowRows if section in FOLLOW_SECTIONS else PostRows
        return reader(self, section, shown)

    # what the readers of rows report

    def unknown(self, path: str, kind: str, count: int = 1) -> None:
        """Count a key no layout has."""
        if (path, kind) in self._unknown or len(self._unknown) < _MAX_UNKNOWN:
            self._unknown[path, kind] += count

    def unknown_fields(
        self, rows: Sequence[Mapping[str, object]], names: set[str], known: Container[str], path: str
    ) -> None:
        """Count the rows that have a field no layout has."""
        for name in names:
            if name.casefold() not in known:
                self.unknown(f"{path}[].{mask_key(name)}", "field", sum(name in row for row in rows))

    def unknown_keys(self) -> list[UnknownKey]:
        """Return the counted keys, most frequent first."""
        return [UnknownKey(path=path, type=kind, count=n) for (path, kind), n in self._unknown.most_common()]

    def layout(self) -> tuple[str, Certainty]:
        """Return the generation and how sure it is; refuse a document that is no TikTok export."""
        known = self.roots & KNOWN_ROOTS
        if not (self.wanted_seen or known & TELLING_ROOTS or len(known) >= 2):
            raise FileRefused(ErrorCode.NOT_AN_EXPORT, file=self.file)
        for section, path in self._empty_containers.items():
            if self.collector.summary_of(section).path is None:
                self.collector.issues.warn("list_absent_in_container", section=section.value, path=path)
        return choose_layout(self.candidates, self.hints)

    def _section(self, folded: KeyPath, shape: Shape) -> Section | None:
        if shape is Shape.LIST and folded and folded[-1] == "following":
            return Section.FOLLOWING
        return section_of(folded)


class FollowRows(Rows):
    """Takes the elements of a list of followers or of followed accounts."""

    wanted = True

    def __init__(self, document: TikTokDocument, section: Section, path: str) -> None:
        self._document = document
        self._section = section
        self._path = path
        self._list = document.collector.follows[section]

    def usual(self, chunk: bytes) -> bool:
        """Take rows of a name and a date, as nearly every list has them alone."""
        rows = decode_usual(chunk)
        if not rows:
            return False
        self._document.collector.found(self._section, self._path, SectionState.FILLED)
        self._list.add_usual(rows, self._document.file)
        return True

    def flat(self, rows: Sequence[FlatRow]) -> None:
        """Take rows of plain values."""
        self._document.collector.found(self._section, self._path, SectionState.FILLED)
        self._document.unknown_fields(rows, set().union(*rows), FOLLOW_KEYS, self._path)
        self._list.add(rows, NAME_KEY, DATE_KEY, self._document.file)

    def mixed(self, elements: list[object]) -> None:
        """Take elements of any shape; what is no object is a bad row."""
        objects: list[Mapping[str, object]] = [row for row in elements if isinstance(row, dict)]
        self._document.collector.found(self._section, self._path, SectionState.FILLED)
        self._document.unknown_fields(objects, set().union(*objects), FOLLOW_KEYS, self._path)
        self._list.add(objects, NAME_KEY, DATE_KEY, self._document.file)
        self._list.add_bad(len(elements) - len(objects), self._document.file)


class PostRows(Rows):
    """Takes the elements of a list of posts."""

    wanted = True

    def __init__(self, document: TikTokDocument, section: Section, path: str) -> None:
        self._document = document
        self._section = section
        self._path = path
        self._list = document.collector.posts[section]
        self._sampled = 0

    def flat(self, rows: Sequence[FlatRow]) -> None:
        """Take rows of plain values."""
        self.mixed(list(rows))

    def mixed(self, elements: list[object]) -> None:
        """Take elements of any shape; what is no object is a bad row."""
        self._document.collector.found(self._section, self._path, SectionState.FILLED)
        objects = [row for row in elements if isinstance(row, dict)]
        names = set().union(*objects)
        self._document.unknown_fields(objects, names, _POST_NAMES, self._path)
        if self._section is Section.POSTS and self._sampled < _SAMPLE_ROWS and objects:
            self._sampled += len(objects)
            self._note_layout({name.casefold() for name in names})
        if not names <= set(POST_KEYS):
            objects = [{_POST_NAMES.get(k.casefold(), k): v for k, v in row.items()} for row in objects]
        self._list.add(list(objects), self._document.file)
        self._list.add_bad(len(elements) - len(objects), self._document.file)

    def _note_layout(self, names: set[str]) -> None:
        fields = names | {THREE_FIELDS} if names <= FIRST_POST_KEYS else names
        for field in sorted(fields):
            layouts = layouts_of((POST_ROW, field))
            if layouts is not None:
                self._document.hints.append(layouts)


class OtherRows(Rows):
    """Passes over the elements of a list that is not wanted, noting only the newest date."""

    wanted = False

    def __init__(self, collector: Collector) -> None:
        self._collector = collector

    def flat(self, rows: Sequence[FlatRow]) -> None:
        """Note the newest date."""
        written = [row.get("Date") or row.get("date") or "" for row in rows]
        # The spelling sorts by time, so one date is parsed instead of all.
        newest = max((str(date) for date in written), default="")
        at = parse_date(newest)
        if at is None:
            at = max((day for day in map(parse_date, written) if day is not None), default=None)
        self._collector.dated(at)

    def mixed(self, elements: list[object]) -> None:
        """Note the newest date."""
        self.flat([row for row in elements if isinstance(row, dict)])


def read_json(
    stream: Readable,
    file: str,
    collector: Collector,
    limits: Limits,
    on_read: Callable[[int], None],
) -> TikTokDocument:
    """Read one document into the collector; raise FileRefused where it is damaged or no export."""
    document = TikTokDocument(collector, file)
    walker = JsonWalker(TokenReader(stream, file, limits, on_read), document, limits)
    root = walker.walk()
    if root is not Shape.OBJECT:
        raise FileRefused(ErrorCode.NOT_AN_EXPORT, file=file)
    if walker.surrogates.count:
        collector.issues.warn("characters_replaced", count=walker.surrogates.count)
    return document


def _fold(path: KeyPath) -> KeyPath:
    return tuple(key.casefold() for key in path)


def _shown(path: KeyPath) -> str:
    return ".".join(mask_key(key) for key in path)
