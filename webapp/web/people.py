"""The page of one person on the lists, and what a team notes about people."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired

from webapp.analytics.accounts import list_accounts
from webapp.analytics.erasures import list_erasures
from webapp.analytics.marked_people import all_marked
from webapp.analytics.marks import list_tags
from webapp.analytics.people import Person, find_person
from webapp.domain.errors import ErrorCode, Invalid, NotFound
from webapp.domain.marked_query import MarkedQuery
from webapp.domain.query import refuse_unknown
from webapp.domain.scope import Permission, Scope
from webapp.renderers.csv import Dialect
from webapp.renderers.people_csv import render_marked
from webapp.services import erasure, people
from webapp.web.accounts import current_scope
from webapp.web.auth import current_actor, team_scope
from webapp.web.downloads import send_csv
from webapp.web.forms import fulfil
from webapp.web.htmx import redirect_to, render_page
from webapp.web.i18n import locale
from webapp.web.marked_page import MarkedPeoplePage
from webapp.web.messages import message
from webapp.web.person_page import PersonPage
from webapp.web.tag_texts import read_tag

blueprint = Blueprint("people", __name__)

REMOVE = "remove"
_ARGUMENTS = (*MarkedQuery.FIELDS, "account", "dialect")


class EraseForm(FlaskForm):
    """The person's name, typed by whoever erases them."""

    typed_name = StringField(
        _l("Name of the person"),
        [InputRequired(_l("Type the name of the person."))],
        render_kw={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"},
    )


def account_scope(permission: Permission = Permission.ACCOUNT_READ) -> Scope:
    """Return the scope of the account that the request speaks of; raise ``NotFound`` where there is none."""
    scope = current_scope(permission)
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return scope


@blueprint.get("/audience/people")
def index() -> Response:
    """List everybody with a tag or a note."""
    scope = current_scope()
    if scope is None:
        return render_page("audience/empty.html", title=_("Marked people"))
    refuse_unknown(request.args, _ARGUMENTS)
    page = MarkedPeoplePage(scope, MarkedQuery.parse(request.args))
    return render_page("people/index.html", ("marked",), page=page)


@blueprint.get("/audience/people.csv")
def index_csv() -> Response:
    """Download the marked people of this view."""
    scope = account_scope()
    refuse_unknown(request.args, _ARGUMENTS)
    query, dialect = MarkedQuery.parse(request.args), Dialect.parse(request.args.get("dialect", ""))
    return send_csv(render_marked(all_marked(scope, query), scope.timezone, dialect, locale()), "people.csv")


# A name may hold a slash.
@blueprint.get("/audience/people/<path:username>", merge_slashes=False)
def show(username: str) -> Response:
    """Show what the lists and the team know of a person."""
    scope = account_scope()
    return _page(scope, _person(scope, username))


@blueprint.post("/audience/marks")
def mark() -> Response:
    """Give a tag to a person, or take one away."""
    scope = account_scope(Permission.PERSON_WRITE)
    username, is_added = request.form.get("username", ""), request.form.get("action") != REMOVE
    person = _person(scope, username)
    try:
        write = people.add_tag if is_added else people.remove_tag
        write(current_actor(), scope, [person.username], read_tag(request.form.get("tag", "")))
    except Invalid as error:
        return _page(scope, person, tag_error=message(error), status=422)
    return redirect_to(url_for("people.show", username=person.username))


@blueprint.post("/audience/notes")
def note() -> Response:
    """Write the note about a person."""
    scope = account_scope(Permission.PERSON_WRITE)
    person = _person(scope, request.form.get("username", ""))
    text = request.form.get("note", "")
    try:
        people.write_note(current_actor(), scope, person.username, text)
    except Invalid as error:
        return _page(scope, person, note=text, note_error=message(error), status=422)
    flash(_("The note was saved.") if text.strip() else _("The note was deleted."), "success")
    return redirect_to(url_for("people.show", username=person.username))


@blueprint.get("/audience/erasures")
def erasures() -> Response:
    """Show whom the team had erased, without any name; of a person who is named, what erasing them does."""
    scope = account_scope()
    username = request.args.get("username", "")
    if not username:
        return _erasures_page(scope)
    account_scope(Permission.PERSON_ERASE)
    return _erasures_page(scope, _person(scope, username), EraseForm(formdata=None))


@blueprint.post("/audience/erasures")
def erase() -> Response:
    """Have the person erased whose name was typed."""
    scope = account_scope(Permission.PERSON_ERASE)
    person = _person(scope, request.form.get("username", ""))
    form = EraseForm()
    typed = form.typed_name
    if fulfil(form, lambda: erasure.request_erasure(current_actor(), scope, person.username, typed.data)) is None:
        return _erasures_page(scope, person, form, 422)
    flash(_("The person is being erased. It takes a moment, longer while an import is being written."), "success")
    return redirect_to(url_for("people.erasures"))


def _erasures_page(
    scope: Scope, person: Person | None = None, form: EraseForm | None = None, status: int = 200
) -> Response:
    # Named in the form: what is erased must not depend on the account that another window chose meanwhile.
    rows = list_accounts(team_scope(Permission.ACCOUNT_READ))
    account = next(row.public_id for row in rows if row.id == scope.account_id)
    return render_page(
        "people/erasures.html", status=status, rows=list_erasures(scope), person=person, form=form, account=account
    )


def _person(scope: Scope, username: str) -> Person:
    person = find_person(scope, username) if len(username) <= 200 and "\0" not in username else None
    if person is None:
        raise NotFound(ErrorCode.PERSON_UNKNOWN, username=username[:64])
    return person


def _page(
    scope: Scope,
    person: Person,
    *,
    tag_error: str | None = None,
    note: str | None = None,
    note_error: str | None = None,
    status: int = 200,
) -> Response:
    page = PersonPage(scope, person, list_tags(scope), tag_error=tag_error, note=note, note_error=note_error)
    return render_page("people/show.html", status=status, page=page)
