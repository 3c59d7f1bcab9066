"""Several creators at a time, each in a process of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from types import TracebackType
from typing import Any, TypeVar

_In = TypeVar("_In")
_Out = TypeVar("_Out")


class Workers:
    """Processes that do the same to many things; with one, the work is done here."""

    def __init__(self, processes: int) -> None:
        self._pool: ProcessPoolExecutor | None = None
        if processes > 1:
            # One thread each: libraries of matrices would take every core for themselves, in every process.
            for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
                os.environ.setdefault(name, "1")
            self._pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"))

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def do(self, work: Callable[[_In], _Out], things: Iterable[_In]) -> list[_Out]:
        """Return what the work makes of each thing, in their order; ``work`` is a function of a module."""
        if self._pool is None:
            return [work(thing) for thing in things]
        found: Iterable[Any] = self._pool.map(work, things, chunksize=4)
        return list(found)
