"""What stands out in an account's posts: sentences that come from passed tests alone."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from webapp.analytics.content.fit import (
    NEEDS_IN_GROUP,
    NEEDS_POSTS,
    RISING_NEEDS_POSTS,
    TAGS_NEED_POSTS,
    ContentFit,
    Group,
    Refusal,
    Rising,
    TagEffect,
)
from webapp.analytics.content.table import PostTable
from webapp.domain.period import Period
from webapp.domain.post_query import PostFilter
from webapp.web.content.families import FamilyKey, claim_text, family_of
from webapp.web.content.texts import at_least_text, count_text, needs_text, range_text
from webapp.web.post_links import posts_href
from webapp.web.sound_texts import sound_text


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence, and where the posts are that it speaks of."""

    text: str
    href: str | None = None


class Suggestions:
    """What passed a test, in words, and the words where nothing did."""

    def __init__(self, fit: ContentFit, table: PostTable, timezone: str) -> None:
        self._fit = fit
        self._table = table
        self._counted = PostFilter(Period(None, None, timezone), counted=True)
        self._spellings = {name.tag: name.spelling for name in table.tags}
        self._sounds = {sound.public_id: sound for sound in table.sounds}

    @property
    def groups(self) -> list[Line]:
        """Return the groups of posts that stand out."""
        found = self._fit.likes
        return [Line(claim_text(key, group)) for key in FamilyKey for group in family_of(found, key).claims]

    @property
    def all(self) -> list[Line]:
        """Return the groups and the hashtags that stand out."""
        return [*self.groups, *self.hashtags]

    @property
    def all_none(self) -> str:
        """Return why no group of posts and no hashtag is named."""
        found = self._fit.likes
        families = [family_of(found, key) for key in FamilyKey]
        if any(family.refusal in (None, Refusal.NO_DIFFERENCE) for family in families):
            text = _("Nothing stands out reliably in your %(count)s posts: no kind, no title, no hashtag, no time.")
            return str(text % {"count": count_text(found.posts)})
        if found.posts < NEEDS_POSTS:
            return needs_text(found.posts, NEEDS_POSTS)
        return str(_("There are no two groups of at least %(least)s posts to compare.", least=NEEDS_IN_GROUP))

    @property
    def hashtags(self) -> list[Line]:
        """Return the hashtags whose posts stand out, the clearest first."""
        return list(self.hashtag_lines.values())

    @property
    def hashtag_lines(self) -> dict[str, Line]:
        """Return the same by the hashtag, in its compared form."""
        found = self._fit.likes.hashtags
        return {effect.group.key: self._tag_line(effect) for effect in found if effect.group.claim}

    @property
    def hashtags_none(self) -> str:
        """Return why no hashtag is named."""
        found, counted = self._fit.likes, count_text(self._fit.likes.posts)
        if found.hashtags_refusal is Refusal.NO_TITLES:
            return str(_("Your exports hold no titles, so this is unknown."))
        if found.hashtags_refusal is Refusal.FEW_POSTS:
            return needs_text(found.posts, TAGS_NEED_POSTS)
        if found.hashtags_refusal is Refusal.FEW_GROUPS:
            return str(
                _(
                    "Only hashtags that at least 5 of your posts have and at least 5 have not are compared; so far "
                    "there is none."
                )
            )
        return str(_("No hashtag stands out reliably in your %(count)s posts. Use those that fit.", count=counted))

    @property
    def rising(self) -> list[Line]:
        """Return what the newest posts have far more often than the earlier ones."""
        tags = [self._rising_line(rising, f"#{self._spelling(rising.key)}") for rising in self._fit.rising_tags]
        sounds = [
            self._rising_line(rising, sound_text(self._sounds[rising.key]), is_sound=True)
            for rising in self._fit.rising_sounds
            if rising.key in self._sounds
        ]
        return [*tags, *sounds]

    @property
    def rising_none(self) -> str:
        """Return why nothing is said to rise."""
        if self._fit.likes.posts < RISING_NEEDS_POSTS:
            return needs_text(self._fit.likes.posts, RISING_NEEDS_POSTS)
        return str(_("Your newest posts use no hashtag and no sound far more often than the earlier ones."))

    def _spelling(self, tag: str) -> str:
        return self._spellings.get(tag, tag).lstrip("#＃")

    def _tag_line(self, effect: TagEffect) -> Line:
        group = effect.group
        text = tag_claim_text(group, self._spelling(group.key))
        return Line(text, posts_href(self._counted.with_(hashtag=group.key)))

    def _rising_line(self, rising: Rising, name: str, *, is_sound: bool = False) -> Line:
        text = _(
            "%(name)s: in %(recent)s of your newest %(of_recent)s posts, in %(earlier)s of the %(of_earlier)s before.",
            name=name,
            recent=count_text(rising.recent),
            of_recent=count_text(rising.of_recent),
            earlier=count_text(rising.earlier),
            of_earlier=count_text(rising.of_earlier),
        )
        wanted = self._counted.with_(sound=rising.key) if is_sound else self._counted.with_(hashtag=rising.key)
        return Line(str(text), posts_href(wanted))


def tag_claim_text(group: Group, spelling: str) -> str:
    """Return what may be said of the posts with a hashtag whose test passed."""
    text = _(
        "Posts with #%(tag)s (n = %(count)s) do better, probably by at least %(share)s (likely %(range)s); the "
        "topic probably matters more than the tag.",
        tag=spelling.lstrip("#＃"),
        count=count_text(group.posts),
        share=at_least_text(group.at_least or 0),
        range=range_text(group.low or 0, group.high or 0),
    )
    return str(text)
