"""The words about what is recommended: page and API say the same (STATISTICS 3.12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.content.fit import Group
from webapp.analytics.content.table import PostTable
from webapp.analytics.experiments import Size
from webapp.analytics.recommendations.advice import Doubt, Recommendation
from webapp.analytics.recommendations.proposals import Proposal
from webapp.analytics.recommendations.tried import TriedExperiment, TriedPlans
from webapp.domain.experiments import ExperimentKind, ExperimentState
from webapp.domain.formatting import format_day, format_share
from webapp.domain.recommendations import AdviceKind, DoubtKind
from webapp.domain.text import N_
from webapp.web.content.families import FamilyKey, claim_text, group_name
from webapp.web.content.suggestions import tag_claim_text
from webapp.web.content.texts import count_text, range_text
from webapp.web.i18n import locale

FAMILIES: Final[Mapping[AdviceKind, FamilyKey]] = {
    AdviceKind.SLOT: FamilyKey.SLOTS,
    AdviceKind.WEEKDAY: FamilyKey.WEEKDAYS,
    AdviceKind.KIND: FamilyKey.KINDS,
    AdviceKind.TITLE_LENGTH: FamilyKey.LENGTHS,
    AdviceKind.TAG_COUNT: FamilyKey.TAG_COUNTS,
}
ABOUT: Final[Mapping[AdviceKind, str]] = {
    AdviceKind.SLOT: N_("Time of day"),
    AdviceKind.WEEKDAY: N_("Weekday"),
    AdviceKind.KIND: N_("Kind"),
    AdviceKind.TITLE_LENGTH: N_("Length of the title"),
    AdviceKind.TAG_COUNT: N_("Number of hashtags"),
    AdviceKind.HASHTAG: N_("Hashtag"),
}
_DOUBTS: Final[Mapping[DoubtKind, str]] = {
    DoubtKind.GONE_LATELY: N_(
        "Against it: nothing of it is left in the newer half of your posts. It may be over, or it was chance."
    ),
    DoubtKind.OLDER_HALF: N_(
        "Against it: the older half of your posts passes a test by itself, the newer half does not. It may be fading."
    ),
    DoubtKind.UNCHECKED: N_("Too few of these posts lie in either half of your posts to see whether it lasts."),
    DoubtKind.VIEWS: N_("Against it: by views the same posts lie below the others (likely %(range)s, n = %(count)s)."),
    DoubtKind.ENGAGEMENT_RATE: N_(
        "Against it: by engagement rate the same posts lie below the others (likely %(range)s, n = %(count)s)."
    ),
    DoubtKind.EXPERIMENT: N_("Against it: an experiment about it ended without showing it."),
}
_EXPERIMENTS: Final[Mapping[ExperimentState, str]] = {
    ExperimentState.RUNNING: N_("An experiment about it has been running since %(day)s."),
    ExperimentState.ENDED: N_("The experiment about it that began on %(day)s has ended."),
    ExperimentState.STOPPED: N_("The experiment about it that began on %(day)s was given up: it shows nothing."),
}
_WEEK, _MONTH, _YEAR = 7, 30, 365
# From so many days on a time is told in weeks, in months, in years.
_IN_WEEKS, _IN_MONTHS, _IN_YEARS = 14, 120, 730


class AdviceTexts:
    """What is said of recommendations in the reader's language; hashtags are spelled as the posts do."""

    def __init__(self, table: PostTable) -> None:
        self._spellings = {name.tag: name.spelling.lstrip("#＃") for name in table.tags}

    def tag(self, key: str) -> str:
        """Return a hashtag as most of its posts write it, without its sign."""
        return self._spellings.get(key, key)

    def name(self, kind: AdviceKind, key: str) -> str:
        """Return what a group is called."""
        return f"#{self.tag(key)}" if kind is AdviceKind.HASHTAG else group_name(FAMILIES[kind], key)

    def claim(self, found: Recommendation) -> str:
        """Return what may be said of the posts of a group."""
        if found.kind is AdviceKind.HASHTAG:
            return tag_claim_text(found.group, self.tag(found.group.key))
        return claim_text(FAMILIES[found.kind], found.group)

    def likely(self, group: Group) -> str:
        """Return where half of what is likely lies."""
        return range_text(group.low or 0, group.high or 0)

    def merged(self, found: Recommendation) -> str | None:
        """Return the hashtags that the very same posts have; ``None`` without any."""
        tags = ", ".join(f"#{self.tag(tag)}" for tag in found.merged)
        return str(_("The very same posts also have %(tags)s: they are one here.", tags=tags)) if tags else None

    def halves(self, group: Group) -> str | None:
        """Return how the older and the newer half of the posts differ by themselves; ``None`` where nobody looked."""
        if group.halves is None:
            return None
        older, newer = group.halves
        return str(
            _(
                "In the older half of your posts (n = %(older_count)s) likely %(older)s, in the newer half "
                "(n = %(newer_count)s) likely %(newer)s.",
                older_count=count_text(older.posts),
                older=range_text(older.low, older.high),
                newer_count=count_text(newer.posts),
                newer=range_text(newer.low, newer.high),
            )
        )

    def doubt(self, doubt: Doubt) -> str:
        """Return what speaks against a recommendation."""
        text, group = _(_DOUBTS[doubt.kind]), doubt.group
        if doubt.kind not in (DoubtKind.VIEWS, DoubtKind.ENGAGEMENT_RATE) or group is None:
            return str(text)
        return str(text % {"range": self.likely(group), "count": count_text(group.posts)})

    def plans(self, plans: TriedPlans) -> str | None:
        """Return how planned posts of this kind did; ``None`` where there is none."""
        if not plans.scored and not plans.waiting:
            return None
        return str(
            _(
                "Planned and published so: %(count)s. Above the range that was expected: %(above)s, in it: %(inside)s, "
                "below it: %(below)s, not known yet: %(waiting)s.",
                count=count_text(plans.scored + plans.waiting),
                above=count_text(plans.above),
                inside=count_text(plans.inside),
                below=count_text(plans.below),
                waiting=count_text(plans.waiting),
            )
        )

    def experiment(self, tried: TriedExperiment) -> str:
        """Return how an experiment stands."""
        return str(_(_EXPERIMENTS[tried.state]) % {"day": format_day(tried.begun_at.date(), locale())})

    def way_names(self, found: Proposal) -> tuple[str, str]:
        """Return what the two ways are called."""
        if found.kind is ExperimentKind.HASHTAG:
            tag = self.tag(found.arm_a)
            return str(_("with #%(tag)s", tag=tag)), str(_("without #%(tag)s", tag=tag))
        return group_name(FamilyKey.SLOTS, found.arm_a), group_name(FamilyKey.SLOTS, found.arm_b)

    def proposal(self, found: Proposal) -> str:
        """Return what is to be alternated, in a sentence."""
        first, second = self.way_names(found)
        return str(
            _(
                "Alternate at random: %(first)s (n = %(posts_first)s so far) and %(second)s (n = %(posts_second)s so "
                "far).",
                first=first,
                second=second,
                posts_first=count_text(found.posts_a),
                posts_second=count_text(found.posts_b),
            )
        )

    def spread(self, found: Proposal) -> str:
        """Return with whose spread the numbers of posts were reckoned."""
        if found.power.is_own:
            return str(_("Reckoned with how far apart your own posts lie."))
        return str(
            _(
                "Reckoned with how far apart the posts of other creators lie, for yours are too few to tell: an "
                "indicative number."
            )
        )


def difference_text(size: Size) -> str:
    """Return the difference that an experiment is to show."""
    return f"+{format_share(size.effect, locale(), decimals=0)}"


def days_text(days: int | None) -> str | None:
    """Return how long something takes, about; ``None`` where nobody knows."""
    if days is None:
        return None
    if days < _IN_WEEKS:
        return str(ngettext("about %(num)s day", "about %(num)s days", days))
    if days < _IN_MONTHS:
        return str(ngettext("about %(num)s week", "about %(num)s weeks", round(days / _WEEK)))
    if days < _IN_YEARS:
        return str(ngettext("about %(num)s month", "about %(num)s months", round(days / _MONTH)))
    return str(ngettext("about %(num)s year", "about %(num)s years", round(days / _YEAR)))
