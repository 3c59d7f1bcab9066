"""What may be recommended of an account's own posts, and what speaks against it: the vocabulary (STATISTICS 3.11)."""

from __future__ import annotations

from enum import StrEnum


class AdviceKind(StrEnum):
    """By what posts are divided; each has its own keys, those of `webapp.analytics.content.fit.Performance`."""

    SLOT = "slot"
    WEEKDAY = "weekday"
    KIND = "kind"
    TITLE_LENGTH = "title_length"
    TAG_COUNT = "hashtag_count"
    HASHTAG = "hashtag"


class AdviceRefusal(StrEnum):
    """Why nothing is recommended."""

    NO_POSTS = "no_posts"  # no export holds the list of posts
    NONE_COUNTED = "none_counted"  # there are posts, and none that statistics speak of
    NOT_READY = "not_ready"  # a job is at it
    FEW_POSTS = "few_posts"  # fewer counted posts than any test needs
    NOTHING = "nothing"  # tested, as far as it goes, and nothing stands out


class DoubtKind(StrEnum):
    """What speaks against a recommendation."""

    GONE_LATELY = "gone_lately"  # nothing of it is left in the newer half of the posts
    OLDER_HALF = "older_half"  # the older half passes a test by itself, the newer one does not
    UNCHECKED = "unchecked"  # too few of the posts lie in either half
    VIEWS = "views"  # by views these posts are below the others
    ENGAGEMENT_RATE = "engagement_rate"  # by engagement rate they are
    EXPERIMENT = "experiment"  # an experiment ended and did not show it
