"""What stands in the middle of an image, as values that ``templates/typst/card.typ`` draws."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from webapp.domain.cards import CardDesign, CardFormat
from webapp.domain.formatting import format_times
from webapp.domain.metrics import MetricKey
from webapp.domain.post_titles import shortened
from webapp.domain.redaction import UNTOLD
from webapp.domain.reports import (
    Curve,
    Figure,
    NewsCode,
    NewsItem,
    PostsPart,
    Report,
    ReportPost,
    ReportSection,
    ReportTag,
    Scale,
    Untold,
)
from webapp.domain.sections import Section
from webapp.renderers.charts.growth import draw_growth
from webapp.renderers.report_texts import ReportTexts
from webapp.renderers.typesetting import breakable

Body = dict[str, Any]

# The first that are known are shown.
_FIGURES: Final = (
    MetricKey.FOLLOWERS,
    MetricKey.NET,
    MetricKey.POSTS,
    MetricKey.LIKES_TOTAL,
    MetricKey.TYPICAL_LIKES,
    MetricKey.ENGAGEMENT_RATE,
    MetricKey.GAINED,
    MetricKey.LOST,
    MetricKey.TYPICAL_VIEWS,
    MetricKey.FOLLOWING,
)
# How much has room in each format.
_MOST_FIGURES: Final = {CardFormat.STORY: 6, CardFormat.PORTRAIT: 6, CardFormat.SQUARE: 4, CardFormat.LINK: 4}
_MOST_TAGS: Final = {CardFormat.STORY: 8, CardFormat.PORTRAIT: 7, CardFormat.SQUARE: 5, CardFormat.LINK: 4}
_MOST_FACTS: Final = {CardFormat.STORY: 4, CardFormat.PORTRAIT: 4, CardFormat.SQUARE: 4, CardFormat.LINK: 3}
_MOST_LETTERS: Final = {CardFormat.STORY: 200, CardFormat.PORTRAIT: 150, CardFormat.SQUARE: 110, CardFormat.LINK: 90}
_LONGEST_TAG: Final = 40
_NO_TAGS: Final = (Untold.NO_LIST, Untold.NO_TITLES, Untold.NO_POSTS, Untold.HIDDEN)
# In pixels of the image; a chart is drawn so many times smaller, so that its words are large enough. It is drawn in
# several heights, of which the template takes the largest that has room.
_CHARTS: Final = {
    CardFormat.STORY: (868, 500, 2.6),
    CardFormat.PORTRAIT: (876, 390, 2.5),
    CardFormat.SQUARE: (884, 300, 2.4),
    CardFormat.LINK: (560, 280, 2.0),
}
_HEIGHTS: Final = (1.15, 1.0, 0.85, 0.7, 0.55)
_ARROWS: Final = {"up": "↑ ", "down": "↓ ", "flat": "→ "}


def make_body(
    design: CardDesign, report: Report, texts: ReportTexts, shape: CardFormat, images: Mapping[str, bytes]
) -> Body:
    """Return the middle of an image; ``told`` is what it says in words, ``note`` how its numbers are to be read."""
    if design is CardDesign.MILESTONE:
        return _milestone(report, texts)
    if design is CardDesign.POST:
        return _post(report.posts, texts, shape, images)
    if design is CardDesign.GROWTH:
        return _growth(report, texts, shape)
    if design is CardDesign.HASHTAGS:
        return _hashtags(report, texts, shape)
    return _figures(report, texts, shape)


def spoken(text: str) -> Body:
    """Return words of people with the direction that their first letter has."""
    directions = (unicodedata.bidirectional(sign) for sign in text)
    first = next((each for each in directions if each in ("L", "R", "AL")), "L")
    return {"text": breakable(text), "is-rtl": first != "L"}


def find_milestone(report: Report) -> NewsItem | None:
    """Return the round number of followers that the report's period reached."""
    return next((item for item in report.news or () if item.code is NewsCode.MILESTONE), None)


def _milestone(report: Report, texts: ReportTexts) -> Body:
    label = texts.metric_label(MetricKey.FOLLOWERS)
    reached = find_milestone(report)
    if reached is not None and reached.value is not None and reached.first is not None:
        line = texts.gettext("Reached on %(day)s at the latest", day=texts.day(reached.first))
        note = texts.scale_note(ReportSection.FIGURES, reached.scale)
        return _hero(texts.count(reached.value), label, [line], note)
    figure = report.figure(MetricKey.FOLLOWERS)
    if figure is None or figure.value is None:
        return _quiet(texts.untold((figure and figure.untold) or Untold.NO_LIST))
    lines = [line for line in (_change(figure, texts), texts.figure_note(figure)) if line]
    return _hero(texts.figure_value(figure), label, lines, texts.scale_note(ReportSection.FIGURES, figure.scale))


def _hero(value: str, label: str, lines: list[str], note: str) -> Body:
    told = ". ".join([f"{label}: {value}", *lines])
    return {"kind": "hero", "value": value, "label": label, "lines": lines, "note": note, "told": told}


def _figures(report: Report, texts: ReportTexts, shape: CardFormat) -> Body:
    found = (report.figure(metric) for metric in _FIGURES)
    known = [figure for figure in found if figure is not None and figure.value is not None][: _MOST_FIGURES[shape]]
    if not known:
        return _quiet(texts.gettext("No number is known for this period."))
    items = [
        {
            "label": texts.figure_label(figure),
            "value": texts.figure_value(figure),
            "change": _change(figure, texts) or ("" if figure.n is not None else texts.figure_note(figure)),
        }
        for figure in known
    ]
    scale = next((figure.scale for figure in known if figure.scale is not Scale.EXACT), Scale.EXACT)
    return {
        "kind": "figures",
        "items": items,
        "note": texts.scale_note(ReportSection.FIGURES, scale),
        "told": "; ".join(f"{item['label']}: {item['value']}" for item in items),
    }


