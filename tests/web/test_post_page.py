"""The page of one post: what it states and refuses, its notes, its cover, and who may do what."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.factories import Cast, Member, account_scope, export_json, import_done, many, run_jobs, sign_in
from tests.images import picture, turned_photo
from tests.ledgers import at, parse_here
from tests.web.conftest import MakeApp
from tests.web.pages import csrf_token
from webapp.analytics.content.covers import CoverFile, match_names
from webapp.analytics.content.posts import find_posts
from webapp.analytics.content.table import PostRow, PostTable
from webapp.domain.errors import ErrorCode, FileRefused
from webapp.domain.post_query import PostKind, Privacy, Standing
from webapp.extensions import db
from webapp.importers.limits import Limits
from webapp.models import Account, AuditAction, AuditEvent, ImportRun, PostCover, PostNote
from webapp.services import covers, image_process
from webapp.services.accounts import delete_account
from webapp.services.covers import media_path, sweep_media
from webapp.services.undo import undo_import
from webapp.web.covers import cover_of
from webapp.web.post_page.standing import PostCards

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SIGNED = "https://video-i18n.tiktokv.com/storage/v1/tos-x/abc?x-tos-expires=1700000000&x-tos-signature=q"
LASTING = "https://www.tiktokv.com/share/video/7345678901234567890/"
Made = Callable[..., str]


def post(day: str, likes: int | None = 10, title: str = "", **more: Any) -> dict[str, Any]:
    row = {"Date": f"{day} 17:05:12", "Link": SIGNED, "Title": title, **more}
    return row if likes is None else {**row, "Likes": str(likes)}


def row_of(day: str, likes: int | None, **more: Any) -> PostRow:
    """Return a public post of the newest list."""
    told = {"privacy": Privacy.EVERYONE, "standing": Standing.LISTED, "kind": PostKind.VIDEO, **more}
    return PostRow(id=at(day), public_id=day, published_at=at(day), ordinal=0, title="", likes=likes, **told)


MANY_POSTS = [post(f"2024-{month:02}-{day:02}", 10 * month + day) for month in range(1, 7) for day in (3, 13)]


@pytest.fixture
def made(app: Flask, alice: Member, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Made:
    """Import exports of Alice, who is signed in; return the address of the post of a day."""
    parse_here(monkeypatch)
    sign_in(client, alice)

    def run(*exports: tuple[str, list[dict[str, Any]]], day: str = "2024-03-13") -> str:
        with app.app_context():
            for exported, rows in exports:
                import_done(alice, export_json(many(3), posts=rows), exported_at=at(exported), losses_confirmed=True)
            return f"/content/posts/{public_id(alice, day)}"

    return run


def public_id(member: Member, day: str) -> str:
    db.session.rollback()
    table = find_posts(account_scope(member))
    assert table is not None
    second = at(f"{day}T17:05:12")
    found = next(row.public_id for row in table.rows if row.published_at == second)
    db.session.remove()
    return found


def words(page: str) -> str:
    """Return what a person reads of the page."""
    text = re.sub(r"<(script|template).*?</\1>", " ", page[page.index("<main") :], flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).replace("&#39;", "’").split())


def panel(page: str, title: str) -> str:
    section = page[page.index(f"<h2>{title}</h2>") :]
    return words(f"<main>{section[: section.index('</section>')]}")


# ---- what it states ----


def test_a_post_says_what_its_exports_say_and_names_what_they_do_not_say(client: FlaskClient, made: Made) -> None:
    row = post(
        "2024-03-13", 40, "Cake #Baking", WhoCanView="Friends", AllowDuets="No", Sound="Song - Singer", Location="Lyon"
    )
    page = client.get(made(("2024-07-01", [row]))).text
    fields = panel(page, "All fields")
    for told in ("Published Mar 13, 2024, 17:05:12", "Place Lyon", "Who can see it Friends", "Duets not allowed"):
        assert told in fields, told
    assert "Song · Singer" in fields
    told, _, untold = fields.partition("Not in your export")
    assert "Comments" not in told
    assert {"Comments", "Alternate text", "Times saved"} <= {name.strip() for name in untold.split(",")}
    assert 'href="/content/posts?hashtag=baking"' in page


def test_signed_links_are_never_shown_and_lasting_ones_are(client: FlaskClient, made: Made) -> None:
    rows = [post("2024-03-13"), post("2024-04-13", Link=LASTING)]
    signed = client.get(made(("2024-07-01", rows))).text
    assert "tiktokv.com" not in signed
    assert "Open on TikTok" not in signed
    assert f'href="{LASTING}"' in client.get(made(day="2024-04-13")).text


def test_a_figure_that_no_source_holds_is_unknown_and_never_zero(client: FlaskClient, made: Made) -> None:
    page = client.get(made(("2024-07-01", [post("2024-03-13", None)]))).text
    cards = words(f"<main>{page[page.index('kpis-six') : page.index('Among your posts')]}")
    assert cards.count("Unknown") == 6
    assert "No source tells a figure of this post." in words(page)


def test_the_place_is_told_with_how_many_posts_it_is_among(client: FlaskClient, made: Made) -> None:
    page = client.get(made(("2024-07-01", MANY_POSTS))).text
    standing = panel(page, "Among your posts")
    assert "More likes than 5 of 11 other posts, as many as 1." in standing
    assert "Your posts typically get 43 likes (n = 12)." in standing
    assert "This one got about as many. Indicative" in standing
    assert "50%" in words(page)


AS_OF = at("2024-07-01")
OTHERS = [row_of(f"2024-0{month}-{day:02}", month * 10) for month in range(1, 6) for day in (3, 13, 23)]


@pytest.mark.parametrize(
    ("post_row", "others", "reason"),
    [
        (row_of("2024-06-29", 9), OTHERS, "younger than 7 days"),
        (row_of("2024-06-13", 9, privacy=Privacy.ONLY_YOU), OTHERS, "not everybody can see"),
        (row_of("2024-06-13", None), OTHERS, "no export tells its likes"),
        (row_of("2024-06-13", 9, standing=Standing.GONE), OTHERS, "not on your newest list"),
        (row_of("2024-06-13", 9, standing=Standing.DELETED), OTHERS, "was deleted"),
        (row_of("2024-06-13", 9), OTHERS[:9], "this needs 10"),
    ],
)
def test_a_post_that_cannot_be_compared_says_why(
    app: Flask, post_row: PostRow, others: list[PostRow], reason: str
) -> None:
    table = PostTable(AS_OF, (*others, post_row), (), ())
    with app.test_request_context():
        cards = PostCards(post_row, table, "UTC")
        assert reason in (cards.refusal or "")
        assert cards.place_text is None
        assert cards.factor_text is None or post_row.standing is Standing.LISTED


@pytest.mark.parametrize(
    ("likes", "told"),
    [(36, "1.2 times as many"), (300, "10 times as many"), (31, "about as many"), (15, "50% of that"), (0, "under 1%")],
)
def test_a_post_is_told_against_what_is_typical_as_an_indication_alone(app: Flask, likes: int, told: str) -> None:
    row = row_of("2024-06-13", likes)
    with app.test_request_context():
        cards = PostCards(row, PostTable(AS_OF, (*OTHERS, row), (), ()), "UTC")
        assert cards.typical_text == "Your posts typically get 30 likes (n = 16)."
        assert told in (cards.factor_text or "")
        assert "Indicative" in (cards.factor_text or "")


def test_the_figures_of_every_export_are_told_oldest_first(client: FlaskClient, made: Made) -> None:
    exports = [(f"2024-0{month}-01", [post("2024-03-13", month * 10)]) for month in (7, 5, 6)]
    page = client.get(made(*exports)).text
    assert "Likes: 50 on May 1, 2024, 70 on Jul 1, 2024." in words(page)
    assert '"values": [50, 60, 70]' in page


def test_a_list_without_the_likes_leaves_a_gap(client: FlaskClient, made: Made) -> None:
    exports = [("2024-05-01", 50), ("2024-06-01", None), ("2024-07-01", 70)]
    page = client.get(made(*((day, [post("2024-03-13", likes)]) for day, likes in exports))).text
    assert "not in it" in words(page)
    assert '"values": [50, 70]' in page, "a reading without the figure is no point, and no zero"


def test_a_post_leads_to_its_neighbours_and_to_those_that_share_something(client: FlaskClient, made: Made) -> None:
    rows = [
        post("2024-01-01", 1, "cake #baking"),
        post("2024-03-13", 2, "bread #baking"),
        post("2024-04-13", 3, "holiday"),
    ]
    page = client.get(made(("2024-07-01", rows))).text
    assert re.search(r'rel="prev" title="Jan 1, 2024: cake #baking"', page)
    assert re.search(r'rel="next" title="Apr 13, 2024: holiday"', page)
    similar = panel(page, "Similar posts")
    assert "cake #baking" in similar
    assert "shares #baking, the same kind" in similar
    assert "holiday" not in similar


def test_a_post_that_went_keeps_its_page(client: FlaskClient, made: Made) -> None:
    gone = made(("2024-05-01", MANY_POSTS), ("2024-07-01", MANY_POSTS[:3]), day="2024-06-13")
    page = client.get(gone)
    assert page.status_code == 200
    assert "An earlier export has it and the newest one does not" in page.text


def test_an_unknown_post_is_not_found(client: FlaskClient, made: Made) -> None:
    made(("2024-07-01", [post("2024-03-13")]))
    for name in ("0" * 20, "x"):
        assert client.get(f"/content/posts/{name}").status_code == 404


# ---- notes ----


def write(client: FlaskClient, address: str, **data: Any) -> TestResponse:
    page = address.partition("/notes")[0].partition("/cover")[0]
    return client.post(address, data={"csrf_token": csrf_token(client.get(page)), **data})


def notes(app: Flask) -> list[str]:
    with app.app_context():
        found = list(db.session.scalars(select(PostNote.text).order_by(PostNote.id)))
        db.session.remove()
    return found


def test_notes_are_written_changed_and_deleted_and_the_trail_knows(app: Flask, client: FlaskClient, made: Made) -> None:
    href = made(("2024-07-01", [post("2024-03-13")]))
    assert write(client, f"{href}/notes", note="  Filmed in the rain \r\n<b>twice</b> ").status_code == 303
    assert notes(app) == ["Filmed in the rain \n<b>twice</b>"]
    page = client.get(href).text
    assert "&lt;b&gt;twice" in page
    change = re.search(r'href="([^"]+note=(\w+))#notes"', page)
    assert change is not None
    assert 'name="note" rows="4"' in client.get(change[1]).text
    assert write(client, f"{href}/notes/{change[2]}", note="Filmed at noon").status_code == 303
    assert notes(app) == ["Filmed at noon"]
    headers = {"HX-Request": "true", "HX-Target": "notes", "X-CSRFToken": csrf_token(client.get(href))}
    answer = client.post(f"{href}/notes/{change[2]}/delete", headers=headers).text
    assert answer.startswith('<section id="notes"')
    assert 'value="Filmed at noon"' in answer, "it can be written again"
    assert notes(app) == []
    with app.app_context():
        trail = db.session.scalars(select(AuditEvent).where(AuditEvent.action.startswith("post:"))).all()
        assert [event.action for event in trail] == [
            AuditAction.POST_NOTED,
            AuditAction.POST_NOTED,
            AuditAction.POST_NOTE_DELETED,
        ]
        assert all("noon" not in str(event.detail) for event in trail)
        db.session.remove()


def test_a_note_that_cannot_be_one_is_refused_in_place(client: FlaskClient, made: Made) -> None:
    href = made(("2024-07-01", [post("2024-03-13")]))
    for text in ("", " \n\t ", "x" * 2001):
        answer = write(client, f"{href}/notes", note=text)
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text


def test_notes_and_covers_survive_an_undo_and_a_new_import(
    app: Flask, client: FlaskClient, made: Made, alice: Member
) -> None:
    href = made(("2024-07-01", [post("2024-03-13")]))
    write(client, f"{href}/notes", note="stays")
    write(client, f"{href}/cover", image=(io.BytesIO(picture()), "frame.jpg"))
    with app.app_context():
        run = db.session.scalars(select(ImportRun.public_id)).one()
        undo_import(alice.actor, alice.scope, run)
        run_jobs()
        db.session.remove()
    assert client.get(href).status_code == 404
    again = made(("2024-07-02", [post("2024-03-13", 99)]))
    page = client.get(again).text
    assert "stays" in panel(page, "Notes")
    assert 'src="/media/' in page


# ---- covers ----


def sent(client: FlaskClient, href: str, content: bytes, name: str = "frame.jpg") -> TestResponse:
    return write(client, f"{href}/cover", image=(io.BytesIO(content), name))


def files(app: Flask) -> list[Path]:
    with app.app_context():
        folder = media_path()
    return sorted(folder.iterdir()) if folder.is_dir() else []


def test_a_cover_is_served_for_good_to_whoever_has_its_address(app: Flask, client: FlaskClient, made: Made) -> None:
    href = made(("2024-07-01", [post("2024-03-13", title="Cake")]))
    assert sent(client, href, picture(1000, 1600)).status_code == 303
    page = client.get(href).text
    image = re.search(r'<img src="(/media/[0-9a-f]{32}-960\.webp)" srcset="([^"]+)"[^>]*>', page)
    assert image is not None
    assert 'width="960" height="1536" alt="Cover of “Cake”" loading="lazy"' in image[0]
    assert [part.split()[1] for part in image[2].split(", ")] == ["160w", "480w", "960w"]
    visitor = app.test_client()
    for address in (part.split()[0] for part in image[2].split(", ")):
        with visitor.get(address) as answer:
            assert answer.status_code == 200
            assert answer.headers["Content-Type"] == "image/webp"
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert "Set-Cookie" not in answer.headers
            assert "Cookie" not in answer.headers.get("Vary", "")
            assert answer.data[8:12] == b"WEBP"


def test_with_another_address_covers_come_from_there_and_from_nowhere_else(alice: Member, make_app: MakeApp) -> None:
    name = "a" * 32 + "-160.webp"
    for address, sources, reach in (
        ("", "img-src 'self' data:;", "same-origin"),
        ("https://cdn.example.org/media", "img-src 'self' data: https://cdn.example.org;", "cross-origin"),
    ):
        app = make_app(MEDIA_BASE_URL=address)
        with app.test_request_context():
            media_path().mkdir()
            (media_path() / name).write_bytes(picture(60, 60, "WEBP"))
            row = row_of("2024-03-13", 1)
            cover = cover_of(row, {(row.published_at, 0): CoverFile("a" * 32, 160, 240)})
            assert cover.href == f"{address or '/media'}/{name}"
        with app.test_client().get(f"/media/{name}") as answer:
            assert sources in answer.headers["Content-Security-Policy"]
            assert answer.headers["Cross-Origin-Resource-Policy"] == reach


def test_no_other_file_is_served(client: FlaskClient, alice: Member) -> None:
    for name in ("0" * 32 + "-160.webp", "..%2f..%2fapp.sqlite3", "x", "0" * 32 + "-160.webp.part"):
        answer = client.get(f"/media/{name}")
        assert answer.status_code == 404
        assert "immutable" not in answer.headers["Cache-Control"]


def test_another_cover_takes_the_place_of_the_first_and_its_files_go(
    app: Flask, client: FlaskClient, made: Made
) -> None:
    href = made(("2024-07-01", [post("2024-03-13")]))
    sent(client, href, picture(1000, 1000))
    before = files(app)
    sent(client, href, turned_photo())
    after = files(app)
    assert (len(before), len(after)) == (3, 1)
    assert not set(before) & set(after)
    assert write(client, f"{href}/cover/delete").status_code == 303
    assert files(app) == []
    assert 'src="/media/' not in client.get(href).text
    with app.app_context():
        trail = list(db.session.scalars(select(AuditEvent.action).where(AuditEvent.action.startswith("post:cover"))))
        db.session.remove()
    assert trail == [AuditAction.POST_COVER_SET, AuditAction.POST_COVER_SET, AuditAction.POST_COVER_REMOVED]


def test_what_is_no_cover_is_refused_in_words_and_leaves_nothing(app: Flask, client: FlaskClient, made: Made) -> None:
    href = made(("2024-07-01", [post("2024-03-13")]))
    for content, told in (
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not an image that can be read"),
        (picture(400, 400)[:900], "damaged or cut short"),
        (picture(20, 20), "at least 50 on each side"),
        (b"", "No image arrived"),
    ):
        answer = sent(client, href, content)
        assert answer.status_code == 422
        assert told in words(answer.text)
    assert files(app) == []


def test_an_image_that_is_too_heavy_is_refused_before_it_is_read(
    client: FlaskClient, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(covers, "MAX_BYTES", 1000)
    monkeypatch.setattr(covers, "write_widths_in_child", None)
    href = made(("2024-07-01", [post("2024-03-13")]))
    assert "at most 20 MB are taken" in sent(client, href, bytes(1001)).text


def test_the_file_name_is_shown_as_text_alone(client: FlaskClient, made: Made) -> None:
    made(("2024-07-01", [post("2024-03-13")]))
    token = csrf_token(client.get("/content/covers"))
    images = [(io.BytesIO(picture()), "<img src=x onerror=alert(1)>.jpg")]
    answer = client.post("/content/covers", data={"csrf_token": token, "images": images})
    assert "&lt;img src=x onerror" in answer.text
    assert "No post fits this file name" in answer.text


def test_many_images_find_their_posts_by_name_and_each_says_what_became_of_it(
    app: Flask, client: FlaskClient, made: Made
) -> None:
    href = made(("2024-07-01", [post("2024-03-13", title="One"), post("2024-04-13", title="Two", Link=LASTING)]))
    named = {
        "2024-03-13_17-05-12.jpg": picture(),
        "clip 7345678901234567890.png": picture(kind="PNG"),
        "20240313_170512 copy.jpg": picture(),
        "holiday.jpg": picture(),
        "2024-04-13 17.05.12.gif": b"GIF89a",
    }
    images = [(io.BytesIO(content), name) for name, content in named.items()]
    token = csrf_token(client.get("/content/covers"))
    answer = words(client.post("/content/covers", data={"csrf_token": token, "images": images}).text)
    for told in (
        "2 of 5 files were taken.",
        "2024-03-13_17-05-12.jpg is now the cover of One",
        "clip 7345678901234567890.png is now the cover of Two",
        "20240313_170512 copy.jpg Another file that you sent fits the same post",
        "holiday.jpg No post fits this file name",
        "2024-04-13 17.05.12.gif Another file that you sent fits the same post",
    ):
        assert told in answer, told
    assert 'src="/media/' in client.get(href).text
    assert len(files(app)) == 2


def test_names_are_read_in_the_zone_of_the_account_as_well(app: Flask, made: Made, alice: Member) -> None:
    made(("2024-07-01", [post("2024-03-13"), post("2024-03-14")]))
    names = ["2024-03-13_17-05-12", "2024-03-13_18-05-12", "1710349512", "2024-13-13_17-05-12", "x"]
    with app.app_context():
        scope = account_scope(alice)
        utc = [[each.published_at for each in found] for found in match_names(scope, names)]
        paris = [
            [each.published_at for each in found]
            for found in match_names(replace(scope, timezone="Europe/Paris"), names)
        ]
        db.session.remove()
    second = at("2024-03-13T17:05:12")
    assert utc == [[second], [], [second], [], []]
    assert paris == [[second], [second], [second], [], []]


def test_covers_go_with_their_account_and_files_of_nobody_are_swept(
    app: Flask, client: FlaskClient, made: Made, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    href = made(("2024-07-01", [post("2024-03-13")]))
    sent(client, href, picture())
    (kept,) = files(app)
    with app.app_context():
        (media_path() / f"{'a' * 32}-160.webp").write_bytes(b"orphan")
        (media_path() / f"{'b' * 32}.part").mkdir()
        assert sweep_media() == 0, "it may be being written"
        monkeypatch.setattr(covers, "_ORPHAN_SECONDS", -1)
        assert sweep_media() == 2
        assert list(media_path().iterdir()) == [kept]
        account = db.session.get_one(Account, account_scope(alice).account_id)
        delete_account(alice.scope, account.public_id, account.handle, alice.actor)
        run_jobs()
        assert list(media_path().iterdir()) == []
        assert db.session.scalars(select(PostCover)).all() == []
        db.session.remove()


def test_a_child_that_dies_is_a_refusal_and_a_slow_one_is_ended(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "image").write_bytes(picture(4000, 4000, "PNG"))
    small = Limits(max_memory=150 * 1024 * 1024, max_cpu_seconds=10, max_output=10**7)
    with app.app_context():
        with pytest.raises(FileRefused) as refused:
            image_process.write_widths_in_child(tmp_path / "image", tmp_path, "a" * 32, small)
        assert refused.value.code is ErrorCode.COVER_DIED
        monkeypatch.setattr(image_process, "_MOST_SECONDS", 0.01)
        with pytest.raises(FileRefused) as refused:
            image_process.write_widths_in_child(tmp_path / "image", tmp_path, "b" * 32)
        assert refused.value.code is ErrorCode.COVER_DIED


def test_a_viewer_reads_and_does_not_write(app: Flask, made: Made, cast: Cast) -> None:
    href = made(("2024-07-01", [post("2024-03-13")]))
    bob = app.test_client()
    sign_in(bob, cast.bob)
    page = bob.get(href)
    assert page.status_code == 200
    assert "Add a cover" not in page.text
    assert 'name="note"' not in page.text
    headers = {"X-CSRFToken": csrf_token(page), "Sec-Fetch-Site": "same-origin"}
    for address in (f"{href}/notes", f"{href}/cover", f"{href}/cover/delete", "/content/covers"):
        assert bob.post(address, headers=headers).status_code == 403
