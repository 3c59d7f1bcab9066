"""Take from a report what its readers must not see; nobody else hides anything of it afterwards."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from webapp.analytics.reports.scales import Usual, scaled
from webapp.domain.redaction import UNTOLD, NameDisplay, NumberDisplay, Redaction, called, is_stand_in
from webapp.domain.reports import (
    ChangesPart,
    HashtagsPart,
    NewsCode,
    NewsItem,
    NotesPart,
    PostsPart,
    Report,
    ReportPerson,
    SourcesPart,
    Untold,
)

# News that holds words of a post.
_OF_WORDS: Final = (NewsCode.BEST_POST, NewsCode.RISING_TAG)


@dataclass(frozen=True, slots=True)
class Audience:
    """Who reads a report: what is kept from them, and whether they are outside the team.

    ``own_names`` are handle, display name and team of an account that they are not to learn, none of one that they may.
    """

    redaction: Redaction
    own_names: tuple[str, ...] = ()
    is_public: bool = False

    @property
    def sees_files(self) -> bool:
        """Return whether names and digests of files are told: a name may hold the handle, both tell the export."""
        plain = self.redaction.numbers is NumberDisplay.ABSOLUTE and not self.redaction.hides_names
        return plain and not self.own_names and not self.is_public


def veiled(report: Report, audience: Audience, usual: Usual) -> Report:
    """Return what is left of a report for its readers; ``usual`` says what 100 is where numbers are indexed."""
    words = _Words(audience)
    shown = replace(
        report,
        news=None if report.news is None else tuple(item for each in report.news for item in words.news(each)),
        changes=None if report.changes is None else _people(report.changes, audience),
        posts=None if report.posts is None else words.posts(report.posts),
        hashtags=None if report.hashtags is None else words.hashtags(report.hashtags),
        notes=None if report.notes is None else words.notes(report.notes),
        sources=None if report.sources is None else _sources(report.sources, audience),
    )
    return shown if audience.redaction.numbers is NumberDisplay.ABSOLUTE else scaled(shown, audience.redaction, usual)


class _Words:
    """Hides captions, mentions of people, and the account's own name where readers do not learn it."""

    def __init__(self, audience: Audience) -> None:
        self._audience = audience
        self._redaction = audience.redaction
        names = "|".join(re.escape(name) for name in sorted(audience.own_names, key=len, reverse=True))
        self._own = re.compile(rf"(?<!\w)(?:{names})(?!\w)", re.IGNORECASE) if names else None

    def caption(self, text: str) -> str:
        return self._nameless(self._redaction.caption(text))

    def remark(self, text: str) -> str:
        return self._nameless(self._redaction.remark(text))

    def _nameless(self, text: str) -> str:
        return text if self._own is None else self._own.sub(UNTOLD, text)

    def news(self, item: NewsItem) -> tuple[NewsItem, ...]:
        if item.code not in _OF_WORDS:
            return (item,)
        if item.code is NewsCode.RISING_TAG:
            return () if self._redaction.hides_captions else (replace(item, text=self.caption(item.text)),)
        return (replace(item, text=self.caption(item.text)),)

    def posts(self, part: PostsPart) -> PostsPart:
        hides_covers = self._audience.is_public or self._redaction.hides_captions
        top = tuple(
            replace(
                post,
                title=self.caption(post.title),
                post=None if self._audience.is_public else post.post,
                cover=None if hides_covers else post.cover,
            )
            for post in part.top
        )
        return replace(part, top=top)

    def hashtags(self, part: HashtagsPart) -> HashtagsPart:
        # Hashtags are words of captions.
        if self._redaction.hides_captions:
            return HashtagsPart(untold=Untold.HIDDEN)
        return replace(part, tags=tuple(replace(tag, tag=self.caption(tag.tag)) for tag in part.tags))

    def notes(self, part: NotesPart) -> NotesPart:
        days = () if self._audience.is_public else part.days
        return NotesPart(self.remark(part.author), tuple(replace(day, text=self.remark(day.text)) for day in days))


def _people(part: ChangesPart, audience: Audience) -> ChangesPart:
    """Return who came and left as readers may know them; of indexed numbers nobody, as people could be counted."""
    redaction = audience.redaction
    if redaction.names is NameDisplay.HIDDEN or redaction.numbers is NumberDisplay.INDEXED:
        return replace(part, came=(), left=())
    if not redaction.hides_names:
        return part

    def shown(people: tuple[ReportPerson, ...]) -> tuple[ReportPerson, ...]:
        # Whoever read the lists for this reader has put stand-ins there already.
        names = (each.name if is_stand_in(each.name) else redaction.name(each.name) for each in people)
        return tuple(replace(each, name=called(name)) for each, name in zip(people, names, strict=True))

    return replace(part, came=shown(part.came), left=shown(part.left))


def _sources(part: SourcesPart, audience: Audience) -> SourcesPart:
    if audience.sees_files:
        return part
    return replace(part, exports=tuple(replace(source, file=None, sha256=None) for source in part.exports))
