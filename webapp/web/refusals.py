"""Write down who was refused what (SECURITY 94): what a role does not allow, and things that are not the person's."""

from __future__ import annotations

import logging

from flask import request
from flask_login import current_user

from webapp.domain.errors import AppError, Forbidden, NotFound, OutOfSpace, Unavailable
from webapp.models import AuditAction
from webapp.services.audit import record_alone
from webapp.web.auth import current_actor

logger = logging.getLogger(__name__)


def note_refusal(error: AppError) -> None:
    """Record that a signed-in person was refused; that it cannot be written down changes nothing of the answer."""
    if not _is_telling(error) or not current_user.is_authenticated:
        return
    rule = request.url_rule.rule if request.url_rule else ""
    try:
        record_alone(
            current_actor(),
            AuditAction.ACCESS_DENIED,
            rule[:100],
            method=request.method,
            status=error.status,
            code=error.code.value,
        )
    except (Unavailable, OutOfSpace, Forbidden) as failure:
        logger.warning("a refusal could not be written down: %s", failure)


def _is_telling(error: AppError) -> bool:
    if isinstance(error, Forbidden):
        return True
    # A name that is on no list is no thing of others; an id that nobody could guess may be one.
    return isinstance(error, NotFound) and any(name.endswith("_id") for name in request.view_args or ())
