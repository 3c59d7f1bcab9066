"""What takes an e-mail address that is confirmed (SECURITY 14)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from webapp.domain.errors import ErrorCode, Forbidden
from webapp.services.verification import is_verified

P = ParamSpec("P")


def needs_verified(view: Callable[P, AnyResponse]) -> Callable[P, AnyResponse]:
    """Refuse a view to people whose address is not confirmed, with a hint how to confirm it."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> AnyResponse:
        if not is_verified(current_user.id):
            raise Forbidden(ErrorCode.ADDRESS_UNVERIFIED)
        return view(*args, **kwargs)

    guarded.needs_verified = True  # type: ignore[attr-defined]
    return guarded
