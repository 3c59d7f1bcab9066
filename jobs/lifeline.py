"""Processes that die with the one that started them, however that one dies."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
# Loaded here because nothing should be loaded between fork and exec.
_libc: Final = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(sig: signal.Signals, parent: int) -> None:
    """Have the kernel send `sig` to this process when `parent`, its parent's id, dies; Linux only.

    The kernel watches the thread that forked, so the parent must fork from its main thread.
    """
    if _libc is None:
        return
    _libc.prctl(_PR_SET_PDEATHSIG, int(sig), 0, 0, 0)
    if os.getppid() != parent:  # it died before the kernel was asked
        os.kill(os.getpid(), sig)


def tied_to_this_process(sig: signal.Signals) -> Callable[[], None]:
    """Return a `preexec_fn` that ties the new process to this one."""
    parent = os.getpid()

    def tie() -> None:
        # A shell starts background work with SIGINT and SIGQUIT ignored, and the new process would inherit that.
        if sig is not signal.SIGKILL:
            signal.signal(sig, signal.SIG_DFL)
        die_with_parent(sig, parent)

    return tie
