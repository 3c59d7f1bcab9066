"""One number, one function, also away from the pages: a report says on every surface what pages and API say."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from shutil import copyfile
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select, update

from tests.conftest import make_settings
from tests.factories import Member, account_scope, mail_text, make_cast, run_jobs, sent_mails, sign_in
from tests.ledgers import at, parse_here
from tests.opened import ZONE, import_account, value_in
from tests.reuse import reuse
from webapp import create_app
from webapp.analytics.reports.payload import decode
from webapp.analytics.reports.report import find_report
from webapp.domain.cards import CardDesign, CardFormat, CardLook
from webapp.domain.digests import DigestKind
from webapp.domain.figures import FigureQuery
from webapp.domain.metrics import OF_POSTS, MetricKey
from webapp.domain.period import Period, instant
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.domain.post_query import PostFilter
from webapp.domain.redaction import NameDisplay
from webapp.domain.report_query import ReportQuery, month_period
from webapp.domain.reports import Figure, GoalMetric, Paper, Report
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import DigestSlot, DigestSubscription, ReportRun
from webapp.queue import JobKind
from webapp.renderers.cards import make_card
from webapp.renderers.report_texts import ReportTexts
from webapp.services import parser_process
from webapp.services.digests import DigestWish, subscribe
from webapp.services.goals import set_goal
from webapp.services.jobs import add_job
from webapp.services.reports import request_report
from webapp.services.shares import ShareWishes, create_share
from webapp.services.transaction import transaction

# From the second list of four to the last one; the posts of April are in it, and one of June.
PERIOD = PeriodQuery(Preset.CUSTOM, first=date(2025, 3, 1), last=date(2025, 6, 30))
JUNE = month_period(date(2025, 6, 1))
LOCALES = ("en", "fr")
# Numbers of posts that statistics count; the number of posts is about all of them.
_COUNTED = OF_POSTS - {MetricKey.POSTS}


@dataclass(frozen=True)
class Told:
    """One report on every surface: ``papers`` and ``pages`` are its text by language, ``digest`` the mail of June."""

    client: FlaskClient
    report: Report
    june: Report
    papers: dict[str, str]
    pages: dict[str, str]
    digest: EmailMessage

    def page(self, address: str, locale: str = "en") -> str:
        """Return a page of the app."""
        answer = self.client.get(address, headers={"Accept-Language": locale})
        assert answer.status_code == 200, address
        return answer.text

    def api(self, address: str) -> Any:
        """Return an answer of the API."""
        return self.client.get(address).get_json()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path, _readers: SimpleNamespace) -> Iterator[Told]:
    """The report of an account with posts, goals and figures of Studio, made once and read by every test."""
    folder = tmp_path_factory.mktemp("one_report")
    copyfile(empty_sqlite, folder / "app.sqlite3")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parser_process, "subprocess", _readers)
        parse_here(patch)
        app = create_app(make_settings(folder / "instance", f"sqlite:///{folder / 'app.sqlite3'}"))
        reuse(app)
        alice = make_cast(app).alice
        with app.app_context():
            import_account(alice)
            scope = account_scope(alice)
            set_goal(alice.actor, scope, date(2025, 4, 1), GoalMetric.LIKES, 800)
            set_goal(alice.actor, scope, date(2025, 6, 1), GoalMetric.FOLLOWERS, 400)
            query = ReportQuery(PERIOD)
            runs = [
                request_report(alice.actor, scope, query, title="", locale=locale, paper=Paper.A4) for locale in LOCALES
            ]
            share = create_share(alice.actor, scope, ShareWishes(query, names=NameDisplay.SHOWN))
            _order_digest(alice)
            run_jobs()
            body = db.session.scalar(select(ReportRun.body).where(ReportRun.public_id == runs[0]))
            assert body is not None
            report, june = decode(body), find_report(scope, ReportQuery(JUNE), at("2025-07-01"))
            db.session.remove()
        client = app.test_client()
        sign_in(client, alice)
        yield Told(
            client=client,
            report=report,
            june=june,
            papers={
                locale: _text_of(client.get(f"/reports/{run}.pdf").data)
                for locale, run in zip(LOCALES, runs, strict=True)
            },
            pages={
                locale: app.test_client().get(f"/s/{share.token}", headers={"Accept-Language": locale}).text
                for locale in LOCALES
            },
            digest=_digest_of(app),
        )
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def _order_digest(alice: Member) -> None:
    """Have the digest of June written, as it was due on the first of July."""
    subscribe(alice.actor, account_scope(alice), DigestWish(DigestKind.MONTHLY, "en", ZONE))
    with transaction() as session:
        row = session.scalars(select(DigestSubscription)).one()
        session.execute(update(DigestSubscription).values(told_until=0))
        slot = DigestSlot(subscription_id=row.id, planned_at=at("2025-07-01 05:00:00"), created_at=row.created_at)
        session.add(slot)
        session.flush()
        add_job(session, JobKind.DIGEST_SEND, arguments={"slot_id": slot.id, "subscription_id": row.id})


def _digest_of(app: Flask) -> EmailMessage:
    (digest,) = [mail for mail in sent_mails(app) if mail["List-Id"] is not None]
    return digest


def _text_of(pdf: bytes) -> str:
    """Return the lines of a PDF's pages, without the marks that only say where a line may break."""
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    return re.sub("[\u200b\u2060\u2068\u2069\u00ad]", "", "\n".join(pages))


