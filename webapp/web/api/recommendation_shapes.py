"""The shapes of the answer about what the account's own posts suggest."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from webapp.domain.experiments import ExperimentKind, ExperimentState
from webapp.domain.recommendations import AdviceKind, AdviceRefusal, DoubtKind
from webapp.web.api.explain_shapes import Explanation
from webapp.web.api.shapes import Id, Instant, Shape, Unknown


class NoAdvice(Shape, frozen=True, kw_only=True):
    """Why nothing is recommended; needs is how many counted posts the first test takes."""

    code: AdviceRefusal
    text: str
    needs: int


class HalfOfPosts(Shape, frozen=True, kw_only=True):
    """The same posts in the older or the newer half of all posts alone."""

    posts: int
    effect: float
    low: float
    high: float


class Against(Shape, frozen=True, kw_only=True):
    """Something that speaks against a recommendation."""

    code: DoubtKind
    text: str


class PlansTried(Shape, frozen=True, kw_only=True):
    """Planned posts of this kind that were published, against the range that was expected of each."""

    above: int
    inside: int
    below: int
    unscored: int


class ExperimentTried(Shape, frozen=True, kw_only=True):
    """An experiment about the same thing."""

    id: Id
    state: ExperimentState


class Recommended(Shape, frozen=True, kw_only=True):
    """Posts that passed a test: at_least of their likely difference may be announced, 0.1 being 10 in 100.

    value is a slot (0 to 7, of three hours), a weekday (0 for Monday), a kind, a class, or a hashtag. low and high are
    the middle half of what is likely.
    """

    about: AdviceKind
    value: str
    text: str
    posts: int
    of: int
    typical_likes: float | None
    effect: float | None
    low: float | None
    high: float | None
    at_least: float | None
    older: HalfOfPosts | None
    newer: HalfOfPosts | None
    against: list[Against]
    plans: PlansTried
    experiments: list[ExperimentTried]


class ExperimentSize(Shape, frozen=True, kw_only=True):
    """How many posts of each way show a difference, four times in five; days are at the present pace."""

    difference: float
    posts_each: int
    days: int | None


class ProposedExperiment(Shape, frozen=True, kw_only=True):
    """Two ways to alternate at random; second is null for a hashtag: without it.

    posts_first and posts_second are the counted posts of each so far; own_spread is false where the numbers were
    reckoned with the posts of other creators.
    """

    kind: ExperimentKind
    first: str
    second: str | None
    posts_first: int
    posts_second: int
    text: str
    own_spread: bool
    sizes: list[ExperimentSize]


class UsedSound(Shape, frozen=True, kw_only=True):
    """A sound by its usage; nothing is recommended of sounds."""

    sound: str
    author: str | None
    posts: int


class RecommendationsAnswer(Shape, frozen=True, kw_only=True):
    """What the counted posts suggest; refused says why nothing is, unknown why nobody can tell.

    generic_hashtags carry no advice. running_experiment is the one that runs: there is one at a time.
    """

    as_of: Instant | None
    timezone: str
    posts: int | None
    refused: NoAdvice | None
    results: list[Recommended]
    experiments: list[ProposedExperiment]
    generic_hashtags: list[str]
    sounds: list[UsedSound]
    running_experiment: Id | None
    unknown: Unknown | UnsetType = UNSET
    explain: list[Explanation] | UnsetType = UNSET
