"""What people may do with what is kept of them: take it away, have it deleted, see where it goes."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, render_template, send_file, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, logout_user
from flask_wtf import FlaskForm
from wtforms import EmailField
from wtforms.validators import InputRequired

from webapp.domain.errors import Conflict
from webapp.extensions import limiter
from webapp.services import person_deletion, person_export, person_files
from webapp.web import limits, sessions
from webapp.web.auth import current_actor, open_without_second_factor
from webapp.web.forms import fulfil
from webapp.web.htmx import redirect_to, render_page
from webapp.web.messages import message
from webapp.web.settings_tabs import settings_tabs
from webapp.web.sudo import needs_sudo

blueprint = Blueprint("privacy", __name__, url_prefix="/settings/privacy")


class DeletePersonForm(FlaskForm):
    """The person's own address, typed by them."""

    typed_email = EmailField(
        _l("Your e-mail address"),
        [InputRequired(_l("Type your e-mail address."))],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )


@blueprint.get("")
@open_without_second_factor
def index() -> Response:
    """Show what the person may do with what is kept of them."""
    return render_page(
        "privacy/index.html",
        ("own_data",),
        tabs=settings_tabs("privacy.index"),
        file=person_files.find(current_user.public_id),
        is_in_work=person_export.is_in_work(current_user.id),
        has_failed=person_export.has_failed(current_user.id),
        days=person_files.LIFETIME.days,
    )


@blueprint.post("/export")
@needs_sudo
@limiter.limit(limits.EXPORTS_PER_PERSON, key_func=limits.person_key)
def export() -> Response:
    """Have the person's data put together."""
    try:
        person_export.request_export(current_actor(), current_user.id)
    except Conflict as error:
        flash(message(error), "info")
    return redirect_to(url_for("privacy.index"))


@blueprint.get("/export.zip")
@needs_sudo
def download() -> Response:
    """Send the person's data."""
    file = person_export.open_export(current_actor(), current_user.public_id)
    name = f"tiktok-analytics-{file.made_at:%Y-%m-%d}.zip"
    response = send_file(
        file.path, "application/zip", as_attachment=True, download_name=name, conditional=False, etag=False
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/export/delete")
@open_without_second_factor
def discard() -> Response:
    """Delete the file with the person's data before its time."""
    person_export.delete_export(current_actor(), current_user.public_id)
    flash(_("The file is deleted."), "success")
    return redirect_to(url_for("privacy.index"))


@blueprint.get("/delete")
@open_without_second_factor
@needs_sudo
def confirm() -> Response:
    """Show what goes and what stays when the person deletes their account."""
    return _delete_page(DeletePersonForm())


@blueprint.post("/delete")
@open_without_second_factor
@needs_sudo
def delete() -> Response:
    """Delete the person and let the browser forget them."""
    form, user_id = DeletePersonForm(), current_user.id
    if fulfil(form, lambda: person_deletion.delete_person(current_actor(), user_id, form.typed_email.data)) is None:
        return _delete_page(form, 422)
    sessions.start_anew()
    logout_user()
    flash(_("Your account is deleted. Whatever was yours alone is gone with it."), "success")
    response = redirect_to(url_for("auth.login"))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _delete_page(form: DeletePersonForm, status: int = 200) -> Response:
    return make_response(
        render_template(
            "privacy/delete.html",
            tabs=settings_tabs("privacy.index"),
            form=form,
            email=current_user.email,
            consequences=person_deletion.foresee(current_user.id),
        ),
        status,
    )
