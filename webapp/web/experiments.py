"""Experiments of an account: their list, a new one, one by itself, their downloads, ending them and giving them up."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _

from webapp.analytics.experiments import get_experiment, list_experiments
from webapp.domain.errors import ErrorCode, NotFound
from webapp.domain.experiment_query import ExperimentQuery
from webapp.domain.experiments import ExperimentKind
from webapp.domain.query import MAX_PAGE, parse_choice, parse_number, refuse_unknown, single
from webapp.domain.scope import Permission, Scope
from webapp.renderers.csv import Dialect
from webapp.renderers.experiment_csv import render_experiment_posts, render_experiments
from webapp.services.experiments import end_experiment, start_experiment, stop_experiment
from webapp.web.accounts import current_scope
from webapp.web.auth import current_actor
from webapp.web.downloads import send_csv
from webapp.web.experiment_form import HashtagForm, NewExperimentPage, SlotsForm
from webapp.web.experiment_page import ExperimentPage, ExperimentsPage
from webapp.web.forms import fulfil, refused
from webapp.web.htmx import redirect_to, render_page
from webapp.web.i18n import locale
from webapp.web.planner_tabs import planner_tabs

blueprint = Blueprint("experiments", __name__)


@blueprint.get("/planner/experiments")
def index() -> Response:
    """List the experiments with what they showed."""
    refuse_unknown(request.args, ("account",))
    scope = current_scope()
    if scope is None:
        return render_page("experiments/empty.html", tabs=planner_tabs("experiments.index"))
    return render_page("experiments/index.html", page=ExperimentsPage(scope))


@blueprint.get("/planner/experiments.csv")
def download() -> Response:
    """Download all experiments."""
    scope = _scope(Permission.ACCOUNT_READ)
    refuse_unknown(request.args, ("account", "dialect"))
    dialect = Dialect.parse(request.args.get("dialect", ""))
    return send_csv(render_experiments(list_experiments(scope), scope.timezone, dialect, locale()), "experiments.csv")


@blueprint.get("/planner/experiments/new")
def new() -> Response:
    """Show the form of an experiment, and how many posts it takes."""
    scope = _scope()
    refuse_unknown(request.args, (*ExperimentQuery.FIELDS, "account"))
    return _form_page(NewExperimentPage(scope, ExperimentQuery.parse(request.args)))


@blueprint.post("/planner/experiments")
def start() -> Response:
    """Draw the order of an experiment and plan its posts."""
    scope = _scope()
    kind = parse_choice(ExperimentKind, "kind", request.form.get("kind", "")) or ExperimentKind.SLOTS
    form = SlotsForm() if kind is ExperimentKind.SLOTS else HashtagForm()
    page = NewExperimentPage(scope, ExperimentQuery(kind), form)
    done = fulfil(form, lambda: start_experiment(current_actor(), scope, form.draft(page.today)))
    if done is None:
        return _form_page(page, refused(form))
    flash(_("The order was drawn and the posts are planned."), "success")
    return redirect_to(url_for("experiments.show", public_id=done.result))


@blueprint.get("/planner/experiments/<public_id>")
def show(public_id: str) -> Response:
    """Show one experiment: how it stands, what it showed, and its posts."""
    scope = _scope(Permission.ACCOUNT_READ)
    refuse_unknown(request.args, ("account", "page"))
    page = parse_number("page", single(request.args, "page"), 1, 1, MAX_PAGE)
    shown = ExperimentPage(scope, get_experiment(scope, public_id), page)
    return render_page("experiments/show.html", ("experiment_posts",), page=shown)


@blueprint.get("/planner/experiments/<public_id>.csv")
def download_posts(public_id: str) -> Response:
    """Download the posts of one experiment."""
    scope = _scope(Permission.ACCOUNT_READ)
    refuse_unknown(request.args, ("account", "dialect"))
    dialect = Dialect.parse(request.args.get("dialect", ""))
    view = get_experiment(scope, public_id)
    return send_csv(render_experiment_posts(view, scope.timezone, dialect, locale()), "experiment.csv")


@blueprint.post("/planner/experiments/<public_id>/end")
def end(public_id: str) -> Response:
    """End an experiment and keep what it shows."""
    end_experiment(current_actor(), _scope(), public_id)
    flash(_("The experiment was ended. What it showed stands below."), "success")
    return redirect_to(url_for("experiments.show", public_id=public_id))


@blueprint.post("/planner/experiments/<public_id>/stop")
def stop(public_id: str) -> Response:
    """Give an experiment up."""
    stop_experiment(current_actor(), _scope(), public_id)
    flash(_("The experiment was given up, and what was still planned of it was dropped."), "success")
    return redirect_to(url_for("experiments.show", public_id=public_id))


def _scope(permission: Permission = Permission.PLAN_WRITE) -> Scope:
    scope = current_scope(permission)
    if scope is None:
        raise NotFound(ErrorCode.NOT_FOUND)
    return scope


def _form_page(page: NewExperimentPage, status: int = 200) -> Response:
    return render_page("experiments/new.html", ("size",), status=status, page=page)
