"""Digests: who gets which by mail, what one looks like, and one at once for whoever asks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import EmailField, SelectChoice, SelectField
from wtforms.validators import InputRequired

from webapp.analytics.digests import DigestRow, DigestState, get_digest, list_digests
from webapp.domain.digests import DigestKind
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.query import refuse_unknown, single
from webapp.domain.scope import Permission, Scope
from webapp.domain.text import N_
from webapp.extensions import limiter, settings
from webapp.renderers.mail import WrittenMail
from webapp.services import digest_letters, digests
from webapp.services.digests import DigestWish
from webapp.web import limits
from webapp.web.accounts import current_scope, timezone_choices
from webapp.web.auth import current_actor
from webapp.web.forms import fulfil
from webapp.web.htmx import redirect_to, render_page
from webapp.web.i18n import LANGUAGES, locale, moment, moment_of
from webapp.web.report_tabs import report_tabs
from webapp.web.verified import needs_verified

blueprint = Blueprint("digests", __name__, url_prefix="/reports/digests")

KIND_NAMES: Final = {DigestKind.WEEKLY: N_("Weekly"), DigestKind.MONTHLY: N_("Monthly")}
_CHOICES: Final = {
    DigestKind.WEEKLY: N_("Every week, on Monday"),
    DigestKind.MONTHLY: N_("Every month, with a PDF"),
}
STATE_NAMES: Final = {
    DigestState.ACTIVE: N_("Active"),
    DigestState.UNCONFIRMED: N_("Waits for a yes"),
    DigestState.ENDED: N_("Ended by the recipient"),
}


def kind_choices() -> list[SelectChoice]:
    """Return the kinds for a form."""
    return [SelectChoice(kind.value, _(text)) for kind, text in _CHOICES.items()]


def _languages(**more: str) -> SelectField:
    choices = [SelectChoice(code, name) for code, name in LANGUAGES.items()]
    return SelectField(_l("Language"), [InputRequired()], choices=choices, default=locale, **more)


def _zones(**more: str) -> SelectField:
    return SelectField(_l("Time zone"), [InputRequired()], choices=timezone_choices, default="UTC", **more)


def _kinds(**more: str) -> SelectField:
    return SelectField(_l("How often"), [InputRequired()], choices=kind_choices, **more)


class ChangeForm(FlaskForm):
    """What can be changed of a digest."""

    locale = _languages()
    timezone = _zones()


class DigestForm(FlaskForm):
    """A digest for whoever fills it in."""

    kind = _kinds()
    locale = _languages()
    timezone = _zones()


class RecipientForm(FlaskForm):
    """A digest for somebody without an account here; it stands on one page with the other form."""

    email = EmailField(
        _l("E-mail address"),
        [InputRequired(_l("Enter the address of the person who is to get it."))],
        render_kw={"autocomplete": "off", "maxlength": 320},
    )
    kind = _kinds(id="recipient-kind")
    locale = _languages(id="recipient-locale")
    timezone = _zones(id="recipient-timezone")


@dataclass(frozen=True, slots=True)
class DigestLine:
    """A digest as a line of the page."""

    public_id: str
    kind: DigestKind
    name: str
    address: str | None
    is_active: bool
    state: str
    language: str
    timezone: str
    next_text: str
    sent_text: str


class DigestsPage:
    """The parts of the page, each computed when the template asks for it; a form that was refused says why."""

    def __init__(self, scope: Scope, *, form: FlaskForm | None = None, edit: str = "") -> None:
        self.scope = scope
        self.may_offer = scope.allows(Permission.DIGEST_WRITE)
        self.sends_no_mail = settings().mail_server is None
        self.tabs = report_tabs("digests.index")
        self._form = form
        self._edit = edit

    @cached_property
    def _rows(self) -> list[DigestRow]:
        return list_digests(self.scope)

    @property
    def own(self) -> list[DigestLine]:
        """Return what the reader gets."""
        return [_line(row) for row in self._rows if row.address is None]

    @property
    def recipients(self) -> list[DigestLine]:
        """Return what is sent to people without an account."""
        return [_line(row) for row in self._rows if row.address is not None]

    @cached_property
    def edited(self) -> DigestLine | None:
        """Return the digest that is to be changed."""
        return _line(get_digest(self.scope, self._edit)) if self._edit else None

    @cached_property
    def own_form(self) -> DigestForm | None:
        """Return the form for another digest of the reader's; ``None`` where they get both kinds."""
        taken = {row.kind.value for row in self._rows if row.address is None and row.state is DigestState.ACTIVE}
        form = self._form
        if not isinstance(form, DigestForm):
            form = DigestForm(formdata=None, timezone=self.scope.timezone)
        form.kind.choices = [choice for choice in kind_choices() if choice.value not in taken]
        return form if form.kind.choices else None

    @cached_property
    def recipient_form(self) -> RecipientForm:
        """Return the form for a recipient."""
        if isinstance(self._form, RecipientForm):
            return self._form
        return RecipientForm(formdata=None, timezone=self.scope.timezone)

    @cached_property
    def change_form(self) -> ChangeForm:
        """Return the form that changes a digest, with what it is now."""
        if isinstance(self._form, ChangeForm):
            return self._form
        row = get_digest(self.scope, self._edit)
        return ChangeForm(formdata=None, locale=row.locale, timezone=row.timezone)


