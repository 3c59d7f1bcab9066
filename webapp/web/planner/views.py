"""The planner: its calendar, the form of a post, moving it, and what becomes of it."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _

from webapp.analytics.planner import get_plan
from webapp.domain.errors import ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.period import day_of
from webapp.domain.planner import MAX_PLAN_TITLE, PlanDraft, PlanState, parse_hashtags, parse_plan_time
from webapp.domain.planner_moves import PlanMove
from webapp.domain.planner_query import PlannerQuery, PlannerView
from webapp.domain.post_query import PostKind
from webapp.domain.query import parse_choice, parse_day, refuse_unknown, single
from webapp.domain.scope import Permission, Scope
from webapp.renderers.csv import Dialect
from webapp.renderers.plan_csv import render_plans
from webapp.services.plan_answers import confirm_match, refuse_match
from webapp.services.planner import (
    change_plan,
    create_plan,
    delete_plan,
    duplicate_plan,
    set_state,
)
from webapp.web.accounts import current_scope
from webapp.web.auth import current_actor
from webapp.web.downloads import send_csv
from webapp.web.forms import fulfil
from webapp.web.htmx import is_fragment_request, redirect_to, render_page
from webapp.web.i18n import locale
from webapp.web.planner.form import PlanForm, PlanPage, find_plan_page, form_of
from webapp.web.planner.moving import move
from webapp.web.planner.page import Moved, PlannerPage
from webapp.web.planner.texts import name_of, state_text
from webapp.web.planner_tabs import planner_tabs

blueprint = Blueprint("planner", __name__)

_ARGUMENTS = (*PlannerQuery.FIELDS, "account")
_FRAGMENTS = ("planner",)


@blueprint.get("/planner")
def index() -> Response:
    """Show what is planned, and what was published, in a month, a week or a list."""
    refuse_unknown(request.args, _ARGUMENTS)
    scope, query = current_scope(), PlannerQuery.parse(request.args)
    if scope is None:
        return render_page("planner/empty.html", tabs=planner_tabs("planner.index"))
    return _calendar(PlannerPage(scope, query))


@blueprint.get("/planner.csv")
def download() -> Response:
    """Download the plans of this view, those without a time included."""
    scope = _scope(Permission.ACCOUNT_READ)
    refuse_unknown(request.args, (*_ARGUMENTS, "dialect"))
    page, dialect = PlannerPage(scope, PlannerQuery.parse(request.args)), Dialect.parse(single(request.args, "dialect"))
    rows = [*page.inside, *page.idea_rows]
    return send_csv(render_plans(rows, scope.redaction, scope.timezone, dialect, locale()), "planner.csv")


@blueprint.get("/planner/posts/new")
def new() -> Response:
    """Show the form for a new post, filled with what the address says."""
    refuse_unknown(request.args, ("account", "view", "at", "day", "title", "hashtags", "kind", "state"))
    scope = _scope()
    return _form(PlanPage(scope, form_of(_asked_for(scope), scope.timezone, ""), view=_view()))


@blueprint.post("/planner/posts")
def create() -> Response:
    """Plan a post."""
    scope, form = _scope(), PlanForm()
    page = PlanPage(scope, form, view=_view())
    done = fulfil(form, lambda: create_plan(current_actor(), scope, page.draft))
    return _form(page, 422) if done is None else _saved(scope, done.result)


@blueprint.get("/planner/posts/<public_id>")
def show(public_id: str) -> Response:
    """Show a planned post: its form, what to expect of it, and what became of it."""
    refuse_unknown(request.args, ("account", "view"))
    return _form(find_plan_page(_scope(Permission.ACCOUNT_READ), public_id, view=_view()))


@blueprint.post("/planner/posts/<public_id>")
def change(public_id: str) -> Response:
    """Write a planned post anew; of one that an export shows, its notes alone."""
    scope, form = _scope(), PlanForm()
    page = find_plan_page(scope, public_id, form, _view())
    if page.is_covered:
        raise Forbidden(ErrorCode.MASKED)

    def act() -> None:
        change_plan(current_actor(), scope, public_id, page.draft)

    if fulfil(form, act) is None:
        return _form(page, 422)
    return _saved(scope, public_id)


@blueprint.post("/planner/hints")
def hints() -> Response:
    """Say what can be said of what is typed; nothing is kept of it."""
    scope, form = _scope(), PlanForm()
    plan = form.plan.data or ""
    page = find_plan_page(scope, plan, form, _view()) if plan else PlanPage(scope, form, view=_view())
    return render_page("planner/show.html", ("hints",), page=page)


@blueprint.post("/planner/posts/<public_id>/move")
def move_to(public_id: str) -> Response:
    """Move a post to another day or time, and show the calendar with a way to put it back."""
    scope, query = _scope(), PlannerQuery.parse(request.args)
    return _calendar(move(scope, query, public_id, PlanMove.parse(request.form)))


@blueprint.post("/planner/posts/<public_id>/duplicate")
def duplicate(public_id: str) -> Response:
    """Plan the same post once more, and show its form."""
    copy = duplicate_plan(current_actor(), _scope(), public_id)
    flash(_("This is the copy. Give it a time of its own."), "success")
    return redirect_to(url_for("planner.show", public_id=copy, view=_view()))


@blueprint.post("/planner/posts/<public_id>/state")
def stand(public_id: str) -> Response:
    """Say that a post is dropped, planned again or published."""
    scope = _scope()
    state = parse_choice(PlanState, "state", request.form.get("state", ""))
    if state is None:
        raise Invalid(ErrorCode.FIELD_INVALID, field="state", value="")
    set_state(current_actor(), scope, public_id, state)
    flash(_("The post is now marked: %(state)s.", state=state_text(state)), "success")
    return redirect_to(url_for("planner.show", public_id=public_id, view=_view()))


@blueprint.post("/planner/posts/<public_id>/delete")
def delete(public_id: str) -> Response:
    """Delete a planned post, and show the calendar with a way to plan it again."""
    scope = _scope()
    sound_name = find_plan_page(scope, public_id).sound_name
    draft = delete_plan(current_actor(), scope, public_id)
    form = form_of(draft, scope.timezone, sound_name)
    day = None if draft.planned_at is None else day_of(draft.planned_at, scope.timezone)
    fields = {name: str(field.data or "") for name, field in form._fields.items() if name not in ("csrf_token", "plan")}
    href = url_for("planner.create", view=_view())
    query = PlannerQuery(parse_choice(PlannerView, "view", _view() or "") or PlannerView.MONTH, day)
    return _calendar(PlannerPage(scope, query, Moved(_("The planned post was deleted."), href, fields)))


@blueprint.post("/planner/posts/<public_id>/match")
def answer(public_id: str) -> Response:
    """Say which published post it is, or that it is not the one that was found."""
    scope, post = _scope(), request.form.get("post", "")
    said = request.form.get("answer", "")
    if said == "yes":
        confirm_match(current_actor(), scope, public_id, post or None)
        flash(_("Noted: that is the post."), "success")
    elif said == "no":
        refuse_match(current_actor(), scope, public_id)
        flash(_("Noted: that is another post."), "success")
    else:
        raise Invalid(ErrorCode.FIELD_INVALID, field="answer", value=said[:40])
    return redirect_to(url_for("planner.show", public_id=public_id, view=_view()))


def _asked_for(scope: Scope) -> PlanDraft:
    """Return the draft that an address asks for; at the usual hour where it names a day alone."""
    at = parse_plan_time(single(request.args, "at"), scope.timezone)
    day = parse_day("day", single(request.args, "day"))
    if at is None and day is not None:
        at = PlanMove(day=day).of(None, scope.timezone, PlannerPage(scope, PlannerQuery()).usual_hour)
    return PlanDraft(
        planned_at=at,
        title=single(request.args, "title")[:MAX_PLAN_TITLE],
        hashtags=parse_hashtags(single(request.args, "hashtags")),
        kind=parse_choice(PostKind, "kind", single(request.args, "kind")) or PostKind.VIDEO,
        state=parse_choice(PlanState, "state", single(request.args, "state")) or PlanState.PLANNED,
    )


def _saved(scope: Scope, public_id: str) -> Response:
    """Show the calendar at the day of a post that was just written."""
    row = get_plan(scope, public_id)
    flash(_("“%(title)s” was saved.", title=name_of(row.draft)), "success")
    day = None if row.day is None else row.day.isoformat()
    return redirect_to(url_for("planner.index", view=_view(), day=day))


def _scope(permission: Permission = Permission.PLAN_WRITE) -> Scope:
    scope = current_scope(permission)
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return scope


def _view() -> str | None:
    """Return how the calendar was drawn that the reader comes from; ``None`` for the usual way."""
    view = parse_choice(PlannerView, "view", single(request.args, "view"))
    return None if view in (None, PlannerView.MONTH) else view.value


def _calendar(page: PlannerPage) -> Response:
    response = render_page("planner/index.html", _FRAGMENTS, page=page)
    if request.method == "POST" and is_fragment_request():
        # The address is that of the days that are shown now.
        response.headers["HX-Replace-Url"] = page.here_href
    return response


def _form(page: PlanPage, status: int = 200) -> Response:
    return render_page("planner/show.html", ("hints",), status=status, page=page)
