"""What the name of an image file says about the post it belongs to."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import Final, NamedTuple

# 2025-03-04_17-05-12, 2025.03.04 17.05.12, 20250304_170512, 20250304170512, 2025-03-04T17:05:12Z
_TIME: Final = re.compile(
    r"(?<!\d)(20\d\d)[-_.]?(\d\d)[-_.]?(\d\d)(?:[ T_.\-]{0,3})(\d\d)[-_.:h]?(\d\d)[-_.:m]?(\d\d)(?!\d)", re.ASCII
)
_UNIX: Final = re.compile(r"(?<!\d)1\d{9}(?!\d)", re.ASCII)
_PLATFORM_ID: Final = re.compile(r"(?<!\d)\d{15,20}(?!\d)", re.ASCII)
# Longer names say nothing more.
_LONGEST: Final = 300


class CoverName(NamedTuple):
    """What a file name says: the platform's numbers of posts, and the moments it may speak of, as Unix seconds."""

    platform_ids: frozenset[str]
    seconds: frozenset[int]


def read_cover_name(name: str, zone: tzinfo) -> CoverName:
    """Return what a name says; a time without a zone is that of the account or UTC, as exports write it."""
    name = name[:_LONGEST]
    seconds = {int(found) for found in _UNIX.findall(name)}
    for parts in _TIME.findall(name):
        try:
            moment = datetime(*(int(part) for part in parts))  # type: ignore[arg-type]  # noqa: DTZ001
        except ValueError:
            continue
        seconds |= {int(moment.replace(tzinfo=each).timestamp()) for each in (UTC, zone)}
    return CoverName(frozenset(_PLATFORM_ID.findall(name)), frozenset(seconds))
