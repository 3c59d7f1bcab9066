"""An account of the bench's own beside the large one: bring it in, and ask a process about it cold or warm."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from benchmarks.lab import FIRST_AT, Lab
from webapp.extensions import db
from webapp.importers.synthetic import DAY, export_name, large_history, write_export
from webapp.models import Account

_FOLLOWERS: Final = 1_000


def write_posts(lab: Lab, owner: str, posts: int, seed: int) -> Path:
    """Write one export of an account that has many posts and few followers; return its path."""
    archive = lab.folder / f"{owner}_{export_name(FIRST_AT)}"
    people = large_history(_FOLLOWERS, _FOLLOWERS // 2, posts, FIRST_AT - DAY, seed=seed)
    with archive.open("wb") as target:
        write_export(target, replace(people, owner=owner), FIRST_AT, 1)
    return archive


def find_ids(lab: Lab, owner: str) -> tuple[int, str]:
    """Return the number and the public id of an account that was brought in."""
    with lab.app.app_context():
        account = db.session.scalars(select(Account).where(Account.handle == owner)).one()
        found = account.id, account.public_id
        db.session.remove()
    return found


def asked(lab: Lab, place: str) -> Callable[[], object]:
    """Return a question to the app at an address; it raises where there is no answer."""

    def ask() -> None:
        if lab.browser.get(place).status_code != 200:
            raise RuntimeError(f"{place} does not answer")

    return ask


def forgetting(ask: Callable[[], object], *modules: Any) -> Callable[[], object]:
    """Return the same question to a process that knows nothing of the account yet.

    ``modules`` are those of the app that keep something in memory, each as ``_kept``.
    """

    def forget_and_ask() -> None:
        # Nothing in the app forgets them, so there is no function for it.
        for module in modules:
            module._kept.clear()  # noqa: SLF001
        ask()

    return forget_and_ask


def read_from(lab: Lab, statement: str, values: Sequence[object]) -> Callable[[], object]:
    """Return a statement to the database alone, as a floor."""
    connection = sqlite3.connect(f"file:{lab.database}?mode=ro", uri=True)
    return lambda: connection.execute(statement, values).fetchall()
