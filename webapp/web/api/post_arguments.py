"""The arguments of operations about posts, as the OpenAPI document describes them."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from webapp.domain.post_query import (
    MAX_LIKES,
    MAX_TITLE_SEARCH,
    PostKind,
    PostOrder,
    Privacy,
    Standing,
    TagCount,
    TitleLength,
)
from webapp.domain.text import N_
from webapp.web.api.operations import ACCOUNT, EXPLAIN, PAGES, Parameter

_TEXT = {"type": "string", "maxLength": MAX_TITLE_SEARCH}
_DAY = {"type": "string", "format": "date"}


def _choice(kind: type[StrEnum]) -> dict[str, Any]:
    return {"type": "string", "enum": [each.value for each in kind]}


def _number(high: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": 0, "maximum": high}


POST_FILTER = (
    Parameter("search", N_("Part of the title, in upper or lower case."), _TEXT),
    Parameter("date_from", N_("First day of publication, in the time zone of the account."), _DAY),
    Parameter("date_to", N_("Last day of publication, in the time zone of the account."), _DAY),
    Parameter(
        "min_likes", N_("At least so many likes; posts whose likes are unknown are left out."), _number(MAX_LIKES)
    ),
    Parameter(
        "max_likes", N_("At most so many likes; posts whose likes are unknown are left out."), _number(MAX_LIKES)
    ),
    Parameter("hashtag", N_("Posts with this hashtag, with or without #, in upper or lower case."), _TEXT),
    Parameter("with_hashtag", N_("Posts that have this hashtag too, beside the other."), _TEXT),
    Parameter("sound", N_("Posts with this sound: its name, in upper or lower case, or its public id."), _TEXT),
    Parameter("privacy", N_("Who can see the posts."), _choice(Privacy)),
    Parameter("kind", N_("What the posts are made of."), _choice(PostKind)),
    Parameter(
        "standing", N_("Where the posts stand by the newest list: on it, recently deleted, or gone."), _choice(Standing)
    ),
    Parameter("weekday", N_("Weekday of publication in the time zone of the account, 0 for Monday."), _number(6)),
    Parameter("hour", N_("Hour of publication in the time zone of the account."), _number(23)),
    Parameter("slot", N_("Three hours of publication in the time zone of the account, from 3 × slot on."), _number(7)),
    Parameter("title_length", N_("Class of the length of the title."), _choice(TitleLength)),
    Parameter("tag_count", N_("Class of the number of hashtags."), _choice(TagCount)),
    Parameter("word", N_("A whole word of the title, hashtags left out."), _TEXT),
    Parameter(
        "counted",
        N_("Only posts that statistics count: public, on the newest list, at least 7 days old, their likes known."),
        {"type": "boolean", "default": False},
    ),
)
POST_LIST = (
    ACCOUNT,
    *POST_FILTER,
    Parameter(
        "ordering",
        N_("Order of the posts; a minus sign puts the largest first. Posts whose value is unknown come last."),
        {**_choice(PostOrder), "default": PostOrder.PUBLISHED_DESC.value},
    ),
    *PAGES,
    Parameter(
        "cursor",
        N_("A place in the list, as “next” and “previous” carry it; it goes before “page”."),
        {"type": "string"},
    ),
    EXPLAIN,
)
