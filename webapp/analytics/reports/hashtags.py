"""The hashtags of a period's posts, with what tests say of them over all time."""

from __future__ import annotations

from typing import Final

from webapp.analytics.content.fit import ContentFit, Group, Refusal
from webapp.analytics.content.uses import TagUse, count_tags
from webapp.analytics.reports.material import Material
from webapp.domain.reports import HashtagsPart, ReportTag, Untold

MOST_TAGS: Final = 12
UNTOLD: Final = {
    Refusal.FEW_POSTS: Untold.TOO_FEW,
    Refusal.FEW_GROUPS: Untold.TOO_FEW,
    Refusal.NO_DIFFERENCE: Untold.NO_CLAIM,
    Refusal.NO_TITLES: Untold.NO_TITLES,
}


def find_hashtags_part(material: Material) -> HashtagsPart:
    """Return the hashtags that posts of the period have, most used first; counts and effects are of all posts."""
    table, trends, fit = material.table, material.trends, material.fit
    if table is None or trends is None:
        return HashtagsPart(untold=Untold.NO_LIST)
    if not table.has_titles:
        return HashtagsPart(untold=Untold.NO_TITLES)
    places = {place for row in trends.posts for place in row.hashtags}
    keys = {table.tags[place].tag for place in places}
    uses = [use for use in count_tags(table) if use.tag in keys][:MOST_TAGS]
    found = fit or ContentFit()
    groups = {effect.group.key: effect.group for effect in found.likes.hashtags}
    rising = {each.key for each in found.rising_tags}
    tags = tuple(_tag(use, groups.get(use.tag), use.tag in rising) for use in uses)
    posts = float(len(table.counted))
    if fit is None:
        return HashtagsPart(tags, posts, untold=Untold.NOT_YET)
    if not trends.posts:
        return HashtagsPart(tags, posts, untold=Untold.NO_POSTS)
    refusal = found.likes.hashtags_refusal
    needs = found.likes.hashtags_need if refusal is Refusal.FEW_POSTS else None
    return HashtagsPart(tags, posts, untold=None if refusal is None else UNTOLD[refusal], needs=needs)


def _tag(use: TagUse, group: Group | None, is_rising: bool) -> ReportTag:
    return ReportTag(
        tag=use.spelling.lstrip("#＃"),
        posts=float(use.posts),
        typical=use.typical,
        effect=group.effect if group else None,
        low=group.low if group else None,
        high=group.high if group else None,
        is_claimed=group is not None and group.claim,
        is_rising=is_rising,
    )
