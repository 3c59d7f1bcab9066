"""Devices: the browsers that push messages come to, added in each of them, tested, and removed."""

from __future__ import annotations

from flask import Blueprint, Response, flash, jsonify, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf
from wtforms import HiddenField

from webapp.domain.query import refuse_unknown
from webapp.extensions import limiter
from webapp.integrations.web_push import Browser
from webapp.services import push_devices, push_keys
from webapp.web import limits
from webapp.web.auth import current_actor
from webapp.web.forms import fulfil
from webapp.web.htmx import redirect_to
from webapp.web.i18n import locale
from webapp.web.notification_tabs import notification_tabs

blueprint = Blueprint("push_devices", __name__, url_prefix="/notifications/devices")


class BrowserForm(FlaskForm):
    """What a browser says of its subscription; its script fills it in."""

    endpoint = HiddenField(default="")
    p256dh = HiddenField(default="")
    auth = HiddenField(default="")
    # The address that it had before, where a push service gave it another one.
    earlier = HiddenField(default="")


@blueprint.get("")
def index() -> Response:
    """Show how this browser stands, and the person's devices."""
    refuse_unknown(request.args, ())
    return _page(BrowserForm(formdata=None))


@blueprint.post("")
def add() -> Response:
    """Add this browser."""
    form = BrowserForm()
    if fulfil(form, lambda: push_devices.add(current_actor(), current_user.id, *_said(form))) is None:
        return _page(form, 422)
    flash(_("This browser gets your notifications from now on."), "success")
    return redirect_to(url_for("push_devices.index"))


@blueprint.get("/key")
def key() -> Response:
    """Tell the service worker what it needs when a push service gives its browser another address."""
    refuse_unknown(request.args, ())
    return jsonify(key=push_keys.public_key(), token=generate_csrf())


@blueprint.post("/<public_id>/test")
@limiter.limit(limits.PUSH_TESTS_PER_PERSON, key_func=limits.person_key)
def test(public_id: str) -> Response:
    """Send a message to one device that says it arrived."""
    push_devices.test(current_actor(), current_user.id, public_id)
    flash(
        _("A test is on its way. If nothing shows within a minute, see whether your system lets it notify you."),
        "success",
    )
    return redirect_to(url_for("push_devices.index"))


@blueprint.post("/<public_id>/remove")
def remove(public_id: str) -> Response:
    """Send a device nothing more."""
    push_devices.remove(current_actor(), current_user.id, public_id)
    flash(_("That device gets nothing more."), "success")
    return redirect_to(url_for("push_devices.index"))


def _said(form: BrowserForm) -> tuple[Browser, str, str]:
    browser = Browser(*(field.data or "" for field in (form.endpoint, form.p256dh, form.auth)))
    return browser, locale(), form.earlier.data or ""


def _page(form: BrowserForm, status: int = 200) -> Response:
    return make_response(
        render_template(
            "notifications/devices.html",
            tabs=notification_tabs("push_devices.index"),
            form=form,
            key=push_keys.public_key(),
            devices=push_devices.list_devices(current_user.id),
        ),
        status,
    )
