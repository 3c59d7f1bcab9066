"""The shapes of the answer about what rises in the newest posts."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from webapp.web.api.explain_shapes import Explanation
from webapp.web.api.shapes import Id, Instant, Shape, Unknown


class RisingUse(Shape, frozen=True, kw_only=True):
    """How many of the newest counted posts have something, and how many of those before."""

    recent: int
    of_recent: int
    earlier: int
    of_earlier: int


class RisingHashtag(RisingUse, frozen=True, kw_only=True):
    """A hashtag that passed the test of rising."""

    hashtag: str
    p_value: float


class RisingSound(RisingUse, frozen=True, kw_only=True):
    """A sound that passed the test of rising."""

    sound: str
    author: str | None
    p_value: float


class AccountUse(RisingUse, frozen=True, kw_only=True):
    """The uses of one account."""

    account: Id
    handle: str


class SharedHashtag(RisingHashtag, frozen=True, kw_only=True):
    """A hashtag that rises over several accounts together, with the uses of each."""

    accounts: list[AccountUse]


class SharedSound(RisingSound, frozen=True, kw_only=True):
    """A sound that rises over several accounts together, with the uses of each."""

    accounts: list[AccountUse]


class TeamRisingPosts(Shape, frozen=True, kw_only=True):
    """What rises over the accounts of the team that the caller sees: looked_at of them have posts enough.

    posts are the counted posts of those; needs is how many the test takes, of at least two accounts.
    """

    accounts: int
    looked_at: int
    posts: int
    needs: int
    hashtags: list[SharedHashtag]
    sounds: list[SharedSound]


class TakingOff(Shape, frozen=True, kw_only=True):
    """A young post of which even the lower end, low, is above the range that was expected before its publication.

    low to high holds the likes it ends at 8 times in 10, as posts own posts of its age went on.
    """

    post: Id
    published_at: Instant
    age_days: float
    likes: int | None
    expected_low: int | None
    expected_high: int | None
    low: int | None
    typical: int | None
    high: int | None
    posts: int


class RisingAnswer(Shape, frozen=True, kw_only=True):
    """What rises; posts are the counted ones, needs is how many the test takes. unknown says why nobody can tell.

    taking_off is null while a job works it out; team is null for a caller who sees one account.
    """

    as_of: Instant | None
    timezone: str
    posts: int | None
    needs: int
    hashtags: list[RisingHashtag]
    sounds: list[RisingSound]
    team: TeamRisingPosts | None
    taking_off: list[TakingOff] | None
    unknown: Unknown | UnsetType = UNSET
    explain: list[Explanation] | UnsetType = UNSET
