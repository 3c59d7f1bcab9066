"""What a report says, in values and codes alone: paper, mail, image and public page are drawn from one and the same.

A report is made once, by ``webapp.analytics.reports``, of what its reader may see, and is kept as it is: whoever draws
it needs nothing else and cannot tell more. Days are those of the account's time zone, moments are Unix seconds, and a
value that nobody knows is ``None``, never 0. Names of people are as they are shown, stand-ins in short.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from webapp.domain.metrics import MetricKey
from webapp.domain.post_query import PostKind
from webapp.domain.redaction import NameDisplay, NumberDisplay
from webapp.domain.sections import Platform, Section


class ReportSection(StrEnum):
    """The parts of a report, in their order."""

    FIGURES = "figures"  # the key figures against the period before
    NEWS = "news"  # what changed, in sentences
    GROWTH = "growth"  # the curve of followers and following
    CHANGES = "changes"  # who came and who left
    POSTS = "posts"  # the posts that did best
    HASHTAGS = "hashtags"
    TIMING = "timing"
    GOALS = "goals"
    NOTES = "notes"  # what the author and the team wrote
    SOURCES = "sources"  # definitions, and the exports that every number comes from


class Paper(StrEnum):
    """The sheet that a report is printed on."""

    A4 = "a4"
    LETTER = "letter"


class Scale(StrEnum):
    """How the numbers of a report are to be read."""

    EXACT = "exact"
    ROUNDED = "rounded"  # two leading digits
    INDEX = "index"  # 100 is the value at the beginning, or what was usual


class Untold(StrEnum):
    """Why a report holds nothing where there could be something."""

    NO_LIST = "no_list"  # no export holds the list
    ONE_LIST = "one_list"  # it takes a second one to compare with
    NO_PAIR = "no_pair"  # no two lists lie in the period
    NO_LIKES = "no_likes"  # the exports do not say the likes
    NO_VIEWS = "no_views"  # no source holds views
    NO_TITLES = "no_titles"  # the exports hold no captions
    NO_POSTS = "no_posts"  # nothing was published in the period
    TOO_YOUNG = "too_young"  # the likes of the period's posts still rise
    TOO_FEW = "too_few"  # too few posts for a claim; ``needs`` says how many it takes
    NOT_YET = "not_yet"  # a job is still working it out
    NO_CLAIM = "no_claim"  # tested, and nothing stands out
    NOBODY_FOLLOWED = "nobody_followed"  # nothing to divide by
    HIDDEN = "hidden"  # the reader does not get to see it


@dataclass(frozen=True, slots=True)
class ReportHead:
    """Whose report it is, of which days, by which data.

    ``first`` is ``None`` where the period reaches back to the beginning of everything. ``as_of`` is the second of the
    newest list that was read, ``revision`` the data version. ``team`` and ``handle`` are ``None`` where the reader is
    not told whose numbers they are; ``logo`` is the name of a file of ``services.logos``.
    """

    team: str | None
    hue: int
    logo: str | None
    platform: Platform
    handle: str | None
    display_name: str | None
    is_sample: bool
    first: date | None
    last: date | None
    base_first: date | None
    base_last: date | None
    timezone: str
    as_of: int | None
    made_at: int
    revision: int
    names: NameDisplay = NameDisplay.SHOWN
    numbers: NumberDisplay = NumberDisplay.ABSOLUTE
    hides_captions: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: ``metric`` says its label, unit and definition (``webapp.domain.metrics``).

    ``before`` is the same of the period it is compared with; ``change`` is relative: 0.25 is a quarter more, for what
    comes and goes in a period by the day. ``net`` is the difference in the number's own unit. ``n`` is how many posts
    or people it is made of. Where ``value`` is ``None``, ``untold`` says why. Of a size ``as_of`` is the day of the
    list that counted it, and ``since`` that of the list it is compared with; of what came and went, that of the list
    from which it is counted.
    """

    metric: MetricKey
    value: float | None
    untold: Untold | None = None
    before: float | None = None
    change: float | None = None
    net: float | None = None
    since: date | None = None
    n: int | None = None
    scale: Scale = Scale.EXACT
    spark: tuple[float, ...] = ()
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One day of a curve: what an export counted, the lower bound, and the estimate with its range."""

    day: date
    exact: float | None = None
    at_least: float | None = None
    estimate: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """One list over time, oldest day first."""

    section: Section
    points: tuple[CurvePoint, ...]
    scale: Scale = Scale.EXACT


@dataclass(frozen=True, slots=True)
class Flow:
    """Who came and who left between two lists next to each other."""

    first: date
    last: date
    gained: float
    lost: float


@dataclass(frozen=True, slots=True)
class GrowthPart:
    """The curves of the lists that any export holds, and what came and went from list to list."""

    curves: tuple[Curve, ...] = ()
    flows: tuple[Flow, ...] = ()
    flow_scale: Scale = Scale.EXACT
    untold: Untold | None = None


@dataclass(frozen=True, slots=True)
class ReportPerson:
    """Somebody who came or left: what they are called, and between which days."""

    name: str
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class ChangesPart:
    """Who came and who left over the period; names are empty where they are hidden.

    ``gained`` and ``lost`` are gross and ``None`` with a reason in ``untold``. ``renamed``, ``returned`` and
    ``deleted`` are those of the last two lists inside the period, of ``pair_first`` and ``pair_last``, ``None`` where
    they were not looked at; ``kept_share`` is the share of the earlier one's names that is on the later one, with its
    95 % interval. ``came`` and ``left`` are the newest of all that were counted.
    """

    section: Section = Section.FOLLOWERS
    first: date | None = None
    last: date | None = None
    gained: float | None = None
    lost: float | None = None
    net: float | None = None
    renamed: float | None = None
    returned: float | None = None
    deleted: float | None = None
    kept_share: float | None = None
    kept_low: float | None = None
    kept_high: float | None = None
    came: tuple[ReportPerson, ...] = ()
    left: tuple[ReportPerson, ...] = ()
    scale: Scale = Scale.EXACT
    untold: Untold | None = None
    pair_first: date | None = None
    pair_last: date | None = None


@dataclass(frozen=True, slots=True)
class ReportPost:
    """A post of the period with its figures; ``factor`` is its likes against what was typical around it.

    ``post`` is the public id, ``None`` where the reader must not learn it. ``cover`` is the name of a file.
    """

    published_on: date
    kind: PostKind
    title: str
    likes: float | None = None
    views: float | None = None
    comments: float | None = None
    shares: float | None = None
    rate: float | None = None
    factor: float | None = None
    post: str | None = None
    cover: str | None = None


@dataclass(frozen=True, slots=True)
class PostsPart:
    """The public posts of the period with the most likes, most first."""

    top: tuple[ReportPost, ...] = ()
    public: float | None = None
    without_likes: float | None = None
    private: float | None = None
    scale: Scale = Scale.EXACT
    untold: Untold | None = None


@dataclass(frozen=True, slots=True)
class ReportTag:
    """A hashtag: in how many posts of the account, what they typically get, and the tested effect with its range.

    ``effect``, ``low`` and ``high`` are relative: 0.2 is a fifth more. ``is_claimed`` is whether the test passed.
    """

    tag: str
    posts: float | None
    typical: float | None
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    is_claimed: bool = False
    is_rising: bool = False


@dataclass(frozen=True, slots=True)
class HashtagsPart:
    """The hashtags of the period's posts, most used first."""

    tags: tuple[ReportTag, ...] = ()
    posts: float | None = None
    scale: Scale = Scale.EXACT
    untold: Untold | None = None
    needs: int | None = None


