"""Close the listening socket without cutting anybody off who has been let in."""

from __future__ import annotations

import contextlib
import ctypes
import socket
import struct
import sys
from typing import Final

_SO_ATTACH_FILTER: Final = 26
# A filter of one instruction: return 0, which drops the packet.
_DROP_ALL: Final = struct.pack("HBBI", 0x06, 0, 0, 0)


def hold_newcomers(listener: socket.socket) -> None:
    """Leave who knocks from now on unanswered, while those who were let in are served; Linux only.

    They knock again a second later, when ``refuse_newcomers`` has them refused.
    """
    if sys.platform != "linux":
        return
    instructions = ctypes.create_string_buffer(_DROP_ALL, len(_DROP_ALL))
    with contextlib.suppress(OSError):
        program = struct.pack("HP", 1, ctypes.addressof(instructions))
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


def refuse_newcomers(listener: socket.socket) -> None:
    """Have who knocks from now on refused at once, whoever else still holds the socket."""
    with contextlib.suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
