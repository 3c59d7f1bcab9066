"""Look over an application's shoulder: what a request wrote must stand beside an event in the same transaction."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, has_request_context, request
from sqlalchemy import Connection, event

from webapp.extensions import db

_WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
_UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
# What a request notes beside its work: when a browser or key was last seen, what its pages remember, and what of the
# things they were told somebody has read, which concerns nobody else; and our push key, made for whoever asks first.
_BESIDE = frozenset({"login_session", "api_key", "known_device", "notification", "push_key"})
_EVENT = "audit_event"


@dataclass(slots=True)
class Answer:
    """What one unsafe request wrote, and whether any event was among it."""

    route: tuple[str, str]
    written: set[str] = field(default_factory=set)
    is_recorded: bool = False


@dataclass(slots=True)
class Watch:
    """What unsafe requests wrote: transactions without an event, and the requests themselves."""

    unrecorded: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def silent(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """Return the requests that wrote something and no event at all."""
        return [
            (*answer.route, tuple(sorted(answer.written)))
            for answer in self.answers
            if not answer.is_recorded and answer.written - _BESIDE
        ]


def watch(app: Flask) -> Watch:
    """Begin to watch an application's writes."""
    seen = Watch()

    def note(
        connection: Connection, _cursor: Any, statement: str, _parameters: Any, _context: Any, _is_many: bool
    ) -> None:
        found = _WRITES.match(statement)
        if found:
            connection.info.setdefault("written", set()).add(found[1])

    def judge(connection: Connection) -> None:
        written: set[str] = connection.info.pop("written", set())
        if not written or not has_request_context() or request.method not in _UNSAFE or request.url_rule is None:
            return
        answer = request.environ.get("tests.audit_watch")
        if answer is None:
            answer = request.environ["tests.audit_watch"] = Answer((request.method, request.url_rule.rule))
            seen.answers.append(answer)
        answer.written |= written
        answer.is_recorded |= _EVENT in written
        if _EVENT not in written and written - _BESIDE:
            seen.unrecorded.append((*answer.route, tuple(sorted(written))))

    def forget(connection: Connection) -> None:
        connection.info.pop("written", None)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
        event.listen(db.engine, "commit", judge)
        event.listen(db.engine, "rollback", forget)
    return seen
