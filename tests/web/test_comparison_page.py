"""/audience/analysis/comparison: the picture, its table, and the people of each part."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Member, account_scope, export_json, import_done, many, sign_in
from webapp.extensions import db
from webapp.services.people import add_tag

# What is looked at is made of the same answers on both databases, which tests of their own compare.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PAGE = "/audience/analysis/comparison"
NAMES = re.compile(r'class="person-name"[^>]*>@<bdi>([^<]+)</bdi>')
LISTS = ("mutuals", "followers_only", "following_only")
COMMON = many(30, "both")
FANS, BRANDS = many(120, "fan"), many(7, "brand")


@pytest.fixture
def bring(app: Flask, alice: Member, client: FlaskClient) -> Any:
    """Import an export of Alice's, who is signed in."""

    def run(followers: Any, following: Any, **wishes: Any) -> FlaskClient:
        with app.app_context():
            import_done(alice, export_json(followers, following), **wishes)
            db.session.remove()
        sign_in(client, alice)
        return client

    return run


@pytest.fixture
def filled(bring: Any) -> FlaskClient:
    """A browser of Alice: 30 mutuals, 120 who only follow, 7 who are only followed."""
    client: FlaskClient = bring([*COMMON, *FANS], [*COMMON, *BRANDS])
    return client


