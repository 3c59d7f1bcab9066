"""A report as the text that is kept of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import msgspec

from webapp.domain.names import name_key
from webapp.domain.redaction import UNTOLD
from webapp.domain.reports import Report, ReportPerson

_MENTION: Final = re.compile(r"(?<![\w@.])[@＠][\w.\-]+")


class NotAReport(ValueError):
    """The text is no report of this form."""


def encode(report: Report) -> str:
    """Return the text that ``decode`` turns into the report again."""
    return msgspec.json.encode(report).decode()


def decode(text: str) -> Report:
    """Return the report; raise ``NotAReport`` for a text that holds none."""
    try:
        return msgspec.json.decode(text, type=Report)
    except msgspec.MsgspecError as error:
        raise NotAReport(str(error)) from error


def forget(text: str, names: Iterable[str]) -> str:
    """Return a kept report without some people: not among those who came or left, and nowhere mentioned with an @.

    ``names`` are theirs in any spelling. The same text comes back where none of them is in it; raises ``NotAReport``
    for a text that holds no report.
    """
    report = decode(text)
    forgotten = _without(report, frozenset(name_key(name) for name in names))
    return text if forgotten == report else encode(forgotten)


def _without(report: Report, keys: frozenset[str]) -> Report:
    def told(text: str) -> str:
        return _MENTION.sub(lambda found: f"@{UNTOLD}" if is_theirs(found[0][1:]) else found[0], text)

    def is_theirs(name: str) -> bool:
        # A full stop at the end may be that of the sentence.
        return name_key(name) in keys or name_key(name.rstrip(".-")) in keys

    def others(people: tuple[ReportPerson, ...]) -> tuple[ReportPerson, ...]:
        return tuple(person for person in people if name_key(person.name) not in keys)

    news, changes, posts, notes = report.news, report.changes, report.posts, report.notes
    if news is not None:
        news = tuple(replace(item, text=told(item.text)) for item in news)
    if changes is not None:
        changes = replace(changes, came=others(changes.came), left=others(changes.left))
    if posts is not None:
        posts = replace(posts, top=tuple(replace(post, title=told(post.title)) for post in posts.top))
    if notes is not None:
        days = tuple(replace(day, text=told(day.text)) for day in notes.days)
        notes = replace(notes, author=told(notes.author), days=days)
    return replace(report, news=news, changes=changes, posts=posts, notes=notes)
