"""Pages whose address is a secret: it is told to no other page."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask import current_app, request

P = ParamSpec("P")
R = TypeVar("R")


def secret_address(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a view that is reached by a link that was mailed."""
    view.has_secret_address = True  # type: ignore[attr-defined]
    return view


def has_secret_address() -> bool:
    """Return whether the address of this request is a secret."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "has_secret_address", False)
