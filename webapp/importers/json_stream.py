"""Walk a JSON document of any size and hand its lists on in decoded chunks.

Long lists of flat objects take a fast path. Let a list element begin at the window's position; if
``[`` + window up to some ``}`` + ``]`` decodes as JSON, then that prefix is a run of whole elements,
because reading JSON from the left leaves no choice. So a guessed cut is proved by decoding it, and a
bracket inside a caption can only make a guess fail. What the fast path cannot prove is read token
by token, with every limit checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Final, Protocol

import msgspec

from webapp.domain.errors import ErrorCode
from webapp.importers.json_tokens import END, LITERAL, NUMBER, PUNCTUATION, STRING, TokenReader
from webapp.importers.limits import Limits

KeyPath = tuple[str, ...]
FlatRow = Mapping[str, str | bool | int | None]

_TEXT_ROWS = msgspec.json.Decoder(list[dict[str, str | bool | None]])
_FLAT_ROWS = msgspec.json.Decoder(list[dict[str, str | bool | int | None]])
_LONG_NUMBER = re.compile(rb"[0-9]{19}")
_COLON = re.compile(rb'"[ \t\n\r]*+:')
_LIST_END = re.compile(rb"\}[ \t\n\r]*+\]")
_ESCAPE = re.compile(
    rb"\\(?:(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)"
)
_FAST_FROM: Final = 32 * 1024
_OPENERS: Final = {ord("{"): ord("}"), ord("["): ord("]")}
_OPEN_OBJECT, _OPEN_LIST, _CLOSE_OBJECT, _CLOSE_LIST, _COMMA, _COLON_BYTE = (ord(c) for c in "{[}],:")


class Shape(Enum):
    """What kind of value stands at a key path."""

    OBJECT = "object"
    LIST = "list"
    SCALAR = "scalar"


class Rows(Protocol):
    """Takes the elements of one list in order."""

    @property
    def wanted(self) -> bool:
        """Say whether elements too large to hold must refuse the file instead of being passed over."""

    def usual(self, chunk: bytes) -> bool:
        """Take a list of objects of the one form that is frequent here; return False for any other, or for doubt."""
        return False

    def flat(self, rows: Sequence[FlatRow]) -> None:
        """Take objects whose values are texts, booleans, whole numbers or null."""

    def mixed(self, elements: list[object]) -> None:
        """Take elements of any shape."""


class Visitor(Protocol):
    """Decides, path by path, what of a document is read."""

    def descend(self, path: KeyPath) -> bool:
        """Say whether the object at this path is to be entered rather than passed over."""

    def keep(self, path: KeyPath, shape: Shape) -> bool:
        """Say whether the value at this path is to be decoded whole (it must be small)."""

    def value(self, path: KeyPath, value: object) -> None:
        """Take a value that ``keep`` asked for."""

    def rows(self, path: KeyPath) -> Rows:
        """Return who takes the elements of the list at this path."""

    def shape(self, path: KeyPath, shape: Shape) -> None:
        """Learn which shape stands at a path, before anything inside it."""


class LoneSurrogates:
    """Count the halves of surrogate pairs that were replaced by U+FFFD."""

    def __init__(self) -> None:
        self.count = 0

    def decode(self, data: bytes) -> object:
        """Decode well-formed JSON, replacing escaped lone surrogates."""
        if b"\\u" in data:
            data = _ESCAPE.sub(self._replace, data)
        return msgspec.json.decode(data)

    def _replace(self, match: re.Match[bytes]) -> bytes:
        if match[2] is None:
            return match[0]
        self.count += 1
        return b"\\ufffd"


class JsonWalker:
    """Read one document from its first byte to its last; raise FileRefused where it is not JSON."""

    def __init__(self, reader: TokenReader, visitor: Visitor, limits: Limits) -> None:
        self._reader = reader
        self._visitor = visitor
        self._limits = limits
        self.surrogates = LoneSurrogates()

    def walk(self) -> Shape:
        """Read the document and return the shape of its root."""
        if self._reader.peek() == END:
            raise self._reader.refuse(ErrorCode.FILE_EMPTY)
        shape = self._value((), 1)
        if self._reader.peek() != END:
            raise self._reader.refuse()
        return shape

    def _value(self, path: KeyPath, depth: int) -> Shape:
        first = self._reader.peek()
        shape = {_OPEN_OBJECT: Shape.OBJECT, _OPEN_LIST: Shape.LIST}.get(first, Shape.SCALAR)
        self._visitor.shape(path, shape)
        if self._visitor.keep(path, shape):
            self._visitor.value(path, self._whole(depth))
        elif shape is Shape.OBJECT and self._visitor.descend(path):
            self._object(path, depth)
        elif shape is Shape.LIST:
            self._list(self._visitor.rows(path), depth)
        else:
            self._pass(depth, unique=False)
        return shape

    def _object(self, path: KeyPath, depth: int) -> None:
        self._check_depth(depth)
        self._reader.punctuation()
        seen: set[str] = set()
        if self._reader.peek() == _CLOSE_OBJECT:
            self._reader.punctuation()
            return
        while True:
            key = self._key(seen)
            if self._reader.punctuation() != _COLON_BYTE:
                raise self._reader.refuse()
            self._value((*path, key), depth + 1)
            follower = self._reader.punctuation()
            if follower == _CLOSE_OBJECT:
                return
            if follower != _COMMA:
                raise self._reader.refuse()

    def _key(self, seen: set[str]) -> str:
        kind, start, end = self._reader.token()
        if kind != STRING:
            raise self._reader.refuse(at=start)
        if end - start - 2 > self._limits.max_key:
            raise self._reader.refuse(ErrorCode.JSON_STRING_TOO_LONG, start)
        key = str(self.surrogates.decode(self._reader.window[start:end]))
        if key in seen:
            raise self._reader.refuse(ErrorCode.JSON_DUPLICATE_KEY, start)
        seen.add(key)
        if len(seen) > self._limits.max_keys:
            raise self._reader.refuse(ErrorCode.JSON_TOO_MANY_KEYS, start, limit=self._limits.max_keys)
        return key

    def _whole(self, depth: int) -> object:
        """Return one decoded value that fits into memory."""
        reader = self._reader
        reader.peek()
        reader.hold()
        self._pass(depth, unique=True, bounded=True)
        return self.surrogates.decode(reader.take() or b"null")

    # lists

    def _list(self, rows: Rows, depth: int) -> None:
        self._check_depth(depth)
        reader = self._reader
        reader.punctuation()
        if reader.peek() == _CLOSE_LIST:
            reader.punctuation()
            return
        # A run so short that all that is done with its rows stays in the processor's cache.
        most, done = min(self._limits.run, self._limits.block), 0
        first = min(_FAST_FROM, most)
        while True:
            size = min(done, most)
            taken = self._fast(rows, size) if size >= first else 0
            if not taken:
                taken = self._exact(rows, depth, max(size, first))
            done += taken
            follower = reader.punctuation()
            if follower == _CLOSE_LIST:
                return
            if follower != _COMMA:
                raise reader.refuse()

    def _fast(self, rows: Rows, size: int) -> int:
        """Take a run of flat objects; return its length in bytes, 0 where none could be proved."""
        reader = self._reader
        reader.ahead(size)
        start = reader.at
        for cut in self._cuts(start, start + size):
            chunk = b"[%b]" % reader.window[start:cut]
            is_taken = rows.usual(chunk)
            if not is_taken and (flat := self._prove(chunk)) is not None:
                rows.flat(flat)
                is_taken = True
            if is_taken:
                reader.at = cut
                return cut - start
        return 0

    def _cuts(self, start: int, stop: int) -> Iterator[int]:
        """Yield where in the window a run of elements may end: behind the last object, or where the list seems to."""
        last = self._reader.window.rfind(b"}", start, stop) + 1
        if last > start:
            yield last
            end = _LIST_END.search(self._reader.window, start, stop)
            if end is not None:
                yield end.start() + 1

    def _prove(self, chunk: bytes) -> Sequence[FlatRow] | None:
        """Return the rows of a chunk that is whole, flat and free of repeated or oversized keys."""
        flat: Sequence[FlatRow]
        try:
            flat = _TEXT_ROWS.decode(chunk)
        except msgspec.ValidationError:
            # A number stands in some row: whole ones are fine while none can exceed 64 bits.
            try:
                flat = [] if _LONG_NUMBER.search(chunk) else _FLAT_ROWS.decode(chunk)
            except (msgspec.DecodeError, UnicodeDecodeError):
                return None
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        if not flat:
            return None
        # Inside a text a quote is escaped, so this can only count too many, never too few.
        if sum(map(len, flat)) != len(_COLON.findall(chunk)):
            return None
        names: set[str] = set().union(*flat)
        return flat if all(len(name) <= self._limits.max_key // 4 for name in names) else None

    def _exact(self, rows: Rows, depth: int, size: int) -> int:
        """Read elements token by token for about ``size`` bytes; stand behind the last one."""
        reader = self._reader
        reader.peek()
        reader.hold()
        while True:
            reader.pass_plain()
            self._pass(depth + 1, unique=rows.wanted, bounded=rows.wanted)
            taken = reader.held() or self._limits.block
            if taken >= size or reader.peek() != _COMMA:
                break
            reader.punctuation()
            reader.peek()
        data = reader.take()
        if data is not None:
            elements = self.surrogates.decode(b"[%b]" % data)
            if isinstance(elements, list):
                rows.mixed(elements)
        return taken

    # passing over

    def _check_depth(self, depth: int) -> None:
        if depth > self._limits.max_depth:
            raise self._reader.refuse(ErrorCode.JSON_TOO_DEEP)

    def _pass(self, depth: int, *, unique: bool, bounded: bool = False) -> None:
        """Check one value of any shape and stand behind it.

        ``unique`` refuses repeated keys; ``bounded`` refuses a value larger than ``max_element``,
        otherwise the value is no longer held once it grows beyond that.
        """
        reader = self._reader
        closers: list[int] = []
        keys: list[set[str]] = []
        begin = reader.held()
        while True:
            kind, start, _end = reader.token()
            self._check_size(begin, bounded)
            byte = reader.window[start] if kind == PUNCTUATION else 0
            if byte in _OPENERS:
                closers.append(_OPENERS[byte])
                self._check_depth(depth + len(closers) - 1)
                if byte == _OPEN_OBJECT:
                    keys.append(set())
                if reader.peek() != closers[-1]:
                    if byte == _OPEN_OBJECT:
                        self._member(keys[-1], unique)
                    continue
                reader.token()
                if closers.pop() == _CLOSE_OBJECT:
                    keys.pop()
            elif kind not in (STRING, NUMBER, LITERAL):
                raise reader.refuse(at=start)
            while closers and (byte := reader.punctuation()) == closers[-1]:
                if closers.pop() == _CLOSE_OBJECT:
                    keys.pop()
            if not closers:
                return
            if byte != _COMMA:
                raise reader.refuse(at=reader.at - 1)
            if closers[-1] == _CLOSE_OBJECT:
                self._member(keys[-1], unique)
            else:
                reader.pass_plain()

    def _member(self, seen: set[str], unique: bool) -> None:
        """Read a key and its colon."""
        if not unique:
            seen = set()
        self._key(seen)
        if self._reader.punctuation() != _COLON_BYTE:
            raise self._reader.refuse()

    def _check_size(self, begin: int, bounded: bool) -> None:
        reader = self._reader
        if reader.held() - begin <= self._limits.max_element:
            return
        if bounded:
            raise reader.refuse(ErrorCode.JSON_ITEM_TOO_LARGE)
        reader.let_go()
