"""A list of hashtags or sounds: its search, its order and the place in it, and what its table shares."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar, Final, Generic, TypeVar

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.hashtags import MAX_TAG
from webapp.domain.post_query import MAX_TITLE_SEARCH
from webapp.domain.query import MAX_PAGE, Arguments, parse_choice, parse_number, single
from webapp.domain.scope import Scope
from webapp.web.content.page import AnalysisPage
from webapp.web.links import page_address
from webapp.web.opened import Opened
from webapp.web.paging_texts import shown_text

PAGE_SIZE: Final = 50
_Item = TypeVar("_Item")


class ListOrder(StrEnum):
    """What decides the order; the largest, newest or first letter comes first."""

    USAGE = "usage"
    TYPICAL = "typical"
    EFFECT = "effect"
    FIRST = "first"
    LAST = "last"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Which hashtags or sounds, in which order; ``chosen`` is the one whose posts are shown beside."""

    search: str = ""
    order: ListOrder = ListOrder.USAGE
    page: int = 1
    chosen: str = ""

    FIELDS: ClassVar[tuple[str, ...]] = ("search", "sort", "page", "chosen")

    @classmethod
    def parse(cls, arguments: Arguments) -> ListQuery:
        """Return the query that the arguments ask for; raise ``Invalid`` naming the field of a bad value."""
        return cls(
            search=_text("search", single(arguments, "search")),
            order=parse_choice(ListOrder, "sort", single(arguments, "sort")) or ListOrder.USAGE,
            page=parse_number("page", single(arguments, "page"), 1, 1, MAX_PAGE),
            chosen=_text("chosen", single(arguments, "chosen"), MAX_TAG),
        )

    def with_(self, **changes: object) -> ListQuery:
        """Return a copy with other values, at its first page unless that is given."""
        return replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]

    def to_args(self) -> dict[str, str]:
        """Return the arguments that ``parse`` turns into this query again, defaults left out."""
        arguments = {
            "search": self.search,
            "sort": "" if self.order is ListOrder.USAGE else self.order.value,
            "page": "" if self.page == 1 else str(self.page),
            "chosen": self.chosen,
        }
        return {name: value for name, value in arguments.items() if value}


class Listed(Generic[_Item]):
    """The rows that a query finds, in its order, and those of its page."""

    def __init__(
        self,
        items: Sequence[_Item],
        query: ListQuery,
        name: Callable[[_Item], str],
        values: Mapping[ListOrder, Callable[[_Item], float | None]],
    ) -> None:
        self.query = query
        wanted = query.search.casefold().lstrip("#＃")
        found = [item for item in items if wanted in name(item).casefold()] if wanted else list(items)
        # Stable: of equal values the most used comes first, as the items come.
        if query.order is ListOrder.NAME:
            found.sort(key=lambda item: name(item).casefold())
        else:
            value = values[query.order]
            found.sort(key=lambda item: _descending(value(item)))
        self.items = found

    @property
    def start(self) -> int:
        """Return how many rows come before the page."""
        return (self.query.page - 1) * PAGE_SIZE

    @property
    def shown(self) -> list[_Item]:
        """Return the rows of the page."""
        return self.items[self.start : self.start + PAGE_SIZE]

    @property
    def next_page(self) -> ListQuery | None:
        """Return the query of the next page."""
        more = self.start + PAGE_SIZE < len(self.items)
        return self.query.with_(page=self.query.page + 1) if more else None

    @property
    def previous_page(self) -> ListQuery | None:
        """Return the query of the page before."""
        return self.query.with_(page=self.query.page - 1) if self.query.page > 1 else None


def _descending(value: float | None) -> tuple[bool, float]:
    """Return the key that puts the largest first and the unknown last."""
    return value is None, -(value or 0)


def _text(field: str, text: str, most: int = MAX_TITLE_SEARCH) -> str:
    if len(text) > most or "\0" in text:
        raise Invalid(ErrorCode.FIELD_INVALID, field=field, value=text[:40])
    return text


class ListPage(AnalysisPage, ABC, Generic[_Item]):
    """A tab with a list that is searched, sorted and turned over page by page."""

    def __init__(self, scope: Scope, query: ListQuery | None = None) -> None:
        super().__init__(scope)
        self.query = query or ListQuery()
        self.opened = Opened()

    def to_args(self) -> dict[str, str]:
        """Return the arguments of this view, defaults left out."""
        return self.query.to_args()

    @property
    @abstractmethod
    def listed(self) -> Listed[_Item]:
        """Return the rows that the query finds."""

    @property
    def range_text(self) -> str:
        """Return which rows of how many this page shows."""
        return shown_text(self.listed.start, len(self.listed.shown), len(self.listed.items))

    @property
    def next_href(self) -> str | None:
        """Return the address of the next page."""
        following = self.listed.next_page
        return None if following is None else self.of(following)

    @property
    def previous_href(self) -> str | None:
        """Return the address of the page before."""
        before = self.listed.previous_page
        return None if before is None else self.of(before)

    def sort_href(self, order: str) -> str:
        """Return the address of the table in another order."""
        return self.of(self.query.with_(order=ListOrder(order)))

    def direction(self, order: str) -> str | None:
        """Return the direction of a column that decides the order."""
        if ListOrder(order) is not self.query.order:
            return None
        return "asc" if self.query.order is ListOrder.NAME else "desc"

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Return what a search brings along."""
        return [(name, value) for name, value in self.query.with_(search="").to_args().items()]

    def of(self, query: ListQuery) -> str:
        """Return the address of another list of this page."""
        return page_address(self.ENDPOINT, query.to_args())
