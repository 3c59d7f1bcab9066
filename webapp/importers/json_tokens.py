"""Cut a byte stream into JSON tokens, exactly and with a bounded window."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from typing import Final, Protocol

from webapp.domain.errors import ErrorCode, FileRefused
from webapp.importers.limits import Limits

_STRING = rb'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"'
_SHORT_STRING = rb'"[^"\\\x00-\x1f]{0,1000}+"'
_TOKEN = re.compile(
    rb"[ \t\n\r]*+(?:(" + _STRING + rb")|([{}\[\]:,])"
    rb"|(-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+)|(true|false|null))"
)
# Short values that every limit allows, each with the comma behind it: what comes next must be a value again.
_PLAIN_RUN = re.compile(
    rb"(?:[ \t\n\r]{0,100}+(?:" + _SHORT_STRING + rb"|-?(?:0|[1-9][0-9]{0,17}+)|true|false|null)[ \t\n\r]{0,100}+,)*+"
)
_SPACE = re.compile(rb"[ \t\n\r]*+")
_STRING_BODY = re.compile(_STRING[:-1])
_DIGITS = re.compile(rb"[0-9]++")
_UNFINISHED_ESCAPE: Final = 6
_BOMS: Final = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
_INT64: Final = range(-(2**63), 2**63)

_WORDS: Final = (b"true", b"false", b"null")

STRING, PUNCTUATION, NUMBER, LITERAL = 1, 2, 3, 4
END: Final = -1
"""No byte: not 0, which a file may hold."""
Token = tuple[int, int, int]
"""Kind, start and end inside the current window; valid until the next token is asked for."""


class Readable(Protocol):
    """The part of a binary file that the reader needs."""

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes, nothing at the end."""