@blueprint.get("")
def index() -> Response:
    """List the digests, with the forms for another one or for the one that is to be changed."""
    refuse_unknown(request.args, ("account", "edit"))
    scope = current_scope(Permission.REPORT_READ)
    if scope is None:
        return render_page("digests/empty.html", tabs=report_tabs("digests.index"))
    return _page(DigestsPage(scope, edit=single(request.args, "edit")))


@blueprint.post("")
@needs_verified
def subscribe() -> Response:
    """Begin to send a digest to the reader."""
    scope, form = _scope(Permission.REPORT_READ), DigestForm()
    if fulfil(form, lambda: digests.subscribe(current_actor(), scope, _wish(form))) is None:
        return _page(DigestsPage(scope, form=form), 422)
    flash(_("The digest is set up. It comes when there is something to tell."), "success")
    return _back()


@blueprint.post("/recipients")
@needs_verified
@limits.mails_counted
def offer() -> Response:
    """Mail somebody the offer of a digest."""
    scope, form = _scope(Permission.DIGEST_WRITE), RecipientForm()
    if fulfil(form, lambda: digests.offer(current_actor(), scope, form.email.data, _wish(form))) is None:
        return _page(DigestsPage(scope, form=form), 422)
    flash(_("We asked them by mail. The digest is sent once they say yes."), "success")
    return _back()


@blueprint.post("/<public_id>")
def change(public_id: str) -> Response:
    """Give a digest another language or time zone."""
    scope, form = _scope(Permission.REPORT_READ), ChangeForm()
    get_digest(scope, public_id)
    actor = current_actor()
    if fulfil(form, lambda: digests.change(actor, scope, public_id, form.locale.data, form.timezone.data)) is None:
        return _page(DigestsPage(scope, form=form, edit=public_id), 422)
    flash(_("The digest was changed."), "success")
    return _back()


@blueprint.post("/<public_id>/delete")
def remove(public_id: str) -> Response:
    """End a digest."""
    digests.remove(current_actor(), _scope(Permission.REPORT_READ), public_id)
    flash(_("The digest is ended, and nothing is kept of it."), "success")
    return _back()


@blueprint.post("/<public_id>/send")
@needs_verified
@limiter.limit(limits.COPIES_PER_PERSON, key_func=limits.person_key)
def send(public_id: str) -> Response:
    """Send one digest at once, to whoever asks."""
    digests.request_copy(current_actor(), _scope(Permission.REPORT_READ), public_id)
    flash(_("It is on its way to your own address."), "success")
    return _back()


@blueprint.get("/<public_id>/preview")
def preview(public_id: str) -> Response:
    """Show what a digest would look like now, as a mail program does."""
    return make_response(_preview(public_id).html)


@blueprint.get("/<public_id>/preview.txt")
def preview_text(public_id: str) -> Response:
    """Show the text part of the same mail."""
    mail = _preview(public_id)
    response = make_response(f"{mail.subject}\n\n{mail.text}")
    response.mimetype = "text/plain"
    return response


def _preview(public_id: str) -> WrittenMail:
    scope = _scope(Permission.REPORT_READ)
    get_digest(scope, public_id)
    stylesheet = url_for("static", filename="css/mail.css")
    return digest_letters.preview(scope, public_id, current_user.email, stylesheet)


def _wish(form: DigestForm | RecipientForm) -> DigestWish:
    return DigestWish(DigestKind(form.kind.data), form.locale.data, form.timezone.data)


def _scope(permission: Permission) -> Scope:
    scope = current_scope(permission)
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return scope


def _line(row: DigestRow) -> DigestLine:
    return DigestLine(
        public_id=row.public_id,
        kind=row.kind,
        name=str(_(KIND_NAMES[row.kind])),
        address=row.address,
        is_active=row.state is DigestState.ACTIVE,
        state=str(_(STATE_NAMES[row.state])),
        language=LANGUAGES.get(row.locale, row.locale),
        timezone=row.timezone.replace("_", " "),
        next_text=moment(row.next_at, row.timezone) if row.state is DigestState.ACTIVE else "",
        sent_text="" if row.sent_at is None else moment_of(row.sent_at),
    )


def _page(page: DigestsPage, status: int = 200) -> Response:
    return make_response(render_template("digests/index.html", page=page), status)


def _back() -> Response:
    return redirect_to(url_for("digests.index"))
