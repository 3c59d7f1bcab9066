"""Make believable TikTok exports of a person who does not exist; the same seed gives the same bytes."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import BinaryIO, Final

from webapp.importers.dates import written
from webapp.importers.records import FollowRow
from webapp.importers.sample_words import CAPTIONS, FIRST_WORDS, HASHTAGS, SECOND_WORDS, SOUNDS

SAMPLE_OWNER: Final = "sample.creator"
DAY: Final = 86_400
_LINK_LIFE: Final = 8 * DAY
_OLDEST: Final = 1_420_070_400
_TOKEN: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_AGES_OF_EXPORTS: Final = (61 * DAY, 31 * DAY, 1 * DAY)
_FINAL_FOLLOWERS, _FOLLOWING, _MUTUALS, _POSTS = 420, 160, 90, 124
_POST_GAP: Final = 78 * 3600
# How long the platform lists a deleted post.
_LISTED_DELETED: Final = 30 * DAY
# Before the last export: one deletion between the first two exports, two between the last two.
_DELETED_AGES: Final = (52 * DAY, 20 * DAY, 6 * DAY)


@dataclass(frozen=True, slots=True)
class SamplePost:
    """One invented post; likes approach ``final_likes`` within days of publication."""

    published_at: int
    title: str
    sound: str
    final_likes: int
    images: int = 0
    privacy: str = "Everyone"
    deleted_at: int | None = None

    def likes_at(self, at: int) -> int:
        """Return the likes an export of that second shows."""
        age = max(min(at, self.deleted_at or at) - self.published_at, 0) / DAY
        return int(self.final_likes * age / (age + 2.0))


@dataclass(frozen=True, slots=True)
class History:
    """An account as one export of it would show it, newest first."""

    owner: str
    followers: Iterable[FollowRow]
    following: Iterable[FollowRow]
    posts: Iterable[SamplePost]
    follower_count: int
    following_count: int
    display_name: str = "Sample Creator"
    bio: str = "small kitchen, slow mornings"
    watched: list[int] = field(default_factory=list)


def export_name(at: int) -> str:
    """Return the file name TikTok gives an export made at this second."""
    return f"TikTok_Data_{at}.zip"


def write_export(target: BinaryIO, history: History, at: int, seed: int = 0) -> None:
    """Write one zipped export made at second ``at``; lists are streamed, so a million rows are fine."""
    moment = datetime.fromtimestamp(at, UTC)
    entry = zipfile.ZipInfo("user_data_tiktok.json", moment.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    with zipfile.ZipFile(target, "w") as archive, archive.open(entry, "w", force_zip64=True) as member:
        buffer: list[str] = []
        for piece in _document(history, at, random.Random(f"{seed} {at}")):  # nosec B311
            buffer.append(piece)
            if len(buffer) >= 2_000:
                member.write("".join(buffer).encode())
                buffer.clear()
        member.write("".join(buffer).encode())


def demo_series(now: datetime, seed: int = 7) -> list[tuple[str, bytes]]:
    """Return three exports of the sample account, 30 days apart, the last made the day before ``now``."""
    today = int(now.timestamp()) // 3600 * 3600
    made: list[tuple[str, bytes]] = []
    moments = [today - age for age in _AGES_OF_EXPORTS]
    for at, history in zip(moments, _sample_histories(moments, random.Random(seed)), strict=True):  # nosec B311
        file = io.BytesIO()
        write_export(file, history, at, seed)
        made.append((export_name(at), file.getvalue()))
    return made


def large_history(followers: int, following: int, posts: int, before: int, seed: int = 1) -> History:
    """Return an account of any size whose rows are made while they are written."""
    return History(
        owner="large.account",
        followers=large_follows(followers, before, seed, "f"),
        following=large_follows(following, before, seed + 1, "g"),
        posts=_posts(random.Random(seed + 2), before, posts, gap=6 * 3600),  # nosec B311
        follower_count=followers,
        following_count=following,
    )


def large_follows(count: int, before: int, seed: int, mark: str) -> Iterator[FollowRow]:
    """Yield ``count`` follows, newest first, with viral weeks and distinct names."""
    draw = random.Random(seed)  # nosec B311
    pace = max((before - _OLDEST) / max(count, 1), 1.0)
    at = float(before)
    for number in range(count):
        at -= draw.expovariate(1.0) * pace * (0.05 if number % 5_000 < 1_500 else 1.2)
        name = f"{draw.choice(FIRST_WORDS)}.{draw.choice(SECOND_WORDS)}{mark}{number:x}"
        yield name, max(int(at), _OLDEST)


# the sample account


def _sample_histories(moments: list[int], draw: random.Random) -> list[History]:
    names = _names(draw)
    start, end = moments[-1] - 400 * DAY, moments[-1]
    posts = sorted(_posts(draw, end - DAY, _POSTS, gap=_POST_GAP), key=lambda post: -post.published_at)
    posts = _some_deleted(draw, posts, [end - age for age in _DELETED_AGES])
    joined = sorted((_follow_time(draw, posts, start, end) for _ in range(_FINAL_FOLLOWERS)), reverse=True)
    followers = [(next(names), at) for at in joined]
    leavers = [(next(names), draw.randrange(start, moments[0])) for _ in range(11)]
    mutual = draw.sample([row for row in followers if row[1] < moments[0]], _MUTUALS)
    following = [(name, min(at + draw.randrange(-20, 40) * DAY, moments[0] - DAY)) for name, at in mutual]
    following += [(next(names), draw.randrange(start, moments[0])) for _ in range(_FOLLOWING - _MUTUALS)]
    renamed = draw.choice([row for row in followers if row[1] < moments[0] and row not in mutual])
    histories = []
    for number, at in enumerate(moments):
        here = [row for row in followers if row[1] < at] + leavers[number * 5 :]
        if number == 0:
            here = [("the." + row[0], row[1]) if row == renamed else row for row in here]
        elif number == 2:
            here.append(("N/A", leavers[5][1]))
        shown = [post for post in posts if post.published_at < at]
        histories.append(_sample(at, here, [row for row in following if row[1] < at], shown))
    return histories


def _sample(at: int, followers: list[FollowRow], following: list[FollowRow], posts: list[SamplePost]) -> History:
    def newest_first(row: FollowRow) -> tuple[int, str]:
        return -row[1], row[0]

    return History(
        owner=SAMPLE_OWNER,
        followers=sorted(followers, key=newest_first),
        following=sorted(following, key=newest_first),
        posts=posts,
        follower_count=len(followers) + 3,
        following_count=len(following),
        watched=[at - 700 - 4_000 * step for step in range(20)],
    )


def _some_deleted(draw: random.Random, posts: list[SamplePost], moments: list[int]) -> list[SamplePost]:
    """Return the posts, one of the older ones deleted at each moment."""
    older = [place for place, post in enumerate(posts) if post.published_at < min(moments) - 30 * DAY]
    for place, at in zip(draw.sample(older, len(moments)), moments, strict=True):
        posts[place] = replace(posts[place], deleted_at=at)
    return posts


def _names(draw: random.Random) -> Iterator[str]:
    seen: set[str] = set()
    while True:
        tail = draw.choice(["", "", "", "_", str(draw.randrange(1, 99)), str(draw.randrange(1985, 2009))])
        name = f"{draw.choice(FIRST_WORDS)}{draw.choice(['', '.', '_'])}{draw.choice(SECOND_WORDS)}{tail}"
        if name not in seen:
            seen.add(name)
            yield name


def _follow_time(draw: random.Random, posts: list[SamplePost], start: int, end: int) -> int:
    """Return a second: half of the follows come within days of a post, the better it did the more."""
    if draw.random() < 0.5:
        post = draw.choices(posts, weights=[post.final_likes for post in posts])[0]
        return min(max(post.published_at + int(draw.expovariate(1 / (1.5 * DAY))), start), end - 60)
    return draw.randrange(start, end - 60)


def _posts(draw: random.Random, before: int, count: int, gap: int) -> Iterator[SamplePost]:
    """Yield posts newest first; evenings, some topics and some sounds do better, with much noise."""
    at = before
    for _ in range(count):
        at -= int(gap * draw.uniform(0.5, 1.6))
        hour = draw.choices((7, 8, 12, 13, 17, 18, 19, 20, 21), weights=(2, 3, 4, 2, 4, 6, 7, 6, 3))[0]
        published_at = at // DAY * DAY + hour * 3600 + draw.randrange(3600)
        tags = draw.sample(HASHTAGS, draw.choices((0, 1, 2, 3, 4), weights=(1, 2, 4, 4, 2))[0])
        sound, pull = draw.choice(SOUNDS)
        lift = pull * (1.4 if 18 <= hour <= 20 else 1.0)
        for _tag, worth in tags:
            lift *= worth
        caption = " ".join([draw.choice(CAPTIONS), *(f"#{tag}" for tag, _ in tags)])
        post = SamplePost(published_at, caption, sound, int(draw.lognormvariate(4.1, 0.7) * lift))
        if draw.random() < 0.15:
            post = replace(post, images=draw.randrange(3, 9))
        yield replace(post, privacy="Only You") if draw.random() < 0.04 else post


# the document


def _document(history: History, at: int, draw: random.Random) -> Iterator[str]:
    """Yield the text of the JSON document as TikTok lays it out since autumn 2025."""
    total = 0
    deleted: list[SamplePost] = []

    def post_rows() -> Iterator[dict[str, str]]:
        nonlocal total
        for post in history.posts:
            if post.deleted_at is not None and post.deleted_at < at:
                deleted.append(post)
                continue
            total += post.likes_at(at)
            yield _post_row(post, at, draw)

    yield '{\n  "Post": {\n    "Posts": {\n      "VideoList": '
    yield from _list(post_rows())
    yield '\n    },\n    "Recently Deleted Posts": {\n      "PostList": '
    yield from _list(_deleted_row(post, at) for post in deleted if at - (post.deleted_at or at) < _LISTED_DELETED)
    yield '\n    },\n    "Story": {}\n  },\n'
    yield '  "Profile And Settings": {\n    "Follower": {\n      "FansList": '
    yield from _list(_follow_row(row) for row in history.followers)
    yield '\n    },\n    "Following": {\n      "Following": '
    yield from _list(_follow_row(row) for row in history.following)
    profile = {
        "userName": history.owner,
        "displayName": history.display_name,
        "bioDescription": history.bio,
        "likesReceived": str(total),
        "followerCount": history.follower_count,
        "followingCount": history.following_count,
    }
    yield '\n    },\n    "Profile Info": {\n      "ProfileMap": ' + json.dumps(profile, ensure_ascii=False)
    yield '\n    }\n  },\n  "Your Activity": {\n    "Watch History": {\n      "VideoList": '
    yield from _list({"Date": written(then), "Link": _share(then)} for then in history.watched)
    yield "\n    }\n  }\n}\n"


def _list(rows: Iterable[dict[str, str]]) -> Iterator[str]:
    opening = "[\n        "
    for row in rows:
        fields = (f'"{key}": {json.dumps(value, ensure_ascii=False)}' for key, value in row.items())
        body = ",\n          ".join(fields)
        yield f"{opening}{{\n          {body}\n        }}"
        opening = ",\n        "
    yield "[]" if opening.startswith("[") else "\n      ]"


def _follow_row(row: FollowRow) -> dict[str, str]:
    return {"Date": written(row[1]), "UserName": row[0]}


def _share(then: int) -> str:
    return f"https://www.tiktokv.com/share/video/{7_300_000_000_000_000_000 + then}/"


def _post_row(post: SamplePost, at: int, draw: random.Random) -> dict[str, str]:
    ends = at + _LINK_LIFE
    if post.images:
        host = "https://p16-ttdyd-sign-no1a.ibyteimg.com"
        link = "\n".join(f"{host}/{_token(draw)}.jpeg?x-expires={ends}" for _ in range(post.images))
    else:
        link = f"https://video-i18n.tiktokv.com/storage/v1/{_token(draw)}?mime_type=video_mp4&x-tos-expires={ends}"
    return {
        "Date": written(post.published_at),
        "Link": link,
        "Likes": str(post.likes_at(at)),
        "WhoCanView": post.privacy,
        "AllowComments": "Yes",
        "AllowStitches": "Yes",
        "AllowDuets": "Yes",
        "AllowStickers": "Yes",
        "AllowSharingToStory": "Yes",
        "ContentDisclosure": "",
        "AIGeneratedContent": "",
        "Sound": post.sound,
        "Location": "",
        "Title": post.title,
        "AddYoursText": "N/A",
        "AlternateText": "N/A",
    }


def _deleted_row(post: SamplePost, at: int) -> dict[str, str]:
    return {
        "Date": written(post.published_at),
        "DateDeleted": written(post.deleted_at or at),
        "Link": "https://www.tiktok.com/login/?redirect_url=https%3A%2F%2Fwww.tiktok.com",
        "Likes": str(post.likes_at(at)),
        "ContentDisclosure": "",
        "AIGeneratedContent": "",
        "Sound": post.sound,
        "Location": "",
        "Title": post.title,
        "AddYoursText": "N/A",
    }


def _token(draw: random.Random) -> str:
    return "".join(draw.choices(_TOKEN, k=34))
