"""Name the parts of an export and what an export says about each."""

from __future__ import annotations

from enum import StrEnum

from webapp.domain.text import N_


class Platform(StrEnum):
    """A platform whose official exports can be imported."""

    TIKTOK = "tiktok"


class Section(StrEnum):
    """A part of an export that the application reads."""

    FOLLOWERS = "followers"
    FOLLOWING = "following"
    POSTS = "posts"
    DELETED_POSTS = "deleted_posts"
    PROFILE = "profile"


class SectionState(StrEnum):
    """What one export says about a section; missing means unknown, never zero."""

    FILLED = "filled"
    EMPTY = "empty"
    MISSING = "missing"
    CUT = "cut"


class ExportedAtSource(StrEnum):
    """Where the export time of a file comes from, most certain first."""

    PERSON = "person"
    FILE_NAME = "file_name"
    ZIP_ENTRY = "zip_entry"
    NEWEST_ROW = "newest_row"
    LINK_EXPIRY = "link_expiry"
    UPLOAD = "upload"


class Certainty(StrEnum):
    """How sure a recognised fact is."""

    CERTAIN = "certain"
    LIKELY = "likely"
    GUESSED = "guessed"


PLATFORM_NAMES: dict[Platform, str] = {Platform.TIKTOK: "TikTok"}

SECTION_LABELS: dict[Section, str] = {
    Section.FOLLOWERS: N_("Followers"),
    Section.FOLLOWING: N_("Following"),
    Section.POSTS: N_("Posts"),
    Section.DELETED_POSTS: N_("Recently deleted posts"),
    Section.PROFILE: N_("Profile"),
}
