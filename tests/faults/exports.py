"""Make exports with known totals from a seed: a first one, and a second one that gains, loses and refollows."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.factories import export_json
from tests.ledgers import zipped

_FIRST_AT = int(datetime(2025, 6, 1, 12, tzinfo=UTC).timestamp())
_BETWEEN = 30 * 86_400
_START = datetime(2025, 5, 1, tzinfo=UTC)
# Below the share at which an import is held for a person to look at.
_LOST_SHARE, _REFOLLOWED_SHARE = 0.04, 0.02


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows the first export of an account has."""

    followers: int = 12_000
    following: int = 600
    posts: int = 80


@dataclass(frozen=True, slots=True)
class Totals:
    """What every reader must see once an export is committed."""

    followers: int
    following: int
    mutuals: int
    posts: int


@dataclass(frozen=True, slots=True)
class Upload:
    """One file, its name, and the totals of the account after it."""

    content: bytes
    name: str
    totals: Totals


SMALL = Size(followers=700, following=80, posts=12)


def make_pair(seed: int, owner: str, size: Size | None = None) -> tuple[Upload, Upload]:
    """Return two exports of an account; the same seed gives the same rows, whoever the owner is."""
    size = size or Size()
    rng = random.Random(seed)
    followers = _people(rng, "fan", size.followers)
    following = _people(rng, "idol", size.following // 2)
    following.update(_dated(rng, rng.sample(sorted(followers), size.following - len(following))))
    posts = [_post(rng, number) for number in range(size.posts)]
    first = _upload(owner, followers, following, posts, _FIRST_AT)
    later, later_posts = _later(rng, followers), [*_counted_again(rng, posts), _post(rng, size.posts)]
    second = _upload(owner, later, _later(rng, following), later_posts, _FIRST_AT + _BETWEEN)
    return first, second


def _upload(
    owner: str, followers: dict[str, str], following: dict[str, str], posts: list[dict[str, Any]], at: int
) -> Upload:
    content, name = zipped(export_json(_newest(followers), _newest(following), owner=owner, posts=posts), at)
    mutuals = len(followers.keys() & following.keys())
    return Upload(content, name, Totals(len(followers), len(following), mutuals, len(posts)))


def _newest(people: dict[str, str]) -> list[tuple[str, str]]:
    return sorted(people.items(), key=lambda item: (item[1], item[0]), reverse=True)


def _people(rng: random.Random, prefix: str, count: int) -> dict[str, str]:
    return _dated(rng, [f"{prefix}.{number:06}" for number in range(count)])


def _dated(rng: random.Random, names: list[str], start: datetime = _START) -> dict[str, str]:
    return {
        name: (start - timedelta(seconds=rng.randrange(300 * 86_400))).strftime("%Y-%m-%d %H:%M:%S") for name in names
    }


def _later(rng: random.Random, people: dict[str, str]) -> dict[str, str]:
    """Return a list some weeks later: a few have gone, a few came back on another day, a few are new."""
    names = sorted(people)
    gone = set(rng.sample(names, int(len(names) * _LOST_SHARE)))
    stayed = {name: at for name, at in people.items() if name not in gone}
    refollowed = rng.sample(sorted(stayed), int(len(names) * _REFOLLOWED_SHARE))
    recent = _START + timedelta(days=320)
    stayed.update(_dated(rng, refollowed, recent))
    stayed.update(_dated(rng, [f"new.{names[0]}.{number:05}" for number in range(len(gone) + 7)], recent))
    return stayed


def _post(rng: random.Random, number: int) -> dict[str, Any]:
    at = (_START - timedelta(days=number, seconds=rng.randrange(60_000))).strftime("%Y-%m-%d %H:%M:%S")
    return {"Date": at, "Link": "", "Title": f"Post {number}", "Likes": str(rng.randrange(100_000))}


def _counted_again(rng: random.Random, posts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**post, "Likes": str(int(post["Likes"]) + rng.randrange(500))} for post in posts]
