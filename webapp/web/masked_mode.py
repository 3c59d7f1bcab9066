"""Switch masked mode on and off."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _

from webapp.domain.errors import ErrorCode, Forbidden, Invalid
from webapp.domain.redaction import Redaction
from webapp.domain.scope import Permission
from webapp.services.redaction import keep_mask
from webapp.web import masking, sessions
from webapp.web.auth import current_actor, team_scope
from webapp.web.htmx import redirect_to
from webapp.web.masking import KEPT, Mask
from webapp.web.redirects import safe_target

blueprint = Blueprint("masked_mode", __name__)

_PEOPLE: Final = "/audience/people/"
# They speak of people by name: what was asked with names means nothing without them, and the reverse.
_NAMED: Final = ("search", "username", "cursor", "ordering")


@blueprint.post("/settings/masked")
def choose() -> Response:
    """Cover names, captions and addresses in this browser from now on, or show them again."""
    wanted = request.form.get("masked", "")
    if wanted not in tuple(Mask):
        raise Invalid(ErrorCode.FIELD_INVALID, field="masked", value=wanted[:40])
    scope, here = team_scope(Permission.ACCOUNT_READ), sessions.current()
    if here.opened is None:
        raise Forbidden(ErrorCode.FORBIDDEN)
    keep_mask(here.opened, current_actor(), before=masking.current_mask(), after=wanted)
    here[KEPT] = wanted
    if wanted != Mask.OFF:
        flash(_("Masked mode is on in this browser: names, captions and addresses are covered."), "success")
    after = masking.redaction_with(Mask(wanted), scope.user_id, masking.own_redaction())
    return redirect_to(_fitting(safe_target(request.form.get("next")), scope.redaction, after))


def _fitting(target: str, before: Redaction, after: Redaction) -> str:
    """Return the address of the same page, with what stands for a person now, and without what is asked by name."""
    parts = urlsplit(target)
    path = parts.path
    if path.startswith(_PEOPLE):
        name = before.person(unquote(path.removeprefix(_PEOPLE)))
        path = url_for("people.index") if not name else url_for("people.show", username=after.name(name))
    kept = [(key, value) for key, value in parse_qsl(parts.query) if key not in _NAMED]
    return f"{path}?{urlencode(kept)}" if kept else path