@dataclass(frozen=True, slots=True)
class TimingPart:
    """When posts were published and whether any time stands out.

    ``cells`` are 168 hours of the week from Monday's first: how many posts, or their share of all in per cent where
    numbers are indexed. ``claims`` are the times of day or the weekdays whose test passed, with the effect that is at
    least there.
    """

    cells: tuple[float, ...] = ()
    claims: tuple[TimeClaim, ...] = ()
    posts: float | None = None
    scale: Scale = Scale.EXACT
    untold: Untold | None = None
    needs: int | None = None


@dataclass(frozen=True, slots=True)
class TimeClaim:
    """A time that stands out: ``family`` and ``key`` as in the fit of posts, and the least effect, relative."""

    family: str
    key: str
    at_least: float
    posts: float | None = None


class GoalMetric(StrEnum):
    """What a goal can be set for."""

    FOLLOWERS = "followers"  # on the last list of the month
    POSTS = "posts"  # published in the month
    LIKES = "likes"  # of the month's posts together
    ENGAGEMENT_RATE = "engagement_rate"  # typical of the month's posts


class GoalState(StrEnum):
    """How a goal stands."""

    MET = "met"
    MISSED = "missed"  # the month is over
    ON_PACE = "on_pace"
    BEHIND = "behind"
    UNKNOWN = "unknown"  # no import holds what it takes to say


