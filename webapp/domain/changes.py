"""What changed between two exports: the kinds of change, why none can be told, and what is asked of a list of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.query import MAX_PAGE, Arguments, parse_choice, parse_number, parse_search, single
from webapp.domain.sections import Section
from webapp.domain.text import N_

PAGE_SIZE = 100


class ChangeKind(StrEnum):
    """The lists of changes, as the API names them."""

    GAINED = "gained"
    LOST = "lost"
    RENAMED = "renamed"
    RETURNED = "returned"
    REFOLLOWED = "refollowed"
    DELETED = "deleted"

    @property
    def has_mutual(self) -> bool:
        """Return whether its rows say if the person was mutual."""
        return self not in (ChangeKind.RENAMED, ChangeKind.REFOLLOWED)


CHANGE_LABELS: dict[ChangeKind, str] = {
    ChangeKind.GAINED: N_("Gained"),
    ChangeKind.LOST: N_("Lost"),
    ChangeKind.RENAMED: N_("Renamed"),
    ChangeKind.RETURNED: N_("Came back"),
    ChangeKind.REFOLLOWED: N_("Followed again"),
    ChangeKind.DELETED: N_("Deleted accounts"),
}


class NoComparison(StrEnum):
    """Why nobody can tell what changed, which is never the same as no change."""

    NO_EXPORT = "no_export"
    NOT_IN_EXPORTS = "not_in_exports"
    NOT_IN_THIS_EXPORT = "not_in_this_export"
    NO_EARLIER_LIST = "no_earlier_list"


NO_COMPARISON_TEXTS: dict[NoComparison, str] = {
    NoComparison.NO_EXPORT: N_("Nothing was imported for this account yet. Import an export to begin."),
    NoComparison.NOT_IN_EXPORTS: N_(
        "No export of this account holds this list whole. Ask the platform for an export with all data."
    ),
    NoComparison.NOT_IN_THIS_EXPORT: N_(
        "This export does not hold the list whole, so what changed on it cannot be told. Choose another export."
    ),
    NoComparison.NO_EARLIER_LIST: N_(
        "No earlier export holds this list, so nothing can be compared. Changes show from the second export on."
    ),
}


class ChangeOrder(StrEnum):
    """The orders of a list of changes; ``when`` is the interval in which the change happened."""

    WHEN_DESC = "-when"
    WHEN = "when"
    DATE_FOLLOWED_DESC = "-date_followed"
    DATE_FOLLOWED = "date_followed"
    USERNAME = "username"
    USERNAME_DESC = "-username"

    @property
    def is_descending(self) -> bool:
        """Return whether the largest value comes first."""
        return self.value.startswith("-")


class WasMutual(StrEnum):
    """Which people to keep by whether they were on the other list; whoever is unknown is in neither."""

    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class ChangeQuery:
    """A list of changes: whose list, which exports (the last two without), what kind, and which part of it."""

    section: Section = Section.FOLLOWERS
    from_id: str = ""
    to_id: str = ""
    kind: ChangeKind = ChangeKind.LOST
    search: str = ""
    mutual: WasMutual | None = None
    ordering: ChangeOrder = ChangeOrder.WHEN_DESC
    page: int = 1

    FIELDS: ClassVar[tuple[str, ...]] = ("list", "from", "to", "show", "search", "mutual", "ordering", "page")

    @classmethod
    def parse(cls, arguments: Arguments) -> ChangeQuery:
        """Return the query that the arguments ask for; raise ``Invalid`` naming the field of a bad value."""
        given = {name: single(arguments, name) for name in cls.FIELDS}
        kind = parse_choice(ChangeKind, "show", given["show"]) or ChangeKind.LOST
        mutual = parse_choice(WasMutual, "mutual", given["mutual"])
        if mutual and not kind.has_mutual:
            raise Invalid(ErrorCode.FIELD_INVALID, field="mutual", value=mutual.value)
        section = parse_choice(Section, "list", given["list"]) or Section.FOLLOWERS
        if section not in (Section.FOLLOWERS, Section.FOLLOWING):
            raise Invalid(ErrorCode.FIELD_INVALID, field="list", value=section.value)
        return cls(
            section=section,
            from_id=given["from"],
            to_id=given["to"],
            kind=kind,
            search=parse_search(given["search"]),
            mutual=mutual,
            ordering=parse_choice(ChangeOrder, "ordering", given["ordering"]) or ChangeOrder.WHEN_DESC,
            page=parse_number("page", given["page"], 1, 1, MAX_PAGE),
        )

    def with_(self, **changes: object) -> ChangeQuery:
        """Return a copy with other values, at its first page unless the page is given."""
        return replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]

    def show(self, kind: ChangeKind) -> ChangeQuery:
        """Return the same question about another kind of change, without a filter that it does not have."""
        return self.with_(kind=kind, mutual=self.mutual if kind.has_mutual else None)

    def to_args(self) -> dict[str, str]:
        """Return the arguments that ``parse`` turns into this query again, defaults left out."""
        arguments = {
            "list": "" if self.section is Section.FOLLOWERS else self.section.value,
            "from": self.from_id,
            "to": self.to_id,
            "show": "" if self.kind is ChangeKind.LOST else self.kind.value,
            "search": self.search,
            "mutual": self.mutual.value if self.mutual else "",
            "ordering": "" if self.ordering is ChangeOrder.WHEN_DESC else self.ordering.value,
            "page": "" if self.page == 1 else str(self.page),
        }
        return {name: value for name, value in arguments.items() if value}

    @property
    def is_filtered(self) -> bool:
        """Return whether anything narrows the list."""
        return bool(self.search) or self.mutual is not None