def _change(figure: Figure, texts: ReportTexts) -> str:
    change = texts.figure_change(figure)
    return f"{_ARROWS.get(texts.figure_direction(figure), '')}{change}" if change else ""


def _post(part: PostsPart | None, texts: ReportTexts, shape: CardFormat, images: Mapping[str, bytes]) -> Body:
    if part is None or not part.top:
        return _quiet(texts.untold((part and part.untold) or Untold.NO_POSTS))
    post = part.top[0]
    words = "" if post.title == UNTOLD else shortened(texts.post_title(post), _MOST_LETTERS[shape])
    facts = _post_facts(post, texts)[: _MOST_FACTS[shape]]
    when = f"{texts.day(post.published_on)} · {texts.post_kind(post.kind)}"
    return {
        "kind": "post",
        "words": spoken(words),
        "when": when,
        "cover": post.cover if post.cover in images else "",
        "facts": facts,
        "note": texts.scale_note(ReportSection.POSTS, part.scale),
        "told": "; ".join([words, when, *(f"{fact['label']}: {fact['value']}" for fact in facts)]).lstrip("; "),
    }


def _post_facts(post: ReportPost, texts: ReportTexts) -> list[dict[str, str]]:
    told = [
        (texts.gettext("Likes"), None if post.likes is None else texts.count(post.likes)),
        (
            texts.gettext("Against typical"),
            None if post.factor is None else f"×\u00a0{format_times(post.factor, texts.locale)}",
        ),
        (texts.gettext("Views"), None if post.views is None else texts.count(post.views)),
        (texts.gettext("Comments"), None if post.comments is None else texts.count(post.comments)),
    ]
    return [{"label": label, "value": value} for label, value in told if value is not None]


def _growth(report: Report, texts: ReportTexts, shape: CardFormat) -> Body:
    part, figure = report.growth, report.figure(MetricKey.FOLLOWERS)
    curve = next((each for each in (part.curves if part else ()) if each.section is Section.FOLLOWERS), None)
    width, height, times = _CHARTS[shape]
    label = texts.list_label(Section.FOLLOWERS)
    charts = [
        {
            "svg": draw_growth(curve, texts, label=label, width=width / times, height=height * share / times),
            "height": height * share,
        }
        for share in _HEIGHTS
        if curve is not None
    ]
    if curve is None or not charts[0]["svg"]:
        return _quiet(texts.untold((part and part.untold) or Untold.NO_LIST))
    is_known = figure is not None and figure.value is not None
    return {
        "kind": "growth",
        "charts": charts,
        "width": width,
        "label": texts.metric_label(MetricKey.FOLLOWERS),
        "value": texts.figure_value(figure) if figure is not None and is_known else "",
        "change": _change(figure, texts) if figure is not None and is_known else "",
        "legend": _legend(curve, texts),
        "note": texts.scale_note(ReportSection.GROWTH, curve.scale),
        "told": texts.curve_reading(curve),
    }


def _legend(curve: Curve, texts: ReportTexts) -> list[dict[str, str]]:
    kinds = [("dot", texts.gettext("counted by an export"))]
    if any(point.estimate is not None for point in curve.points):
        kinds.append(("dash", texts.gettext("estimate and its range")))
    if any(point.at_least is not None for point in curve.points):
        kinds.append(("least", texts.gettext("at least so many")))
    return [{"sign": sign, "text": text} for sign, text in kinds]


def _hashtags(report: Report, texts: ReportTexts, shape: CardFormat) -> Body:
    part = report.hashtags
    if part is None or not part.tags:
        # Only what keeps the hashtags themselves unknown: no test is told of here.
        if part is not None and part.untold in _NO_TAGS:
            return _quiet(texts.untold(part.untold))
        return _quiet(texts.gettext("No post of this period has a hashtag."))
    tags = part.tags[: _MOST_TAGS[shape]]
    # Where numbers are indexed nobody learns in how many posts a hashtag is.
    by_posts = all(tag.posts is not None for tag in tags)
    sizes = [(tag.posts if by_posts else tag.typical) or 0.0 for tag in tags]
    most = max(sizes) or 1.0
    rows = [{**_tag(tag, texts), "share": size / most} for tag, size in zip(tags, sizes, strict=True)]
    return {
        "kind": "hashtags",
        "rows": rows,
        "note": texts.scale_note(ReportSection.HASHTAGS, part.scale),
        "told": "; ".join(f"{row['words']['text']}: {row['value']}" for row in rows),
    }


def _tag(tag: ReportTag, texts: ReportTexts) -> Body:
    typical = ""
    if tag.typical is not None:
        typical = texts.ngettext(
            "typically %(count)s like",
            "typically %(count)s likes",
            round(tag.typical),
            count=texts.count(tag.typical),
        )
    posts = ""
    if tag.posts is not None:
        posts = texts.ngettext("%(count)s post", "%(count)s posts", round(tag.posts), count=texts.count(tag.posts))
    return {
        "words": spoken(f"#{shortened(tag.tag, _LONGEST_TAG)}"),
        "value": posts or typical,
        "sub": typical if posts else "",
    }


def _quiet(text: str) -> Body:
    return {"kind": "quiet", "text": text, "note": "", "told": text}
