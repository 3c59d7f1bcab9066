"""Whether this process was asked to stop; work that takes long looks here between its steps."""

from __future__ import annotations

import threading

_wanted = threading.Event()


class StopWanted(Exception):
    """This process has to end; what it was doing is given back and goes on elsewhere."""


def ask() -> None:
    """Have the work of this process stop at its next step; safe in a signal handler."""
    _wanted.set()


def is_wanted() -> bool:
    """Return whether the work should stop."""
    return _wanted.is_set()


def check() -> None:
    """Raise ``StopWanted`` when the work should stop."""
    if _wanted.is_set():
        raise StopWanted


def sleep(seconds: float) -> None:
    """Wait, but no longer than until the work should stop."""
    _wanted.wait(seconds)
