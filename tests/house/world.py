"""Alice's team with something of every kind, and the addresses that lead there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from flask import Flask
from sqlalchemy import select

from tests.factories import Cast, account_scope, export_json, import_done, import_file, many
from webapp.domain.digests import DigestKind
from webapp.domain.experiments import ExperimentDraft, ExperimentKind
from webapp.domain.planner import PlanDraft, PlanState
from webapp.domain.report_query import ReportQuery
from webapp.domain.reports import GoalMetric, Paper
from webapp.domain.scope import Role
from webapp.extensions import db
from webapp.models import Account, ImportRun, Invitation, Job, Team, User
from webapp.services.digests import DigestWish, subscribe
from webapp.services.experiments import start_experiment
from webapp.services.goals import set_goal
from webapp.services.imports import ImportWishes
from webapp.services.invitations import invite
from webapp.services.members import Place
from webapp.services.planner import create_plan
from webapp.services.reports import request_report
from webapp.services.shares import ShareWishes, create_share

NOBODYS = "f" * 20
WEEKLY = DigestWish(DigestKind.WEEKLY, "en", "UTC")
EXPERIMENT = ExperimentDraft(
    ExperimentKind.SLOTS, "6", "4", effect=1.0, first=datetime.now(UTC).date() + timedelta(days=2), every=1, at=time(18)
)
_FIXED = {"<int:hue>": "270", "<path:filename>": "css/app.css", "<metric>": "followers"}
# What a form must say to be taken where anything else is refused alike for everybody.
_BODIES = {"/settings/language": {"locale": "fr"}, "/settings/appearance": {"theme": "dark"}}
# What ends something others need, or comes back to it, waits for them: later numbers come later.
_LAST = (r"cancel", r"/(remove|delete|transfer)$", r"^/team/delete", r"^/team/leave$", r"^/logout$")


@dataclass(frozen=True)
class World:
    """The ids of what Alice's team has, by the beginning of the addresses that name it."""

    subjects: dict[str, str] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)

    def of_nobody(self) -> World:
        """Return the same addresses with ids that nothing has."""
        return replace(
            self,
            subjects=dict.fromkeys(self.subjects, NOBODYS),
            parts=dict.fromkeys(self.parts, NOBODYS),
        )

    def body(self, rule: str) -> dict[str, str]:
        """Return what is sent with a request."""
        return _BODIES.get(rule, {})


def make_world(app: Flask, cast: Cast) -> World:
    """Let Alice's team have an account with two imports, one of which waits."""
    alice = cast.alice
    with app.app_context():
        import_done(alice, export_json(many(5), many(3, "brand")))
        waiting = import_file(alice, export_json(many(6), many(3, "brand")), wishes=ImportWishes()).public_id
        account = db.session.get_one(Account, account_scope(alice).account_id).public_id
        job = db.session.query(Job).join(ImportRun, Job.import_id == ImportRun.id).first()
        assert job is not None
        invite(alice.scope, "ingrid@example.org", Place(Role.VIEWER), alice.actor, locale="en")
        public_id = {user.email.partition("@")[0]: user.public_id for user in db.session.scalars(select(User))}
        world = World(
            {
                **dict.fromkeys(("/accounts/", "/api/accounts/"), account),
                **dict.fromkeys(("/imports/", "/api/imports/"), waiting),
                "/team/members/": public_id["dana"],
                "/team/invitations/": db.session.scalars(select(Invitation.public_id)).one(),
                "/reports/": request_report(
                    alice.actor, account_scope(alice), ReportQuery(), title="", locale="en", paper=Paper.A4
                ),
                "/reports/links/": create_share(
                    alice.actor, account_scope(alice), ShareWishes(ReportQuery())
                ).public_id,
                "/reports/digests/": subscribe(alice.actor, account_scope(alice), WEEKLY),
                "/reports/goals/": set_goal(
                    alice.actor, account_scope(alice), date(2025, 1, 1), GoalMetric.FOLLOWERS, 12
                ),
                "/planner/posts/": create_plan(alice.actor, account_scope(alice), PlanDraft(state=PlanState.IDEA)),
                "/planner/experiments/": start_experiment(alice.actor, account_scope(alice), EXPERIMENT),
                "/teams/": db.session.get_one(Team, alice.team_id).public_id,
            },
            {"<job_id>": job.id, "<path:username>": "person00001"},
        )
        db.session.remove()
    return world


def routes(app: Flask) -> set[tuple[str, str]]:
    """Return every method and rule there is."""
    return {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def order(row: tuple[str, str]) -> tuple[object, ...]:
    """Sort what reads before what changes, and what ends something last."""
    method, rule = row
    return (method != "GET", *(re.search(pattern, rule) is not None for pattern in reversed(_LAST)))


def address(rule: str, world: World) -> str:
    """Return the rule with ids of the world in it."""
    begins = [prefix for prefix in world.subjects if rule.startswith(prefix)]
    subject = world.subjects[max(begins, key=len)] if begins else "0" * 20
    for part, value in {"<public_id>": subject, **_FIXED, **world.parts}.items():
        rule = rule.replace(part, value)
    return re.sub(r"<[^>]+>", "0" * 20, rule)
