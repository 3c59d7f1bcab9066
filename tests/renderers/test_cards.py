"""Images to post elsewhere: every design in every format holds hard texts, keeps its edges, and tells what it may."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import msgspec
import pytest
from PIL import Image

from tests.images import picture
from tests.reports import ARABIC_TITLE, CJK_TITLE, EMOJI_TITLE, HOSTILE_TITLE, LONG_NAME, empty_report, sample_report
from webapp.domain.cards import CardDesign, CardFormat, CardLook
from webapp.domain.metrics import MetricKey
from webapp.domain.redaction import UNTOLD
from webapp.domain.reports import Figure, HashtagsPart, PostsPart, Report, Scale, Untold
from webapp.domain.shares import Watermark
from webapp.renderers.cards import Card, draw, draw_link_image, make_card
from webapp.renderers.report_texts import ReportTexts

# Nothing but the ground is drawn there: apps cover it with their own buttons.
STORY_TOP, STORY_BOTTOM = 250, 340
EDGE = 30
# Half as many pixels either way show the same.
HALF = 0.5
MARK = Watermark(f"{ARABIC_TITLE} {LONG_NAME}"[:120], date(2026, 6, 1), "ab12cd34")


def hard_report() -> Report:
    """Return a report whose every text is long, foreign or hostile, with an index, a logo and a cover."""
    report = with_best_post(title="x" * 300, cover="cover.webp", likes=1_000_000.0, views=123_456_789.0)
    assert report.figures is not None
    assert report.hashtags is not None
    tags = tuple(replace(tag, posts=None) for tag in report.hashtags.tags)
    return replace(
        report,
        head=replace(
            report.head, is_sample=True, display_name="W" * 60, team="W" * 60, handle="w" * 24, logo="logo.webp"
        ),
        figures=tuple(replace(figure, scale=Scale.INDEX, n=None) for figure in report.figures),
        hashtags=replace(report.hashtags, tags=tags, scale=Scale.INDEX),
        news=(),
    )


def with_best_post(**changes: Any) -> Report:
    posts = sample_report().posts
    assert posts is not None
    return sample_report(posts=replace(posts, top=(replace(posts.top[0], **changes),)))


REPORTS: dict[str, tuple[Callable[[], Report], str, Watermark | None]] = {
    "plain": (sample_report, "", None),
    "hard": (hard_report, f"{HOSTILE_TITLE} {'Wide ' * 8}", MARK),
    "arabic": (lambda: with_best_post(title=ARABIC_TITLE * 3), ARABIC_TITLE, MARK),
    "cjk": (lambda: with_best_post(title=CJK_TITLE * 3), CJK_TITLE, None),
    "empty": (empty_report, "", None),
}
SHAPES = [
    *((name, shape) for name in ("plain", "hard") for shape in CardFormat),
    ("arabic", CardFormat.PORTRAIT),
    ("cjk", CardFormat.SQUARE),
    ("empty", CardFormat.LINK),
]


@cache
def images() -> dict[str, bytes]:
    return {"logo.webp": picture(480, 200, "WEBP"), "cover.webp": picture(270, 480, "WEBP", "red")}


@cache
def drawn(name: str, design: CardDesign, shape: CardFormat) -> Image.Image:
    make, title, mark = REPORTS[name]
    card = make_card(make(), "fr", CardLook(design, shape, title), mark, images())
    return opened(draw(card, scale=HALF))


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def told(card: Card) -> str:
    return msgspec.json.encode(card.values).decode().replace("\u200b", "")


def figures_of(report: Report, locale: str = "en") -> list[dict[str, str]]:
    items: list[dict[str, str]] = make_card(report, locale, CardLook()).values["body"]["items"]
    return items


@pytest.mark.parametrize(("name", "shape"), SHAPES)
def test_every_design_has_the_size_of_its_format_and_nothing_touches_its_edges(name: str, shape: CardFormat) -> None:
    width, height = (side // 2 for side in shape.size)
    edge, top, bottom = (round(pixels * HALF) for pixels in (EDGE, STORY_TOP, STORY_BOTTOM))
    grounds = set()
    for design in CardDesign:
        image = drawn(name, design, shape)
        assert image.size == (width, height)
        sides = [(0, 0, edge, height), (width - edge, 0, width, height), (0, 0, width, edge)]
        sides.append((0, height - edge, width, height))
        if shape is CardFormat.STORY:
            sides += [(0, 0, width, top), (0, height - bottom, width, height)]
        grounds.add(tuple(image.crop(side).tobytes() for side in sides))
    # Whatever is drawn in the middle, the ground around it is the same.
    assert len(grounds) == 1


def test_the_edges_hold_the_same_for_short_and_for_long_texts() -> None:
    top = (0, 0, 540, STORY_TOP // 2)
    tops = {drawn(name, CardDesign.FIGURES, CardFormat.STORY).crop(top).tobytes() for name in ("plain", "hard")}
    assert len(tops) == 1


def test_an_emoji_has_its_colours() -> None:
    def yellow(title: str) -> int:
        card = make_card(with_best_post(title=title), "en", CardLook(CardDesign.POST, CardFormat.SQUARE))
        red, green, blue = opened(draw(card, scale=HALF)).split()
        bands = zip(red.tobytes(), green.tobytes(), blue.tobytes(), strict=True)
        return sum(red > 240 and 150 < green < 200 and blue < 90 for red, green, blue in bands)

    assert yellow("A sun: ☀️") > 100
    assert yellow("A sun: none") == 0


def test_the_ground_has_the_hue_of_the_team() -> None:
    def corner(hue: int) -> tuple[int, ...]:
        card = make_card(sample_report(head={"hue": hue}), "en", CardLook())
        found = opened(draw(card, scale=HALF)).getpixel((5, 955))
        assert isinstance(found, tuple)
        return found

    blue, green = corner(270), corner(150)
    assert blue[2] > max(blue[0], blue[1])
    assert green[1] > max(green[0], green[2])


def test_the_figures_are_those_of_the_report_in_its_words() -> None:
    report, texts = sample_report(), ReportTexts("fr")
    for item in figures_of(report, "fr"):
        figure = next(each for each in report.figures or () if texts.figure_label(each) == item["label"])
        assert item["value"] == texts.figure_value(figure)
        assert texts.figure_change(figure) in item["change"]
    assert [item["label"] for item in figures_of(report)][:3] == ["Followers", "Net change", "Posts"]


def test_a_number_that_nobody_knows_is_left_out_and_zero_is_not() -> None:
    values = {item["label"]: item["value"] for item in figures_of(empty_report())}
    assert values == {"Followers": "12", "Posts": "0"}
    unknown = replace(empty_report(), figures=(Figure(MetricKey.FOLLOWERS, None, Untold.NO_LIST),))
    body = make_card(unknown, "en", CardLook()).values["body"]
    assert body["kind"] == "quiet"


def test_a_milestone_is_told_with_its_day_and_else_how_many_there_are() -> None:
    look = CardLook(CardDesign.MILESTONE)
    reached = make_card(sample_report(), "en", look)
    assert (reached.values["body"]["value"], reached.values["body"]["label"]) == ("1,000,000", "Followers")
    assert "May 29, 2026" in reached.told
    none = make_card(sample_report(news=()), "en", look)
    assert none.values["title"]["text"] == "Followers so far"
    assert none.values["body"]["value"] == "1,000,000"


def test_a_post_without_words_says_so_and_one_with_hidden_words_says_nothing() -> None:
    look = CardLook(CardDesign.POST)
    silent = make_card(with_best_post(title=""), "en", look).values["body"]["words"]["text"]
    hidden = make_card(with_best_post(title=UNTOLD), "en", look)
    assert silent == "Without words"
    assert hidden.values["body"]["words"]["text"] == ""
    assert UNTOLD not in told(hidden)


def test_the_words_of_a_post_keep_their_direction_and_stay_words() -> None:
    look = CardLook(CardDesign.POST, CardFormat.SQUARE)
    for title, is_rtl in ((ARABIC_TITLE, True), (EMOJI_TITLE, False), (HOSTILE_TITLE, False)):
        words = make_card(with_best_post(title=title), "en", look).values["body"]["words"]
        assert words["text"].replace("\u200b", "") == title
        assert words["is-rtl"] is is_rtl


def test_whoever_is_not_named_is_nowhere_on_any_design() -> None:
    report = sample_report(head={"team": None, "handle": None, "display_name": None, "logo": None})
    for design in CardDesign:
        found = told(make_card(report, "en", CardLook(design)))
        assert "lovelace" not in found.lower()
        assert LONG_NAME not in found


def test_hidden_hashtags_are_not_told_and_indexed_ones_have_no_count_of_posts() -> None:
    look = CardLook(CardDesign.HASHTAGS)
    hidden = make_card(sample_report(hashtags=HashtagsPart(untold=Untold.HIDDEN)), "en", look)
    assert hidden.values["body"]["kind"] == "quiet"
    rows = make_card(hard_report(), "en", look).values["body"]["rows"]
    assert all("post" not in row["value"] for row in rows)
    assert max(row["share"] for row in rows) == 1


def test_how_numbers_are_to_be_read_and_that_they_are_made_up_stands_on_the_image() -> None:
    facts = make_card(hard_report(), "en", CardLook()).values["facts"]
    assert any("Numbers are an index" in fact for fact in facts)
    assert any("made up" in fact for fact in facts)


def test_a_watermark_is_drawn_and_makes_another_image() -> None:
    look = CardLook(CardDesign.GROWTH, CardFormat.SQUARE)
    bare, marked = (make_card(sample_report(), "en", look, mark) for mark in (None, MARK))
    assert "ab12cd34" in told(marked)
    assert bare.digest != marked.digest
    assert bare.digest == make_card(sample_report(), "en", look).digest
    assert draw(bare) != draw(marked)


def test_a_link_has_an_image_whatever_its_report_tells() -> None:
    bare = Report(sample_report().head)
    only_posts = replace(bare, posts=sample_report().posts)
    nothing = replace(bare, posts=PostsPart(untold=Untold.NO_POSTS))
    found = [draw_link_image(report, "en", MARK) for report in (sample_report(), bare, only_posts, nothing)]
    assert {opened(image).size for image in found} == {(1200, 630)}
    assert len(set(found)) == 4
