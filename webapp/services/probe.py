"""Ask the database a short question beside everything else that goes on: quickly, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import NullPool

_SECONDS: Final = 2


@contextmanager
def connect(url: str) -> Iterator[Connection]:
    """Yield a connection of its own, so that a pool in which everybody waits does not matter.

    Raises ``SQLAlchemyError`` after about two seconds without an answer.
    """
    with _engine(url).connect() as connection:
        yield connection


@lru_cache(maxsize=2)
def _engine(url: str) -> Engine:
    arguments: dict[str, Any] = {"timeout": _SECONDS}
    if not url.startswith("sqlite"):
        arguments = {
            "connect_timeout": _SECONDS,
            "tcp_user_timeout": _SECONDS * 1000,
            "options": f"-c statement_timeout={_SECONDS * 1000}",
        }
    return create_engine(url, poolclass=NullPool, connect_args=arguments, hide_parameters=True)
