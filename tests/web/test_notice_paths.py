"""Where notifications lead: every path is a page of the app, in the account that it is about."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from tests.factories import Cast, Member, account_scope, sign_in
from tests.ledgers import parse_here
from tests.notices import ACCOUNT, ID, OF_NO_ACCOUNT, told
from tests.shares import furnish_account
from webapp.domain.anomalies import AnomalyGroup, AnomalyQuery
from webapp.domain.changes import ChangeKind, ChangeQuery
from webapp.domain.notice_groups import GROUPED
from webapp.domain.notifications import NoticeKind
from webapp.domain.period_query import Preset
from webapp.domain.post_query import PostOrder, PostQuery
from webapp.extensions import db
from webapp.models import Account, Export, ImportRun, Post
from webapp.renderers.notice_paths import evidence_path, group_path

# What these are about was not made here; their pages have tests of their own.
OF_MADE_THINGS = (NoticeKind.REPORT_READY, NoticeKind.REPORT_FAILED, NoticeKind.LINK_EXPIRING)


def arguments_of(path: str) -> MultiDict[str, str]:
    return MultiDict(parse_qsl(urlsplit(path).query))


def test_every_path_is_a_page_and_names_its_account(app: Flask) -> None:
    routes = app.url_map.bind("localhost")
    paths = {(kind, evidence_path(told(kind))) for kind in NoticeKind}
    paths |= {(kind, group_path([told(kind, 1), told(kind, 2)])) for kind in GROUPED}
    for kind, path in sorted(paths):
        parts = urlsplit(path)
        assert (parts.scheme, parts.netloc) == ("", ""), kind
        assert parts.path.startswith("/"), kind
        endpoint, values = routes.match(unquote(parts.path), method="GET")
        assert not endpoint.startswith("api"), kind
        assert set(values.values()) <= {ID, "ada.harbour"}, kind
        assert arguments_of(path).get("account") == (None if kind in OF_NO_ACCOUNT else ACCOUNT), kind


def test_the_arguments_ask_for_what_is_told() -> None:
    group = [told(NoticeKind.POST_LIKES, place) for place in range(2)]
    posts = PostQuery.parse(arguments_of(group_path(group)), "UTC")
    assert (posts.filter.min_likes, posts.ordering) == (10_000, PostOrder.LIKES_DESC)
    tagged = PostQuery.parse(arguments_of(evidence_path(told(NoticeKind.RISING_HASHTAG))), "UTC").filter
    assert (tagged.hashtag, tagged.counted) == ("harbour", True)
    assert PostQuery.parse(arguments_of(evidence_path(told(NoticeKind.RISING_SOUND))), "UTC").filter.sound == ID
    anomalies = AnomalyQuery.parse(arguments_of(evidence_path(told(NoticeKind.ENGAGEMENT_RISE))))
    assert (anomalies.group, anomalies.period.preset) == (AnomalyGroup.CHANGES, Preset.ALL)
    changes = ChangeQuery.parse(arguments_of(evidence_path(told(NoticeKind.FOLLOWER_DROP))))
    assert (changes.from_id, changes.kind) == (ID, ChangeKind.LOST)


@pytest.mark.parametrize("name", ["../../etc", "a/b", "é ?#&", "//evil.example"])
def test_no_name_leads_elsewhere(name: str) -> None:
    path = evidence_path(told(NoticeKind.NEW_MUTUAL, subject=name))
    assert path.startswith("/audience/people/")
    assert unquote(urlsplit(path).path) == f"/audience/people/{name}"
    nobody = evidence_path(told(NoticeKind.NEW_MUTUAL, subject=""))
    assert urlsplit(nobody).path == "/audience/people"
    assert "ada" not in nobody


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("who", ["alice", "erin"])
def test_every_way_ends_at_a_page(
    who: str, app: Flask, client: FlaskClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    member: Member = getattr(cast, who)
    parse_here(monkeypatch)
    with app.app_context():
        furnish_account(cast.alice)
        exports = db.session.scalars(select(Export.public_id).order_by(Export.exported_at)).all()
        own = {
            "post": db.session.scalars(select(Post.public_id)).first(),
            "import": db.session.scalars(select(ImportRun.public_id)).first(),
            "from": exports[0],
            "to": exports[1],
            "tag": "",
            "sound": "",
        }
        account = db.session.scalars(select(Account.public_id)).one()
        person = account_scope(member).redaction.name("person00003")
    sign_in(client, member)
    kinds = [kind for kind in NoticeKind if kind not in OF_MADE_THINGS]
    for kind in kinds if who == "alice" else (NoticeKind.NEW_MUTUAL, NoticeKind.FOLLOWER_DROP):
        known = replace(told(kind, **own), subject=person)
        known = known if kind in OF_NO_ACCOUNT else replace(known, account=account)
        ways = [evidence_path(known), *([group_path([known, known])] if kind in GROUPED else [])]
        for way in ways:
            assert client.get(way).status_code == 200, (kind, way)
