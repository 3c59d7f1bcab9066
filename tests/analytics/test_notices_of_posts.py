"""What lists of posts tell one after the other: each thing once, by the list that shows it first, and nothing old."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import pytest
from msgspec.structs import replace

from tests.analytics.test_content_model import DAY, post, table_of
from webapp.analytics.content.table import PostRow, PostTable
from webapp.analytics.notices.anomalies import find_new_shifts
from webapp.analytics.notices.post_lists import Earlier, Outlier, Rise, Shift, judge_posts
from webapp.analytics.notices.trends import find_begun
from webapp.domain.post_query import Privacy

Told = list[tuple[int, Outlier]]


def posts(
    count: int, times: Mapping[int, float] | None = None, *, levels: Mapping[int, float] | None = None, seed: int = 5
) -> list[PostRow]:
    """Return a post a day around 400 likes: ``times`` the usual at a place, and from a place of ``levels`` on."""
    draw, found = random.Random(seed), []
    for at in range(count):
        level = [1.0, *(factor for first, factor in (levels or {}).items() if at >= first)][-1]
        likes = 400 * draw.lognormvariate(0, 0.8) * level * (times or {}).get(at, 1.0)
        found.append(post(at, likes=round(likes)))
    return found


def lists(rows: Sequence[PostRow], every: int) -> list[PostTable]:
    """Return a list of posts every so many days; what was listed before has a little more likes each time."""
    draw, found = random.Random(1), []
    for count in range(every, len(rows) + 1, every):
        seen = [replace(row, likes=round((row.likes or 0) * (1 + draw.uniform(0, 0.02)))) for row in rows[:count]]
        table = table_of(seen)
        found.append(PostTable(seen[-1].published_at + DAY // 2, table.rows, table.sounds, table.tags))
    return found


def tell(tables: Sequence[PostTable]) -> tuple[Told, list[tuple[int, Shift]]]:
    """Return the exceptional posts and the lasting changes that lists tell of, with the second of the list."""
    outliers: Told = []
    shown: list[tuple[int, tuple[Shift, ...]]] = []
    before: PostTable | None = None
    for table in tables:
        earlier = None if before is None else Earlier(before.as_of, frozenset(row.id for row in before.rows))
        found, shifts = judge_posts(table, earlier)
        outliers += [(table.as_of, outlier) for outlier in found]
        shown.append((table.as_of, shifts))
        before = table
    return outliers, list(find_new_shifts(shown))


def test_a_peak_and_a_flop_are_told_once_by_the_first_list_on_which_they_are_mature() -> None:
    rows = posts(110, {82: 200, 95: 0.004}, seed=7)
    outliers, shifts = tell(lists(rows, 10))
    assert [(outlier.post[0], outlier.is_peak) for _, outlier in outliers] == [
        (rows[82].published_at, True),
        (rows[95].published_at, False),
    ]
    assert [(at - outlier.post[0]) // DAY for at, outlier in outliers] == [7, 14]
    assert all(
        (outlier.z > 3) is outlier.is_peak and outlier.low < outlier.typical < outlier.high for _, outlier in outliers
    )
    assert shifts == []


def test_noise_alone_tells_hardly_anything() -> None:
    told = [tell(lists(posts(100, seed=seed), 25)) for seed in range(30)]
    # STATISTICS G6: at most 0.5 false ones a hundred posts. G7: at most 0.05 false changes a month, here of 100.
    assert sum(len(outliers) for outliers, _ in told) <= 15
    assert sum(len(shifts) for _, shifts in told) <= 5


def test_a_lasting_change_is_one_finding_and_its_end_another() -> None:
    rows = posts(170, levels={70: 6.0, 125: 1.0})
    _, shifts = tell(lists(rows, 10))
    assert [shift.factor > 1 for _, shift in shifts] == [True, False]
    for (at, shift), begun in zip(shifts, (70, 125), strict=True):
        assert abs(shift.started[0] - rows[begun].published_at) <= 5 * DAY
        # Seen after fifteen posts at most, which must be a week old and on a list.
        assert at - rows[begun].published_at <= (15 + 7 + 10) * DAY


def test_what_the_first_list_shows_is_history_and_what_was_hidden_is_not_judged() -> None:
    rows = posts(90, {70: 200, 75: 200}, levels={40: 6.0}, seed=4)
    late = lists(rows, 90)
    assert tell(late) == ([], [])
    first, second = table_of(rows[:79]), table_of(rows)
    first = PostTable(rows[78].published_at + DAY // 2, first.rows, first.sounds, first.tags)
    outliers, shifts = tell([first, second])
    # Of the two peaks one was a week old on the first list.
    assert [outlier.post[0] for _, outlier in outliers] == [rows[75].published_at]
    assert shifts == []
    hidden = PostTable(first.as_of, tuple(row for row in first.rows if row.id != 75), first.sounds, first.tags)
    assert tell([hidden, second]) == ([], [])
    private = tuple(replace(row, privacy=Privacy.ONLY_YOU.value) if row.id == 75 else row for row in second.rows)
    assert tell([first, PostTable(second.as_of, private, second.sounds, second.tags)]) == ([], [])


def test_no_post_is_judged_by_too_few_and_none_without_likes() -> None:
    rows = posts(40, {18: 500})
    assert tell(lists(rows, 5))[0] == []
    assert tell([table_of([]), table_of([replace(row, likes=None) for row in rows])]) == ([], [])


def rise(key: str = "bread") -> Rise:
    return Rise(key, 8, 20, 1, 60)


@pytest.mark.parametrize(
    ("rising", "told"),
    [
        # Days of the lists, and on which of them the hashtag rises.
        ({0: False, 10: True, 20: True, 30: True}, [10]),
        ({0: True, 10: True, 20: False, 30: False}, []),
        ({0: False, 10: True, 20: False, 30: True}, [10]),
        ({0: False, 10: True, 40: False, 69: True}, [10]),
        ({0: False, 10: True, 40: False, 70: True}, [10, 70]),
        # Nobody saw it not rising in between.
        ({0: False, 10: True, 200: True}, [10]),
        ({0: True, 30: False, 90: True}, [90]),
        # What rises again too early starts the time anew.
        ({0: False, 10: True, 40: False, 60: True, 80: False, 110: True, 130: False, 171: True}, [10, 171]),
        ({0: True}, []),
    ],
)
def test_a_hashtag_is_told_when_it_begins_to_rise_and_again_after_sixty_days(
    rising: dict[int, bool], told: list[int]
) -> None:
    seen = [(day * DAY, (rise(), rise("other")) if rises else ()) for day, rises in rising.items()]
    found = list(find_begun(seen))
    assert [at // DAY for at, each in found if each.key == "bread"] == told
    assert [each.key for _, each in found] == ["bread", "other"] * len(told)
