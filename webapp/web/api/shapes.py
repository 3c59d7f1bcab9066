"""The shapes of what the API takes and answers; the OpenAPI document is made from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from webapp.domain.sections import ExportedAtSource, Platform, SectionState
from webapp.domain.text import N_
from webapp.models import ImportOrigin, ImportState, ListAnswer, OwnerAnswer
from webapp.services.accounts import MAX_HOLD_PERCENT

Id = Annotated[str, Meta(pattern="^[0-9a-f]{20}$")]
Instant = Annotated[datetime, Meta(tz=True)]


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of every shape: a field that is not named here is an error."""


class UnknownCode(StrEnum):
    """Why a list cannot be known."""

    NO_ACCOUNT = "no_account"
    NO_EXPORT = "no_export"
    NOT_IN_EXPORTS = "not_in_exports"
    TOO_FEW_DAYS = "too_few_days"
    BEING_WORKED_OUT = "being_worked_out"
    NOT_IN_THIS_EXPORT = "not_in_this_export"
    NO_EARLIER_LIST = "no_earlier_list"
    NO_TITLES = "no_titles"
    FEW_POSTS = "few_posts"
    NO_SOUNDS = "no_sounds"
    FEW_VIEWS = "few_views"


class Unknown(Shape, frozen=True, kw_only=True):
    """Why an answer is unknown, which is never the same as zero."""

    code: UnknownCode
    text: str


class Page(Shape, frozen=True, kw_only=True):
    """What every list has; next and previous are addresses, or null at either end."""

    count: int | None
    next: str | None
    previous: str | None


class Change(Shape, frozen=True, kw_only=True):
    """Somebody who is on one of two lists only; between are the exports around it, was_mutual is null if unknown."""

    username: str
    date_followed: Instant
    was_mutual: bool | None
    between: Annotated[list[Instant], Meta(min_length=2, max_length=2)]


class RenamedPair(Shape, frozen=True, kw_only=True):
    """Two names with one follow second; confirmed is null while nobody said whether they are one account."""

    from_: str = msgspec.field(name="from")
    to: str
    date_followed: Instant
    confirmed: bool | None


class Refollow(Shape, frozen=True, kw_only=True):
    """Somebody who is on both lists with another follow date."""

    username: str
    date_previous: Instant
    date_followed: Instant


class ChangeLists(Shape, frozen=True, kw_only=True):
    """What changed on a list between two exports; where unknown is there, it says why nobody can tell."""

    from_: Id | None = msgspec.field(name="from")
    to: Id | None
    gained: list[Change]
    lost: list[Change]
    renamed: list[RenamedPair]
    returned: list[Change]
    refollowed: list[Refollow]
    deleted: list[Change]
    unknown: Unknown | UnsetType = UNSET


class Account(Shape, frozen=True, kw_only=True):
    """An account on a platform."""

    id: Id
    platform: Platform
    handle: str
    timezone: str
    is_default: bool
    hold_percent: int


class AccountList(Page, frozen=True, kw_only=True):
    """The accounts of the team, the default one first."""

    results: list[Account]


class AccountChange(Shape, frozen=True, kw_only=True):
    """What can be changed of an account; what is left out stays."""

    timezone: (
        Annotated[str, Meta(description=N_("A time zone of the IANA list, such as Europe/Paris."))] | UnsetType
    ) = UNSET
    is_default: (
        Annotated[
            bool, Meta(description=N_("true makes it the default account; to end that, make another one the default."))
        ]
        | UnsetType
    ) = UNSET
    hold_percent: (
        Annotated[
            int,
            Meta(
                ge=1,
                le=MAX_HOLD_PERCENT,
                description=N_("A list that lacks more than this share of the names it had is held for a person."),
            ),
        ]
        | UnsetType
    ) = UNSET


class SectionCounts(Shape, frozen=True, kw_only=True):
    """What a file says about one part of an export; the counts are null where the part is missing."""

    state: SectionState
    read: int | None
    kept: int | None
    skipped: dict[str, int] | None


class ExportState(StrEnum):
    """Whether an export holds both follow lists whole."""

    COMPLETE = "complete"
    PARTIAL = "partial"


class Export(Shape, frozen=True, kw_only=True):
    """An export that was imported; at is the moment at which the platform made it."""

    id: Id
    at: Instant
    at_source: ExportedAtSource
    sections: dict[str, SectionCounts]
    state: ExportState


class ExportList(Page, frozen=True, kw_only=True):
    """The exports of an account, oldest first."""

    results: list[Export]