@dataclass(frozen=True, slots=True)
class GoalProgress:
    """A goal of a month: what was wanted, what is there, and the pace.

    ``month`` is its first day. ``start`` is what there was when the month began, for followers. ``share`` is how far
    it has come, 1 is reached; ``expected`` how far it would be at an even pace. ``as_of`` is the day the data reach to.
    """

    metric: GoalMetric
    month: date
    target: float
    actual: float | None
    start: float | None
    share: float | None
    expected: float | None
    state: GoalState
    as_of: date | None = None
    scale: Scale = Scale.EXACT


@dataclass(frozen=True, slots=True)
class GoalsPart:
    """The goals of the months that the period touches, oldest first."""

    goals: tuple[GoalProgress, ...] = ()


class NewsCode(StrEnum):
    """What can be said to have changed; ``renderers.report_texts`` has a sentence for each."""

    MORE_FOLLOWERS = "more_followers"  # net, first, last
    FEWER_FOLLOWERS = "fewer_followers"
    SAME_FOLLOWERS = "same_followers"
    LEFT = "left"  # count, first, last
    CAME_BACK = "came_back"  # count
    MILESTONE = "milestone"  # count, day
    PEAK = "peak"  # day, count, expected
    BEST_POST = "best_post"  # title, day, likes, factor
    MORE_POSTS = "more_posts"  # count, before
    FEWER_POSTS = "fewer_posts"
    LIKES_UP = "likes_up"  # typical likes: change
    LIKES_DOWN = "likes_down"
    RISING_TAG = "rising_tag"  # tag
    GOAL_MET = "goal_met"  # metric, target
    GOAL_MISSED = "goal_missed"
    NO_NEW_DATA = "no_new_data"  # since


@dataclass(frozen=True, slots=True)
class NewsItem:
    """One thing that changed; which of the fields are set depends on the code."""

    code: NewsCode
    value: float | None = None
    other: float | None = None
    first: date | None = None
    last: date | None = None
    text: str = ""
    scale: Scale = Scale.EXACT


@dataclass(frozen=True, slots=True)
class DayNote:
    """What the team noted about a day."""

    day: date
    text: str


@dataclass(frozen=True, slots=True)
class NotesPart:
    """What the author of the report wrote, and the team's notes about days of the period."""

    author: str = ""
    days: tuple[DayNote, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportSource:
    """An export that numbers come from; file and digest are ``None`` where the reader is not told them."""

    exported_at: int
    sections: tuple[Section, ...]
    file: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class SourcesPart:
    """The exports behind the report, newest first, and the metrics it uses, which have their definitions."""

    exports: tuple[ReportSource, ...] = ()
    metrics: tuple[MetricKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report; a part that was not asked for is ``None``."""

    head: ReportHead
    figures: tuple[Figure, ...] | None = None
    news: tuple[NewsItem, ...] | None = None
    growth: GrowthPart | None = None
    changes: ChangesPart | None = None
    posts: PostsPart | None = None
    hashtags: HashtagsPart | None = None
    timing: TimingPart | None = None
    goals: GoalsPart | None = None
    notes: NotesPart | None = None
    sources: SourcesPart | None = None

    def figure(self, metric: MetricKey) -> Figure | None:
        """Return a key figure; ``None`` where the report has no such one."""
        return next((figure for figure in self.figures or () if figure.metric is metric), None)
