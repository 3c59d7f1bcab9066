"""Every unsafe route writes an event in the transaction of what it does, or says why it need not (SECURITY 94)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.audit_watch import watch
from tests.factories import Cast, export_json, import_done, import_file, many, run_jobs
from tests.house.actors import Actor, Caller
from tests.push_service import Subscriber
from webapp.domain import failpoints
from webapp.domain.experiments import ExperimentState
from webapp.domain.failpoints import Failpoint
from webapp.extensions import db
from webapp.models import (
    Account,
    Annotation,
    ApiKey,
    AuditAction,
    AuditEvent,
    Base,
    DataExport,
    DigestSubscription,
    Experiment,
    Goal,
    ImportRun,
    ImportState,
    Invitation,
    PlannedPost,
    PlannerFeed,
    Post,
    PostNote,
    PushDevice,
    ReportRun,
    ShareLink,
    Team,
    User,
)
from webapp.services.digest_links import stop_link
from webapp.services.imports import ImportWishes

A = AuditAction
_READ = "notes what a person has read of what they alone were told"
# What a route does: the event of it, or in words why there is none.
ROUTES: dict[tuple[str, str], AuditAction | str] = {
    ("POST", "/register"): A.USER_REGISTERED,
    ("POST", "/login"): A.USER_LOGGED_IN,
    ("POST", "/login/second-factor"): A.USER_LOGGED_IN,
    ("POST", "/login/second-factor/email"): A.USER_EMAIL_CODE_SENT,
    ("POST", "/login/second-factor/cancel"): "forgets a half-done sign-in; nobody was in",
    ("POST", "/logout"): A.USER_LOGGED_OUT,
    ("POST", "/password/forgot"): A.USER_PASSWORD_RESET_ASKED,
    ("POST", "/password/reset/<token>"): A.USER_PASSWORD_CHANGED,
    ("POST", "/email/verify/<token>"): A.USER_EMAIL_VERIFIED,
    ("POST", "/email/change/<token>"): A.USER_EMAIL_CHANGED,
    ("POST", "/email/revert/<token>"): A.USER_EMAIL_REVERTED,
    ("POST", "/settings/sudo"): A.USER_SUDO_ENTERED,
    ("POST", "/settings/password"): A.USER_PASSWORD_CHANGED,
    ("POST", "/settings/email"): A.USER_EMAIL_CHANGE_ASKED,
    ("POST", "/settings/email/verify"): A.USER_VERIFICATION_ASKED,
    ("POST", "/settings/language"): A.USER_PREFERENCES_CHANGED,
    ("POST", "/settings/appearance"): A.USER_PREFERENCES_CHANGED,
    ("POST", "/settings/masked"): "covers names in this browser alone; nothing is stored of it but in the session",
    ("POST", "/settings/keys"): A.API_KEY_CREATED,
    ("POST", "/settings/keys/<public_id>/revoke"): A.API_KEY_REVOKED,
    ("POST", "/settings/sessions/<public_id>/end"): A.USER_LOGGED_OUT,
    ("POST", "/settings/sessions/end"): A.USER_LOGGED_OUT,
    ("POST", "/settings/devices/<public_id>/forget"): A.DEVICE_FORGOTTEN,
    ("POST", "/notifications/devices"): A.PUSH_DEVICE_ADDED,
    ("POST", "/notifications/devices/<public_id>/test"): A.PUSH_TESTED,
    ("POST", "/notifications/devices/<public_id>/remove"): A.PUSH_DEVICE_REMOVED,
    ("POST", "/settings/security/authenticator"): A.USER_SECOND_FACTOR_PREPARED,
    ("POST", "/settings/security/authenticator/confirm"): A.USER_SECOND_FACTOR_ENABLED,
    ("POST", "/settings/security/authenticator/disable"): A.USER_SECOND_FACTOR_DISABLED,
    ("POST", "/settings/security/codes"): A.RECOVERY_CODES_MADE,
    ("POST", "/settings/security/codes.txt"): "sends back as a file the codes that the page itself sent",
    ("POST", "/settings/security/email-code"): A.USER_EMAIL_CODE_ALLOWED,
    ("POST", "/settings/privacy/export"): A.USER_EXPORTED,
    ("POST", "/settings/privacy/export/delete"): A.USER_EXPORT_DELETED,
    ("POST", "/settings/privacy/delete"): A.USER_DELETED,
    ("POST", "/teams"): A.TEAM_CREATED,
    ("POST", "/teams/select"): A.TEAM_OPENED,
    ("POST", "/teams/<public_id>/restore"): A.TEAM_DELETION_STOPPED,
    ("POST", "/team/settings"): A.TEAM_CHANGED,
    ("POST", "/team/logo"): A.TEAM_LOGO_SET,
    ("POST", "/team/logo/delete"): A.TEAM_LOGO_REMOVED,
    ("POST", "/team/delete"): A.TEAM_DELETION_ASKED,
    ("POST", "/team/leave"): A.MEMBER_LEFT,
    ("POST", "/team/invitations"): A.MEMBER_INVITED,
    ("POST", "/team/invitations/<public_id>/revoke"): A.INVITATION_REVOKED,
    ("POST", "/team/members/<public_id>"): A.MEMBER_CHANGED,
    ("POST", "/team/members/<public_id>/remove"): A.MEMBER_REMOVED,
    ("POST", "/invitations/<token>"): A.MEMBER_JOINED,
    ("POST", "/invitations/<token>/join"): A.MEMBER_JOINED,
    ("POST", "/accounts"): A.ACCOUNT_CREATED,
    ("POST", "/accounts/<public_id>"): A.ACCOUNT_CHANGED,
    ("POST", "/accounts/<public_id>/default"): A.ACCOUNT_CHANGED,
    ("POST", "/accounts/<public_id>/delete"): A.ACCOUNT_DELETED,
    ("POST", "/accounts/<public_id>/transfer"): A.ACCOUNT_TRANSFERRED,
    ("POST", "/accounts/<public_id>/reminder/asked"): A.ACCOUNT_CHANGED,
    ("POST", "/accounts/<public_id>/reminder/snooze"): A.ACCOUNT_CHANGED,
    ("POST", "/accounts/<public_id>/select"): "notes in the browser's session which account is looked at",
    ("PATCH", "/api/accounts/<public_id>/"): A.ACCOUNT_CHANGED,
    ("POST", "/api/ml/predict-engagement/"): "asks a question whose body is too long for an address; stores nothing",
    ("POST", "/reports/digests"): A.DIGEST_CREATED,
    ("POST", "/reports/digests/recipients"): A.DIGEST_CREATED,
    ("POST", "/reports/digests/<public_id>"): A.DIGEST_CHANGED,
    ("POST", "/reports/digests/<public_id>/delete"): A.DIGEST_DELETED,
    ("POST", "/reports/digests/<public_id>/send"): A.DIGEST_SENT,
    ("POST", "/digests/confirm/<token>"): A.DIGEST_CONFIRMED,
    ("POST", "/u/<token>"): A.DIGEST_UNSUBSCRIBED,
    ("POST", "/notifications/choices"): A.NOTIFICATION_CHOICES_CHANGED,
    ("POST", "/notifications/choices/hours"): A.NOTIFICATION_CHOICES_CHANGED,
    ("POST", "/notifications/stop/<token>"): A.NOTIFICATION_CHOICES_CHANGED,
    ("POST", "/imports"): A.IMPORT_RECEIVED,
    ("POST", "/imports/<public_id>/correct"): A.IMPORT_CHANGED,
    ("POST", "/imports/<public_id>/commit"): A.IMPORT_COMMITTED,
    ("POST", "/imports/<public_id>/cancel"): A.IMPORT_CANCELLED,
    ("POST", "/imports/<public_id>/move"): A.EXPORT_CHANGED,
    ("POST", "/imports/<public_id>/undo"): A.IMPORT_UNDO_STARTED,
    ("POST", "/imports/ready"): A.IMPORT_COMMITTED,
    ("POST", "/imports/sample"): A.IMPORT_RECEIVED,
    ("POST", "/imports/sample/remove"): A.ACCOUNT_DELETED,
    ("POST", "/api/imports/"): A.IMPORT_RECEIVED,
    ("POST", "/api/imports/<public_id>/commit/"): A.IMPORT_COMMITTED,
    ("POST", "/api/imports/<public_id>/cancel/"): A.IMPORT_CANCELLED,
    ("POST", "/api/imports/<public_id>/undo/"): A.IMPORT_UNDO_STARTED,
    ("POST", "/audience/analysis/insights"): A.PERSON_MARKED,
    ("POST", "/audience/followers"): A.PERSON_MARKED,
    ("POST", "/audience/following"): A.PERSON_MARKED,
    ("POST", "/audience/marks"): A.PERSON_MARKED,
    ("POST", "/audience/notes"): A.PERSON_NOTED,
    ("POST", "/audience/erasures"): A.PERSON_ERASED,
    ("POST", "/audience/annotations"): A.ANNOTATION_WRITTEN,
    ("POST", "/audience/annotations/<public_id>"): A.ANNOTATION_WRITTEN,
    ("POST", "/audience/annotations/<public_id>/delete"): A.ANNOTATION_DELETED,
    ("POST", "/audience/changes/renames"): A.RENAME_DECIDED,
    ("POST", "/reports"): A.REPORT_MADE,
    ("POST", "/reports/<public_id>/again"): A.REPORT_MADE,
    ("POST", "/reports/<public_id>/delete"): A.REPORT_DELETED,
    ("POST", "/reports/images"): A.CARD_MADE,
    ("POST", "/reports/links"): A.SHARE_CREATED,
    ("POST", "/reports/links/preview"): "shows what a link would show, and keeps nothing of it",
    ("POST", "/reports/links/<public_id>"): A.SHARE_CHANGED,
    ("POST", "/reports/links/<public_id>/pause"): A.SHARE_PAUSED,
    ("POST", "/reports/links/<public_id>/resume"): A.SHARE_RESUMED,
    ("POST", "/reports/links/<public_id>/again"): A.SHARE_CHANGED,
    ("POST", "/reports/links/<public_id>/revoke"): A.SHARE_REVOKED,
    ("POST", "/s/<token>"): A.SHARE_OPENED,
    ("POST", "/reports/downloads"): A.EXPORT_FILE_ASKED,
    ("POST", "/reports/downloads/<public_id>/delete"): A.EXPORT_FILE_DELETED,
    ("POST", "/planner/hints"): "says what can be said of a post that is being typed, and keeps nothing of it",
    ("POST", "/planner/posts"): A.PLAN_WRITTEN,
    ("POST", "/planner/posts/<public_id>"): A.PLAN_WRITTEN,
    ("POST", "/planner/posts/<public_id>/move"): A.PLAN_WRITTEN,
    ("POST", "/planner/posts/<public_id>/duplicate"): A.PLAN_WRITTEN,
    ("POST", "/planner/posts/<public_id>/state"): A.PLAN_WRITTEN,
    ("POST", "/planner/posts/<public_id>/match"): A.PLAN_MATCHED,
    ("POST", "/planner/posts/<public_id>/delete"): A.PLAN_DELETED,
    ("POST", "/planner/feeds"): A.PLANNER_FEED_CREATED,
    ("POST", "/planner/feeds/<public_id>/revoke"): A.PLANNER_FEED_REVOKED,
    ("POST", "/planner/experiments"): A.EXPERIMENT_STARTED,
    ("POST", "/planner/experiments/<public_id>/end"): A.EXPERIMENT_ENDED,
    ("POST", "/planner/experiments/<public_id>/stop"): A.EXPERIMENT_STOPPED,
    ("POST", "/reports/goals"): A.GOAL_SET,
    ("POST", "/reports/goals/<public_id>/delete"): A.GOAL_DELETED,
    ("POST", "/notifications/read"): _READ,
    ("POST", "/notifications/undo"): _READ,
    ("POST", "/notifications/<public_id>/read"): _READ,
    ("POST", "/notifications/<public_id>/unread"): _READ,
    ("POST", "/notifications/<public_id>/open"): _READ,
    ("POST", "/api/notifications/<public_id>/read/"): _READ,
    ("POST", "/api/notifications/read/"): _READ,
    ("POST", "/notifications/rules"): A.NOTICE_RULE_CHANGED,
    ("POST", "/notifications/rules/reset"): A.NOTICE_RULE_CHANGED,
    ("POST", "/content/anomalies/<kind>/<key>/expected"): A.ANOMALY_EXPECTED,
    ("POST", "/content/anomalies/<kind>/<key>/unmark"): A.ANOMALY_UNMARKED,
    ("POST", "/content/posts"): A.USER_PREFERENCES_CHANGED,
    ("POST", "/content/posts/<public_id>/notes"): A.POST_NOTED,
    ("POST", "/content/posts/<public_id>/notes/<note_id>"): A.POST_NOTED,
    ("POST", "/content/posts/<public_id>/notes/<note_id>/delete"): A.POST_NOTE_DELETED,
    ("POST", "/content/posts/<public_id>/cover"): A.POST_COVER_SET,
    ("POST", "/content/posts/<public_id>/cover/delete"): A.POST_COVER_REMOVED,
    ("POST", "/content/covers"): A.POST_COVER_SET,
    ("POST", "/content/studio/videos/<platform_post_id>"): A.STUDIO_VIDEO_DECIDED,
    ("POST", "/admin/jobs/<job_id>/cancel"): A.JOB_CANCELLED,
    ("POST", "/admin/jobs/<job_id>/retry"): A.JOB_RETRIED,
    ("POST", "/audit/alerts/<public_id>/seen"): A.ALERT_SEEN,
}


def test_every_unsafe_route_is_in_the_census_and_the_other_way_round(app: Flask) -> None:
    unsafe = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    }
    assert unsafe - ROUTES.keys() == set(), "say which event these write"
    assert ROUTES.keys() - unsafe == set(), "these are gone"


# A post with a thousand times the likes of those before it.
_PEAK_AT = int(datetime(2024, 12, 30, 12, tzinfo=UTC).timestamp())
_LINK: dict[str, object] = {
    "period": "28d",
    "section": "figures",
    "mode": "frozen",
    "names": "hidden",
    "numbers": "absolute",
    "language": "en",
    "days": "30",
}


@dataclass(frozen=True)
class Deed:
    """One thing that somebody does: where, and what the form says; ``<…>`` in the address is looked up before it."""

    rule: str
    form: dict[str, object] | Callable[[], dict[str, object]] = field(default_factory=dict)
    method: str = "POST"
    ids: dict[str, Callable[[], str]] = field(default_factory=dict)

    def filled(self) -> tuple[str, dict[str, object]]:
        """Return the address and the form with everything that had to be looked up."""
        address = self.rule
        for placeholder, look in self.ids.items():
            address = address.replace(f"<{placeholder}>", look())
        return address, self.form() if callable(self.form) else self.form


def _of(column: object, *where: object) -> Callable[[], str]:
    def look() -> str:
        return str(db.session.scalar(select(column).where(*where).limit(1)))  # type: ignore[call-overload]

    return look


def _named(column: object, *where: object) -> dict[str, Callable[[], str]]:
    return {"public_id": _of(column, *where)}


def place_of_an_editor() -> dict[str, object]:
    """Return the form that makes somebody an editor with every account as in the team."""
    accounts = db.session.scalars(select(Account.public_id))
    return {"role": "editor", "other_accounts": "team", **{f"account_{account}": "team" for account in accounts}}


def deeds() -> Iterator[Deed]:
    """Yield what Alice does to her team one after the other."""
    first, other = (
        _named(Account.public_id, Account.handle == "demo.maker"),
        _named(Account.public_id, Account.handle == "other.maker"),
    )
    waiting = _named(ImportRun.public_id, ImportRun.state == ImportState.READY)
    done = _named(ImportRun.public_id, ImportRun.state == ImportState.DONE)
    note, post = _named(Annotation.public_id), _named(Post.public_id)
    post_note = {**post, "note_id": _of(PostNote.public_id)}
    bob = _named(User.public_id, User.email == "bob@example.org")
    alice = _of(User.public_id, User.email == "alice@example.org")
    name = {"username": "person00001"}
    yield Deed("/settings/language", {"locale": "fr"})
    yield Deed("/settings/appearance", {"theme": "dark"})
    yield Deed("/content/posts", {"layout": "timeline"})
    yield Deed("/accounts", {"platform": "tiktok", "handle": "other.maker", "timezone": "UTC"})
    yield Deed(
        "/accounts/<public_id>",
        {"display_name": "Ada", "timezone": "UTC", "hold_percent": "20", "reminder_days": "30"},
        ids=other,
    )
    yield Deed("/accounts/<public_id>/default", ids=other)
    yield Deed("/accounts/<public_id>/reminder/asked", ids=first)
    yield Deed("/accounts/<public_id>/reminder/snooze", ids=first)
    yield Deed("/accounts/<public_id>/default", ids=first)
    yield Deed("/accounts/<public_id>/delete", {"typed_name": "other.maker"}, ids=other)
    yield Deed("/audience/annotations", {"day": "2025-01-03", "text": "began"})
    yield Deed("/audience/annotations/<public_id>", {"day": "2025-01-04", "text": "began"}, ids=note)
    yield Deed("/audience/annotations/<public_id>/delete", ids=note)
    peak = {"kind": lambda: "post_peak", "key": _of(Post.public_id, Post.published_at == _PEAK_AT)}
    yield Deed("/content/anomalies/<kind>/<key>/expected", {"text": "an interview"}, ids=peak)
    yield Deed("/content/anomalies/<kind>/<key>/unmark", ids=peak)
    report, sheet = _named(ReportRun.public_id), {"language": "en", "paper": "a4"}
    yield Deed("/reports", {**sheet, "period": "28d", "section": "figures"})
    yield Deed("/reports/<public_id>/again", {**sheet, "numbers": "now"}, ids=report)
    yield Deed("/reports/<public_id>/delete", ids=report)
    link = _named(ShareLink.public_id)
    yield Deed("/reports/images", {"design": "growth", "format": "link"})
    yield Deed("/reports/links", _LINK)
    yield Deed("/reports/links/<public_id>", {"title": "May", "recipient": "Acme", "days": "90"}, ids=link)
    yield Deed("/reports/links/<public_id>/pause", ids=link)
    yield Deed("/reports/links/<public_id>/resume", ids=link)
    yield Deed("/reports/links/<public_id>/revoke", ids=link)
    yield Deed("/reports/downloads", {"content": "posts", "kind": "csv"})
    yield Deed("/reports/downloads/<public_id>/delete", ids=_named(DataExport.public_id))
    soon = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}"
    slots: dict[str, object] = {"kind": "slots", "arm_a": "6", "arm_b": "4", "effect": "1", "every": "1", "first": soon}
    for ending in ("end", "stop"):
        yield Deed("/planner/experiments", slots)
        running = _named(Experiment.public_id, Experiment.state == ExperimentState.RUNNING)
        yield Deed(f"/planner/experiments/<public_id>/{ending}", ids=running)
    yield Deed("/planner/feeds")
    yield Deed("/planner/feeds/<public_id>/revoke", ids=_named(PlannerFeed.public_id))
    yield Deed("/reports/goals", {"month": "2025-01", "metric": "followers", "target": "12000"})
    yield Deed("/reports/goals/<public_id>/delete", ids=_named(Goal.public_id))
    yield Deed("/notifications/rules", {"new_mutual": "off", "followers": "1000"})
    yield Deed("/notifications/rules/reset")
    yield Deed("/audience/marks", {**name, "tag": "keep"})
    yield Deed("/audience/notes", {**name, "note": "a note"})
    yield Deed("/audience/followers", {"username": "person00002", "tag": "brand"})
    yield Deed("/audience/following", {"username": "brand00001", "tag": "brand"})
    yield Deed("/content/posts/<public_id>/notes", {"note": "words"}, ids=post)
    yield Deed("/content/posts/<public_id>/notes/<note_id>", {"note": "others"}, ids=post_note)
    yield Deed("/content/posts/<public_id>/notes/<note_id>/delete", ids=post_note)
    soup = _named(PlannedPost.public_id, PlannedPost.title == "soup")
    words = {"kind": "video", "state": "planned", "title": "soup"}
    yield Deed("/planner/posts", {**words, "planned_at": "2030-01-02T18:00"})
    yield Deed("/planner/posts/<public_id>", {**words, "planned_at": "2030-01-03T18:00"}, ids=soup)
    yield Deed("/planner/posts/<public_id>/move", {"days": "1"}, ids=soup)
    yield Deed("/planner/posts/<public_id>/state", {"state": "dropped"}, ids=soup)
    yield Deed("/planner/posts/<public_id>/match", lambda: {"answer": "yes", "post": _of(Post.public_id)()}, ids=soup)
    yield Deed("/planner/posts/<public_id>/duplicate", ids=soup)
    yield Deed("/planner/posts/<public_id>/delete", ids=soup)
    weekly: dict[str, object] = {"kind": "weekly", "locale": "en", "timezone": "UTC"}
    digest = _named(DigestSubscription.public_id)
    yield Deed("/reports/digests", weekly)
    yield Deed("/reports/digests/<public_id>", {"locale": "fr", "timezone": "Europe/Paris"}, ids=digest)
    yield Deed("/reports/digests/<public_id>/send", ids=digest)
    yield Deed("/reports/digests/<public_id>/delete", ids=digest)
    yield Deed("/reports/digests/recipients", {**weekly, "email": "new@example.org"})
    yield Deed("/imports/<public_id>/correct", {"exported_at": "2025-06-01T12:00"}, ids=waiting)
    yield Deed("/imports/<public_id>/commit", ids=waiting)
    yield Deed("/imports/<public_id>/move", {"exported_at": "2025-05-01T12:00"}, ids=done)
    yield Deed("/imports/<public_id>/undo", ids=done)
    yield Deed("/imports/sample")
    night: dict[str, object] = {
        "timezone": "Europe/Paris",
        "is_quiet": "y",
        "quiet_from": "22:00",
        "quiet_until": "07:00",
    }
    yield Deed("/notifications/choices", {"goal-mail": "daily"})
    yield Deed("/notifications/choices/hours", night)
    yield Deed("/notifications/stop/<token>", ids={"token": lambda: stop_link(alice()).rpartition("/")[2]})
    device = _named(PushDevice.public_id)
    yield Deed("/notifications/devices", Subscriber("https://push.example.org/send/abc").form)
    yield Deed("/notifications/devices/<public_id>/test", ids=device)
    yield Deed("/notifications/devices/<public_id>/remove", ids=device)
    yield Deed("/settings/keys", {"name": "script", "reach": "read", "days": "30"})
    yield Deed("/settings/keys/<public_id>/revoke", ids=_named(ApiKey.public_id))
    yield Deed("/team/settings", {"name": "Us", "hue": "270", "audit_days": "365"})
    yield Deed("/team/members/<public_id>", place_of_an_editor, ids=bob)
    yield Deed("/team/members/<public_id>/remove", ids=bob)
    yield Deed("/team/invitations", {"email": "new@example.org", "role": "viewer"})
    yield Deed("/team/invitations/<public_id>/revoke", ids=_named(Invitation.public_id))
    yield Deed("/audience/erasures", {**name, "typed_name": "person00001"})
    yield Deed("/teams", {"name": "Another"})
    yield Deed("/team/delete", {"typed_name": "Another"})
    yield Deed("/teams/<public_id>/restore", ids=_named(Team.public_id, Team.name == "Another"))
    yield Deed("/teams/select", lambda: {"team": _of(Team.public_id, Team.name == "Us")()})
    yield Deed("/logout")


@pytest.fixture
def alice_at_work(app: Flask, cast: Cast) -> Caller:
    with app.app_context():
        posts = [
            {"Date": f"2024-12-{day:02} 12:00:00", "Likes": "3000" if day == 30 else "3", "Title": "x"}
            for day in range(1, 31)
        ]
        import_done(cast.alice, export_json(many(8), many(3, "brand"), posts=posts), exported_at=1_740_000_000)
        import_file(cast.alice, export_json(many(9), many(3, "brand")), wishes=ImportWishes())
        db.session.remove()
    return Caller(app, cast, Actor.ADMIN)


def everything() -> dict[str, list[tuple[object, ...]]]:
    """Return every row there is but the sessions, which note when they were last seen."""
    tables = [table for table in Base.metadata.sorted_tables if table.name != "login_session"]
    return {table.name: [tuple(row) for row in db.session.execute(table.select())] for table in tables}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_done_stands_and_falls_with_its_event(app: Flask, alice_at_work: Caller, tmp_path: Path) -> None:
    """SECURITY 94, 78: and no secret that was shown or sent meanwhile stands in the record."""
    seen, wrong, shown = watch(app), [], ""
    for number, deed in enumerate(deeds()):
        with app.app_context():
            run_jobs()
            address, form = deed.filled()
            before, newest = everything(), db.session.scalar(select(func.max(AuditEvent.id))) or 0
            db.session.remove()
        failpoints.arm(f"{Failpoint.AUDIT_AFTER_INSERT.value}:1=raise", tmp_path / str(number))
        failed = alice_at_work.open(deed.method, address, data=form).status_code
        failpoints.arm("", tmp_path)
        with app.app_context():
            left = [name for name, rows in everything().items() if rows != before[name]]
            db.session.remove()
        if failed != 500 or left:
            wrong.append(f"{deed.rule}: answered {failed} without an event, and left {left}")
        answer = alice_at_work.open(deed.method, address, data=form)
        shown += answer.data.decode(errors="replace") + "".join(answer.headers.getlist("Set-Cookie"))
        with app.app_context():
            actions = set(db.session.scalars(select(AuditEvent.action).where(AuditEvent.id > newest)))
            db.session.remove()
        if ROUTES[deed.method, deed.rule] not in actions:
            wrong.append(f"{deed.rule}: answered {answer.status_code}, wrote {sorted(actions)}")
    assert not wrong, "\n".join(wrong)
    assert seen.unrecorded == []
    secrets = set(re.findall(r"tta_\w{46}|(?<=/invitations/)[\w-]{30,}|(?<=/s/)[\w-]{43}|(?<=\bs=)[\w-]{43}", shown))
    assert {len(secret) for secret in secrets} >= {50, 43}, "a key and an invitation at least"
    with app.app_context():
        record = str(everything()["audit_event"])
        assert [secret for secret in secrets if secret in record] == []
        assert "alice@example.org" not in record
        assert "new@example.org" not in record
