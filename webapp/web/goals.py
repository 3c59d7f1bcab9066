"""Goals of an account: their page, its download, setting and removing them."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _

from webapp.analytics.goals import get_goal, list_goals
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.goals import GoalsQuery, parse_goal_month, parse_target
from webapp.domain.query import refuse_unknown
from webapp.domain.reports import GoalMetric
from webapp.domain.scope import Permission, Scope
from webapp.renderers.csv import Dialect
from webapp.renderers.goal_csv import render_goals
from webapp.services.goals import delete_goal, set_goal
from webapp.web.accounts import current_scope
from webapp.web.auth import current_actor
from webapp.web.downloads import send_csv
from webapp.web.forms import fulfil
from webapp.web.goal_page import GoalForm, GoalsPage
from webapp.web.htmx import redirect_to, render_page
from webapp.web.i18n import locale
from webapp.web.report_tabs import report_tabs

blueprint = Blueprint("goals", __name__)

_ARGUMENTS = (*GoalsQuery.FIELDS, "account")
_FRAGMENTS = ("goals",)


@blueprint.get("/reports/goals")
def index() -> Response:
    """List the goals with their progress, and a form for a new one or for the one that is to be changed."""
    refuse_unknown(request.args, _ARGUMENTS)
    scope, query = current_scope(), GoalsQuery.parse(request.args)
    if scope is None:
        return render_page("goals/empty.html", tabs=report_tabs("goals.index"))
    return _page(GoalsPage(scope, query))


@blueprint.get("/reports/goals.csv")
def download() -> Response:
    """Download all goals with their progress."""
    scope = _scope(Permission.ACCOUNT_READ)
    refuse_unknown(request.args, ("account", "dialect"))
    dialect = Dialect.parse(request.args.get("dialect", ""))
    goals = (row.progress for row in list_goals(scope))
    return send_csv(render_goals(goals, scope.timezone, dialect, locale()), "goals.csv")


@blueprint.post("/reports/goals")
def save() -> Response:
    """Set a goal, or give the one of its month another target."""
    scope, form = _scope(), GoalForm()

    def act() -> None:
        metric = GoalMetric(form.metric.data)
        month = parse_goal_month(form.month.data)
        set_goal(current_actor(), scope, month, metric, parse_target(metric, form.target.data or ""))

    if fulfil(form, act) is None:
        return _page(GoalsPage(scope, GoalsQuery(), form=form), 422)
    flash(_("The goal was saved."), "success")
    return redirect_to(url_for("goals.index"))


@blueprint.post("/reports/goals/<public_id>/delete")
def delete(public_id: str) -> Response:
    """Remove a goal, and show the page with a way to set it again."""
    scope = _scope()
    goal = get_goal(scope, public_id)
    deleted = GoalForm.of(goal.month, goal.metric, goal.target)
    delete_goal(current_actor(), scope, public_id)
    return _page(GoalsPage(scope, GoalsQuery(), deleted=deleted))


def _scope(permission: Permission = Permission.GOAL_WRITE) -> Scope:
    scope = current_scope(permission)
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return scope


def _page(page: GoalsPage, status: int = 200) -> Response:
    return render_page("goals/index.html", _FRAGMENTS, status=status, page=page)
