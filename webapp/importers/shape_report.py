"""Describe the shape of a file that could not be read, without any value a person could mind."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import BinaryIO, Final

from webapp.importers.json_stream import FlatRow, JsonWalker, KeyPath, Rows, Shape
from webapp.importers.json_tokens import TokenReader
from webapp.importers.key_mask import MASK, mask_key
from webapp.importers.limits import Limits
from webapp.importers.registry import JSON_NAME, TXT_FILES, TXT_OTHERS
from webapp.importers.source import Part, find_source, short_name
from webapp.importers.tiktok_txt import lines_of, txt_stem

_MAX_PATHS: Final = 2_000
_MAX_SIBLINGS: Final = 60
_MAX_DEPTH: Final = 8
_SUFFIXES: Final = frozenset({"json", "txt", "zip", "html", "csv"})


class ShapeTable:
    """Count types, occurrences and lengths per masked key path."""

    def __init__(self) -> None:
        self.paths: dict[str, dict[str, int]] = {}
        self._siblings: dict[str, set[str]] = {}

    def child(self, parent: str, key: str) -> str:
        """Return the path of a key; a map with many keys is data, so further keys are masked."""
        label = mask_key(key)
        known = self._siblings.setdefault(parent, set()) if len(self._siblings) < _MAX_PATHS else set()
        if label not in known and len(known) >= _MAX_SIBLINGS:
            label = MASK
        known.add(label)
        return f"{parent}.{label}" if parent else label

    def note(self, path: str, value: object) -> None:
        """Count one value under its type."""
        row = self.paths.get(path)
        if row is None:
            if len(self.paths) >= _MAX_PATHS:
                return
            row = self.paths.setdefault(path, {})
        kind = type(value).__name__ if not isinstance(value, Shape) else value.value
        row[kind] = row.get(kind, 0) + 1
        if isinstance(value, (str, list, dict)):
            row["longest"] = max(row.get("longest", 0), len(value))

    def tree(self, path: str, value: object, depth: int) -> None:
        """Count a decoded value and what is inside it."""
        self.note(path, value)
        if depth > _MAX_DEPTH:
            return
        if isinstance(value, Mapping):
            for key, item in value.items():
                self.tree(self.child(path, str(key)), item, depth + 1)
        elif isinstance(value, list):
            for item in value:
                self.tree(path + "[]", item, depth + 1)


class _ShapeVisitor:
    """Looks at every path of a document."""

    def __init__(self, table: ShapeTable) -> None:
        self._table = table

    def shape(self, path: KeyPath, shape: Shape) -> None:
        """Count what is not decoded."""
        if shape is not Shape.SCALAR:
            self._table.note(self._path(path), shape)

    def descend(self, path: KeyPath) -> bool:
        """Enter every object near the root."""
        return len(path) < _MAX_DEPTH

    def keep(self, _path: KeyPath, shape: Shape) -> bool:
        """Decode scalars, to know their types."""
        return shape is Shape.SCALAR

    def value(self, path: KeyPath, value: object) -> None:
        """Count a scalar."""
        self._table.note(self._path(path), value)

    def rows(self, path: KeyPath) -> Rows:
        """Look at the elements of every list."""
        return _ShapeRows(self._table, self._path(path), len(path))

    def _path(self, path: KeyPath) -> str:
        shown = ""
        for key in path:
            shown = self._table.child(shown, key)
        return shown


class _ShapeRows(Rows):
    """Counts the elements of a list."""

    wanted = False

    def __init__(self, table: ShapeTable, path: str, depth: int) -> None:
        self._table = table
        self._path = path + "[]"
        self._depth = depth

    def flat(self, rows: Sequence[FlatRow]) -> None:
        """Count objects of plain values."""
        for row in rows:
            self._table.tree(self._path, row, self._depth)

    def mixed(self, elements: list[object]) -> None:
        """Count elements of any shape."""
        for element in elements:
            self._table.tree(self._path, element, self._depth)


def shape_report(stream: BinaryIO, filename: str, limits: Limits) -> dict[str, object]:
    """Return keys, types, lengths and counts of an upload; no values. Raise FileRefused like ``extract``."""
    source = find_source(stream, filename, limits)
    parts = [_report_part(part, source.is_json, limits) for part in source.parts]
    return {
        "container": source.container.value,
        "files": [{"name": _masked_name(f.name), "size": f.size, "read": f.read} for f in source.files],
        "parts": parts,
    }


def _report_part(part: Part, is_json: bool, limits: Limits) -> dict[str, object]:
    table = ShapeTable()
    if is_json:
        JsonWalker(TokenReader(part.open(), part.name, limits), _ShapeVisitor(table), limits).walk()
    else:
        for line in lines_of(part.open(), part.name, limits, lambda _: None):
            label, colon, value = line.partition(":")
            table.note(mask_key(label.strip()) if colon else MASK, value)
    return {"name": _masked_name(part.name), "size": part.size, "shape": table.paths}


def _masked_name(name: str) -> str:
    base = short_name(name)
    known = txt_stem(base) in TXT_FILES.keys() | TXT_OTHERS or re.fullmatch(JSON_NAME, base)
    suffix = base.rsplit(".", 1)[-1].casefold()
    return base if known else f"{MASK}.{suffix}" if suffix in _SUFFIXES else MASK
