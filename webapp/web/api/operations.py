"""What an operation of the API takes and answers, written beside its view and read by the OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import msgspec

from webapp.domain.query import DEFAULT_PAGE_SIZE, MAX_PAGE, MAX_PAGE_SIZE, MAX_SEARCH, FollowOrder, Ignored, Relation
from webapp.domain.tags import MAX_TAG
from webapp.domain.text import N_

V = TypeVar("V", bound=Callable[..., Any])

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of the query string; ``schema`` is JSON Schema."""

    name: str
    description: str
    schema: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path.

    ``answer`` is the shape of the answer with ``status``, ``body`` that of a JSON body, ``form`` that of a
    multipart one. ``errors`` are the statuses of this operation alone; those that every one has stand in the document.
    """

    summary: str
    tag: str
    answer: type[msgspec.Struct] | None
    example: msgspec.Struct | None = None
    status: int = 200
    media_type: str = JSON
    parameters: tuple[Parameter, ...] = ()
    body: type[msgspec.Struct] | None = None
    form: type[msgspec.Struct] | None = None
    has_location: bool = False
    errors: tuple[int, ...] = ()
    sample: str = field(default="", kw_only=True)


def describe(operation: Operation) -> Callable[[V], V]:
    """Attach the description to a view."""

    def attach(view: V) -> V:
        view.operation = operation  # type: ignore[attr-defined]
        return view

    return attach


ACCOUNT = Parameter(
    "account",
    N_("Public id of the account; without it the default account of the team."),
    {"type": "string", "pattern": "^[0-9a-f]{20}$"},
)
PAGE = Parameter(
    "page", N_("Number of the page, from 1."), {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": 1}
)
PAGE_SIZE = Parameter(
    "page_size",
    N_("Rows of a page."),
    {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": DEFAULT_PAGE_SIZE},
)
PAGES = (PAGE, PAGE_SIZE)
EXPLAIN = Parameter(
    "explain",
    N_("Also what is behind the numbers: definition, period, sample size, imports and what is unknown."),
    {"type": "boolean", "default": False},
)
FOLLOW_LIST = (
    ACCOUNT,
    Parameter(
        "search",
        N_("Part of the username, in upper or lower case."),
        {"type": "string", "maxLength": MAX_SEARCH},
    ),
    Parameter("date_from", N_("First day, in the time zone of the account."), {"type": "string", "format": "date"}),
    Parameter("date_to", N_("Last day, in the time zone of the account."), {"type": "string", "format": "date"}),
    Parameter("mutual", N_("Only people who are on both lists."), {"type": "boolean", "default": False}),
    Parameter(
        "relation",
        N_("Everybody, only people who are on both lists, or only people who are not on the other list."),
        {"type": "string", "enum": [relation.value for relation in Relation], "default": Relation.ALL.value},
    ),
    Parameter(
        "tag",
        N_("Only people with this tag: keep, ignore, family, brand or a word of your own."),
        {"type": "string", "maxLength": MAX_TAG},
    ),
    Parameter(
        "ignored",
        N_("Whether people with the tag “ignore” are among the rows; without it only not_mutual leaves them out."),
        {"type": "string", "enum": [ignored.value for ignored in Ignored]},
    ),
    Parameter(
        "unmarked",
        N_("Only people who have no tag at all; not together with “tag”."),
        {"type": "boolean", "default": False},
    ),
    Parameter(
        "ordering",
        N_("Order of the rows; a minus sign puts the largest first."),
        {
            "type": "string",
            "enum": [order.value for order in FollowOrder],
            "default": FollowOrder.DATE_FOLLOWED_DESC.value,
        },
    ),
    *PAGES,
    Parameter(
        "cursor",
        N_("A place in the list, as “next” and “previous” carry it; it goes before “page”."),
        {"type": "string"},
    ),
    EXPLAIN,
)
RELATIONSHIP_LIST = tuple(
    replace(each, description=N_("Whether people with the tag “ignore” are among the rows; without it they are."))
    if each.name == "ignored"
    else each
    for each in FOLLOW_LIST
    if each.name not in ("mutual", "relation")
)
