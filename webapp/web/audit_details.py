"""The details of an event, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from webapp.domain.text import N_
from webapp.web.notification_choices import choice_label

_LABELS: dict[str, str] = {
    "accounts": N_("Accounts"),
    "allows_pdf": N_("May be downloaded as PDF"),
    "audit_days": N_("Days the record is kept"),
    "by_link": N_("By the link in a mail"),
    "bytes": N_("Bytes"),
    "can_write": N_("May change things"),
    "characters": N_("Characters"),
    "day": N_("Day"),
    "days": N_("Days"),
    "dropped": N_("Planned posts dropped"),
    "email": N_("E-mail address"),
    "exported_at": N_("Time of the export"),
    "file": N_("File"),
    "filters": N_("Filters"),
    "form": N_("Form"),
    "goal": N_("Goal"),
    "expires_at": N_("Closes"),
    "handle": N_("Name of the account"),
    "has_password": N_("Has a password"),
    "hides_captions": N_("Hides what the posts say"),
    "hides_names": N_("Numbers without names"),
    "hue": N_("Colour"),
    "is_admin": N_("Admin of the installation"),
    "is_clear": N_("Shows a difference"),
    "is_default": N_("Standard account"),
    "is_made_again": N_("Made once more"),
    "is_muted": N_("Not told"),
    "is_new": N_("New"),
    "kind": N_("Kind"),
    "least": N_("Least size"),
    "locale": N_("Language"),
    "max_views": N_("Views at most"),
    "method": N_("Method"),
    "metric": N_("Metric"),
    "mode": N_("Mode"),
    "month": N_("Month"),
    "name": N_("Name"),
    "names": N_("Names of people"),
    "note": N_("Note"),
    "none": N_("Without a post any more"),
    "numbers": N_("Numbers"),
    "pairs": N_("Complete pairs"),
    "part": N_("Part"),
    "password_version": N_("Passwords so far"),
    "people": N_("People"),
    "permission": N_("Permission"),
    "planned_at": N_("Planned for"),
    "post_layout": N_("Layout of posts"),
    "posts": N_("Posts"),
    "quiet_from": N_("Quiet from"),
    "quiet_until": N_("Quiet until"),
    "reminder_days": N_("Days until a reminder"),
    "requires_second_factor": N_("Everybody needs a second factor"),
    "revision": N_("Version of the data"),
    "role": N_("Role"),
    "rule": N_("Rule"),
    "sees_all_accounts": N_("Sees all accounts"),
    "shows_account": N_("Says whose numbers these are"),
    "state": N_("State"),
    "status": N_("Answer"),
    "sure": N_("Found for certain"),
    "theme": N_("Appearance"),
    "through": N_("Up to event"),
    "timezone": N_("Time zone"),
    "unsure": N_("Somebody is asked"),
}
# What the export holds and no line says.
_FOR_MACHINES = frozenset({"digest"})
# How much of a value a line shows; the export holds all of it.
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class DetailLine:
    """One thing that an event tells; ``before`` is there where it was changed."""

    label: str
    value: str
    before: str | None = None


def describe_detail(detail: Mapping[str, Any]) -> tuple[DetailLine, ...]:
    """Return what an event tells: first what was changed, then the rest."""
    before, after = detail.get("before"), detail.get("after")
    lines: list[DetailLine] = []
    if isinstance(before, dict) and isinstance(after, dict):
        lines += [
            DetailLine(_label(name), _text(value), _text(before.get(name)))
            for name, value in after.items()
            if before.get(name) != value
        ]
        detail = {name: value for name, value in detail.items() if name not in ("before", "after")}
    told = {name: value for name, value in detail.items() if value is not None and name not in _FOR_MACHINES}
    lines += [DetailLine(_label(name), _text(value)) for name, value in told.items()]
    return tuple(lines)


def _label(name: str) -> str:
    if name in _LABELS:
        return str(_(_LABELS[name]))
    return choice_label(name) or name.replace("_", " ")


def _text(value: object) -> str:
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return str(_("yes")) if value else str(_("no"))
    if isinstance(value, list):
        return _short(", ".join(_text(one) for one in value))
    if isinstance(value, dict):
        return _short(", ".join(f"{_label(name)}: {_text(one)}" for name, one in value.items()))
    return _short(str(value))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