def words(text: str) -> str:
    """Return what a page or a sheet says, as one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


# ---- the key figures ----


def figures_of(report: Report) -> tuple[Figure, ...]:
    assert report.figures is not None
    return report.figures


def question(metric: MetricKey, period: PeriodQuery) -> FigureQuery:
    """Return what the page asks that shows a figure of a report."""
    if metric not in OF_POSTS:
        return FigureQuery(metric, period=period)
    days = Period(period.first, period.last, ZONE)
    return FigureQuery(metric, posts=PostFilter(days, counted=metric in _COUNTED))


def drawn(told: Told, metric: MetricKey, period: PeriodQuery, locale: str = "en") -> str:
    """Return the value of a figure as its own page writes it."""
    query = "&".join(f"{name}={value}" for name, value in question(metric, period).to_args().items())
    return value_in(told.page(f"/figures/{metric.value}?{query}", locale))


def on_cards(told: Told, period: PeriodQuery) -> dict[str, str]:
    """Return the cards of the dashboard and of posts over time: their labels and values."""
    days = f"date_from={period.first}&date_to={period.last}"
    found: dict[str, str] = {}
    for address in (f"/dashboard?{days}", f"/content/analytics/trends?{days}"):
        cards = told.page(address).split('<article class="card kpi">')[1:]
        for card in cards:
            label, _, rest = card.partition("</h2>")
            value = re.search(r'<p class="kpi-value[^>]*>(.*?)</p>', rest, re.DOTALL)
            assert value
            found[words(label)] = words(value[1])
    return found


def in_api(told: Told, period: PeriodQuery) -> dict[MetricKey, float]:
    """Return the figures as the API answers them."""
    lists, growth = told.api("/api/followers/stats/"), told.api("/api/followers/growth/")["growth"]
    # The change of the first list inside reaches back to the one before the period.
    inside = [point for point in growth if str(period.first) <= point["date"] <= str(period.last)]
    days = f"date_from={period.first}&date_to={period.last}"
    counted = told.api(f"/api/posts/stats/?{days}&counted=1")
    gained, lost = (sum(point[f"followers_{name}"] for point in inside) for name in ("gained", "lost"))
    found = {
        MetricKey.FOLLOWERS: lists["total_followers"],
        MetricKey.FOLLOWING: lists["total_following"],
        MetricKey.MUTUALS: lists["mutuals_count"],
        MetricKey.FOLLOWER_RATIO: lists["follower_ratio"],
        MetricKey.GAINED: gained,
        MetricKey.LOST: lost,
        MetricKey.NET: gained - lost,
        MetricKey.POSTS: told.api(f"/api/posts/stats/?{days}")["posts"],
        MetricKey.TYPICAL_LIKES: counted["typical_likes"],
        MetricKey.LIKES_TOTAL: counted["likes_total"],
        MetricKey.ENGAGEMENT_RATE: counted["engagement_rate"],
    }
    return {metric: value for metric, value in found.items() if value is not None}


def test_every_key_figure_is_that_of_the_api(told: Told) -> None:
    for report, period in ((told.report, PERIOD), (told.june, JUNE)):
        known = {figure.metric: figure.value for figure in figures_of(report) if figure.value is not None}
        assert known == pytest.approx(in_api(told, period), abs=1e-6)
    assert len(known) < len(figures_of(told.report)) == 11


@pytest.mark.parametrize("locale", LOCALES)
def test_every_key_figure_is_the_same_on_paper_on_the_public_page_and_on_its_own_page(told: Told, locale: str) -> None:
    texts, paper, page = ReportTexts(locale), told.papers[locale], told.pages[locale]
    for figure in figures_of(told.report):
        label, value = texts.figure_label(figure), texts.figure_value(figure)
        assert f"\n{label}\n{value}\n" in paper, label
        shared = re.search(rf'data-metric="{figure.metric.value}">.*?<p class="kpi-value[^>]*>([^<]*)', page, re.DOTALL)
        assert shared
        assert html.unescape(shared[1]) == value, label
        assert drawn(told, figure.metric, PERIOD, locale) == value.removeprefix("+"), label


def test_every_card_of_the_pages_says_what_the_report_says(told: Told) -> None:
    texts, cards = ReportTexts("en"), on_cards(told, PERIOD)
    said = {texts.figure_label(figure): texts.figure_value(figure) for figure in figures_of(told.report)}
    assert len(cards) == 10
    assert cards == {label: value for label, value in said.items() if label in cards}


def test_the_digest_says_of_its_month_what_the_pages_say(told: Told) -> None:
    texts, text = ReportTexts("en"), words(mail_text(told.digest))
    drawing = str(told.digest.get_body(("html",)).get_content())  # type: ignore[union-attr]
    for figure in figures_of(told.june):
        label, value = texts.figure_label(figure), texts.figure_value(figure)
        assert re.search(rf"{label}:? {re.escape(value)}", text), label
        row = rf">\s*{label}\s*(?:<span[^>]*>[^<]*</span>)?</th>\s*<td[^>]*>\s*{re.escape(value)}\s*<"
        assert re.search(row, drawing), label
        if figure.value is not None:
            assert drawn(told, figure.metric, JUNE) == value.removeprefix("+"), label
    goals = told.june.goals.goals if told.june.goals else ()
    assert [goal.metric for goal in goals] == [GoalMetric.FOLLOWERS]
    assert texts.goal_sentence(goals[0]) in text
    attached = next(iter(told.digest.iter_attachments()))
    paper = _text_of(attached.get_content())
    for figure in figures_of(told.june):
        assert f"\n{texts.figure_label(figure)}\n{texts.figure_value(figure)}\n" in paper


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("shape", CardFormat)
def test_every_number_on_an_image_is_one_of_the_report(told: Told, shape: CardFormat, locale: str) -> None:
    report, texts = told.report, ReportTexts(locale)
    body = {design: make_card(report, locale, CardLook(design, shape)).values["body"] for design in CardDesign}
    said = {texts.figure_label(figure): texts.figure_value(figure) for figure in figures_of(report)}
    items = body[CardDesign.FIGURES]["items"]
    assert len(items) >= 4
    assert all(said[item["label"]] == item["value"] for item in items)
    followers = said[texts.metric_label(MetricKey.FOLLOWERS)]
    assert body[CardDesign.GROWTH]["value"] == body[CardDesign.MILESTONE]["value"] == followers
    assert report.posts is not None
    likes = body[CardDesign.POST]["facts"][0]
    assert likes["value"] == texts.count(report.posts.top[0].likes or 0)
    assert report.hashtags is not None
    for tag, row in zip(report.hashtags.tags, body[CardDesign.HASHTAGS]["rows"], strict=False):
        numbers = f"{row['value']} {row['sub']}".split()
        assert texts.count(tag.posts or 0) in numbers
        assert texts.count(tag.typical or 0) in numbers


# ---- the other parts ----


def test_the_curve_and_what_came_and_went_are_those_of_the_api(told: Told) -> None:
    growth, part = told.api("/api/followers/growth/")["growth"], told.report.growth
    assert part is not None
    inside = [point for point in growth if str(PERIOD.first) <= point["date"]]
    for curve in part.curves:
        name = "follower_count" if curve.section is Section.FOLLOWERS else "following_count"
        counted = [(point.day.isoformat(), point.exact) for point in curve.points if point.exact is not None]
        assert counted == [(point["date"], point[name]) for point in inside if point[name] is not None]
    assert [(flow.last.isoformat(), flow.gained, flow.lost) for flow in part.flows] == [
        (point["date"], point["followers_gained"], point["followers_lost"]) for point in inside
    ]
    texts = ReportTexts("en")
    for surface in (told.papers["en"], told.pages["en"]):
        said = words(surface)
        assert all(texts.curve_reading(curve) in said for curve in part.curves)
        assert texts.flows_reading(part) in said
    shared = words(told.pages["en"])
    assert all(f"+{flow.gained:.0f}" in shared and f"−{flow.lost:.0f}" in shared for flow in part.flows)


def test_who_came_and_left_are_as_many_and_the_same_people_everywhere(told: Told) -> None:
    part, texts = told.report.changes, ReportTexts("en")
    assert part is not None
    for surface in (told.papers["en"], told.pages["en"]):
        said = words(surface)
        assert texts.changes_reading(part) in said
        assert texts.pair_reading(part) in said
        assert all(person.name in said for person in (*part.came, *part.left))
    changes = told.api("/api/followers/changes/")
    for people, kind in ((part.came, "gained"), (part.left, "lost")):
        assert people
        assert {person.name for person in people} <= {row["username"] for row in changes[kind]}


def test_the_posts_of_the_report_are_those_of_the_list_of_posts(told: Told) -> None:
    part = told.report.posts
    assert part is not None
    days = f"date_from={PERIOD.first}&date_to={PERIOD.last}"
    listed = told.api(f"/api/posts/?{days}&ordering=-likes")["results"][: len(part.top)]
    assert [(post.title, post.likes, post.views) for post in part.top] == [
        (post["title"], post["likes"], post["views"]) for post in listed
    ]
    for surface in (told.papers["en"], told.pages["en"]):
        said = words(surface)
        assert all(re.search(rf"{re.escape(post.title)}.{{0,120}}?\b{post.likes:.0f}\b", said) for post in part.top)


def test_hashtags_and_hours_are_those_of_their_pages(told: Told) -> None:
    days = f"date_from={PERIOD.first}&date_to={PERIOD.last}"
    hashtags, timing = told.report.hashtags, told.report.timing
    assert hashtags is not None
    assert timing is not None
    assert hashtags.tags
    for tag in hashtags.tags:
        counted = told.api(f"/api/posts/stats/?{days}&hashtag={tag.tag}&counted=1")
        assert tag.posts == counted["posts"], tag.tag
        assert tag.typical == pytest.approx(counted["typical_likes"]), tag.tag
    counted = told.api(f"/api/posts/?{days}&counted=1&page_size=1000")
    assert sum(timing.cells) == counted["count"]
    for hour, posts in enumerate(timing.cells):
        where = f"weekday={hour // 24}&hour={hour % 24}"
        if posts:
            assert told.api(f"/api/posts/?{days}&counted=1&{where}")["count"] == posts, where


def test_goals_are_those_of_their_page_and_of_the_api(told: Told) -> None:
    part, texts = told.report.goals, ReportTexts("en")
    assert part is not None
    assert [(goal.actual, goal.state.value) for goal in part.goals] == [
        (item["actual"], item["state"]) for item in told.api("/api/goals/")["results"]
    ]
    for surface in (told.page("/reports/goals"), told.papers["en"], told.pages["en"]):
        assert all(texts.goal_sentence(goal) in words(surface) for goal in part.goals)
    assert told.api("/api/goals/?month_from=2025-04&month_to=2025-04")["results"][0]["actual"] == next(
        figure.value for figure in figures_of(told.report) if figure.metric is MetricKey.LIKES_TOTAL
    )


def test_every_export_behind_the_numbers_is_named_with_its_digest(told: Told) -> None:
    sources = told.report.sources
    assert sources is not None
    imports = {row["at"] for row in told.api("/api/exports/")["results"]}
    assert sources.exports
    for source in sources.exports:
        # A download from TikTok Studio holds no list.
        is_export = instant(source.exported_at).strftime("%Y-%m-%dT%H:%M:%SZ") in imports
        assert is_export == bool(source.sections)
        assert source.sha256
        assert source.sha256 in told.papers["en"].replace("\n", "")
        assert source.sha256 not in told.pages["en"]
