"""Have images set by a child process: the web process neither loads the library nor waits for it without end.

The child stays for a while, because its first image takes ten times as long as the next; each web process has one at
most, so that many requests cannot fill the memory. What was drawn last is kept.
"""

from __future__ import annotations

import atexit
import logging
import subprocess
import sys
import threading
from collections import OrderedDict
from typing import IO, Final

import msgspec

from config import ROOT
from webapp.domain.errors import ErrorCode, Unavailable
from webapp.renderers.cards import TEMPLATE, Card
from webapp.renderers.typesetting_child import LENGTH_BYTES, Setting, packed
from webapp.services.parser_process import ENVIRONMENT

logger = logging.getLogger(__name__)

_WAIT_SECONDS: Final = 10
_MOST_SECONDS: Final = 15
_KEPT: Final = 16


class Typesetter:
    """A child process that sets one image after the other, started where there is none."""

    def __init__(self, most_seconds: float = _MOST_SECONDS) -> None:
        self._most_seconds = most_seconds
        self._child: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()

    def set(self, setting: Setting) -> bytes:
        """Return an image as PNG; raise ``Unavailable`` where others take too long, or the child sets none."""
        if not self._turn.acquire(timeout=_WAIT_SECONDS):
            raise Unavailable(ErrorCode.BUSY)
        try:
            image = self._ask(packed(msgspec.msgpack.encode(setting)))
        finally:
            self._turn.release()
        if not image:
            raise _died("refused")
        return image

    def end(self) -> None:
        """End the child, if there is one."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.communicate()

    def _ask(self, wanted: bytes) -> bytes:
        # That an older one ended meanwhile shows only now; a new one is tried once.
        if self._child is not None:
            try:
                return self._exchange(self._child, wanted)
            except (OSError, EOFError):
                self.end()
        self._child = _start()
        try:
            return self._exchange(self._child, wanted)
        except (OSError, EOFError):
            self.end()
            raise _died("ended") from None

    def _exchange(self, child: subprocess.Popen[bytes], wanted: bytes) -> bytes:
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("the typesetter has no pipes")
        # Bounds the writing as well: a child that hangs reads nothing.
        alarm = threading.Timer(self._most_seconds, child.kill)
        alarm.start()
        try:
            child.stdin.write(wanted)
            child.stdin.flush()
            length = int.from_bytes(_read(child.stdout, LENGTH_BYTES), "big")
            return _read(child.stdout, length)
        finally:
            alarm.cancel()


class _Drawn:
    """The images drawn last, by what they look like."""

    def __init__(self) -> None:
        self._images: OrderedDict[tuple[str, float], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: tuple[str, float]) -> bytes | None:
        with self._lock:
            if key in self._images:
                self._images.move_to_end(key)
            return self._images.get(key)

    def keep(self, key: tuple[str, float], image: bytes) -> None:
        with self._lock:
            self._images[key] = image
            while len(self._images) > _KEPT:
                self._images.popitem(last=False)


_typesetter = Typesetter()
_drawn = _Drawn()
atexit.register(_typesetter.end)


def draw_in_child(card: Card, *, scale: float = 1) -> bytes:
    """Return a card as PNG, ``scale`` pixels for each of its own.

    Raises ``Unavailable`` when others take their turn for too long, or when the child sets no image.
    """
    key = (card.digest, scale)
    found = _drawn.find(key)
    if found is None:
        found = _typesetter.set(Setting(TEMPLATE, card.values, card.files, scale))
        _drawn.keep(key, found)
    return found


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "webapp.renderers.typesetting_child"],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _read(source: IO[bytes], count: int) -> bytes:
    content = source.read(count)
    if len(content) < count:
        raise EOFError
    return content


def _died(how: str) -> Unavailable:
    logger.warning("an image was not drawn: %s", how)
    return Unavailable(ErrorCode.CARD_NOT_DRAWN)