class Progress(Shape, frozen=True, kw_only=True):
    """How far the work on an import is; total is null while it is not known."""

    step: str | None
    done: int
    total: int | None


class Difference(Shape, frozen=True, kw_only=True):
    """What an import changes in one part; null where the word makes no sense for the part."""

    read: int | None = None
    new: int
    unchanged: int
    changed: int | None = None
    gone: int | None = None
    returned: int | None = None
    refollowed: int | None = None
    renamed: int | None = None
    ended_later: int | None = None
    skipped: dict[str, int] | None = None


class OwnerCandidate(Shape, frozen=True, kw_only=True):
    """An account that a file may belong to; shared of so many followers of the file follow it now."""

    account: Id
    handle: str
    shared: int
    of: int


class OwnerQuestion(Shape, frozen=True, kw_only=True):
    """Whose a file is: no account has the name of its owner."""

    owner: str
    accounts: list[OwnerCandidate]


class Preview(Shape, frozen=True, kw_only=True):
    """What a commit would do; held and cut name the lists that wait for an answer."""

    is_first: bool
    sections: dict[str, Difference]
    held: list[str]
    held_count: int
    cut: list[str]
    owner_question: OwnerQuestion | None


class Warned(Shape, frozen=True, kw_only=True):
    """A remark about the file."""

    code: str
    params: dict[str, str | int]


class Failure(Shape, frozen=True, kw_only=True):
    """Why an import failed."""

    code: str
    text: str


class Import(Shape, frozen=True, kw_only=True):
    """A file on its way to one of four ends; is_known is true when its content was imported before."""

    id: Id
    state: ImportState
    origin: ImportOrigin
    file_name: str
    size_bytes: int
    account: Id | None
    platform: Platform | None
    owner: str | None
    exported_at: Instant | None
    exported_at_source: ExportedAtSource | None
    created_at: Instant
    ended_at: Instant | None
    progress: Progress | None
    sections: dict[str, SectionCounts] | None
    preview: Preview | None
    is_known: bool | None
    result: dict[str, Difference] | None
    warnings: list[Warned]
    error: Failure | None


class ImportList(Page, frozen=True, kw_only=True):
    """The imports of the team, newest first."""

    results: list[Import]


class ImportForm(Shape, frozen=True, kw_only=True):
    """A file to import."""

    file: Annotated[
        str,
        Meta(
            description=N_("The export as it was downloaded: .zip, .json or .txt."),
            extra_json_schema={"contentMediaType": "application/octet-stream"},
        ),
    ]
    account: (
        Annotated[str, Meta(description=N_("Name of the account; without it the owner named in the file."))] | UnsetType
    ) = UNSET
    exported_at: (
        Annotated[
            datetime,
            Meta(tz=True, description=N_("When the platform made the export; without it the time found in the file.")),
        ]
        | UnsetType
    ) = UNSET


class ImportCommit(Shape, frozen=True, kw_only=True):
    """What a person must have said before a held import is written."""

    confirm_losses: Annotated[
        bool, Meta(description=N_("true when the file is complete, although names are missing from it."))
    ] = False
    answers: (
        Annotated[
            dict[Literal["followers", "following"], ListAnswer],
            Meta(description=N_("What to do with each list that is held: an incomplete one is left as it was.")),
        ]
        | UnsetType
    ) = UNSET
    owner: (
        Annotated[OwnerAnswer, Meta(description=N_("Whose the file is, where no account has the name of its owner."))]
        | UnsetType
    ) = UNSET
    account: (
        Annotated[str, Meta(description=N_("Name of the account that was renamed; with “owner” only."))] | UnsetType
    ) = UNSET


class Problem(Shape, frozen=True, kw_only=True):
    """A failure (RFC 9457); field names the argument that was refused."""

    type: str
    title: str
    status: int
    code: str
    field: str | UnsetType = UNSET
    request_id: str | None


def utc(second: int) -> datetime:
    """Return a Unix second as an aware datetime in UTC."""
    return datetime.fromtimestamp(second, UTC)


def section_counts(sections: Mapping[str, Mapping[str, Any]]) -> dict[str, SectionCounts]:
    """Return the counts of every part; what is missing from the file has none, not even zero."""
    return {name: _counts(said) for name, said in sections.items()}


def _counts(said: Mapping[str, Any]) -> SectionCounts:
    state = SectionState(said["state"])
    if state is SectionState.MISSING:
        return SectionCounts(state=state, read=None, kept=None, skipped=None)
    return SectionCounts(state=state, read=said["read"], kept=said["kept"], skipped=dict(said["skipped"]))
