"""The addresses of public links: the page, its sheet, the image that other sites show of it, and the door before them.

Every text that opens nothing is answered alike: by the same page, without a session, whatever was wrong with it.
"""

from __future__ import annotations

import logging
from pathlib import Path

from flask import Blueprint, Response, g, make_response, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import InputRequired

from webapp.analytics.reports.payload import NotAReport, decode
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.shares import watermark_of
from webapp.extensions import limiter, settings
from webapp.services import share_door
from webapp.services.passwords import MAX_LENGTH
from webapp.services.share_door import Door
from webapp.web import limits
from webapp.web.auth import public, shows_csrf_failure
from webapp.web.forms import fulfil, refused
from webapp.web.htmx import redirect_to
from webapp.web.i18n import locale
from webapp.web.secret_addresses import secret_address
from webapp.web.shared import passes
from webapp.web.shared.page import SharedPage

logger = logging.getLogger(__name__)
blueprint = Blueprint("shared", __name__, url_prefix="/s")


class OpenForm(FlaskForm):
    """A press of a button: a program that only fetches the address opens nothing."""


class PasswordForm(OpenForm):
    """The password of a link."""

    password = PasswordField(
        _l("Password"),
        [InputRequired(_l("Enter the password of this link."))],
        render_kw={"autocomplete": "off", "maxlength": MAX_LENGTH, "autofocus": True},
    )


@blueprint.before_request
def forget_who_asks() -> None:
    """Answer members like everybody else: their session has nothing to do with what a link shows."""
    g.is_bare = True


@blueprint.after_request
def keep_out_of_indexes(response: Response) -> Response:
    """Ask search engines to leave the page alone, also the one that says that there is nothing."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.errorhandler(NotFound)
def say_nothing(_error: NotFound) -> Response:
    """Answer what opens nothing, always with the same bytes."""
    return make_response(render_template("shared/gone.html", locale=locale()), 404)


@blueprint.errorhandler(NotAReport)
def hide_what_cannot_be_read(_error: NotAReport) -> Response:
    """Answer for a payload that an older version of the app has left as for one that is not there."""
    logger.exception("a public link holds what is no report of this version")
    return say_nothing(NotFound(ErrorCode.NOT_FOUND))


@blueprint.get("/<token>")
@public
@secret_address
@limiter.limit(limits.SHARE_PER_NETWORK, key_func=limits.network_key)
def show(token: str) -> Response:
    """Show the report, or the door before it."""
    door = share_door.find_door(token)
    if door.asks and not passes.holds(door):
        _refuse_used_up(door)
        return _door_page(token, door, _form_of(door))
    shown = share_door.find_shown(door)
    if not door.asks and _is_looking():
        share_door.enter(door, request.remote_addr)
    report = decode(shown.body)
    page = SharedPage(report, locale(), watermark_of(report, door.recipient, door.public_id), door.title)
    return make_response(
        render_template(
            "shared/report.html",
            locale=page.locale,
            page=page,
            pdf_href=url_for("shared.download", token=token) if shown.pdf is not None else None,
            image_href=_absolute("shared.image", token) if shown.image is not None and not door.asks else None,
        )
    )


@blueprint.post("/<token>")
@public
@secret_address
@shows_csrf_failure
@limiter.limit(limits.SHARE_ENTRIES, key_func=limits.link_and_network_key)
@limiter.limit(limits.SHARE_TRIES, key_func=limits.link_and_network_key, deduct_when=limits.was_refused)
def enter(token: str) -> Response:
    """Let the browser in, who knows the password where there is one, and count it."""
    door = share_door.find_door(token)
    target = redirect_to(url_for("shared.show", token=token))
    if not door.asks:
        return target
    _refuse_used_up(door)
    form = _form_of(door)
    if fulfil(form, lambda: _enter(door, form)) is None:
        return _door_page(token, door, form, refused(form))
    passes.give(target, door)
    return target


@blueprint.get("/<token>.pdf")
@public
@secret_address
@limiter.limit(limits.SHARE_PER_NETWORK, key_func=limits.network_key)
def download(token: str) -> Response:
    """Send the sheet of the report, where the link allows it."""
    door = _opened(token)
    pdf = share_door.find_shown(door).pdf
    if pdf is not None and _is_looking():
        share_door.note_download(door, request.remote_addr)
    return _send(pdf, "application/pdf", "report.pdf")


@blueprint.get("/<token>/image.png")
@public
@secret_address
@limiter.limit(limits.SHARE_PER_NETWORK, key_func=limits.network_key)
def image(token: str) -> Response:
    """Send the image that stands for the report where its address is posted."""
    return _send(share_door.find_shown(_opened(token)).image, "image/png")


@blueprint.get("/", defaults={"rest": ""})
@blueprint.get("/<path:rest>")
@public
@secret_address
def lead_nowhere(rest: str) -> Response:
    """Answer every other address here like a link that opens nothing."""
    share_door.find_door(rest)
    raise NotFound(ErrorCode.NOT_FOUND)


def _opened(token: str) -> Door:
    """Return the door that a secret leads to, if it stands open for this browser; else raise ``NotFound``."""
    door = share_door.find_door(token)
    if door.asks and not passes.holds(door):
        raise NotFound(ErrorCode.NOT_FOUND)
    return door


def _is_looking() -> bool:
    """Return whether somebody looks, and not a browser that fetches what might be looked at."""
    purposes = " ".join(request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz"))
    return request.method != "HEAD" and "prefetch" not in purposes.casefold()


def _refuse_used_up(door: Door) -> None:
    if door.is_used_up:
        raise NotFound(ErrorCode.NOT_FOUND)


def _form_of(door: Door) -> OpenForm:
    return PasswordForm() if door.has_password else OpenForm()


def _enter(door: Door, form: OpenForm) -> None:
    if isinstance(form, PasswordForm):
        share_door.check_password(door, form.password.data, request.remote_addr)
    share_door.enter(door, request.remote_addr)


def _door_page(token: str, door: Door, form: OpenForm, status: int = 200) -> Response:
    return make_response(
        render_template(
            "shared/door.html", locale=locale(), form=form, href=url_for("shared.enter", token=token), door=door
        ),
        status,
    )


def _send(path: Path | None, mimetype: str, name: str | None = None) -> Response:
    try:
        content = path.read_bytes() if path is not None else None
    except FileNotFoundError:  # drawn anew a moment ago
        content = None
    if content is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    response = Response(content, mimetype=mimetype)
    if name is not None:
        response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response


def _absolute(endpoint: str, token: str) -> str:
    """Return an absolute address; its host comes from the settings, never from the request."""
    return f"{settings().base_url}{url_for(endpoint, token=token)}"
