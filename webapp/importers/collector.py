"""Gather what the readers of JSON and text find into one summary."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec

from webapp.domain.names import is_handle
from webapp.domain.sections import Section, SectionState
from webapp.importers.cleaning import DeletedAccountError, clean_count, clean_line, clean_name
from webapp.importers.follow_list import FollowList
from webapp.importers.issues import IssueLog
from webapp.importers.limits import Limits
from webapp.importers.post_list import PostList
from webapp.importers.records import Profile, SectionSummary, Sink

Suspects = Mapping[Section, frozenset[int]]
FOLLOW_SECTIONS = (Section.FOLLOWERS, Section.FOLLOWING)
POST_SECTIONS = (Section.POSTS, Section.DELETED_POSTS)


class Collector:
    """One reading of one export: its lists, its owner, its remarks."""

    def __init__(self, sink: Sink, limits: Limits, suspects: Suspects) -> None:
        self.issues = IssueLog()
        self.newest_at: int | None = None
        self.profile: Profile | None = None
        self._profile = SectionSummary()
        self.follows = {
            section: FollowList(section, sink, self.issues, limits, suspects.get(section, frozenset()))
            for section in FOLLOW_SECTIONS
        }
        self.posts = {section: PostList(section, sink, self.issues, limits) for section in POST_SECTIONS}

    def summary_of(self, section: Section) -> SectionSummary:
        """Return the summary of a section while it grows."""
        if section is Section.PROFILE:
            return self._profile
        return self.follows[section].summary if section in self.follows else self.posts[section].summary

    def found(self, section: Section, path: str, state: SectionState) -> None:
        """Note that a section stands at a path; filled outweighs empty, empty outweighs missing."""
        summary = self.summary_of(section)
        if summary.path is not None and summary.path != path:
            self.issues.warn("section_twice", section=section.value)
        summary.path = summary.path or path
        rank = (SectionState.MISSING, SectionState.EMPTY, SectionState.FILLED, SectionState.CUT)
        summary.state = max(summary.state, state, key=rank.index)

    def dated(self, at: int | None) -> None:
        """Note the date of any row; only the newest is kept."""
        if at is not None and (self.newest_at is None or at > self.newest_at):
            self.newest_at = at

    def take_profile(self, fields: Mapping[str, object], path: str) -> None:
        """Take the owner's public facts, by the names of the record's fields."""
        self.profile = Profile(
            username=_username(fields.get("username")),
            display_name=clean_line(fields.get("display_name")),
            follower_count=clean_count(fields.get("follower_count")),
            following_count=clean_count(fields.get("following_count")),
            likes_received=clean_count(fields.get("likes_received")),
        )
        self.found(Section.PROFILE, path, SectionState.FILLED)
        self._profile.read = self._profile.kept = 1

    def suspects(self) -> dict[Section, frozenset[int]]:
        """Return, per follow list, the names a second reading must compare; empty when there are none."""
        found = {section: rows.suspects() for section, rows in self.follows.items()}
        return {section: hashes for section, hashes in found.items() if hashes}

    def link_expiry(self) -> int | None:
        """Return when the newest signed link of a post ends, None without one."""
        return max((p.link_expiry for p in self.posts.values() if p.link_expiry is not None), default=None)

    def finish(self) -> str:
        """End all lists and return the digest of everything wanted, as hexadecimal SHA-256."""
        whole = hashlib.sha256(msgspec.json.encode(self.profile))
        for follows in self.follows.values():
            whole.update(follows.summary.state.encode() + follows.finish())
            self.dated(follows.summary.newest_at)
        for posts in self.posts.values():
            whole.update(posts.summary.state.encode() + posts.finish())
            self.dated(posts.last_event_at)
        # Two exports may hold equal lists; what else happened until then tells them apart.
        whole.update(str(self.newest_at).encode())
        return whole.hexdigest()

    def sections(self) -> dict[Section, SectionSummary]:
        """Return the summaries of all sections."""
        return {section: self.summary_of(section) for section in Section}


def _username(value: object) -> str | None:
    """Return the owner's name, None where no account can be called so: then a person says whose export it is."""
    try:
        name = clean_name(value)
    except (DeletedAccountError, ValueError):
        return None
    return name if is_handle(name) else None
