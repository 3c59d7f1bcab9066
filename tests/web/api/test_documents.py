"""The OpenAPI document says what the routes do, both ways."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Member, account_scope, export_json, many, run_jobs, sign_in
from tests.house.world import EXPERIMENT
from tests.studios import content, overview, video_row
from tests.web.api.conftest import Caller, Importer
from tests.web.api.schema import faults
from webapp.domain.planner import PlanDraft
from webapp.domain.reports import GoalMetric
from webapp.extensions import db
from webapp.services.experiments import end_experiment, start_experiment
from webapp.services.goals import set_goal
from webapp.services.planner import create_plan


def document_of(caller: Caller) -> dict[str, Any]:
    found: dict[str, Any] = caller.get("/api/openapi.json").get_json()
    return found


def test_the_document_and_the_routes_are_equal_both_ways(app: Flask, caller: Caller) -> None:
    document = document_of(caller)
    assert document["openapi"] == "3.1.0"
    told = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    routes = {
        (method, re.sub(r"<public_id>", "{id}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert told == routes
    assert len({one["operationId"] for methods in document["paths"].values() for one in methods.values()}) == len(told)


def test_every_reference_of_the_document_leads_somewhere(caller: Caller) -> None:
    answer = caller.get("/api/openapi.json")
    schemas = answer.get_json()["components"]["schemas"]
    assert set(re.findall(r"#/components/schemas/(\w+)", answer.text)) == set(schemas)


def test_every_example_fits_its_schema(caller: Caller) -> None:
    document = document_of(caller)
    media = [
        each
        for methods in document["paths"].values()
        for operation in methods.values()
        for answer in operation["responses"].values()
        for each in answer["content"].values()
        if "example" in each
    ]
    assert len(media) >= 10
    assert [fault for each in media for fault in faults(each["example"], each["schema"], document)] == []


def test_every_real_answer_fits_its_schema(app: Flask, alice: Member, caller: Caller, import_now: Importer) -> None:
    document = document_of(caller)
    seen = set()

    def check(method: str, path: str, template: str | None = None, **options: Any) -> Any:
        answer = getattr(caller, method)(path, **options)
        responses = document["paths"][template or path.partition("?")[0]][method]["responses"]
        content = responses[str(answer.status_code)]["content"]
        schema = content[answer.mimetype]["schema"]
        body = answer.get_json()
        assert faults(body, schema, document) == [], path
        seen.add((method, template or path.partition("?")[0], answer.status_code))
        return body

    lists = [f"/api/followers/{kind}/" for kind in ("common", "followers-only", "following-only")]
    for path in ("/api/followers/", "/api/followers/stats/", *lists):
        check("get", path)
    import_now(export_json(many(150), None))
    assert check("get", "/api/followers/")["next"]
    check("get", "/api/followers/?page=0")
    check("get", "/api/following/")
    check("get", "/api/followers/changes/")
    check("get", "/api/following/changes/")
    check("get", f"/api/followers/changes/?to={'0' * 20}")
    import_now(export_json(many(149), None), exported_at=1_900_000_000)
    assert check("get", "/api/followers/changes/")["lost"]
    check("get", "/api/followers/changes/?page=1")
    import_now(export_json(many(149), many(120)), exported_at=1_900_000_001)
    assert check("get", "/api/followers/common/")["next"]
    assert check("get", "/api/followers/stats/")["top_acquisition_dates"]
    for path in lists:
        check("get", f"{path}?page_size=1")
        check("get", f"{path}?page=0")
    check("get", "/api/followers/stats/?page=1")
    check("get", "/api/accounts/comparison/?period=all")
    check("get", "/api/accounts/comparison/?accounts=none")
    check("get", "/api/followers/growth/")
    check("get", "/api/followers/growth/?period=decade")
    post = {"Date": "2026-01-05 10:00:00", "Link": "", "Likes": "3", "Title": "one #two", "Sound": "song"}
    import_now(export_json(many(149), many(120), posts=[post]), exported_at=1_900_000_002)
    for path in ("/api/posts/", "/api/posts/stats/"):
        check("get", path)
        check("get", f"{path}?nothing=1")
    check("get", f"/api/posts/{check('get', '/api/posts/')['results'][0]['id']}/", "/api/posts/{id}/")
    check("get", f"/api/posts/{'0' * 20}/", "/api/posts/{id}/")
    check("get", "/api/posts/performance/")
    check("get", "/api/posts/performance/?metric=fame")
    check("get", "/api/posts/trends/?explain=1")
    check("get", "/api/posts/trends/?step=year")
    check("get", "/api/posts/keywords/")
    check("get", "/api/posts/keywords/?page=0")
    check("get", "/api/posts/anomalies/?explain=1")
    check("get", "/api/posts/anomalies/?kind=odd")
    assert check("get", "/api/ml/predict-engagement/?explain=1")["refused"]["needs"] == 10
    check("get", "/api/ml/predict-engagement/?kind=odd")
    check("post", "/api/ml/predict-engagement/", json={"title": "one"})
    check("post", "/api/ml/predict-engagement/", json={"nothing": 1})
    for path in ("/api/ml/recommendations/", "/api/ml/trends/"):
        check("get", f"{path}?explain=1")
        check("get", f"{path}?page=1")
    with app.app_context():
        for metric in GoalMetric:
            set_goal(alice.actor, account_scope(alice), date(2030, 3, 1), metric, 1)
        db.session.remove()
    assert {goal["state"] for goal in check("get", "/api/goals/?explain=1")["results"]} == {"met", "behind", "unknown"}
    check("get", "/api/goals/?month_to=2030")
    with app.app_context():
        scope = account_scope(alice)
        end_experiment(alice.actor, scope, start_experiment(alice.actor, scope, EXPERIMENT))
        start_experiment(alice.actor, scope, EXPERIMENT)
        db.session.remove()
    experiments = check("get", "/api/planner/experiments/")["results"]
    assert [each["outcome"] and each["outcome"]["verdict"] for each in experiments] == [None, "few"]
    check("get", "/api/planner/experiments/?page=1")
    with app.app_context():
        published = int(datetime(2026, 1, 5, 10, tzinfo=UTC).timestamp())
        plan = create_plan(alice.actor, account_scope(alice), PlanDraft(planned_at=published, title="one #two"))
        run_jobs()
        db.session.remove()
    planned = check("get", "/api/planner/?date_from=2026-01-05&date_to=2026-01-05&state=published")["results"]
    assert [(each["id"], each["match"]["state"], each["likes"]) for each in planned] == [(plan, "sure", 3)]
    assert check("get", "/api/planner/")["count"] > 100
    check("get", "/api/planner/?state=odd")
    check("get", f"/api/planner/{plan}/", "/api/planner/{id}/")
    check("get", f"/api/planner/{'0' * 20}/", "/api/planner/{id}/")
    for path in ("/api/studio/days/", "/api/studio/videos/"):
        assert check("get", path)["count"] is None
    import_now(overview(date(2026, 6, 18), [3, "undefined"]), name="Overview.csv", handle="demo.maker")
    import_now(content(video_row(7_500_000_000_000_000_000, "One", date(2026, 5, 22))), name="Content.csv")
    assert [row["video_views"] for row in check("get", "/api/studio/days/")["results"]] == [None, 3]
    check("get", "/api/studio/days/?page_size=1")
    assert check("get", "/api/studio/videos/")["results"][0]["post"] is None
    check("get", "/api/studio/videos/?page=0")
    for path in ("/api/posts/sounds/top/", "/api/posts/hashtags/top/"):
        check("get", path)
        check("get", f"{path}?by=none")
    account = check("get", "/api/accounts/")["results"][0]["id"]
    one = "/api/accounts/{id}/"
    check("get", f"/api/accounts/{account}/", one)
    check("get", f"/api/accounts/{'0' * 20}/", one)
    check("patch", f"/api/accounts/{account}/", one, json={"timezone": "Europe/Paris"})
    check("patch", f"/api/accounts/{account}/", one, json={"nothing": 1})
    check("patch", f"/api/accounts/{account}/", one, data="x", content_type="text/plain")
    check("get", "/api/exports/")
    run = check("get", "/api/imports/")["results"][0]["id"]
    check("get", f"/api/imports/{run}/", "/api/imports/{id}/")
    check("post", f"/api/imports/{run}/commit/", "/api/imports/{id}/commit/", json={})
    sent = check("post", "/api/imports/", data={"file": (io.BytesIO(export_json()), "a.json")})["id"]
    check("post", "/api/imports/", data={}, content_type="multipart/form-data")
    check("post", f"/api/imports/{sent}/cancel/", "/api/imports/{id}/cancel/")
    check("post", f"/api/imports/{sent}/undo/", "/api/imports/{id}/undo/")
    check("post", f"/api/imports/{run}/undo/", "/api/imports/{id}/undo/")
    told_of = check("get", "/api/notifications/")["results"][0]["id"]
    check("get", "/api/notifications/?type=odd")
    check("get", f"/api/notifications/{told_of}/", "/api/notifications/{id}/")
    check("get", f"/api/notifications/{'0' * 20}/", "/api/notifications/{id}/")
    check("post", f"/api/notifications/{told_of}/read/", "/api/notifications/{id}/read/", json={"is_read": False})
    check("post", f"/api/notifications/{told_of}/read/", "/api/notifications/{id}/read/", json={"nothing": 1})
    assert check("post", "/api/notifications/read/")["marked"] >= 1
    check("get", "/api/openapi.json")
    told = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert {(method, path) for method, path, status in seen} == told - {("get", "/api/docs")}


def test_the_page_shows_every_operation_and_every_shape(caller: Caller, client: FlaskClient, alice: Member) -> None:
    document = document_of(caller)
    sign_in(client, alice)
    page = client.get("/api/docs")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    for methods in document["paths"].values():
        for operation in methods.values():
            assert f'id="{operation["operationId"]}"' in page.text
    for name in document["components"]["schemas"]:
        assert f'id="shape-{name}"' in page.text
    targets = set(re.findall(r'href="#(shape-\w+)"', page.text))
    assert targets <= set(re.findall(r'id="(shape-\w+)"', page.text))
