"""Define the typed records that an export file becomes."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Protocol

import msgspec

from webapp.domain.sections import Certainty, ExportedAtSource, Platform, Section, SectionState
from webapp.domain.studio import StudioPart
from webapp.importers.studio_records import StudioFigures

FollowRow = tuple[str, int]
"""A username as written and the second (Unix, UTC) the follow happened."""

CHUNK_ROWS = 5_000


class SkipReason(StrEnum):
    """Why a row of a list was read and not kept."""

    DELETED_ACCOUNT = "deleted_account"
    DUPLICATE = "duplicate"
    BAD_DATE = "bad_date"
    BAD_NAME = "bad_name"
    BAD_ROW = "bad_row"
    BAD_NUMBER = "bad_number"
    BAD_LINK = "bad_link"
    NO_FIGURES = "no_figures"


class Container(StrEnum):
    """How the uploaded bytes are packed."""

    ZIP = "zip"
    JSON = "json"
    TXT = "txt"
    CSV = "csv"


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """One publication as the export states it; a field the export lacks is None, never 0."""

    published_at: int
    title: str | None = None
    likes: int | None = None
    views: int | None = None
    comments: int | None = None
    shares: int | None = None
    saves: int | None = None
    platform_post_id: str | None = None
    kind: Literal["video", "photo"] = "video"
    image_count: int = 0
    sound_name: str | None = None
    sound_author: str | None = None
    sound_raw: str | None = None
    location: str | None = None
    privacy: str | None = None
    allow_comments: bool | None = None
    allow_stitches: bool | None = None
    allow_duets: bool | None = None
    allow_stickers: bool | None = None
    allow_sharing_to_story: bool | None = None
    content_disclosure: str | None = None
    ai_generated: str | None = None
    add_yours_text: str | None = None
    alternate_text: str | None = None
    permalink: str | None = None
    deleted_at: int | None = None
    music_id: str | None = None
    effect_ids: str | None = None
    stickers: str | None = None


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """The public facts of the owner; contact details in the same map are never read."""

    username: str | None = None
    display_name: str | None = None
    follower_count: int | None = None
    following_count: int | None = None
    likes_received: int | None = None


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """One row that was not kept: where it stands and why, without any of its values."""

    code: str
    section: Section | None
    file: str
    position: int


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """A remark for the preview; ``params`` fill the sentence of ``code``."""

    code: str
    params: dict[str, str | int] = {}


class UnknownKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key beside the wanted ones that no known layout has; data-like names are masked."""

    path: str
    type: str
    count: int


class FileSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A member of the upload and whether it was read."""

    name: str
    size: int
    read: bool


class SectionSummary(msgspec.Struct, kw_only=True):
    """What the file says about one section; ``read == kept + sum(skipped.values())`` always."""

    state: SectionState = SectionState.MISSING
    read: int = 0
    kept: int = 0
    skipped: dict[str, int] = {}
    deleted_account_dates: list[int] = []
    path: str | None = None
    newest_at: int | None = None
    oldest_at: int | None = None


class StudioFound(msgspec.Struct, frozen=True, kw_only=True):
    """What a download from TikTok Studio holds, file by file; its few rows are kept until they are written."""

    parts: dict[StudioPart, SectionSummary]
    figures: StudioFigures | None = None


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about an extracted export except its rows."""

    platform: Platform
    container: Container
    layout: str
    confidence: Certainty
    owner: str | None
    exported_at: int | None
    exported_at_source: ExportedAtSource | None
    exported_at_certainty: Certainty | None
    content_digest: str
    sections: dict[Section, SectionSummary]
    profile: Profile | None
    issues: list[Issue]
    warnings: list[Remark]
    unknown_keys: list[UnknownKey]
    files: list[FileSeen]
    studio: StudioFound | None = None


class Recognition(msgspec.Struct, frozen=True, kw_only=True):
    """What a first look at an upload tells, before its rows are read."""

    platform: Platform
    container: Container
    data_files: list[str]
    exported_at: int | None
    exported_at_source: ExportedAtSource | None


class Sink(Protocol):
    """Receives kept rows while a file is being read."""

    def follows(self, section: Section, names: list[str], seconds: list[int]) -> None:
        """Take at most ``CHUNK_ROWS`` rows of one follow list by columns: names as written, seconds of the follows."""

    def posts(self, section: Section, posts: list[Post]) -> None:
        """Take at most ``CHUNK_ROWS`` posts, published or recently deleted."""

    def restart(self) -> None:
        """Forget everything taken so far: the file is read once more from its start."""
