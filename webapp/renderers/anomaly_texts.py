"""What stands out, in words: the same on its page and in answers of the API. No cause is ever named."""

from __future__ import annotations

from typing import Final

from webapp.analytics.anomalies import (
    Anomaly,
    ChangeEvidence,
    DropEvidence,
    PeakEvidence,
    PostEvidence,
    Unwatched,
    Watch,
    Why,
)
from webapp.domain.anomalies import AnomalyGroup, AnomalyKind
from webapp.domain.formatting import format_times
from webapp.domain.period import day_of
from webapp.domain.text import N_
from webapp.renderers.forecast_texts import ForecastTexts

_TITLES: Final = {
    AnomalyKind.ENGAGEMENT_RISE: N_("Posts get more than before"),
    AnomalyKind.ENGAGEMENT_DROP: N_("Posts get less than before"),
    AnomalyKind.FOLLOWER_PEAK: N_("Many new followers"),
    AnomalyKind.FOLLOWER_DROP: N_("More followers lost than usual"),
}
_GROUPS: Final = {
    AnomalyGroup.NOTABLE: N_("What is rare"),
    AnomalyGroup.POSTS: N_("Exceptional posts"),
    AnomalyGroup.REMARKABLE: N_("Remarkable posts"),
    AnomalyGroup.CHANGES: N_("Lasting changes"),
    AnomalyGroup.FOLLOWERS: N_("Followers"),
    AnomalyGroup.ALL: N_("Everything"),
}
_NO_LIST: Final = N_(
    "No export of this account holds your list of followers, so nothing can be said of days with many new followers "
    "or of losses."
)
_WHYS: Final = {
    Why.WORKING: N_("This is being worked out. What stands out will be here in a moment."),
    Why.NO_POSTS: N_("No export of this account holds your posts, so nothing can be said of them."),
    Why.NO_LIKES: N_("The exports do not say how many likes your posts have, so nothing can be said of them."),
    Why.NO_LIST: _NO_LIST,
    Why.FEW_DAYS: N_(
        "Days with many new followers can be told from usual ones after %(needed)s days of follows; there are "
        "%(found)s so far."
    ),
    Why.FEW_INTERVALS: N_(
        "More losses than usual can be seen once %(needed)s earlier intervals between exports, about as long, can be "
        "compared; there are %(found)s so far."
    ),
    Why.FEW_LOSSES: N_(
        "More losses than usual can be seen once at least %(needed)s people left in the earlier intervals between "
        "exports; there are %(found)s so far."
    ),
}
_FEW_POSTS: Final = {
    Watch.LABELS: N_(
        "Whether a post stands out can be said once %(needed)s posts count; %(found)s do so far. Posts count from 7 "
        "days on."
    ),
    Watch.CHANGES: N_(
        "Lasting changes of what posts get can be seen once %(needed)s posts count; %(found)s do so far."
    ),
}
# Where a chance is said in round words, as an upper bound.
_CHANCES: Final = (
    (0.001, N_("By chance that happens in fewer than 1 of 1,000 cases")),
    (0.01, N_("By chance that happens in fewer than 1 of 100 cases")),
    (1.0, N_("By chance that happens in fewer than 1 of 20 cases")),
)


class AnomalyTexts(ForecastTexts):
    """What a language says of what stands out."""

    def title(self, anomaly: Anomaly) -> str:
        """Return what it is, in a few words."""
        if isinstance(anomaly.evidence, PostEvidence):
            return self.label(anomaly.evidence.label)
        return self.gettext(_TITLES[anomaly.kind])

    def group(self, group: AnomalyGroup) -> str:
        """Return the name of a group of kinds."""
        return self.gettext(_GROUPS[group])

    def anomaly(self, anomaly: Anomaly, timezone: str) -> str:
        """Return what was seen, against what is usual, with n and how often that happens by chance."""
        evidence = anomaly.evidence
        if isinstance(evidence, PostEvidence):
            return self._post(evidence)
        if isinstance(evidence, ChangeEvidence):
            return self._change(evidence, timezone)
        if isinstance(evidence, PeakEvidence):
            return self._peak(evidence)
        return self._drop(evidence, timezone)

    def unwatched(self, each: Unwatched) -> str:
        """Return why something cannot be watched yet, and how much more it takes."""
        text = _FEW_POSTS[each.watch] if each.why is Why.FEW_POSTS else _WHYS[each.why]
        return self.gettext(text, needed=self.count(each.needed), found=self.count(each.found))

    def _post(self, found: PostEvidence) -> str:
        expected = self.ngettext(
            "%(likes)s like; %(low)s to %(high)s were expected (8 times in 10).",
            "%(likes)s likes; %(low)s to %(high)s were expected (8 times in 10).",
            found.likes,
            likes=self.count(found.likes),
            low=self.count(found.low),
            high=self.count(found.high),
        )
        return f"{expected} {self.label_reading(found.label, found.likes, found.typical, found.tail, found.earlier)}"

    def _change(self, found: ChangeEvidence, timezone: str) -> str:
        told = {
            "day": self.day(day_of(found.started_at, timezone)),
            "found": self.day(day_of(found.found_at, timezone)),
            "times": format_times(max(found.factor, 1 / found.factor), self.locale),
            "count": self.count(found.posts),
        }
        if found.factor > 1:
            return self.gettext(
                "From about %(day)s on your posts typically got %(times)s times what was usual before (indicative, "
                "n = %(count)s posts). It showed at the post of %(found)s; when it began is approximate.",
                **told,
            )
        return self.gettext(
            "From about %(day)s on your posts typically got what was usual before ÷ %(times)s (indicative, "
            "n = %(count)s posts). It showed at the post of %(found)s; when it began is approximate.",
            **told,
        )

    def _peak(self, found: PeakEvidence) -> str:
        seen = self.ngettext(
            "%(came)s person began to follow you, where %(usual)s are usual on such a day.",
            "%(came)s people began to follow you, where %(usual)s are usual on such a day.",
            found.came,
            came=self.count(found.came),
            usual=self._usual(found.usual),
        )
        return f"{seen} " + self.gettext(
            "%(chance)s (n = %(count)s days that were looked at).",
            chance=self._chance(found.chance),
            count=self.count(found.days),
        )

    def _drop(self, found: DropEvidence, timezone: str) -> str:
        seen = self.ngettext(
            "%(lost)s person who followed you on %(first)s no longer did on %(last)s; %(usual)s are usual in "
            "such a time.",
            "%(lost)s people who followed you on %(first)s no longer did on %(last)s; %(usual)s are usual in "
            "such a time.",
            found.lost,
            first=self.day(day_of(found.begins_at, timezone)),
            last=self.day(day_of(found.ends_at, timezone)),
            lost=self.count(found.lost),
            usual=self._usual(found.usual),
        )
        said = self.gettext(
            "%(chance)s (n = %(count)s earlier intervals between exports). Deleted and banned accounts look the same.",
            chance=self._chance(found.chance),
            count=self.count(found.intervals),
        )
        return f"{seen} {said}"

    def _usual(self, people: float) -> str:
        return self.gettext("under 1") if people < 1 else self.gettext("about %(count)s", count=self.count(people))

    def _chance(self, chance: float) -> str:
        return self.gettext(next(text for bound, text in _CHANCES if chance <= bound))
