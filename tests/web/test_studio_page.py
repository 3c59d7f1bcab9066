"""The page of TikTok Studio shows what downloads say, what they do not, and which post each video is."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories import Member, account_scope, export_json, import_done, import_file, run_jobs, sign_in
from tests.ledgers import at, parse_here
from tests.studios import JUNE, OVERVIEW, content, csv_file, overview, posts_of, video_row
from tests.web.pages import csrf_token
from webapp.analytics.content.studio_videos import StudioVideoView, list_videos
from webapp.models import MatchState
from webapp.services.imports import ImportWishes

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
VIDEO = 7_500_000_000_000_000_000
PAGE = "/content/studio"


@pytest.fixture(autouse=True)
def parsed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


@pytest.fixture
def signed_in(client: FlaskClient, alice: Member) -> FlaskClient:
    sign_in(client, alice)
    return client


def text_of(client: FlaskClient, address: str, **headers: str) -> str:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200, address
    return answer.get_data(as_text=True)


def choose(client: FlaskClient, video: int, post: str, **headers: str) -> TestResponse:
    fields = {"csrf_token": csrf_token(client.get(PAGE)), "post": post}
    return client.post(f"{PAGE}/videos/{video}", data=fields, headers=headers)


def videos_of(app: Flask, member: Member) -> list[StudioVideoView]:
    with app.app_context():
        return list_videos(account_scope(member), "UTC")


def finish_jobs(app: Flask) -> None:
    with app.app_context():
        run_jobs()


def bring_samples(app: Flask, member: Member) -> None:
    with app.app_context():
        for path in sorted(JUNE.glob("*.zip")):
            import_done(member, path)


def bring_twins(app: Flask, member: Member) -> None:
    """Two posts of one day with equal likes and no words, and a video that may be either."""
    posts: list[dict[str, Any]] = [
        {"Date": f"2026-05-22 1{number}:00:00", "Link": "", "Likes": "100", "Title": title}
        for number, title in enumerate(("One", "Two"))
    ]
    video = content(video_row(VIDEO, "", date(2026, 5, 22), 100))
    with app.app_context():
        import_done(member, export_json(posts=posts), exported_at=at("2026-06-01"))
        import_done(member, video, "Content.csv", exported_at=at("2026-06-20"))


def test_without_a_download_the_page_says_how_to_get_one(app: Flask, signed_in: FlaskClient, alice: Member) -> None:
    with app.app_context():
        import_done(alice, export_json([("a", "2026-01-01 10:00:00")]))
    page = text_of(signed_in, PAGE)
    assert "No download from TikTok Studio yet" in page
    assert "/guide/tiktok#studio" in page
    assert 'id="studio"' in text_of(signed_in, "/guide/tiktok")


def test_the_page_shows_days_hours_shares_and_videos(app: Flask, signed_in: FlaskClient, alice: Member) -> None:
    with app.app_context():
        import_done(alice, export_json(posts=posts_of(JUNE)), exported_at=at("2026-06-25"))
    bring_samples(app, alice)
    page = text_of(signed_in, PAGE)
    assert "Video views: 68,025 on 28 days, most on Jun 18, 2026 (3,776)." in page
    assert "1,200 followers on May 22, 2026, 1,337 on Jun 18, 2026." in page
    assert all(name in page for name in ("France", "United States", "Belgium", "Others", "Women", "55.0%"))
    assert "9 of 9 videos are joined to their posts." in page
    assert all(f"Jun {day}" in page for day in range(12, 19))
    assert "Belgique" in signed_in.get(PAGE, headers={"Accept-Language": "fr"}).get_data(as_text=True)


def test_a_day_that_no_download_states_is_a_gap(app: Flask, signed_in: FlaskClient, alice: Member) -> None:
    rows = [("June 16", 5, 1, 1, 1, 1), ("June 18", 7, "undefined", 1, 1, 1)]
    with app.app_context():
        import_done(alice, csv_file(OVERVIEW, rows), "Overview.csv", handle="demo.maker", exported_at=at("2026-06-20"))
    page = text_of(signed_in, PAGE)
    assert "[5, null, 7]" in page.replace("[5,null,7]", "[5, null, 7]")
    assert "Gaps are days that none of your downloads states; they are not zero." in page
    table = text_of(signed_in, f"{PAGE}.csv?table=days").splitlines()
    assert table[0].startswith("day,video_views,profile_views")
    assert table[1:] == ["2026-06-16,5,1,1,1,1,,,,", "2026-06-18,7,,1,1,1,,,,"]


def test_a_video_in_doubt_is_chosen_by_hand_and_the_choice_forgotten(
    app: Flask, signed_in: FlaskClient, alice: Member
) -> None:
    bring_twins(app, alice)
    assert "Several posts fit equally well" in text_of(signed_in, PAGE)
    (view,) = videos_of(app, alice)
    two = next(post for post in view.candidates if post.title == "Two")
    htmx = {"HX-Request": "true", "HX-Target": "videos"}
    answer = choose(signed_in, VIDEO, two.public_id, **htmx)
    assert answer.status_code == 200
    said = answer.get_data(as_text=True)
    assert said.startswith('<section id="videos"')
    assert "Your choice is being worked in." in said
    assert "load delay:2s" in said
    finish_jobs(app)
    assert videos_of(app, alice)[0].state is MatchState.BY_HAND
    page = text_of(signed_in, PAGE)
    assert "matched by hand" in page
    assert "load delay:2s" not in page
    for post, state in (("none", MatchState.NONE), ("forget", MatchState.AMBIGUOUS)):
        assert choose(signed_in, VIDEO, post).status_code == 303
        finish_jobs(app)
        assert videos_of(app, alice)[0].state is state


def test_a_choice_that_makes_no_sense_is_refused(app: Flask, signed_in: FlaskClient, alice: Member) -> None:
    bring_twins(app, alice)
    for video, post, status in ((VIDEO, "", 422), (VIDEO, "nothing", 404), (VIDEO + 1, "none", 404)):
        assert choose(signed_in, video, post).status_code == status


def test_who_may_not_write_is_offered_no_choice(app: Flask, client: FlaskClient, alice: Member, bob: Member) -> None:
    bring_twins(app, alice)
    sign_in(client, bob)
    page = text_of(client, PAGE)
    assert "Several posts fit equally well" in page
    assert "Choose the post" not in page


def test_every_table_is_a_download_of_which_no_cell_is_a_formula(
    app: Flask, signed_in: FlaskClient, alice: Member
) -> None:
    bring_samples(app, alice)
    for table, length in {"days": 29, "hours": 169, "shares": 8, "videos": 11}.items():
        for dialect in ("", "&dialect=excel"):
            lines = text_of(signed_in, f"{PAGE}.csv?table={table}{dialect}")
            assert len(lines.splitlines()) == length
            assert table != "videos" or "'=1+1" in lines
    assert signed_in.get(f"{PAGE}.csv").status_code == 422
    assert signed_in.get(f"{PAGE}.csv?table=people").status_code == 422


def test_the_import_says_file_by_file_what_is_new(app: Flask, signed_in: FlaskClient, alice: Member) -> None:
    with app.app_context():
        waits = import_file(alice, JUNE / "Content_demo.maker.zip", wishes=ImportWishes()).public_id
        done = import_done(alice, JUNE / "Followers_demo.maker.zip").public_id
    page = text_of(signed_in, f"/imports/{waits}")
    assert "Download from TikTok Studio" in page
    assert "Videos whose post is in no export" in page
    page = text_of(signed_in, f"/imports/{done}")
    assert "From May 22, 2026 to Jun 18, 2026" in page
    assert "See the figures" in page
    rows = text_of(signed_in, "/imports")
    assert "From TikTok Studio: followers by day, active hours, gender, territories" in rows
    assert "The download of" in text_of(signed_in, f"/imports/{done}/undo")
    moved = text_of(signed_in, f"/imports/{done}/move?exported_at=2025-06-20T10:00")
    assert "The dates of this download have no year" in moved


def test_a_file_of_another_shape_is_refused_with_what_to_do(app: Flask, signed_in: FlaskClient, alice: Member) -> None:
    with app.app_context():
        run = import_file(alice, overview(date(2026, 6, 18), [1]), "Viewers.csv").public_id
    assert "which has 4 columns, and 6 were found" in text_of(signed_in, f"/imports/{run}")
