"""Describe every known layout of a TikTok export as data: next year's layout is a new row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from webapp.domain.sections import Certainty, Section


@dataclass(frozen=True, slots=True)
class Layout:
    """A generation of exports; months are those in which real files of it were seen."""

    name: str
    first_seen: str
    last_seen: str | None
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class Marker:
    """A key path (case-folded) that only some generations have."""

    path: tuple[str, ...]
    layouts: frozenset[str]


@dataclass(frozen=True, slots=True)
class ListKey:
    """Where a wanted list stands: its key and, where the key alone is ambiguous, its parents."""

    section: Section
    key: str
    parents: frozenset[str] = frozenset()


LAYOUTS: Final = (
    Layout("G0", "2020-01", "2021-06", Certainty.LIKELY),
    Layout("G1", "2021-01", "2022-06", Certainty.LIKELY),
    Layout("G2a", "2022-01", "2024-09", Certainty.CERTAIN),
    Layout("G2b", "2024-09", "2025-03", Certainty.CERTAIN),
    Layout("G2c", "2025-01", "2025-03", Certainty.LIKELY),
    Layout("G3", "2025-03", "2025-12", Certainty.CERTAIN),
    Layout("G4", "2025-10", None, Certainty.CERTAIN),
    Layout("TXT", "2021-01", None, Certainty.CERTAIN),
)
TXT_LAYOUT: Final = "TXT"
OLD_TXT_LAYOUT: Final = "G0"
MIXED: Final = "mixed"
JSON_LAYOUTS: Final = frozenset(layout.name for layout in LAYOUTS) - {TXT_LAYOUT, OLD_TXT_LAYOUT}


def _only(path: str, layouts: str) -> Marker:
    return Marker(tuple(path.casefold().split("/")), frozenset(layouts.split()))


POST_ROW: Final = "[]"
THREE_FIELDS: Final = "three fields"
MARKERS: Final = (
    _only("Activity", "G1 G2a G2b"),
    _only("Video", "G1 G2a G2b G2c"),
    _only("Direct Messages", "G1 G2a G2b"),
    _only("Ads and data", "G2a G2b G3"),
    _only("Tiktok Shopping", "G2a G2b"),
    _only("Poi Review", "G2a G2b"),
    _only("Profile", "G1 G2a G2b G2c G3"),
    _only("Profile/Profile Information", "G1 G2a G2b G2c"),
    _only("Profile/Profile Info", "G3"),
    _only("Profile/Follower List", "G2c"),
    _only("Profile/Following List", "G2c"),
    _only("Direct Message", "G3 G4"),
    _only("Location Review", "G3 G4"),
    _only("TikTok Shop", "G3 G4"),
    _only("Your Activity", "G3 G4"),
    _only("Post", "G3 G4"),
    _only("Income Plus Wallet Transactions", "G2a G2b G3"),
    _only("Your Activity/Follower", "G3"),
    _only("Your Activity/Following", "G3"),
    _only("Your Activity/Like List", "G3"),
    _only("Your Activity/Favorite Videos", "G3"),
    _only("Your Activity/Activity Summary", "G4"),
    _only("Post/Story", "G4"),
    _only("Profile And Settings", "G4"),
    _only("Likes and Favorites", "G4"),
    _only("Income+ Wallet", "G4"),
    _only(f"{POST_ROW}/VideoLink", "G1"),
    _only(f"{POST_ROW}/{THREE_FIELDS}", "G1 G2a"),
    _only(f"{POST_ROW}/WhoCanView", "G2b G2c G3 G4"),
    _only(f"{POST_ROW}/AlternateText", "G4"),
    _only(f"{POST_ROW}/CoverImage", "G4"),
)
_BY_PATH: Final = {marker.path: marker.layouts for marker in MARKERS}

KNOWN_ROOTS: Final = frozenset(m.path[0] for m in MARKERS if m.path[0] != POST_ROW) | {
    "app settings",
    "comment",
    "tiktok live",
}
TELLING_ROOTS: Final = frozenset(
    {
        "your activity",
        "profile and settings",
        "likes and favorites",
        "income+ wallet",
        "tiktok live",
        "tiktok shop",
        "tiktok shopping",
        "income plus wallet transactions",
    }
)

LISTS: Final = (
    ListKey(Section.FOLLOWERS, "fanslist"),
    ListKey(Section.FOLLOWING, "following", frozenset({"following", "following list"})),
    ListKey(Section.POSTS, "videolist", frozenset({"videos", "posts"})),
    ListKey(Section.DELETED_POSTS, "postlist"),
)
EMPTY_CONTAINERS: Final = {
    "follower list": Section.FOLLOWERS,
    "follower": Section.FOLLOWERS,
    "following list": Section.FOLLOWING,
    "following": Section.FOLLOWING,
    "videos": Section.POSTS,
    "posts": Section.POSTS,
    "recentlydeletedposts": Section.DELETED_POSTS,
    "recently deleted posts": Section.DELETED_POSTS,
}
PROFILE_KEY: Final = "profilemap"
NAME_KEY: Final = "UserName"
DATE_KEY: Final = "Date"
CONTAINER_KEYS: Final = frozenset({"app", "isfastlane", "fanslist", "following", "videolist", "postlist"})
FOLLOW_KEYS: Final = frozenset({"username", "date"})
PROFILE_FIELDS: Final = {
    "username": "username",
    "displayname": "display_name",
    "followercount": "follower_count",
    "followingcount": "following_count",
    "likesreceived": "likes_received",
}
POST_KEYS: Final = (
    "Date",
    "DateDeleted",
    "Link",
    "VideoLink",
    "Likes",
    "WhoCanView",
    "AllowComments",
    "AllowStitches",
    "AllowDuets",
    "AllowStickers",
    "AllowSharingToStory",
    "ContentDisclosure",
    "AIGeneratedContent",
    "Sound",
    "Location",
    "Title",
    "AddYoursText",
    "AlternateText",
    "CoverImage",
    "NumberOfCollections",
    "MusicId",
    "EffectIds",
    "Stickers",
)

FIRST_POST_KEYS: Final = frozenset({"date", "link", "videolink", "likes"})

JSON_NAME: Final = r"user_data(?:_tiktok)?(?:[ _]?\(?[0-9]{1,3}\)?)?\.json"

# Text form: file names without part numbers, labels without the colon, both case-folded.
TXT_FILES: Final = {
    "follower": Section.FOLLOWERS,
    "followers": Section.FOLLOWERS,
    "follower list": Section.FOLLOWERS,
    "volger": Section.FOLLOWERS,
    "volgers": Section.FOLLOWERS,
    "following": Section.FOLLOWING,
    "following list": Section.FOLLOWING,
    "volgend": Section.FOLLOWING,
    "post": Section.POSTS,
    "posts": Section.POSTS,
    "videos": Section.POSTS,
    "recently deleted posts": Section.DELETED_POSTS,
    "profile info": Section.PROFILE,
    "profile information": Section.PROFILE,
}
OLD_TXT_FILES: Final = frozenset({"follower list", "following list", "videos"})
TXT_OTHERS: Final = frozenset(
    {
        "hashtag",
        "like list",
        "browsing history",
        "watch history",
        "video browsing history",
        "searches",
        "comments",
        "login history",
        "favorite hashtags",
        "favorite videos",
        "favorite sounds",
        "favorite effects",
        "block list",
        "settings",
        "direct messages",
        "share history",
        "reposts",
        "activity summary",
    }
)
TXT_DATE_LABELS: Final = frozenset({"date", "datum"})
TXT_NAME_LABELS: Final = frozenset({"username", "user name", "gebruikersnaam"})
TXT_PROFILE_LABELS: Final = {
    "username": "username",
    "user name": "username",
    "gebruikersnaam": "username",
    "display name": "display_name",
    "likes received": "likes_received",
    "follower count": "follower_count",
    "following count": "following_count",
}
TXT_POST_LABELS: Final = {
    "date": "Date",
    "datum": "Date",
    "date deleted": "DateDeleted",
    "link": "Link",
    "video link": "Link",
    "like(s)": "Likes",
    "likes": "Likes",
    "who can view": "WhoCanView",
    "allow comments": "AllowComments",
    "allow stitches": "AllowStitches",
    "allow duets": "AllowDuets",
    "allow stickers": "AllowStickers",
    "allow sharing to story": "AllowSharingToStory",
    "content disclosure": "ContentDisclosure",
    "ai generated content": "AIGeneratedContent",
    "sound": "Sound",
    "location": "Location",
    "title": "Title",
    "adds yours text": "AddYoursText",
    "add yours text": "AddYoursText",
    "alternate text": "AlternateText",
    "cover image": "CoverImage",
}


def layouts_of(path: tuple[str, ...]) -> frozenset[str] | None:
    """Return the generations that have this case-folded key path, None where it tells nothing."""
    return _BY_PATH.get(path)


def section_of(path: tuple[str, ...]) -> Section | None:
    """Return the section whose list stands at this case-folded key path."""
    if not path:
        return None
    parent = path[-2] if len(path) > 1 else ""
    for row in LISTS:
        if path[-1] == row.key and (not row.parents or parent in row.parents):
            return row.section
    return None


def choose_layout(candidates: list[frozenset[str]], hints: list[frozenset[str]]) -> tuple[str, Certainty]:
    """Return the generation all key paths agree on, or ``mixed``; the newest where several remain.

    ``hints`` come from the fields of posts: they narrow the choice and never contradict it.
    """
    remaining = frozenset.intersection(JSON_LAYOUTS, *candidates)
    if not remaining:
        return MIXED, Certainty.LIKELY
    for hint in hints:
        remaining = remaining & hint or remaining
    newest = [layout for layout in LAYOUTS if layout.name in remaining][-1]
    return newest.name, Certainty.CERTAIN if len(remaining) == 1 else Certainty.LIKELY
