"""A report made by hand: everything that one can say, with texts that are hard to draw."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import sin
from typing import Any

from webapp.domain.metrics import MetricKey
from webapp.domain.post_query import PostKind
from webapp.domain.reports import (
    ChangesPart,
    Curve,
    CurvePoint,
    DayNote,
    Figure,
    Flow,
    GoalMetric,
    GoalProgress,
    GoalsPart,
    GoalState,
    GrowthPart,
    HashtagsPart,
    NewsCode,
    NewsItem,
    NotesPart,
    PostsPart,
    Report,
    ReportHead,
    ReportPerson,
    ReportPost,
    ReportSource,
    ReportTag,
    SourcesPart,
    TimeClaim,
    TimingPart,
    Untold,
)
from webapp.domain.sections import Platform, Section

LONG_NAME = "Marie-Antoinette-Jeanne de la Rochefoucauld-Montmorency Paris"[:60]
ARABIC_TITLE = "مرحبا بالجميع في قناتي الجديدة #سفر"
EMOJI_TITLE = "Été à Marseille 🏖️☀️ on y va 👨‍👩‍👧‍👦🇫🇷 #vacances #été"
# Never to be read as markup: typst, HTML, CSV, and a template.
HOSTILE_TITLE = '#set page() $x$ *b* _i_ @ref <b>&amp;</b> {{7*7}} %(x)s =1+1 `c` \\ "quoted"'
CJK_TITLE = "今日は海に行きました 今天去海边 오늘 바다"
FIRST, LAST = date(2026, 5, 1), date(2026, 5, 31)


def sample_report(**changes: Any) -> Report:
    """Return a rich report of May 2026; ``head`` takes the fields of the head that are to be others.

    Every other keyword replaces a part: ``sample_report(posts=None, head={"team": None})``.
    """
    head = replace(_head(), **changes.pop("head", {}))
    return replace(_rich(head), **changes)


def empty_report(**head: Any) -> Report:
    """Return the report of an account with one export, without posts, goals and notes."""
    return Report(
        head=replace(_head(), base_first=None, base_last=None, **head),
        figures=(
            Figure(MetricKey.FOLLOWERS, 12.0, as_of=date(2026, 5, 30)),
            Figure(MetricKey.NET, None, Untold.ONE_LIST),
            Figure(MetricKey.POSTS, 0.0, n=0),
            Figure(MetricKey.TYPICAL_LIKES, None, Untold.NO_POSTS),
            Figure(MetricKey.FOLLOWER_RATIO, None, Untold.NOBODY_FOLLOWED),
        ),
        news=(),
        growth=GrowthPart((Curve(Section.FOLLOWERS, (CurvePoint(date(2026, 5, 30), exact=12.0),)),), (), untold=None),
        changes=ChangesPart(untold=Untold.ONE_LIST),
        posts=PostsPart((), public=0.0, without_likes=0.0, private=0.0, untold=Untold.NO_POSTS),
        hashtags=HashtagsPart((), posts=0.0, untold=Untold.TOO_FEW, needs=30),
        timing=TimingPart((), posts=0.0, untold=Untold.TOO_FEW, needs=30),
        goals=GoalsPart(),
        notes=NotesPart(),
        sources=SourcesPart(
            (ReportSource(_second(30), (Section.FOLLOWERS,), "user_data_tiktok.json", "ab" * 32),),
            (MetricKey.FOLLOWERS, MetricKey.NET),
        ),
    )


def _head() -> ReportHead:
    return ReportHead(
        team=LONG_NAME,
        hue=270,
        logo=None,
        platform=Platform.TIKTOK,
        handle="ada.lovelace_1815_analytical",
        display_name="Ada 🌸 Lovelace",
        is_sample=False,
        first=FIRST,
        last=LAST,
        base_first=date(2026, 4, 1),
        base_last=date(2026, 4, 30),
        timezone="Europe/Paris",
        as_of=_second(31),
        made_at=int(datetime(2026, 6, 1, 7, 30, tzinfo=UTC).timestamp()),
        revision=12,
    )


def _second(day: int) -> int:
    return int(datetime(2026, 5, day, 18, 12, tzinfo=UTC).timestamp())


def _rich(head: ReportHead) -> Report:
    return Report(
        head=head,
        figures=(
            Figure(
                MetricKey.FOLLOWERS,
                1_000_000.0,
                before=987_654.0,
                change=0.0125,
                net=12_346.0,
                since=date(2026, 4, 30),
                as_of=LAST,
                spark=tuple(987_654.0 + 882 * step + 900 * sin(step) for step in range(15)),
            ),
            Figure(
                MetricKey.FOLLOWING, 412.0, before=415.0, change=-0.0072, net=-3.0, since=date(2026, 4, 30), as_of=LAST
            ),
            Figure(
                MetricKey.GAINED,
                15_020.0,
                since=date(2026, 4, 30),
                as_of=LAST,
                before=12_001.0,
                change=0.2515,
                net=3_019.0,
            ),
            Figure(
                MetricKey.LOST, 2_674.0, since=date(2026, 4, 30), as_of=LAST, before=2_930.0, change=-0.0874, net=-256.0
            ),
            Figure(
                MetricKey.NET, 12_346.0, since=date(2026, 4, 30), as_of=LAST, before=9_071.0, change=0.361, net=3_275.0
            ),
            Figure(
                MetricKey.FOLLOWER_RATIO,
                2427.18,
                before=2379.89,
                change=0.0199,
                net=47.29,
                since=date(2026, 4, 30),
                as_of=LAST,
            ),
            Figure(MetricKey.POSTS, 18.0, before=12.0, change=0.5, net=6.0, n=18),
            Figure(MetricKey.TYPICAL_LIKES, 4_120.0, before=3_870.0, change=0.0646, net=250.0, n=17),
            Figure(MetricKey.LIKES_TOTAL, 123_456.0, before=98_765.0, change=0.25, net=24_691.0, n=17),
            Figure(MetricKey.TYPICAL_VIEWS, None, Untold.NO_VIEWS),
            Figure(MetricKey.ENGAGEMENT_RATE, 0.0734, before=0.0689, change=0.0653, net=0.0045, n=11),
        ),
        news=(
            NewsItem(NewsCode.MORE_FOLLOWERS, 12_346.0, first=FIRST, last=LAST),
            NewsItem(NewsCode.LEFT, 2_674.0, first=FIRST, last=LAST),
            NewsItem(NewsCode.MILESTONE, 1_000_000.0, first=date(2026, 5, 29)),
            NewsItem(NewsCode.BEST_POST, 54_321.0, 13.2, first=date(2026, 5, 14), text=EMOJI_TITLE),
            NewsItem(NewsCode.MORE_POSTS, 18.0, 12.0),
            NewsItem(NewsCode.LIKES_UP, 0.0646),
            NewsItem(NewsCode.RISING_TAG, text="vacances"),
        ),
        growth=_growth(),
        changes=ChangesPart(
            first=date(2026, 4, 30),
            last=LAST,
            gained=15_020.0,
            lost=2_674.0,
            net=12_346.0,
            renamed=4.0,
            returned=21.0,
            deleted=7.0,
            kept_share=0.87,
            kept_low=0.83,
            kept_high=0.91,
            pair_first=date(2026, 5, 24),
            pair_last=LAST,
            came=tuple(
                ReportPerson(name, date(2026, 5, 24), LAST)
                for name in ("grace.hopper", "mary_jackson", "n" * 24, "katherine.johnson", "zoe")
            ),
            left=(
                ReportPerson("blaise_pascal", date(2026, 5, 24), LAST),
                ReportPerson("person.ab12cd34", date(2026, 5, 10), date(2026, 5, 17)),
            ),
        ),
        posts=_posts(),
        hashtags=HashtagsPart(
            (
                ReportTag("vacances", 41.0, 5_210.0, 0.34, 0.12, 0.6, is_claimed=True, is_rising=True),
                ReportTag("été", 38.0, 4_480.0, 0.08, -0.11, 0.31),
                ReportTag("سفر", 22.0, 3_900.0, -0.05, -0.2, 0.1),
                ReportTag("unhashtagtrèslongquinefinitjamaisvraimentjamais", 12.0, 4_100.0, 0.02, -0.4, 0.5),
                ReportTag("🏖️", 9.0, None),
                ReportTag("fyp", 7.0, 2_010.0, -0.31, -0.52, -0.04, is_claimed=True),
            ),
            posts=96.0,
        ),
        timing=TimingPart(
            cells=tuple(
                float((hour * 7 + hour // 24) % 5 if hour % 24 in (8, 12, 13, 18, 19, 20, 21) else 0)
                for hour in range(168)
            ),
            claims=(TimeClaim("slots", "6", 0.12, 31.0), TimeClaim("weekdays", "6", 0.05, 14.0)),
            posts=96.0,
        ),
        goals=_goals(),
        notes=NotesPart(
            "May was the month of the series on Marseille.\n\nNext month: two posts a week, none on Mondays. 🎯\n"
            + HOSTILE_TITLE,
            (
                DayNote(date(2026, 5, 14), "The video about the beach was shared by a newspaper."),
                DayNote(date(2026, 5, 29), "One million! 🎉 " + ARABIC_TITLE),
            ),
        ),
        sources=SourcesPart(
            tuple(
                ReportSource(
                    _second(day),
                    (Section.FOLLOWERS, Section.FOLLOWING, Section.POSTS, Section.PROFILE),
                    f"user_data_tiktok_2026-05-{day:02d}_a-file-name-that-goes-on-for-quite-a-while.zip",
                    f"{day:02x}" * 32,
                )
                for day in (31, 24, 17, 10, 3)
            ),
            (
                MetricKey.FOLLOWERS,
                MetricKey.FOLLOWING,
                MetricKey.GAINED,
                MetricKey.LOST,
                MetricKey.NET,
                MetricKey.FOLLOWER_RATIO,
                MetricKey.POSTS,
                MetricKey.TYPICAL_LIKES,
                MetricKey.LIKES_TOTAL,
                MetricKey.TYPICAL_VIEWS,
                MetricKey.ENGAGEMENT_RATE,
            ),
        ),
    )


def _growth() -> GrowthPart:
    exact = {3: 988_900.0, 10: 991_200.0, 17: 993_050.0, 24: 996_420.0, 31: 1_000_000.0}
    points = []
    for number in range(1, 32):
        day = date(2026, 5, number)
        estimate = 987_654.0 + 400 * number + 120 * sin(number)
        if number in exact:
            points.append(
                CurvePoint(
                    day,
                    exact=exact[number],
                    at_least=exact[number],
                    estimate=exact[number],
                    low=exact[number],
                    high=exact[number],
                )
            )
        else:
            points.append(
                CurvePoint(day, at_least=estimate - 900, estimate=estimate, low=estimate - 500, high=estimate + 500)
            )
    following = tuple(
        CurvePoint(date(2026, 5, day), exact=value) for day, value in ((3, 415.0), (17, 414.0), (31, 412.0))
    )
    flows = tuple(
        Flow(FIRST + timedelta(days=start), FIRST + timedelta(days=start + 7), gained, lost)
        for start, gained, lost in (
            (2, 3_100.0, 800.0),
            (9, 2_620.0, 770.0),
            (16, 4_000.0, 630.0),
            (23, 4_054.0, 474.0),
        )
    )
    return GrowthPart((Curve(Section.FOLLOWERS, tuple(points)), Curve(Section.FOLLOWING, following)), flows)


def _posts() -> PostsPart:
    titles = (EMOJI_TITLE, ARABIC_TITLE, HOSTILE_TITLE, CJK_TITLE, "", "A plain day in the garden #garden", "x" * 300)
    return PostsPart(
        tuple(
            ReportPost(
                published_on=date(2026, 5, 14 + place),
                kind=PostKind.PHOTO if place == 4 else PostKind.VIDEO,
                title=title,
                likes=54_321.0 - 7_000 * place,
                views=812_000.0 - 90_000 * place if place < 3 else None,
                comments=1_204.0 if place < 3 else None,
                shares=310.0 if place < 3 else None,
                rate=0.0687 if place < 3 else None,
                factor=13.2 - 2 * place if place < 6 else 0.8,
                post=f"post{place}",
            )
            for place, title in enumerate(titles)
        ),
        public=18.0,
        without_likes=1.0,
        private=2.0,
    )


def _goals() -> GoalsPart:
    return GoalsPart(
        (
            GoalProgress(
                GoalMetric.FOLLOWERS, FIRST, 1_000_000.0, 1_000_000.0, 987_654.0, 1.0, 1.0, GoalState.MET, LAST
            ),
            GoalProgress(GoalMetric.POSTS, FIRST, 20.0, 18.0, None, 0.9, 1.0, GoalState.MISSED, LAST),
            GoalProgress(GoalMetric.LIKES, FIRST, 200_000.0, 123_456.0, None, 0.617, 0.6, GoalState.ON_PACE, LAST),
            GoalProgress(GoalMetric.ENGAGEMENT_RATE, FIRST, 0.08, 0.0734, None, 0.9175, 1.0, GoalState.BEHIND, LAST),
            GoalProgress(GoalMetric.LIKES, date(2026, 6, 1), 210_000.0, None, None, None, None, GoalState.UNKNOWN),
        )
    )
