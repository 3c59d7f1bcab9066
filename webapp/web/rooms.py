"""The rooms of the app: which one a page belongs to, and which stylesheet is its own."""

from __future__ import annotations

from typing import Final

from flask import request

# Blueprints whose pages belong to the room of another, or to one that has no place in the rail.
_ROOM_OF: Final = {
    "account_comparison": "audience",
    "analysis": "audience",
    "annotations": "audience",
    "changes": "audience",
    "comparison": "audience",
    "insights": "audience",
    "people": "audience",
    "covers": "content",
    "hashtags": "content",
    "performance": "content",
    "post": "content",
    "posts": "content",
    "sounds": "content",
    "studio": "content",
    "timing": "content",
    "trends": "content",
    "anomalies": "content",
    "forecasts": "content",
    "experiments": "planner",
    "ideas": "planner",
    "planner_feeds": "planner",
    "guide": "imports",
    "notice_rules": "notifications",
    "notification_choices": "notifications",
    "push_devices": "notifications",
    "cards": "reports",
    "data_exports": "reports",
    "digests": "reports",
    "goals": "reports",
    "shares": "reports",
    "account_transfer": "accounts",
    "address": "access",
    "audit": "access",
    "outbox": "access",
    "password": "access",  # nosec B105
    "second_factor": "access",
    "security": "access",
    "sudo": "access",
    "team": "access",
    "teams": "access",
}
# Rooms with a file of their own below static/css; what a room shows that others show too is in those of every page.
STYLED: Final = frozenset(
    {"access", "audience", "content", "dashboard", "imports", "notifications", "planner", "reports"}
)
# Rooms that show charts which the server draws.
_DRAWN: Final = frozenset({"reports"})


def current_room() -> str:
    """Return the room that the request is for."""
    blueprint = (request.blueprint or "").split(".")[0]
    return _ROOM_OF.get(blueprint, blueprint)


def room_styles() -> list[str]:
    """Return the names of the stylesheets that this page links after those of every page."""
    room = current_room()
    return [*(["drawn"] if room in _DRAWN else []), *([room] if room in STYLED else [])]
