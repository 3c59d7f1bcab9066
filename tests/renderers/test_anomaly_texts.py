"""What stands out, in both languages: every kind has its words, with n, and what cannot be told says how much more."""

from __future__ import annotations

from datetime import date

import pytest

from webapp.analytics.anomalies import (
    Anomaly,
    ChangeEvidence,
    DropEvidence,
    Evidence,
    PeakEvidence,
    PostEvidence,
    Unwatched,
    Watch,
    Why,
)
from webapp.domain.anomalies import KIND_OF_LABEL, AnomalyGroup, AnomalyKind, PostLabel
from webapp.domain.period import Period
from webapp.renderers.anomaly_texts import AnomalyTexts

ID, OTHER = "0" * 20, "1" * 20
AT = 1_750_000_000
ALWAYS = Period(None, None, "UTC")


def post(label: PostLabel, likes: int) -> PostEvidence:
    expected = {"low": 90, "typical": 300, "high": 1_000}
    return PostEvidence(ID, AT, label, likes, **expected, z=3.2, tail=0.02, earlier=98)


def change(factor: float) -> ChangeEvidence:
    return ChangeEvidence(
        started_post=ID,
        started_at=AT,
        found_post=OTHER,
        found_at=AT + 900_000,
        factor=factor,
        posts=41,
        before=ALWAYS,
        since=ALWAYS,
    )


EVIDENCE: dict[AnomalyKind, Evidence] = {
    AnomalyKind.POST_PEAK: post(PostLabel.PEAK, 9_000),
    AnomalyKind.POST_FLOP: post(PostLabel.FLOP, 0),
    AnomalyKind.POST_HIGH: post(PostLabel.HIGH, 1_400),
    AnomalyKind.POST_LOW: post(PostLabel.LOW, 1),
    AnomalyKind.ENGAGEMENT_RISE: change(3.04),
    AnomalyKind.ENGAGEMENT_DROP: change(0.25),
    AnomalyKind.FOLLOWER_PEAK: PeakEvidence(came=131, usual=26.6, chance=1e-30, days=411),
    AnomalyKind.FOLLOWER_DROP: DropEvidence(
        from_export=ID,
        to_export=OTHER,
        begins_at=AT,
        ends_at=AT + 900_000,
        lost=1,
        usual=0.2,
        chance=0.004,
        intervals=7,
    ),
}
SAID = {
    AnomalyKind.POST_PEAK: (
        "9,000 likes; 90 to 1,000 were expected (8 times in 10). Exceptional: 30 times your usual. That happens about "
        "once in 50 (n = 98)."
    ),
    AnomalyKind.POST_FLOP: "Far below your usual (÷ 300). That happens about once in 50 (n = 98).",
    AnomalyKind.POST_HIGH: "About 1 post in 5 lies outside its range.",
    AnomalyKind.POST_LOW: "1 like; 90 to 1,000 were expected (8 times in 10).",
    AnomalyKind.ENGAGEMENT_RISE: "got 3 times what was usual before (indicative, n = 41 posts)",
    AnomalyKind.ENGAGEMENT_DROP: "got what was usual before ÷ 4 (indicative, n = 41 posts)",
    AnomalyKind.FOLLOWER_PEAK: (
        "131 people began to follow you, where about 27 are usual on such a day. By chance that happens in fewer than "
        "1 of 1,000 cases (n = 411 days that were looked at)."
    ),
    AnomalyKind.FOLLOWER_DROP: (
        "1 person who followed you on Jun 15, 2025 no longer did on Jun 26, 2025; under 1 are usual in such a time. By "
        "chance that happens in fewer than 1 of 100 cases (n = 7 earlier intervals between exports)."
    ),
}


def anomaly(kind: AnomalyKind) -> Anomaly:
    return Anomaly(kind, ID, AT, date(2025, 6, 15), EVIDENCE[kind])


@pytest.mark.parametrize("kind", AnomalyKind)
def test_every_kind_says_what_is_usual_and_how_many_it_was_compared_with(kind: AnomalyKind) -> None:
    assert SAID[kind] in AnomalyTexts("en").anomaly(anomaly(kind), "UTC")


def test_every_label_has_a_kind_of_its_own() -> None:
    assert KIND_OF_LABEL.keys() == set(PostLabel)
    for label, kind in KIND_OF_LABEL.items():
        evidence = EVIDENCE[kind]
        assert isinstance(evidence, PostEvidence)
        assert evidence.label is label


@pytest.mark.parametrize("locale", ["en", "fr"])
def test_all_of_it_has_words_in_both_languages(locale: str) -> None:
    texts = AnomalyTexts(locale)
    said = [texts.title(anomaly(kind)) for kind in AnomalyKind]
    said += [texts.anomaly(anomaly(kind), "Europe/Paris") for kind in AnomalyKind]
    said += [texts.group(group) for group in AnomalyGroup]
    said += [texts.unwatched(Unwatched(Watch.LABELS, why, 3, 20)) for why in Why]
    said += [texts.unwatched(Unwatched(watch, Why.FEW_POSTS, 3, 20)) for watch in (Watch.LABELS, Watch.CHANGES)]
    assert all(said)
    assert "%(" not in "".join(said)
