"""A year of one account, export by export, in which every kind of thing worth telling happens once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import exp
from random import Random
from typing import Any, Final

from tests.factories import export_json
from tests.ledgers import written
from tests.studios import content, english, video_row
from webapp.domain.notifications import NoticeKind

DAY: Final = 86_400
BEGUN: Final = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp())
# Days of the exports; two more files are downloads of videos from TikTok Studio.
FIRST_EXPORT, GAP, EXPORTS = 60, 10, 22
STUDIO_DAYS: Final = (115, 135)

# An old post that is found late, an outstanding one, one that nearly nobody saw, and one that is watched late.
LATE_POST, PEAK_POST, FLOP_POST, VIEWED_POST = 20, 132, 168, 40
LATE_EXPORT, LATER_EXPORT = 6, 9
RISING_TAG_DAYS, RISING_SOUND_DAYS = range(100, 117), range(140, 157)
RISE_DAY, DROP_DAY = 190, 230
FOLLOWER_PEAK_DAY, FOLLOWER_DROP_EXPORT = 155, 14
MUTUAL_EXPORT, RENAME_EXPORT = 8, 11
USUAL_LOSSES, MANY_LOSSES = 12, 48
_VIDEO: Final = 7_300_000_000_000_000_000


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is sent, and the second that it tells of."""

    data: bytes
    at: int
    name: str | None = None


def second(day: float) -> int:
    """Return the Unix second of a day of the story."""
    return BEGUN + int(day * DAY)


def export_day(number: int) -> int:
    """Return the day on which an export was made."""
    return FIRST_EXPORT + GAP * number


def made_at(number: int) -> int:
    """Return the second at which an export was made: at six in the morning of its day."""
    return second(export_day(number) + 0.25)


def published(post: int) -> int:
    """Return the second at which a post was published."""
    return second(post + 0.5)


def files() -> list[File]:
    """Return all files, oldest first."""
    made = [File(_export(number), made_at(number)) for number in range(EXPORTS)]
    made += [File(_download(day), second(day + 0.4), f"Content_{day}.csv") for day in STUDIO_DAYS]
    return sorted(made, key=lambda file: file.at)


def likes_of(post: int, day: float) -> int:
    """Return what a post has on a day; posts get all of it in their first week, but for the one that is found late."""
    final = _final_likes(post)
    if post == LATE_POST and day > export_day(LATE_EXPORT):
        final = 11_000 if day > export_day(LATER_EXPORT) else 1_500
    return int(final * min(1.0, (day - post) / 7))


def _final_likes(post: int) -> int:
    if post == PEAK_POST:
        return 12_000
    if post == FLOP_POST:
        return 1
    # So far apart that three times as much is nothing outstanding by itself.
    usual = 80 * exp(2 * Random(post).random() - 1)
    return int(usual * 3 if RISE_DAY <= post < DROP_DAY else usual)


def _export(number: int) -> bytes:
    day = export_day(number)
    return export_json(_followers(number), _following(number), posts=[_post(post, day) for post in range(day)])


def _post(post: int, day: int) -> dict[str, Any]:
    words = f"post {post:03}" + (" #bread" if post in RISING_TAG_DAYS else "")
    sound = "loud song" if post in RISING_SOUND_DAYS else f"song {post % 40}"
    return {
        "Date": written(published(post)),
        "Link": "",
        "Likes": str(likes_of(post, day + 0.25)),
        "Title": words,
        "Sound": sound,
    }


def _followers(number: int) -> list[tuple[str, str]]:
    """Return who follows: one or two more a day, and from export to export those are gone who have longest."""
    day = export_day(number)
    people = [row for each in range(day) for row in _followers_of_day(each)]
    lost = 0
    for earlier in range(1, number + 1):
        lost += MANY_LOSSES if earlier == FOLLOWER_DROP_EXPORT else USUAL_LOSSES + earlier % 3
    people = people[lost:]
    if number >= MUTUAL_EXPORT:
        people.append(("chef", second(export_day(MUTUAL_EXPORT) - 2)))
        people.append(("pest", second(export_day(MUTUAL_EXPORT) - 2)))
    people.append(("olga2" if number >= RENAME_EXPORT else "olga", second(1)))
    return [(name, written(at)) for name, at in people]


