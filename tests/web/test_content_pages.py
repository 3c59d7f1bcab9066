"""The analysis of posts: what its four tabs claim and refuse, their states, and their tables as downloads."""

from __future__ import annotations

import csv
import html
import io
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from msgspec.structs import replace
from werkzeug.datastructures import MultiDict

from tests.factories import Member, sign_in
from webapp.analytics.content.fit import (
    ContentFit,
    Family,
    Group,
    Measure,
    Pair,
    Performance,
    Refusal,
    Rising,
    TagEffect,
)
from webapp.analytics.content.grouping import describe
from webapp.analytics.content.selection import select_posts
from webapp.analytics.content.table import PostRow, PostTable, SoundName, TagName
from webapp.domain.errors import Invalid
from webapp.domain.hashtags import MAX_TAG
from webapp.domain.period import DAY_SECONDS
from webapp.domain.post_query import PostFilter, PostKind, Privacy, Standing
from webapp.domain.sections import Platform
from webapp.extensions import db
from webapp.services.accounts import create_account
from webapp.web.content import page as content_page

BASE = "/content/analytics"
PAGES = (BASE, f"{BASE}/timing", f"{BASE}/hashtags", f"{BASE}/sounds")
AS_OF = 1_767_225_600  # Thursday, 1 January 2026, 00:00 UTC
HOUR = 3600
TAGS = (TagName("recette", "#Recette"), TagName("fyp", "#fyp"), TagName("brandnew", "#BrandNew"))
SOUNDS = (SoundName("aa" * 10, "son original", "Ada", True), SoundName("bb" * 10, "Slow morning", "The Loaves", False))
Show = Callable[..., None]


@pytest.fixture
def database_url(empty_sqlite: Path, tmp_path: Path) -> str:
    """One database is enough: nothing here is read from it but the account."""
    copy = tmp_path / "app.sqlite3"
    shutil.copyfile(empty_sqlite, copy)
    return f"sqlite:///{copy}"


