"""Which rows of different exports are one post."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

WORDS: Final = (
    "platform_post_id",
    "title",
    "sound_raw",
    "kind",
    "permalink",
    "image_count",
    "sound_name",
    "sound_author",
    "music_id",
    "effect_ids",
    "stickers",
    "location",
    "privacy",
    "allow_comments",
    "allow_stitches",
    "allow_duets",
    "allow_stickers",
    "allow_sharing_to_story",
    "content_disclosure",
    "ai_generated",
    "add_yours_text",
    "alternate_text",
    "deleted_at",
)
"""The columns of what a post says; the first three tell posts of one second apart."""

Words = tuple[Any, ...]


class Said(NamedTuple):
    """A row of one export: its words and figures, and the stored post that it belongs to so far."""

    words: Words
    metrics: Any
    post_id: int | None


@dataclass(slots=True)
class Group:
    """The rows of one post, by export in order of time."""

    said: dict[int, Said] = field(default_factory=dict)
    platform_post_id: str | None = None
    texts: tuple[Any, ...] = ()

    def add(self, export_id: int, row: Said) -> None:
        """Take the row of the next export."""
        self.said[export_id] = row
        self.platform_post_id = row.words[0] or self.platform_post_id
        self.texts = row.words[1:3]


def identity_of(words: Words) -> tuple[Any, ...]:
    """Return by what the rows of one second in one export are told apart."""
    return words[:3]


def group_posts(said: Mapping[int, list[Said]], order: Mapping[int, int]) -> list[Group]:
    """Put the rows of one second together into posts, in the order in which exports first show them.

    The platform's id decides; then title and sound; a post that is alone in its second stays itself whatever it says.
    """
    groups: list[Group] = []
    for export_id in sorted(said, key=order.__getitem__):
        _assign(groups, export_id, said[export_id])
    return groups


def _order_of(row: Said) -> tuple[Any, ...]:
    """Return the key by which rows of one export and second stand: their order in the file says nothing."""
    return tuple((value is not None, value or "") for value in identity_of(row.words))


def _assign(groups: list[Group], export_id: int, rows: list[Said]) -> None:
    if not groups and len(rows) == 1:  # nearly always
        groups.append(Group())
        groups[0].add(export_id, rows[0])
        return
    rest = rows[:] if len(rows) == 1 else sorted(rows, key=_order_of)
    is_alone = len(groups) == 1
    free = list(groups)
    for is_same in (_has_same_id, _has_same_texts):
        for row in list(rest):
            match = next((group for group in free if is_same(group, row)), None)
            if match is not None:
                match.add(export_id, row)
                free.remove(match)
                rest.remove(row)
    if is_alone and free and rest and not _has_other_id(free[0], rest[0]):
        free[0].add(export_id, rest.pop(0))
    for row in rest:
        groups.append(Group())
        groups[-1].add(export_id, row)


def _has_same_id(group: Group, row: Said) -> bool:
    return row.words[0] is not None and group.platform_post_id == row.words[0]


def _has_other_id(group: Group, row: Said) -> bool:
    return bool(group.platform_post_id and row.words[0] and group.platform_post_id != row.words[0])


def _has_same_texts(group: Group, row: Said) -> bool:
    return group.texts == row.words[1:3] and not _has_other_id(group, row)
