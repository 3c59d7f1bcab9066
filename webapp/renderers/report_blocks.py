"""The parts of a report as blocks: what ``templates/typst/report.typ`` knows how to set on paper."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from webapp.domain.formatting import format_times
from webapp.domain.metrics import MetricKey
from webapp.domain.post_titles import shortened
from webapp.domain.reports import (
    ChangesPart,
    Figure,
    GoalProgress,
    GoalsPart,
    GoalState,
    GrowthPart,
    HashtagsPart,
    NewsItem,
    NotesPart,
    PostsPart,
    Report,
    ReportPerson,
    ReportPost,
    ReportSection,
    ReportTag,
    Scale,
    SourcesPart,
    TimingPart,
)
from webapp.renderers.charts.bars import draw_bar, draw_progress, draw_range, draw_spark
from webapp.renderers.charts.flows import draw_flows
from webapp.renderers.charts.growth import draw_growth
from webapp.renderers.charts.heat import draw_heat
from webapp.renderers.report_texts import ReportTexts
from webapp.renderers.typesetting import breakable

Block = dict[str, Any]

_LONGEST_TITLE: Final = 140
_TALL, _LOW = 240, 170
# An effect is drawn on a scale that reaches at least so far to either side.
_LEAST_SPAN: Final = 0.2
# Of these numbers more is good news, of those less; of all others neither.
_GOOD_UP: Final = frozenset({MetricKey.FOLLOWERS, MetricKey.GAINED, MetricKey.NET, MetricKey.STAYING})
_GOOD_DOWN: Final = frozenset({MetricKey.LOST})
_NUMBER_OF_STATE: Final = {GoalState.MET: 3, GoalState.ON_PACE: 1, GoalState.BEHIND: 2, GoalState.MISSED: 4}
_ARROWS: Final = {"up": "↑ ", "down": "↓ ", "flat": "→ "}


def make_sections(report: Report, texts: ReportTexts, images: Mapping[str, bytes]) -> list[Block]:
    """Return the parts of a report in their order, each with its title and what stands in it.

    ``images`` are the covers that there are, by the names that posts have for them.
    """
    parts: tuple[tuple[ReportSection, Any, Callable[..., list[Block]]], ...] = (
        (ReportSection.FIGURES, report.figures, _figures),
        (ReportSection.NEWS, report.news, _news),
        (ReportSection.GROWTH, report.growth, _growth),
        (ReportSection.CHANGES, report.changes, _changes),
        (ReportSection.POSTS, report.posts, lambda part, words: _posts(part, words, images)),
        (ReportSection.HASHTAGS, report.hashtags, _hashtags),
        (ReportSection.TIMING, report.timing, _timing),
        (ReportSection.GOALS, report.goals, _goals),
        (ReportSection.NOTES, report.notes, _notes),
        (ReportSection.SOURCES, report.sources, lambda part, words: _sources(part, words, report.head.timezone)),
    )
    return [
        {
            "title": texts.section_title(section),
            "has-own-page": section in (ReportSection.FIGURES, ReportSection.SOURCES),
            "blocks": draw(part, texts),
        }
        for section, part, draw in parts
        if part is not None and not (section is ReportSection.NOTES and _is_blank(part))
    ]


def _figures(figures: Sequence[Figure], texts: ReportTexts) -> list[Block]:
    cards = {"kind": "cards", "items": [_card(figure, texts) for figure in figures]}
    scale = next((figure.scale for figure in figures if figure.scale is not Scale.EXACT), Scale.EXACT)
    return [cards, *_note(texts.scale_note(ReportSection.FIGURES, scale))]


def _card(figure: Figure, texts: ReportTexts) -> Block:
    direction = texts.figure_direction(figure)
    change = texts.figure_change(figure)
    return {
        "label": texts.figure_label(figure),
        "value": texts.figure_value(figure),
        "is-known": figure.value is not None,
        "change": f"{_ARROWS.get(direction, '')}{change}" if change else "",
        "tone": _tone(figure.metric, direction),
        "note": texts.figure_why(figure) or texts.figure_note(figure),
        "spark": draw_spark(figure.spark, width=140, height=20),
    }


def _tone(metric: MetricKey, direction: str) -> str:
    if direction not in ("up", "down") or metric not in _GOOD_UP | _GOOD_DOWN:
        return ""
    return "good" if (direction == "up") == (metric in _GOOD_UP) else "bad"


def _news(items: Sequence[NewsItem], texts: ReportTexts) -> list[Block]:
    if not items:
        return [_quiet(texts.gettext("Nothing stands out in this period."))]
    return [{"kind": "sentences", "items": [breakable(texts.news(item)) for item in items]}]


def _growth(part: GrowthPart, texts: ReportTexts) -> list[Block]:
    blocks: list[Block] = []
    for place, curve in enumerate(part.curves):
        reading = texts.curve_reading(curve)
        name = texts.list_label(curve.section)
        drawn = draw_growth(curve, texts, label=name, height=_LOW if place else _TALL)
        blocks += _chart(drawn, name, reading)
    blocks += _paragraphs([texts.growth_caution(part)] if part.curves else [])
    reading = texts.flows_reading(part)
    name = texts.gettext("Gained and lost from list to list")
    blocks += _chart(draw_flows(part.flows, texts, label=name, scale=part.flow_scale), name, reading)
    if part.untold is not None:
        blocks.append(_quiet(texts.untold(part.untold)))
    scales = [*(curve.scale for curve in part.curves), part.flow_scale]
    return [*blocks, *_note(_scale(texts, ReportSection.GROWTH, scales))]


def _changes(part: ChangesPart, texts: ReportTexts) -> list[Block]:
    if part.gained is None:
        return [_quiet(texts.changes_reading(part))]
    blocks = _paragraphs([texts.changes_reading(part), texts.pair_reading(part)])
    for title, people in ((texts.gettext("Came"), part.came), (texts.gettext("Left"), part.left)):
        if people:
            blocks += [{"kind": "heading", "text": title}, _people(people, texts)]
    return [*blocks, *_note(texts.scale_note(ReportSection.CHANGES, part.scale))]


def _people(people: Iterable[ReportPerson], texts: ReportTexts) -> Block:
    columns = [_column(texts.gettext("Name"), 3), _column(texts.gettext("When"), 4)]
    # A name is kept from being read backwards by what stands beside it.
    return _rows(
        columns, [[_strong(breakable(f"\u2068{person.name}\u2069")), texts.between(person)] for person in people]
    )


def _posts(part: PostsPart, texts: ReportTexts, images: Mapping[str, bytes]) -> list[Block]:
    blocks = _paragraphs([texts.posts_reading(part), texts.posts_note(part)])
    if part.top:
        told: tuple[tuple[str, Callable[[ReportPost], str]], ...] = (
            (texts.gettext("Likes"), lambda post: _number(texts, post.likes)),
            (texts.gettext("Against typical"), lambda post: _times(texts, post.factor)),
            (texts.gettext("Views"), lambda post: _number(texts, post.views)),
            (texts.gettext("Comments"), lambda post: _number(texts, post.comments)),
            (texts.gettext("Shares"), lambda post: _number(texts, post.shares)),
            (
                texts.gettext("Rate"),
                lambda post: "" if post.rate is None else texts.metric(MetricKey.POST_RATE, post.rate),
            ),
        )
        # A column that no post has anything to say in is left out.
        shown = [(title, write) for title, write in told if any(write(post) for post in part.top)]
        columns = [_column(texts.gettext("Post"), 1), *(_number_column(title) for title, _ in shown)]
        rows = [[_post(post, texts, images), *(write(post) or "–" for _, write in shown)] for post in part.top]
        blocks.append(_rows(columns, rows))
    return [*blocks, *_note(texts.scale_note(ReportSection.POSTS, part.scale))]


def _post(post: ReportPost, texts: ReportTexts, images: Mapping[str, bytes]) -> Block:
    return {
        "text": breakable(shortened(texts.post_title(post), _LONGEST_TITLE)),
        "sub": f"{texts.day(post.published_on)} · {texts.post_kind(post.kind)}",
        "image": post.cover if post.cover in images else "",
    }


def _hashtags(part: HashtagsPart, texts: ReportTexts) -> list[Block]:
    blocks = _paragraphs([texts.hashtags_reading(part)])
    if part.tags:
        most = max(tag.posts or 0 for tag in part.tags)
        span = max([_LEAST_SPAN, *(abs(end) for tag in part.tags for end in (tag.low, tag.high) if end is not None)])
        columns = [
            _column(texts.gettext("Hashtag"), 4),
            _column(texts.gettext("Posts"), 3),
            _number_column(texts.gettext("Typical likes")),
            _column(texts.gettext("Against the posts around them"), 4),
        ]
        blocks.append(_rows(columns, [_tag(tag, most, min(1.0, span), texts) for tag in part.tags]))
    return [*blocks, *_note(texts.scale_note(ReportSection.HASHTAGS, part.scale))]


def _tag(tag: ReportTag, most: float, span: float, texts: ReportTexts) -> list[Any]:
    posts: Block = {"text": _number(texts, tag.posts), "svg": "", "height": 6}
    if tag.posts is not None and most:
        posts["svg"] = draw_bar(tag.posts / most, width=110, height=6)
    effect: Block = {"text": texts.tag_effect(tag), "svg": "", "height": 10, "is-strong": tag.is_claimed}
    if tag.effect is not None and tag.low is not None and tag.high is not None:
        effect["svg"] = draw_range(tag.effect, tag.low, tag.high, span, number=3 if tag.is_claimed else 8, height=10)
    return [_strong(breakable(f"#{tag.tag}")), posts, _number(texts, tag.typical) or "–", effect]


def _timing(part: TimingPart, texts: ReportTexts) -> list[Block]:
    name = texts.gettext("Posts by hour of the week")
    reading = texts.timing_reading(part)
    drawn = draw_heat(part.cells, texts, label=name, scale=part.scale)
    blocks = _chart(drawn, name, reading) if drawn else _paragraphs([reading])
    return [*blocks, *_note(texts.scale_note(ReportSection.TIMING, part.scale))]


def _goals(part: GoalsPart, texts: ReportTexts) -> list[Block]:
    blocks = _paragraphs([texts.goals_reading(part)])
    if part.goals:
        columns = [
            _column(texts.gettext("Goal"), 3),
            _column(texts.gettext("State"), 2),
            _column(texts.gettext("How it stands"), 6),
        ]
        blocks.append(_rows(columns, [_goal(goal, texts) for goal in part.goals]))
    return [*blocks, *_note(_scale(texts, ReportSection.GOALS, [goal.scale for goal in part.goals]))]


def _goal(goal: GoalProgress, texts: ReportTexts) -> list[Any]:
    number = _NUMBER_OF_STATE.get(goal.state, 8)
    return [
        {"text": texts.goal_label(goal.metric), "sub": texts.goal_month(goal), "is-strong": True},
        texts.goal_state(goal.state),
        {
            "text": texts.goal_sentence(goal),
            "svg": draw_progress(goal.share, goal.expected, number=number, width=220, height=10),
            "height": 10,
        },
    ]


def _notes(part: NotesPart, texts: ReportTexts) -> list[Block]:
    blocks = _paragraphs(breakable(line) for line in part.author.splitlines() if line.strip())
    if part.days:
        columns = [_column(texts.gettext("Day"), 1), _column(texts.gettext("Note"), 4)]
        rows = [[texts.day(note.day), breakable(note.text)] for note in part.days]
        blocks += [{"kind": "heading", "text": texts.gettext("Notes on days")}, _rows(columns, rows)]
    return blocks


def _sources(part: SourcesPart, texts: ReportTexts, timezone: str) -> list[Block]:
    definitions = [
        {"term": texts.metric_label(metric), "text": texts.definition(metric), "sub": texts.formula(metric)}
        for metric in part.metrics
    ]
    blocks: list[Block] = []
    if definitions:
        blocks += [
            {"kind": "heading", "text": texts.gettext("What the numbers mean")},
            {"kind": "definitions", "items": definitions},
        ]
    if part.exports:
        rows: list[list[Any]] = [
            [{"text": texts.source(source, timezone), "sub": breakable(_file(source.file, source.sha256))}]
            for source in part.exports
        ]
        title = texts.gettext("The exports that the numbers come from")
        blocks += [{"kind": "heading", "text": title}, _rows([_column(texts.gettext("Export"), 1)], rows)]
    return blocks or [_quiet(texts.gettext("No export was read."))]


def _file(name: str | None, sha256: str | None) -> str:
    return " · ".join(text for text in (name, f"SHA-256 {sha256}" if sha256 else None) if text)


def _is_blank(part: NotesPart) -> bool:
    return not part.author.strip() and not part.days


def _scale(texts: ReportTexts, section: ReportSection, scales: Iterable[Scale]) -> str:
    scale = next((each for each in scales if each is not Scale.EXACT), Scale.EXACT)
    return texts.scale_note(section, scale)


def _chart(svg: str, name: str, reading: str) -> list[Block]:
    """Return a chart with what it shows beneath it; for whoever does not see it that is its description too."""
    if not svg:
        return []
    caption = f"{name}. {reading}" if reading else name
    return [{"kind": "chart", "svg": svg, "alt": caption, "caption": caption}]


def _paragraphs(texts: Iterable[str]) -> list[Block]:
    told = [text for text in texts if text]
    return [{"kind": "paragraphs", "items": told}] if told else []


def _note(text: str) -> list[Block]:
    return [_quiet(text)] if text else []


def _quiet(text: str) -> Block:
    return {"kind": "quiet", "text": text}


def _rows(columns: list[Block], rows: list[list[Any]]) -> Block:
    return {"kind": "rows", "columns": columns, "rows": rows, "caption": ""}


def _column(title: str, width: int) -> Block:
    return {"title": title, "width": width, "is-number": False}


def _number_column(title: str) -> Block:
    # As narrow as its longest word: the words of posts need the room.
    return {"title": title.replace(" ", "\n"), "width": "auto", "is-number": True}


def _strong(text: str) -> Block:
    return {"text": text, "is-strong": True}


def _number(texts: ReportTexts, value: float | None) -> str:
    return "" if value is None else texts.count(value)


def _times(texts: ReportTexts, factor: float | None) -> str:
    return "" if factor is None else f"×\u00a0{format_times(factor, texts.locale)}"
