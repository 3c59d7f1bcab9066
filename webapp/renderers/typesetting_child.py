"""Set images in a process of its own, with limits of the kernel: no template can hang or fill the web process.

``python -m webapp.renderers.typesetting_child`` reads from its input, one after the other, a length of four bytes and
so many bytes of a ``Setting`` in MessagePack; for each it writes a length and a PNG, or the length 0 where it could not
be set. It ends with its input, after a minute without work, and after some images, so that nothing piles up in it.
"""

from __future__ import annotations

import os
import select
import sys
import traceback
from io import FileIO
from typing import Any, Final

import msgspec

from webapp.importers.child import EXIT_DIED, restrict
from webapp.importers.limits import MIB, Limits
from webapp.renderers.typesetting import set_png

LENGTH_BYTES: Final = 4
# The library maps its program and a stack for each processor; what it sets takes a tenth of this.
LIMITS: Final = Limits(max_memory=1536 * MIB, max_cpu_seconds=60, max_output=16 * MIB)
_MOST_IMAGES: Final = 100
_IDLE_SECONDS: Final = 60
_MOST_BYTES: Final = 64 * MIB


class Setting(msgspec.Struct, frozen=True):
    """What is to be set: a template, its values and files, and how many pixels each of its points has."""

    template: str
    values: dict[str, Any]
    files: dict[str, bytes]
    scale: float = 1


def packed(content: bytes) -> bytes:
    """Return content behind its length."""
    return len(content).to_bytes(LENGTH_BYTES, "big") + content


def main() -> int:
    """Set images until there are no more, and return the exit code."""
    parent = os.getppid()
    restrict(LIMITS)
    if os.getppid() != parent:
        return EXIT_DIED
    with open(0, "rb", buffering=0, closefd=False) as source:
        for _ in range(_MOST_IMAGES):
            if not select.select([source], [], [], _IDLE_SECONDS)[0]:
                break
            length = int.from_bytes(_read(source, LENGTH_BYTES), "big")
            if not 0 < length <= _MOST_BYTES:
                break
            sys.stdout.buffer.write(packed(_set(_read(source, length))))
            sys.stdout.buffer.flush()
    return 0


def _set(wanted: bytes) -> bytes:
    try:
        setting = msgspec.msgpack.decode(wanted, type=Setting)
        return set_png(setting.template, setting.values, setting.files, scale=setting.scale)
    except Exception as error:
        # Frames only: a message could quote what is drawn.
        sys.stderr.write(f"{type(error).__name__}\n{''.join(traceback.format_tb(error.__traceback__))}")
        return b""


def _read(source: FileIO, count: int) -> bytes:
    """Return so many bytes, or what there is before the end."""
    content = bytearray()
    while len(content) < count and (chunk := source.read(count - len(content))):
        content += chunk
    return bytes(content)


if __name__ == "__main__":
    sys.exit(main())
