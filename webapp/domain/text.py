"""Mark strings that a higher layer translates."""

from __future__ import annotations


def N_(message: str) -> str:  # noqa: N802  (the name gettext tools look for)
    """Return the message unchanged; extraction finds it, the web layer translates it."""
    return message
