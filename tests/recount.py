"""Count an audience a second time, from the files alone: plain sets, no database, nothing of the application."""

from __future__ import annotations

import io
import json
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

DAY = 86_400
_BLOCK = re.compile(r"Date: (\S+ \S+) UTC\s+Username: (\S+)")

Names = dict[str, tuple[str, int]]
"""Follow second and spelling by compared name, without deleted accounts."""


@dataclass(frozen=True)
class Counted:
    """What one export says: its Unix second and its two lists; ``None`` is a list that is not in it."""

    at: int
    followers: Names | None
    following: Names | None


def count_file(content: bytes, at: int) -> Counted:
    """Return the lists of a file as it was sent: a zip, a JSON document or texts in a zip."""
    if not content.startswith(b"PK"):
        return _from_json(content, at)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {
            name.rpartition("/")[2]: archive.read(name)
            for name in archive.namelist()
            if not name.startswith("__MACOSX")
        }
    document = next((data for name, data in files.items() if name.endswith(".json")), None)
    if document is not None:
        return _from_json(document, at)
    found = [files.get(name) for name in ("Follower.txt", "Following.txt")]
    followers, following = (
        None if data is None else _names([(name, when) for when, name in _BLOCK.findall(data.decode())])
        for data in found
    )
    return Counted(at, followers, following)


def _from_json(content: bytes, at: int) -> Counted:
    document = json.loads(content)
    fans, followed = (
        _find(document, ("Follower List", "Follower"), "FansList"),
        _find(document, ("Following List", "Following"), "Following"),
    )
    return Counted(at, fans, followed)


def _find(document: dict[str, Any], outer: tuple[str, ...], inner: str) -> Names | None:
    for part in document.values():
        for name in outer:
            held = part.get(name) if isinstance(part, dict) else None
            if isinstance(held, dict) and inner in held:
                return _names([(row["UserName"], row["Date"]) for row in held[inner] or []])
    return None


def _names(rows: Iterable[tuple[str, str]]) -> Names:
    found: Names = {}
    for name, when in rows:
        if name == "N/A":
            continue
        second = int(datetime.strptime(when, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp())
        found[unicodedata.normalize("NFC", name).casefold()] = (name, second)
    return found


@dataclass(frozen=True)
class Recount:
    """The figures of the newest lists, in the form of the API; exports are given in the order they came in."""

    exports: tuple[Counted, ...]
    timezone: str

    def _newest(self, pick: Callable[[Counted], Names | None]) -> Counted | None:
        # Sorting keeps the order of those with one second.
        held = [export for export in sorted(self.exports, key=lambda export: export.at) if pick(export) is not None]
        return held[-1] if held else None

    @property
    def _sides(self) -> tuple[Counted | None, Counted | None]:
        return self._newest(lambda each: each.followers), self._newest(lambda each: each.following)

    @property
    def followers(self) -> Names | None:
        """The follower list as it is now."""
        side = self._sides[0]
        return side.followers if side else None

    @property
    def following(self) -> Names | None:
        """The following list as it is now."""
        side = self._sides[1]
        return side.following if side else None

    def stats(self) -> dict[str, Any]:
        """Return what /api/followers/stats/ must say, but for why something is unknown."""
        one, other = self._sides
        fans, followed = self.followers, self.following
        both = None if fans is None or followed is None else fans.keys() & followed.keys()
        times = [side.at for side in (one, other) if side]
        return {
            "as_of": _iso(max(times)) if times else None,
            "total_followers": None if fans is None else len(fans),
            "total_following": None if followed is None else len(followed),
            "mutuals_count": None if both is None else len(both),
            "followers_only_count": None if fans is None or followed is None else len(fans.keys() - followed.keys()),
            "following_only_count": None if fans is None or followed is None else len(followed.keys() - fans.keys()),
            "follower_ratio": _ratio(fans, followed),
            "weekly_growth": {"followers": _since(one, fans, 7), "following": _since(other, followed, 7)},
            "monthly_growth": {"followers": _since(one, fans, 30), "following": _since(other, followed, 30)},
            "top_acquisition_dates": self._top_days(fans),
        }

    def common(self) -> list[dict[str, Any]] | None:
        """Return what /api/followers/common/ must list, in its order."""
        fans, followed = self.followers, self.following
        if fans is None or followed is None:
            return None
        keys = sorted(fans.keys() & followed.keys(), key=lambda key: (max(fans[key][1], followed[key][1]), key))
        return [_row(fans[key][0], fans[key][1], followed[key][1]) for key in reversed(keys)]

    def followers_only(self) -> list[dict[str, Any]] | None:
        """Return what /api/followers/followers-only/ must list, in its order."""
        fans, followed = self.followers, self.following
        if fans is None or followed is None:
            return None
        keys = sorted(fans.keys() - followed.keys(), key=lambda key: (fans[key][1], key))
        return [_row(fans[key][0], fans[key][1], None) for key in reversed(keys)]

    def following_only(self) -> list[dict[str, Any]] | None:
        """Return what /api/followers/following-only/ must list, in its order."""
        fans, followed = self.followers, self.following
        if fans is None or followed is None:
            return None
        keys = sorted(followed.keys() - fans.keys(), key=lambda key: (followed[key][1], key))
        return [_row(followed[key][0], None, followed[key][1]) for key in reversed(keys)]

    def _top_days(self, fans: Names | None) -> list[dict[str, Any]] | None:
        if fans is None:
            return None
        zone = ZoneInfo(self.timezone)
        days: Counter[date] = Counter(datetime.fromtimestamp(second, zone).date() for _, second in fans.values())
        most = sorted(days, key=lambda day: (days[day], day), reverse=True)[:10]
        return [{"date": day.isoformat(), "followers_gained": days[day]} for day in most]


def _ratio(fans: Names | None, followed: Names | None) -> float | None:
    """Return the ratio in hundredths, halves upwards, without a division that rounds by itself."""
    if fans is None or not followed:
        return None
    return (200 * len(fans) + len(followed)) // (2 * len(followed)) / 100


def _since(side: Counted | None, names: Names | None, days: int) -> int | None:
    if side is None or names is None:
        return None
    return sum(side.at - days * DAY < second <= side.at for _, second in names.values())


def _row(name: str, followed: int | None, following: int | None) -> dict[str, Any]:
    return {
        "username": name,
        "date_followed": None if followed is None else _iso(followed),
        "date_following": None if following is None else _iso(following),
        "is_mutual": followed is not None and following is not None,
    }


def _iso(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