class TokenReader:
    """Hold one window of the stream and hand out its tokens in order."""

    def __init__(
        self, stream: Readable, file: str, limits: Limits, on_read: Callable[[int], None] | None = None
    ) -> None:
        self._stream = stream
        self._file = file
        self._limits = limits
        self._on_read = on_read
        self._utf8 = codecs.getincrementaldecoder("utf-8")()
        self._base = 0
        self._read = 0
        self.window = b""
        self.at = 0
        self._mark: int | None = None
        self.ended = False
        self._start()

    def refuse(self, code: ErrorCode = ErrorCode.JSON_BROKEN, at: int | None = None, **params: object) -> FileRefused:
        """Return the failure for a place in the window (default: where reading stands)."""
        return FileRefused(code, file=self._file, at=self._base + (self.at if at is None else at), **params)

    def ahead(self, size: int) -> None:
        """Read until the window holds ``size`` unread bytes or the stream ends."""
        while len(self.window) - self.at < size and not self.ended:
            self._fill()

    def token(self) -> Token:
        """Return the next token and stand behind it; raise FileRefused where there is none."""
        while True:
            match = _TOKEN.match(self.window, self.at)
            if match is None:
                self._read_on()
                continue
            kind = match.lastindex or 0
            start, end = match.span(kind)
            if kind == NUMBER and not self._number_ends(start, end):
                self._fill()
                continue
            if kind == NUMBER:
                self._check_number(match[NUMBER], start)
            elif kind == STRING and end - start - 2 > self._limits.max_string:
                raise self.refuse(ErrorCode.JSON_STRING_TOO_LONG, start)
            self.at = end
            return kind, start, end

    def punctuation(self) -> int:
        """Return the next token as one punctuation byte; raise FileRefused for anything else."""
        kind, start, _end = self.token()
        if kind != PUNCTUATION:
            raise self.refuse(at=start)
        return self.window[start]

    def pass_plain(self) -> None:
        """Pass over short plain values, each with its comma, as many as the window holds; perhaps none."""
        run = _PLAIN_RUN.match(self.window, self.at)
        if run is not None:
            self.at = run.end()

    def peek(self) -> int:
        """Return the next byte that is not white space without passing it, ``END`` at the end."""
        while True:
            self._skip_space()
            if self.at < len(self.window):
                return self.window[self.at]
            if self.ended:
                return END
            self._fill()

    def hold(self) -> None:
        """Keep everything read from here on, until ``take`` or ``let_go``."""
        self._mark = self.at

    def held(self) -> int:
        """Return how many bytes are held; 0 when nothing is."""
        return 0 if self._mark is None else self.at - self._mark

    def let_go(self) -> None:
        """Hold nothing any more."""
        self._mark = None

    def take(self) -> bytes | None:
        """Return what was held and hold nothing; None when it was let go."""
        if self._mark is None:
            return None
        data = self.window[self._mark : self.at]
        self._mark = None
        return data

    def _start(self) -> None:
        self.ahead(4)
        for bom, name in _BOMS.items():
            if self.window.startswith(bom):
                raise self._not_utf8(0, name)
        if self.window.startswith(codecs.BOM_UTF8):
            self.at = len(codecs.BOM_UTF8)

    def _fill(self) -> None:
        """Append one block to what is unread (or marked); validate it as UTF-8."""
        block = self._stream.read(self._limits.block)
        self._decode(block)
        self.ended = not block
        keep = self.at if self._mark is None else self._mark
        self.window = self.window[keep:] + block
        self._base += keep
        self.at -= keep
        if self._mark is not None:
            self._mark -= keep
        if block and self._on_read is not None:
            self._on_read(len(block))

    def _decode(self, block: bytes) -> None:
        held = len(self._utf8.getstate()[0])
        if self._read == 0 and block[:4].count(0) and not block.startswith(tuple(_BOMS)):
            raise self._not_utf8(0, "UTF-16")
        if block and not held and block.isascii():  # nearly always, and in no time
            self._read += len(block)
            return
        try:
            self._utf8.decode(block, final=not block)
        except UnicodeDecodeError as error:
            if self._read == 0 and block.startswith(tuple(_BOMS)):
                return
            raise self._not_utf8(self._read - held + error.start, "") from None
        self._read += len(block)

    def _not_utf8(self, at: int, encoding: str) -> FileRefused:
        return FileRefused(ErrorCode.NOT_UTF8, file=self._file, at=at, encoding=encoding)

    def _skip_space(self) -> None:
        match = _SPACE.match(self.window, self.at)
        if match is not None:
            self.at = match.end()

    def _read_on(self) -> None:
        """Fetch more for an unfinished token, or refuse what no further byte can repair."""
        self._skip_space()
        rest = len(self.window) - self.at
        if self.ended:
            raise self.refuse(at=len(self.window) if self._may_grow() else None)
        if rest:
            if not self._may_grow():
                raise self.refuse()
            if self.window[self.at] == ord('"') and rest > self._limits.max_string + 2:
                raise self.refuse(ErrorCode.JSON_STRING_TOO_LONG)
        self._fill()

    def _may_grow(self) -> bool:
        """Return whether the unread bytes are the beginning of some token."""
        rest = self.window[self.at : self.at + 8]
        if not rest:
            return True
        if rest[0] == ord('"'):
            body = _STRING_BODY.match(self.window, self.at)
            stop = body.end() if body else self.at + 1
            left = self.window[stop : stop + _UNFINISHED_ESCAPE + 1]
            return not left or (left[0] == ord("\\") and len(left) < _UNFINISHED_ESCAPE)
        return rest == b"-" or any(word.startswith(rest[: len(word)]) for word in _WORDS)

    def _number_ends(self, start: int, end: int) -> bool:
        """Return whether no further byte can belong to the number; refuse one that is broken or endless."""
        if end - start > self._limits.max_digits * 4:
            raise self.refuse(ErrorCode.JSON_NUMBER_TOO_LONG, start)
        following = self.window[end : end + 3]
        if following[:1] in (b".", b"e", b"E"):
            if self.ended or len(following) == 3:
                raise self.refuse(at=end)
            return False
        return bool(following) or self.ended

    def _check_number(self, text: bytes, start: int) -> None:
        if any(len(run) > self._limits.max_digits for run in _DIGITS.findall(text)):
            raise self.refuse(ErrorCode.JSON_NUMBER_TOO_LONG, start)
        if text.lstrip(b"-").isdigit():
            if int(text) not in _INT64:
                raise self.refuse(ErrorCode.JSON_NUMBER_TOO_LONG, start)
        elif abs(float(text)) == float("inf"):
            raise self.refuse(ErrorCode.JSON_NUMBER_TOO_LONG, start)