@pytest.fixture
def show(app: Flask, alice: Member, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Show:
    """Let the pages speak of a made-up table and of what tests say of it."""
    with app.app_context():
        create_account(alice.scope, Platform.TIKTOK, "demo.maker", "UTC", alice.actor)
        db.session.remove()
    sign_in(client, alice)

    def run(table: PostTable | None, fit: ContentFit | None) -> None:
        monkeypatch.setattr(content_page, "find_posts", lambda _: table)
        monkeypatch.setattr(content_page, "find_fit", lambda _: fit)

    return run


def post(number: int, likes: int | None = 100, **more: Any) -> PostRow:
    """Return a post of a Monday at six in the evening, ``number`` + 2 weeks before the list."""
    values: dict[str, Any] = {
        "published_at": AS_OF - (3 + 14 + 7 * number) * DAY_SECONDS + 18 * HOUR,
        "kind": PostKind.VIDEO,
        "privacy": Privacy.EVERYONE,
        "standing": Standing.LISTED,
        "title": f"clip {number}",
        **more,
    }
    return PostRow(id=number, public_id=f"{number:020x}", ordinal=0, likes=likes, **values)


def table(*rows: PostRow, **more: Any) -> PostTable:
    ordered = tuple(sorted(rows, key=lambda row: row.published_at))
    return PostTable(as_of=AS_OF, rows=ordered, sounds=more.get("sounds", SOUNDS), tags=more.get("tags", TAGS))


def many(count: int = 70) -> PostTable:
    """Return posts of which every third has #Recette, every second #fyp, the five newest #BrandNew."""
    return table(
        *(
            post(
                number,
                100 + number,
                kind=PostKind.PHOTO if number % 4 == 0 else PostKind.VIDEO,
                hashtags=tuple(
                    place
                    for place, has in ((0, number % 3 == 0), (1, number % 2 == 0), (2, number < 5))
                    if has
                ),
                sound=number % 2,
            )
            for number in range(count)
        )
    )  # fmt: skip


def judged(found: PostTable) -> ContentFit:
    """Return what a job would say where videos, evenings and #Recette pass their tests and weekdays do not."""
    told = describe(found, "UTC")
    group = Group(key="video", posts=52, typical=140.0, effect=0.26, low=0.104, high=0.4, at_least=0.104, p_value=0.01)
    passed = replace(group, claim=True)
    slot = replace(passed, key="6", posts=70)
    tag = replace(passed, key="recette", posts=24)
    likes = replace(
        told.likes,
        spread=1.1,
        kinds=Family(groups=(passed, replace(group, key="photo", posts=18)), posts=70, refusal=None),
        slots=Family(groups=(slot,), posts=70, refusal=None, power_posts=116),
        weekdays=Family(
            groups=tuple(replace(group, key=str(day)) for day in range(7)),
            posts=70,
            refusal=Refusal.NO_DIFFERENCE,
            power_posts=116,
        ),
        hashtags=(TagEffect(group=tag), TagEffect(group=replace(group, key="fyp", posts=35), is_generic=True)),
        hashtags_refusal=None,
    )
    rising = Rising(key="brandnew", recent=5, of_recent=20, earlier=0, of_earlier=50, p_value=0.001)
    return replace(told, likes=likes, rising_tags=(rising,), pairs=(Pair("fyp", "recette", 12),))


def words(page: str) -> str:
    """Return what a person reads of the page."""
    section = page[page.index('<section id="analysis"') : page.index("</main>")]
    section = re.sub(r"<svg.*?</svg>", " ", section, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", section)))


def told(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return words(answer.text)


def rows(client: FlaskClient, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_performance_says_what_posts_get_and_what_stands_out(show: Show, client: FlaskClient) -> None:
    hidden = post(99, 5, privacy=Privacy.FRIENDS)
    found = table(*many().rows, hidden, post(98, None), post(-2, 3))
    show(found, judged(found))
    page = told(client, BASE)
    assert re.search(r"Typical likes The median.* 134 n = 70 A typical post lands within × or ÷ 3 of that", page)
    assert "70 posts are counted. 1 post is not public: not counted." in page
    assert "1 post is younger than 7 days and still growing: not counted." in page
    assert "The likes of 1 post are not in your export: unknown, not counted." in page
    assert "Videos (n = 52): these posts probably do at least 10% better than your others." in page
    assert "This does not prove the kind is the cause." in page
    assert "Posts with #Recette (n = 24) do better, probably by at least 10% (likely +10% to +40%)" in page
    assert re.search(r"Friends can see them indicative 1 5 ", page)


def test_numbers_open_the_posts_that_they_count(show: Show, client: FlaskClient) -> None:
    found = many()
    show(found, judged(found))
    page = html.unescape(client.get(BASE).text)
    for address in (
        "/figures/typical_likes?counted=1",
        "/figures/posts?counted=1&kind=video",
        "/figures/typical_likes?counted=1&title_length=short",
        "/figures/posts?counted=1&tag_count=none",
        "/figures/posts?privacy=everyone&standing=listed",
    ):
        assert f'href="{address}"' in page
    assert 'href="/figures/typical_likes?counted=1&slot=6"' in html.unescape(client.get(f"{BASE}/timing").text)
    assert 'href="/figures/posts?counted=1&hashtag=recette"' in html.unescape(client.get(f"{BASE}/hashtags").text)
    assert f'href="/figures/typical_likes?counted=1&sound={"bb" * 10}"' in html.unescape(
        client.get(f"{BASE}/sounds").text
    )


def test_views_that_are_not_in_the_export_are_no_zero(show: Show, client: FlaskClient) -> None:
    found = many()
    show(found, judged(found))
    page = told(client, f"{BASE}?measure=views")
    assert "Views, comments and shares are not in your export. They come from TikTok Studio" in page
    assert "Typical views 0" not in page
    assert client.get(f"{BASE}.csv?table=kinds&measure=views").status_code == 404


def test_a_rate_is_compared_where_it_is_known(show: Show, client: FlaskClient) -> None:
    found = many()
    group = Group(key="video", posts=52, typical=0.0712)
    rates = Performance(
        measure=Measure.ENGAGEMENT_RATE, posts=61, typical=0.068, kinds=Family(groups=(group,), posts=61)
    )
    show(found, replace(judged(found), engagement_rate=rates))
    page = told(client, f"{BASE}?measure=engagement_rate")
    assert "6.8% n = 61" in page
    assert re.search(r"Videos 52 7\.1%", page)
    assert rows(client, f"{BASE}.csv?table=kinds&measure=engagement_rate")[0]["typical"] == "0.0712"


def test_timing_shows_every_hour_of_the_week_with_its_posts(show: Show, client: FlaskClient) -> None:
    found = many()
    show(found, judged(found))
    page = client.get(f"{BASE}/timing").text
    cells = re.findall(r'<td class="heat-(\d)[^"]*">(?:<a [^>]*aria-label="([^"]*)"[^>]*>([\d,]+)|<span>0)', page)
    assert len(cells) == 168
    assert [(level, label, text) for level, label, text in cells if text] == [("5", "Monday, 6 PM: 70", "70")]
    assert 'href="/figures/posts?counted=1&amp;weekday=0&amp;hour=18"' in page
    assert page.count('<th scope="col">') >= 24
    assert page.count('<th scope="row">') >= 7
    hours = rows(client, f"{BASE}/timing.csv?table=hours")
    assert len(hours) == 168
    assert [row for row in hours if row["posts"] != "0"] == [
        {"weekday": "monday", "hour": "18", "posts": "70", "typical_likes": hours[18]["typical_likes"]}
    ]


def test_a_time_is_named_only_where_its_test_passed(show: Show, client: FlaskClient) -> None:
    found = many()
    fit = judged(found)
    show(found, fit)
    page = told(client, f"{BASE}/timing")
    assert "Your posts of 6 PM – 9 PM (n = 70) probably do at least 10% better." in page
    assert "This does not prove the hour is the cause." in page
    assert "No weekday stands out reliably in your 70 posts. Post when it suits you." in page
    assert "it would take about 116 posts in each group" in page
    group = replace(fit.likes.slots.groups[0], claim=False, at_least=None)
    silent = replace(fit.likes.slots, groups=(group,), refusal=Refusal.NO_DIFFERENCE)
    show(found, replace(fit, likes=replace(fit.likes, slots=silent)))
    page = told(client, f"{BASE}/timing")
    assert "No time slot stands out reliably in your 70 posts. Post when it suits you." in page
    assert "let a coin decide between them for each of your next 232 posts" in page
    assert "probably do" not in page


def test_hours_of_few_posts_are_indicative_and_have_no_shade(show: Show, client: FlaskClient) -> None:
    evening = [post(number, 900) for number in range(6)]
    noon = [post(20 + number, 50_000, published_at=evening[number].published_at - 6 * HOUR) for number in range(4)]
    found = table(*evening, *noon)
    show(found, describe(found, "UTC"))
    page = client.get(f"{BASE}/timing?show=typical").text
    page = page.replace("\u202f", " ")
    assert re.search(r'<td class="heat-5"><a [^>]*aria-label="Monday, 6 PM: 900, n = 6">900<small>6</small>', page)
    few = r'<td class="heat-0 is-few"><a [^>]*aria-label="Monday, 12 PM: 50,000, n = 4, indicative">50K<small>4'
    assert re.search(few, page)
    assert "without a shade: fewer than 5 posts, indicative" in page
    assert "Not enough posts yet for an honest comparison (10 of 60): it takes 50 more." in words(page)


def test_hashtags_come_with_their_posts_their_difference_and_its_range(show: Show, client: FlaskClient) -> None:
    found = many()
    show(found, judged(found))
    page = told(client, f"{BASE}/hashtags")
    assert re.search(r"#Recette 24 \d+ \+26% \+10% to \+40% stands out Aug \d+, 2024 Dec 15, 2025", page)
    assert "#fyp carries no advice 35" in page
    assert "#BrandNew rising indicative 5" in page
    assert "#BrandNew: in 5 of your newest 20 posts, in 0 of the 50 before." in page
    assert "#fyp + #Recette 12" in page
    table_rows = rows(client, f"{BASE}/hashtags.csv?table=hashtags")
    assert [(row["hashtag"], row["posts"], row["claim"], row["rising"]) for row in table_rows] == [
        ("fyp", "35", "false", "false"),
        ("recette", "24", "true", "false"),
        ("brandnew", "5", "false", "true"),
    ]
    assert table_rows[2]["effect"] == ""
    assert rows(client, f"{BASE}/hashtags.csv?table=pairs") == [{"hashtag": "fyp", "other": "recette", "posts": "12"}]


def test_a_click_on_a_hashtag_shows_its_newest_posts(show: Show, client: FlaskClient) -> None:
    found = many()
    show(found, judged(found))
    cloud = client.get(f"{BASE}/hashtags").text
    link = re.search(
        r'<a id="tag-word-\d+" class="cloud-\d" href="([^"]*)#tag_posts" [^>]*aria-label="#Recette: 24 posts"', cloud
    )
    assert link
    headers = {"HX-Request": "true", "HX-Target": "tag_posts"}
    fragment = client.get(html.unescape(link[1]), headers=headers).text
    assert fragment.startswith('<section id="tag_posts"')
    assert re.findall(r'<a class="wrap-anywhere" href="[^"]*">([^<]+)</a>', fragment)[:2] == ["clip 0", "clip 3"]
    assert "/content/posts?counted=1&amp;hashtag=recette" in fragment
    assert 'aria-current="true">#Recette' in fragment
    assert fragment in client.get(html.unescape(link[1])).text


def test_the_posts_behind_a_pair_of_hashtags_have_both(show: Show, client: FlaskClient) -> None:
    found = many()
    show(found, judged(found))
    page = client.get(f"{BASE}/hashtags").text
    link = re.search(r'#fyp \+ #Recette</span><span class="num"><a class="opened" href="([^"]+)"', page)
    assert link
    asked = MultiDict(parse_qsl(urlsplit(html.unescape(link[1])).query))
    behind = select_posts(found, PostFilter.parse(asked, "UTC"))
    names = [{found.tags[place].tag for place in row.hashtags} for row in found.counted]
    assert 0 < len(behind) == sum({"fyp", "recette"} <= tags for tags in names) < sum(map(bool, names))


def test_a_search_of_hashtags_keeps_the_order_that_was_chosen(show: Show, client: FlaskClient) -> None:
    found = many()
    show(found, judged(found))
    headers = {"HX-Request": "true", "HX-Target": "tags"}
    fragment = client.get(f"{BASE}/hashtags?sort=name", headers=headers).text
    assert '<input type="hidden" form="search-form-tags" name="sort" value="name">' in fragment
    assert 'id="search-form-tags"' in client.get(f"{BASE}/hashtags").text


def test_the_hashtags_can_be_searched_and_put_in_another_order(show: Show, client: FlaskClient) -> None:
    found = many()
    show(found, judged(found))
    headers = {"HX-Request": "true", "HX-Target": "tags"}

    def names(arguments: str) -> list[str]:
        fragment = client.get(f"{BASE}/hashtags?{arguments}", headers=headers).text
        assert fragment.startswith('<section id="tags"')
        return re.findall(r'<th scope="row"><a [^>]*>#(\w+)</a>', fragment)

    assert names("sort=name") == ["BrandNew", "fyp", "Recette"]
    assert names("sort=effect")[-1] == "BrandNew", "what is unknown comes last"
    assert names("search=%23REC") == ["Recette"]
    assert names("search=nothing") == []
    assert client.get(f"{BASE}/hashtags?sort=luck").status_code == 422
    assert client.get(f"{BASE}/sounds?sort=effect").status_code == 422
    assert [row["hashtag"] for row in rows(client, f"{BASE}/hashtags.csv?table=hashtags&search=rec")] == ["recette"]


def test_a_hashtag_of_any_length_leads_to_its_posts(show: Show, client: FlaskClient) -> None:
    long = "x" * MAX_TAG
    found = table(post(1, hashtags=(0,)), tags=(TagName(long, f"#{long}"),))
    show(found, describe(found, "UTC"))
    assert f"Posts with #{long}" in told(client, f"{BASE}/hashtags?chosen={long}")
    assert PostFilter.parse(MultiDict({"hashtag": f"#{long}"}), "UTC").hashtag == long
    with pytest.raises(Invalid):
        PostFilter.parse(MultiDict({"hashtag": f"{long}x"}), "UTC")


def test_sounds_are_counted_and_never_advised(show: Show, client: FlaskClient) -> None:
    found = many()
    rising = Rising(key="aa" * 10, recent=9, of_recent=20, earlier=3, of_earlier=50, p_value=0.001)
    show(found, replace(judged(found), rising_sounds=(rising,)))
    page = told(client, f"{BASE}/sounds")
    assert re.search(r"Original sound of Ada rising 35 \d+ \d+ to \d+ ", page)
    assert re.search(r"Slow morning · The Loaves 35 \d+ \d+ to \d+ ", page)
    assert "is no advice" in page
    assert "stands out" not in page
    assert "Original sound of Ada: in 9 of your newest 20 posts, in 3 of the 50 before." in page
    assert [row["original"] for row in rows(client, f"{BASE}/sounds.csv?table=sounds&dialect=")] == ["false", "true"]


def test_exports_without_captions_say_so_and_what_to_do(show: Show, client: FlaskClient) -> None:
    found = table(*(post(number, title="") for number in range(70)), tags=())
    show(found, describe(found, "UTC"))
    page = client.get(f"{BASE}/hashtags").text
    assert "Your exports hold no captions" in page
    assert "request all data again" in page
    assert 'class="cloud"' not in page
    assert client.get(f"{BASE}/hashtags.csv?table=hashtags").status_code == 404
    performance = told(client, BASE)
    assert performance.count("Your exports hold no titles, so this is unknown.") == 2
    assert "Without a title" not in performance
    assert "Without hashtags" not in performance


def test_titles_without_a_hashtag_are_no_missing_captions(show: Show, client: FlaskClient) -> None:
    found = table(*(post(number, sound=None) for number in range(9)), tags=(), sounds=())
    show(found, describe(found, "UTC"))
    assert "None of the posts that count has a hashtag in its title." in told(client, f"{BASE}/hashtags")
    assert "Your exports name no sounds" in told(client, f"{BASE}/sounds")


def test_few_posts_are_told_how_many_more_it_takes(show: Show, client: FlaskClient) -> None:
    found = many(25)
    show(found, describe(found, "UTC"))
    page = told(client, BASE)
    assert "Not enough posts yet for an honest comparison (25 of 60): it takes 35 more." in page
    assert "probably do" not in page
    assert "Not enough posts yet for an honest comparison (25 of 40): it takes 15 more." in told(
        client, f"{BASE}/hashtags"
    )


@pytest.mark.parametrize("address", PAGES)
def test_a_page_without_a_list_of_posts_says_what_to_do(show: Show, client: FlaskClient, address: str) -> None:
    show(None, ContentFit())
    page = told(client, address)
    assert "No export of this account holds your posts." in page
    assert client.get(f"{address}.csv?table=hours").status_code == 404


@pytest.mark.parametrize("address", PAGES)
def test_a_page_that_is_worked_out_asks_again_by_itself(show: Show, client: FlaskClient, address: str) -> None:
    show(many(), None)
    page = client.get(address).text
    assert f'hx-get="{address}" hx-trigger="load delay:5s"' in page
    assert "probably do" not in page
    assert "No hashtag stands out" not in page


@pytest.mark.parametrize("address", PAGES)
def test_posts_that_do_not_count_yet_are_no_zero(show: Show, client: FlaskClient, address: str) -> None:
    found = table(post(-2))
    show(found, describe(found, "UTC"))
    assert "Only public posts count that are at least 7 days old" in told(client, address)


@pytest.mark.parametrize("address", PAGES)
def test_a_team_without_an_account_is_shown_the_way_to_an_export(
    alice: Member, client: FlaskClient, address: str
) -> None:
    sign_in(client, alice)
    assert "Bring your first export" in client.get(address).text
    assert client.get(f"{address}.csv").status_code == 404


def test_an_unknown_argument_or_table_is_refused(show: Show, client: FlaskClient) -> None:
    found = many()
    show(found, judged(found))
    for address in PAGES:
        assert client.get(f"{address}?luck=1").status_code == 422
        assert client.get(f"{address}.csv").status_code == 422
    assert client.get(f"{BASE}.csv?table=hours").status_code == 404