def _followers_of_day(day: int) -> Iterator[tuple[str, int]]:
    for number in range(60 if day == FOLLOWER_PEAK_DAY else 1 + day % 2):
        yield f"new{day:03}x{number:02}", second(day) + 60 * number


def _following(number: int) -> list[tuple[str, str]]:
    names = ("chef", "pest", "olga2" if number >= RENAME_EXPORT else "olga")
    return [(name, written(second(2))) for name in names]


def _download(day: int) -> bytes:
    views = {STUDIO_DAYS[0]: (900, 400), STUDIO_DAYS[1]: (12_500, 600)}[day]
    rows = [
        (english(_date(day)), *video_row(_VIDEO + post, f"post {post:03}", _date(post), likes_of(post, day), seen)[1:])
        for post, seen in zip((VIEWED_POST, VIEWED_POST + 1), views, strict=True)
    ]
    return content(*rows)


def planted() -> dict[tuple[NoticeKind, str], tuple[int, dict[str, Any]]]:
    """Return all that is worth telling, by kind and key: the second of the file that shows it, and what of it is known.

    The key of a sound is left out: it is told by its name.
    """
    # A change seems to begin with the first post that shows it well.
    posts = (LATE_POST, PEAK_POST, FLOP_POST, VIEWED_POST, RISE_DAY + 1, DROP_DAY)
    late, peak, flop, viewed, rise, drop = (f"{published(post)}:0" for post in posts)
    bread, song, losses = made_at(6), made_at(10), made_at(FOLLOWER_DROP_EXPORT)
    watched = second(STUDIO_DAYS[1] + 0.4)
    many = _date(FOLLOWER_PEAK_DAY).isoformat()
    return {
        (NoticeKind.FOLLOWERS, "100"): (made_at(5), {"threshold": 100, "count": 100, "day": "2024-04-19"}),
        (NoticeKind.POST_LIKES, f"{late}:1000"): (made_at(LATE_EXPORT), {"threshold": 1_000, "count": 1_500}),
        (NoticeKind.POST_LIKES, f"{late}:10000"): (made_at(LATER_EXPORT), {"threshold": 10_000, "count": 11_000}),
        (NoticeKind.POST_LIKES, f"{peak}:10000"): (made_at(8), {"threshold": 10_000, "count": 12_000}),
        (NoticeKind.POST_VIEWS, f"{viewed}:10000"): (watched, {"threshold": 10_000, "count": 12_500}),
        (NoticeKind.ACCOUNT_LIKES, "10000"): (made_at(LATE_EXPORT), {"threshold": 10_000}),
        (NoticeKind.ACCOUNT_VIEWS, "10000"): (watched, {"threshold": 10_000, "count": 13_100}),
        (NoticeKind.RISING_HASHTAG, f"bread:{bread}"): (bread, {"tag": "bread"}),
        (NoticeKind.RISING_SOUND, f"loud song:{song}"): (song, {"recent": 13}),
        (NoticeKind.POST_PEAK, peak): (made_at(8), {"likes": 12_000}),
        (NoticeKind.POST_FLOP, flop): (made_at(12), {"likes": 1}),
        (NoticeKind.ENGAGEMENT_RISE, rise): (made_at(15), {}),
        (NoticeKind.ENGAGEMENT_DROP, drop): (made_at(19), {}),
        (NoticeKind.FOLLOWER_PEAK, many): (made_at(10), {"day": many, "gained": 60}),
        (NoticeKind.FOLLOWER_DROP, str(losses)): (losses, {"lost": MANY_LOSSES}),
        (NoticeKind.NEW_MUTUAL, f"{second(export_day(MUTUAL_EXPORT) - 2)}:chef"): (
            made_at(MUTUAL_EXPORT),
            {"person": "chef"},
        ),
    }


def _date(day: int) -> date:
    return date(2024, 1, 1) + timedelta(days=day)
