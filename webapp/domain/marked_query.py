"""What is asked of the list of marked people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from webapp.domain.query import (
    DEFAULT_PAGE_SIZE,
    MAX_PAGE,
    MAX_PAGE_SIZE,
    Arguments,
    parse_number,
    parse_search,
    single,
)
from webapp.domain.tags import clean_tag, tag_key


@dataclass(frozen=True, slots=True)
class MarkedQuery:
    """A list of marked people: part of a name, tag, page."""

    search: str = ""
    tag: str = ""
    page: int = 1
    page_size: int = DEFAULT_PAGE_SIZE

    FIELDS: ClassVar[tuple[str, ...]] = ("search", "tag", "page", "page_size")

    @classmethod
    def parse(cls, arguments: Arguments) -> MarkedQuery:
        """Return the query that the arguments ask for; raise ``Invalid`` naming the field of a bad value."""
        given = {name: single(arguments, name) for name in cls.FIELDS}
        return cls(
            search=parse_search(given["search"]),
            tag=tag_key(clean_tag(given["tag"])) if given["tag"] else "",
            page=parse_number("page", given["page"], 1, 1, MAX_PAGE),
            page_size=parse_number("page_size", given["page_size"], DEFAULT_PAGE_SIZE, 1, MAX_PAGE_SIZE),
        )

    def with_(self, **changes: Any) -> MarkedQuery:
        """Return a copy with other values, at its first page unless that is given."""
        return replace(self, **{"page": 1, **changes})

    def to_args(self) -> dict[str, str]:
        """Return the arguments that ``parse`` turns into this query again, defaults left out."""
        arguments = {
            "search": self.search,
            "tag": self.tag,
            "page": "" if self.page == 1 else str(self.page),
            "page_size": "" if self.page_size == DEFAULT_PAGE_SIZE else str(self.page_size),
        }
        return {name: value for name, value in arguments.items() if value}