def cells(page: str) -> list[list[str]]:
    """Return the rows of the table, as texts."""
    body = page.split("<tbody>")[1].split("</tbody>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row)] for row in rows]


def test_the_table_has_every_figure_with_its_share_of_either_list(filled: FlaskClient) -> None:
    for view in ("venn", "bars"):
        assert cells(filled.get(f"{PAGE}?view={view}").text) == [
            ["Followers", "150", "100.0%", "–"],
            ["Following", "37", "–", "100.0%"],
            ["Mutuals", "30", "20.0%", "81.1%"],
            ["Followers only", "120", "80.0%", "–"],
            ["Following only", "7", "–", "18.9%"],
        ]


def test_the_circles_have_names_and_the_numbers_of_the_table(filled: FlaskClient) -> None:
    page = filled.get(PAGE).text
    figure = page.split("<figure")[1].split("</figure>")[0]
    spec = json.loads(figure.split("<template data-chart-data>")[1].split("</template>")[0])
    assert spec["sets"] == ["Followers", "Following"]
    assert [(each["sets"], each["value"], each["text"]) for each in spec["regions"]] == [
        (["Followers"], 120, "120"),
        (["Following"], 7, "7"),
        (["Followers", "Following"], 30, "30"),
    ]
    sentence = "150 people follow you and you follow 37. 30 are on both lists"
    assert re.search(rf'<canvas role="img" aria-label="How your lists overlap\. {sentence}', figure)
    assert re.search(rf'<p class="chart-reading">{sentence}', figure)


def test_the_bars_are_proportional_and_need_no_inline_style(filled: FlaskClient) -> None:
    page = filled.get(f"{PAGE}?view=bars").text
    figure = page.split('<ul class="bars">')
    widths = [[float(width) for width in re.findall(r' width="([\d.]+)"', part)] for part in figure[1:]]
    assert widths[0] == [20, 80, 20, 4.67, 20, 0]
    assert widths[1] == [20, 80, 81.08, 18.92]
    assert "style=" not in page
    assert "<canvas" not in page


@pytest.mark.parametrize(
    ("followers", "following", "widths"),
    [(1000, 0, [0, 100, 0, 0, 0, 0]), (1000, 1, [0.4, 99.6, 0.4, 0, 0.4, 0]), (0, 0, [0, 0, 0, 0, 0, 0])],
)
def test_a_bar_of_somebody_is_always_seen_and_of_nobody_never(
    bring: Any, followers: int, following: int, widths: list[float]
) -> None:
    people = many(followers)
    page = bring(people, people[:following]).get(f"{PAGE}?view=bars").text
    sizes = page.split('<ul class="bars">')[1].split("</ul>")[0]
    assert [float(width) for width in re.findall(r' width="([\d.]+)"', sizes)] == widths


@pytest.mark.parametrize(
    ("chosen", "people"), [("mutuals", COMMON), ("followers_only", FANS), ("following_only", BRANDS)]
)
def test_a_part_has_its_people_its_total_and_its_download(
    filled: FlaskClient, chosen: str, people: list[tuple[str, str]]
) -> None:
    page = filled.get(f"{PAGE}?list={chosen}&page_size=1000").text
    names = [name for name, _ in people]
    assert NAMES.findall(page) == names
    assert re.search(rf'<strong><a class="opened" href="/figures/{chosen}"[^>]*>{len(names)} people</a></strong>', page)
    table = list(csv.DictReader(io.StringIO(filled.get(f"{PAGE}.csv?list={chosen}").text)))
    assert [row["username"] for row in table] == names
    dates = [at.replace(" ", "T") + "Z" for _, at in people]
    assert [row["date_followed"] for row in table] == ([""] * 7 if chosen == "following_only" else dates)
    assert [row["date_following"] for row in table] == ([""] * 120 if chosen == "followers_only" else dates)


@pytest.mark.parametrize("chosen", LISTS)
@pytest.mark.parametrize(
    "arguments", ["search=0001", "date_to=2025-01-01", "ordering=username", "ordering=date_followed&page_size=2"]
)
def test_a_filter_means_the_same_on_page_download_and_api(filled: FlaskClient, chosen: str, arguments: str) -> None:
    kind = "common" if chosen == "mutuals" else chosen.replace("_", "-")
    answer = json.loads(filled.get(f"/api/followers/{kind}/?{arguments}").text)
    page = filled.get(f"{PAGE}?list={chosen}&{arguments}").text
    names = [row["username"] for row in answer["results"]]
    assert names
    assert NAMES.findall(page) == names
    download = html.unescape(re.findall(rf'href="({PAGE}\.csv[^"]*)"', page)[0])
    table = [row["username"] for row in csv.DictReader(io.StringIO(filled.get(download).text))]
    assert len(table) == answer["count"]
    assert table[: len(names)] == names


def test_pages_lead_on_and_back_within_a_part(filled: FlaskClient) -> None:
    first = filled.get(f"{PAGE}?list=followers_only&view=bars&page_size=50").text
    following = html.unescape(re.findall(r'rel="next" href="([^"]+)"', first)[0])
    assert "list=followers_only" in following
    assert "view=bars" in following
    second = filled.get(following).text
    assert NAMES.findall(first) + NAMES.findall(second) == [name for name, _ in FANS[:100]]
    before = html.unescape(re.findall(r'rel="prev" href="([^"]+)"', second)[0])
    assert NAMES.findall(filled.get(before).text) == NAMES.findall(first)


def test_mutuals_say_since_when_on_both_sides(bring: Any) -> None:
    one, other = ("ada", "2025-03-01 12:00:00"), ("ada", "2025-05-05 12:00:00")
    assert "mutual since May 5, 2025, they follow you since Mar 1, 2025" in bring([one], [other]).get(PAGE).text


def test_mutuals_whom_the_account_followed_first_say_so(bring: Any) -> None:
    one, other = ("ada", "2025-03-01 12:00:00"), ("ada", "2025-05-05 12:00:00")
    assert "mutual since May 5, 2025, you follow them since Mar 1, 2025" in bring([other], [one]).get(PAGE).text


def test_tags_are_shown_and_marks_are_given_on_the_list_of_the_same_people(
    filled: FlaskClient, app: Flask, alice: Member
) -> None:
    with app.app_context():
        add_tag(alice.actor, account_scope(alice), ["brand00001"], "ignore")
        add_tag(alice.actor, account_scope(alice), ["brand00002"], "family")
        db.session.remove()
    page = filled.get(f"{PAGE}?list=following_only").text
    assert page.count('class="person-tags"') == 2
    assert "People you marked as ignored are shown." in page
    marking = html.unescape(re.findall(r'href="(/audience/following\?[^"]*pick=1[^"]*)"', page)[0])
    assert [NAMES.findall(page)] == [NAMES.findall(filled.get(marking).text)]
    hiding = html.unescape(re.findall(r'href="([^"]+)"[^>]*>Leave them out', page)[0])
    hidden = filled.get(hiding).text
    assert "brand00001" not in NAMES.findall(hidden)
    assert "<strong>6 found</strong>" in hidden
    showing = html.unescape(re.findall(r'href="([^"]+)"[^>]*>Show them', hidden)[0])
    assert NAMES.findall(filled.get(showing).text) == NAMES.findall(page)


def test_a_viewer_is_not_shown_a_way_to_mark(filled: FlaskClient, bob: Member) -> None:
    sign_in(filled, bob)
    assert "pick=1" not in filled.get(PAGE).text


@pytest.mark.parametrize(("followers", "following"), [(COMMON, None), (None, COMMON)])
def test_with_one_list_the_other_figures_are_unknown(bring: Any, followers: Any, following: Any) -> None:
    client = bring(followers, following)
    page = client.get(PAGE).text
    known, unknown = ("30", "unknown") if followers else ("unknown", "30")
    table = cells(page)
    assert [row[1].partition(":")[0] for row in table] == [known, unknown, "unknown", "unknown", "unknown"]
    assert "Nothing to compare" in page
    assert "<canvas" not in page
    assert 'id="people"' not in page
    assert client.get(f"{PAGE}.csv").status_code == 404


def test_with_nobody_on_one_list_everything_is_known(bring: Any) -> None:
    page = bring(FANS, []).get(PAGE).text
    assert [row[1] for row in cells(page)] == ["120", "0", "0", "120", "0"]
    assert "120 people follow you and you follow 0; nobody is on both lists." in page
    assert "Nobody is on both of your lists." in page


def test_without_an_account_or_a_list_the_page_says_how_to_get_one(
    client: FlaskClient, alice: Member, app: Flask
) -> None:
    sign_in(client, alice)
    assert "Bring your first export" in client.get(PAGE).text
    assert client.get(f"{PAGE}.csv").status_code == 404
    with app.app_context():
        import_done(alice, export_json(None, None, posts=[]))
        db.session.remove()
    assert "No list in your exports yet" in client.get(PAGE).text


@pytest.mark.parametrize("arguments", ["list=friends", "view=pie", "relation=all", "mutual=1", "page=0", "lst=mutuals"])
def test_a_bad_argument_is_refused(filled: FlaskClient, arguments: str) -> None:
    assert filled.get(f"{PAGE}?{arguments}").status_code == 422
