"""A team with something of every kind, every text of which carries the team's mark."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done, import_file, many, run_jobs
from tests.furnished_notices import tell_of_everything
from tests.house.world import EXPERIMENT
from webapp.domain.anomalies import AnomalyKind
from webapp.domain.data_exports import ExportContent, ExportForm, ExportWishes
from webapp.domain.digests import DigestKind
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.domain.planner import PlanDraft, PlanState
from webapp.domain.report_query import ReportQuery
from webapp.domain.reports import GoalMetric, Paper
from webapp.domain.scope import Role, Scope, TeamScope
from webapp.domain.sections import Platform
from webapp.extensions import db
from webapp.models import Account, Base, Job, Post, Team
from webapp.services.accounts import create_account
from webapp.services.annotations import add_annotation
from webapp.services.anomalies import mark_expected
from webapp.services.api_keys import create_key
from webapp.services.data_exports import request_data_export
from webapp.services.digest_links import unsubscribe_link
from webapp.services.digests import DigestWish, offer, subscribe
from webapp.services.experiments import start_experiment
from webapp.services.goals import set_goal
from webapp.services.imports import ImportWishes
from webapp.services.people import add_tag, write_note
from webapp.services.planner import create_plan
from webapp.services.planner_feeds import create_feed
from webapp.services.post_notes import add_note
from webapp.services.reports import request_report
from webapp.services.shares import ShareWishes, create_share
from webapp.services.transaction import transaction

_PUBLISHED = int(datetime(2024, 12, 24, 12, tzinfo=UTC).timestamp())
_LATER = int(datetime(2098, 1, 5, 18, tzinfo=UTC).timestamp())


def furnish(member: Member, mark: str) -> list[str]:
    """Give the member's team lists, posts, imports in several states, notes, tags, keys and a second account.

    Returns the addresses that were told or sent to somebody once and stand on no page: of a public link and of digests.
    """
    people = [*many(8, f"{mark}fan"), (f"{mark}friend", "2024-11-02 10:00:00")]
    brands = [*many(3, f"{mark}brand"), (f"{mark}friend", "2024-11-03 10:00:00")]
    posts = [_post(mark, days) for days in range(35)]
    owner = f"{mark}.maker"
    wishes: dict[str, Any] = {"exported_at": 1_736_000_000}
    import_done(member, export_json(people, brands, owner=owner, posts=posts), f"{mark}_one.json", **wishes)
    later = [*people[2:], (f"{mark}renamed", people[1][1]), *many(2, f"{mark}new", 2026)]
    import_done(member, export_json(later, brands[1:], owner=owner, posts=posts), f"{mark}_two.json")
    import_file(member, export_json(people[:3], owner=owner), f"{mark}_held.json", wishes=ImportWishes())
    scope = account_scope(member)
    account = db.session.get_one(Account, scope.account_id)
    post = db.session.scalars(select(Post.public_id).where(Post.account_id == account.id).limit(1)).one()
    add_tag(member.actor, scope, [f"{mark}friend"], f"{mark}tag")
    write_note(member.actor, scope, f"{mark}friend", f"{mark} note on a person")
    add_annotation(member.actor, scope, date(2025, 1, 3), f"{mark} note on a day")
    add_note(member.actor, scope, post, f"{mark} note on a post")
    set_goal(member.actor, scope, date(2025, 1, 1), GoalMetric.FOLLOWERS, 12)
    create_key(_admin_of(member), f"{mark} key", member.actor)
    secrets = [*publish(member, scope, mark), *plan(member, scope, mark)]
    tell_of_everything(member, scope, mark)
    create_account(_admin_of(member), Platform.TIKTOK, f"{mark}.second", "UTC", member.actor)
    with transaction() as session:
        session.get_one(Team, member.team_id).name = f"{mark} team"
    return secrets


def publish(member: Member, scope: Scope, mark: str) -> list[str]:
    """Let a report leave the account in every way there is; return the addresses that lead to it from outside."""
    query = ReportQuery(PeriodQuery(Preset.ALL), notes=f"{mark} note on a report")
    request_report(member.actor, scope, query, title=f"{mark} report", locale="en", paper=Paper.A4)
    wishes = ShareWishes(query, title=f"{mark} link", recipient=f"{mark} reader", allows_pdf=True)
    link = f"/s/{create_share(member.actor, scope, wishes).token}"
    digest = subscribe(member.actor, scope, DigestWish(DigestKind.WEEKLY, "en", "UTC"))
    offered = offer(member.actor, scope, f"{mark}@example.net", DigestWish(DigestKind.MONTHLY, "en", "UTC"))
    request_data_export(member.actor, scope, ExportWishes(ExportContent.EVERYTHING, ExportForm.CSV), "en")
    run_jobs()
    return [
        *(f"{link}{part}" for part in ("", ".pdf", "/image.png")),
        *(urlsplit(mailed).path for mailed in (unsubscribe_link(digest), offered)),
    ]


def plan(member: Member, scope: Scope, mark: str) -> list[str]:
    """Let the account plan posts, one of them published, and alternate two slots; return the address of a calendar."""
    for state, at in ((PlanState.IDEA, None), (PlanState.PLANNED, _LATER), (PlanState.PLANNED, _PUBLISHED)):
        draft = PlanDraft(
            planned_at=at,
            title=f"{mark} caption #{mark}hashtag",
            hashtags=(f"{mark}planned",),
            sound_text=f"{mark} planned sound",
            notes=f"{mark} note on a plan",
            state=state,
        )
        create_plan(member.actor, scope, draft)
    start_experiment(member.actor, scope, EXPERIMENT)
    run_jobs()
    mine = (Post.account_id == scope.account_id, Post.published_at == _PUBLISHED)
    peak = db.session.scalars(select(Post.public_id).where(*mine)).first()
    mark_expected(member.actor, scope, AnomalyKind.POST_PEAK, peak or "", f"{mark} note on an anomaly")
    return [f"/planner/feed/{create_feed(member.actor, scope, 'en').token}.ics"]


def _post(mark: str, days: int) -> dict[str, str]:
    """Return the post of so many days before the newest, which had far more likes than the others."""
    at = datetime.fromtimestamp(_PUBLISHED, UTC) - timedelta(days=days)
    return {
        "Date": f"{at:%Y-%m-%d %H:%M:%S}",
        "Likes": str(100 + days % 7 if days else 90_000),
        "Title": f"{mark} caption #{mark}hashtag",
        "Sound": f"{mark} sound",
        "Location": f"{mark} place",
    }


def _admin_of(member: Member) -> TeamScope:
    return TeamScope(member.user_id, member.team_id, Role.ADMIN)


def rows_of(session: Session, member: Member) -> dict[tuple[str, int], dict[str, Any]]:
    """Return every row that belongs to the member's team or to its member, by its table and key.

    What belongs is found by foreign keys and ``team_id``, so a table that comes later is followed too.
    """
    belonging: dict[str, set[int]] = {"team": {member.team_id}, "user": {member.user_id}}
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for table in Base.metadata.sorted_tables:
        if "id" not in table.columns:
            continue
        mine = belonging.setdefault(table.name, set())
        parents = [(key.parent.name, key.column.table.name) for key in table.foreign_keys]
        for row in session.execute(table.select().order_by(table.c.id)).mappings():
            is_mine = row["id"] in mine or row.get("team_id") == member.team_id
            if is_mine or any(row[column] in belonging.get(parent, ()) for column, parent in parents):
                mine.add(row["id"])
                found[table.name, row["id"]] = dict(row)
    return found


def ids_of(session: Session, member: Member) -> dict[str, list[str]]:
    """Return the public ids of what belongs to the member's team, by the table it stands in."""
    found: dict[str, list[str]] = {}
    for (table, key), row in rows_of(session, member).items():
        public_id = key if table == Job.__tablename__ else row.get("public_id")
        if public_id:
            found.setdefault(table, []).append(str(public_id))
    return found
