"""The registry of metrics: label, definition, unit and decimals stand here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from webapp.domain.text import N_


class Unit(StrEnum):
    """How a metric's value is written."""

    COUNT = "count"
    RATIO = "ratio"
    SHARE = "share"


class MetricKey(StrEnum):
    """Names of the metrics."""

    FOLLOWERS = "followers"
    FOLLOWING = "following"
    MUTUALS = "mutuals"
    FOLLOWER_RATIO = "follower_ratio"
    PROFILE_FOLLOWERS = "profile_followers"
    STAYING = "staying"
    FOLLOWERS_ONLY = "followers_only"
    FOLLOWING_ONLY = "following_only"
    GAINED = "gained"
    LOST = "lost"
    NET = "net"
    FOLLOWING_GAINED = "following_gained"
    FOLLOWING_LOST = "following_lost"
    WEEK_FOLLOWERS = "week_followers"
    MONTH_FOLLOWERS = "month_followers"
    WEEK_FOLLOWING = "week_following"
    MONTH_FOLLOWING = "month_following"
    AT_LEAST = "at_least"
    FOLLOWING_AT_LEAST = "following_at_least"
    ESTIMATE = "estimate"
    DAY_FOLLOWS = "day_follows"
    HOUR_FOLLOWS = "hour_follows"
    POST_FOLLOWS = "post_follows"
    STAYED = "stayed"
    MONTH_STAYED = "month_stayed"
    POSTS = "posts"
    TYPICAL_LIKES = "typical_likes"
    LIKES_TOTAL = "likes_total"
    TYPICAL_VIEWS = "typical_views"
    VIEWS_TOTAL = "views_total"
    TYPICAL_ENGAGEMENT = "typical_engagement"
    ENGAGEMENT_RATE = "engagement_rate"
    POST_LIKES = "post_likes"
    POST_VIEWS = "post_views"
    POST_COMMENTS = "post_comments"
    POST_SHARES = "post_shares"
    POST_ENGAGEMENT = "post_engagement"
    POST_RATE = "post_rate"
    POST_PERCENTILE = "post_percentile"
    NEXT_LIKES = "next_likes"
    EXPECTED_LIKES = "expected_likes"
    FORECAST_COVERAGE = "forecast_coverage"


# Numbers of a selection of posts, which a filter of posts tells from each other.
OF_POSTS: Final = frozenset(
    {
        MetricKey.POSTS,
        MetricKey.TYPICAL_LIKES,
        MetricKey.LIKES_TOTAL,
        MetricKey.TYPICAL_VIEWS,
        MetricKey.VIEWS_TOTAL,
        MetricKey.TYPICAL_ENGAGEMENT,
        MetricKey.ENGAGEMENT_RATE,
    }
)
# Numbers of one post, which its public id tells from each other.
OF_ONE_POST: Final = frozenset(
    {
        MetricKey.POST_LIKES,
        MetricKey.POST_VIEWS,
        MetricKey.POST_COMMENTS,
        MetricKey.POST_SHARES,
        MetricKey.POST_ENGAGEMENT,
        MetricKey.POST_RATE,
        MetricKey.POST_PERCENTILE,
        MetricKey.EXPECTED_LIKES,
    }
)

# Numbers of forecasts, which posts are behind too.
OF_FORECASTS: Final = frozenset({MetricKey.NEXT_LIKES, MetricKey.FORECAST_COVERAGE})


@dataclass(frozen=True, slots=True)
class Metric:
    """What a figure is called, what it means and how it is written; ``formula`` says how it is reckoned, in short.

    ``decimals`` are those of a share in per cent.
    """

    key: MetricKey
    label: str
    definition: str
    unit: Unit
    formula: str
    decimals: int = 1


METRICS: dict[MetricKey, Metric] = {
    metric.key: metric
    for metric in (
        Metric(
            MetricKey.FOLLOWERS,
            N_("Followers"),
            N_("People on the follower list of your newest complete export. Deleted accounts are not counted."),
            Unit.COUNT,
            N_("names on the follower list, without deleted accounts"),
        ),
        Metric(
            MetricKey.FOLLOWING,
            N_("Following"),
            N_("People on the following list of your newest complete export. Deleted accounts are not counted."),
            Unit.COUNT,
            N_("names on the following list, without deleted accounts"),
        ),
        Metric(
            MetricKey.MUTUALS,
            N_("Mutuals"),
            N_("People who are on both lists: they follow you and you follow them."),
            Unit.COUNT,
            N_("names on the follower list AND on the following list"),
        ),
        Metric(
            MetricKey.FOLLOWER_RATIO,
            N_("Follower ratio"),
            N_("Followers divided by following, with two decimals. Unknown when you follow nobody."),
            Unit.RATIO,
            N_("followers ÷ following"),
        ),
        Metric(
            MetricKey.PROFILE_FOLLOWERS,
            N_("Followers by your profile"),
            N_(
                "The number that your profile shows, as the same export notes it. It differs from the list by a few "
                "per cent: it is counted at another moment, and it counts accounts that were deleted or banned since."
            ),
            Unit.COUNT,
            N_("the follower count of the profile in the export"),
        ),
        Metric(
            MetricKey.STAYING,
            N_("Stay after 30 days"),
            N_(
                "Of 100 new followers, how many still follow you 30 days later: estimated from those who left between "
                "your exports. Deleted and banned accounts count as left, because an export cannot tell them apart."
            ),
            Unit.SHARE,
            N_("survival after 30 days, from the hazard of leaving fitted to those who left between your lists"),
            decimals=0,
        ),
        Metric(
            MetricKey.FOLLOWERS_ONLY,
            N_("Followers only"),
            N_("People who follow you and whom you do not follow."),
            Unit.COUNT,
            N_("followers − mutuals"),
        ),
        Metric(
            MetricKey.FOLLOWING_ONLY,
            N_("Following only"),
            N_("People whom you follow and who do not follow you."),
            Unit.COUNT,
            N_("following − mutuals"),
        ),
        Metric(
            MetricKey.GAINED,
            N_("Gained"),
            N_(
                "Names on a later follower list that the list before it did not have, added up from list to list. "
                "Whoever came and left again between two lists is on neither."
            ),
            Unit.COUNT,
            N_("sum over the lists: names on this list AND NOT on the one before, without confirmed renames"),
        ),
        Metric(
            MetricKey.LOST,
            N_("No longer follow you"),
            N_(
                "Names on an earlier follower list that the next list did not have, added up from list to list. "
                "Deleted and banned accounts are among them."
            ),
            Unit.COUNT,
            N_("sum over the lists: names on the list before AND NOT on this one, without confirmed renames"),
        ),
        Metric(
            MetricKey.NET,
            N_("Net change"),
            N_("How much longer or shorter the follower list became."),
            Unit.COUNT,
            N_("gained − no longer following"),
        ),
        Metric(
            MetricKey.FOLLOWING_GAINED,
            N_("You began to follow"),
            N_("Names on a later following list that the list before it did not have, added up from list to list."),
            Unit.COUNT,
            N_("sum over the lists: names on this list AND NOT on the one before, without confirmed renames"),
        ),
        Metric(
            MetricKey.FOLLOWING_LOST,
            N_("You no longer follow"),
            N_("Names on an earlier following list that the next list did not have, added up from list to list."),
            Unit.COUNT,
            N_("sum over the lists: names on the list before AND NOT on this one, without confirmed renames"),
        ),
        Metric(
            MetricKey.WEEK_FOLLOWERS,
            N_("New followers in 7 days"),
            N_("People on the newest follower list who followed in the 7 days before it: still following today."),
            Unit.COUNT,
            N_("names of the list with: time of the list − 7 days < follow date ≤ time of the list"),
        ),
        Metric(
            MetricKey.MONTH_FOLLOWERS,
            N_("New followers in 30 days"),
            N_("People on the newest follower list who followed in the 30 days before it: still following today."),
            Unit.COUNT,
            N_("names of the list with: time of the list − 30 days < follow date ≤ time of the list"),
        ),
        Metric(
            MetricKey.WEEK_FOLLOWING,
            N_("Newly followed in 7 days"),
            N_("People on the newest following list whom you followed in the 7 days before it: still followed today."),
            Unit.COUNT,
            N_("names of the list with: time of the list − 7 days < follow date ≤ time of the list"),
        ),
        Metric(
            MetricKey.MONTH_FOLLOWING,
            N_("Newly followed in 30 days"),
            N_("People on the newest following list whom you followed in the 30 days before it: still followed today."),
            Unit.COUNT,
            N_("names of the list with: time of the list − 30 days < follow date ≤ time of the list"),
        ),
        Metric(
            MetricKey.AT_LEAST,
            N_("Followers, at least"),
            N_(
                "People known to have followed you at the end of the day: they are on the next list, and followed by "
                "then. Those who left before the next list are not in it, so you had at least this many."
            ),
            Unit.COUNT,
            N_(
                "names on the next list that were on the list before it, or whose follow date is not later than the day"
            ),
        ),
        Metric(
            MetricKey.FOLLOWING_AT_LEAST,
            N_("Following, at least"),
            N_(
                "People whom you are known to have followed at the end of the day: they are on the next list, and you "
                "followed them by then."
            ),
            Unit.COUNT,
            N_(
                "names on the next list that were on the list before it, or whose follow date is not later than the day"
            ),
        ),
        Metric(
            MetricKey.ESTIMATE,
            N_("Followers, estimated"),
            N_(
                "What the lists and those who left between them say of a day on which there is no list. The range "
                "holds the truth in 95 of 100 cases."
            ),
            Unit.COUNT,
            N_("those known to be there + those who came and left between two lists, from the hazard of leaving"),
        ),
        Metric(
            MetricKey.DAY_FOLLOWS,
            N_("Followed on the day"),
            N_("People on any of your follower lists who followed on this day of the account's time zone."),
            Unit.COUNT,
            N_("names of any list by the day of their follow date"),
        ),
        Metric(
            MetricKey.HOUR_FOLLOWS,
            N_("Followed at the hour"),
            N_(
                "People on any of your follower lists who followed on this weekday and hour of the account's time zone."
            ),
            Unit.COUNT,
            N_("names of any list by the weekday and hour of their follow date"),
        ),
        Metric(
            MetricKey.POST_FOLLOWS,
            N_("Followed after the post"),
            N_(
                "People on any of your follower lists who followed on the day of the post or in the 3 days after it. "
                "It coincides with the post; that does not say the post is why."
            ),
            Unit.COUNT,
            N_("names of any list whose follow date lies on the day of the post or the 3 days after it"),
        ),
        Metric(
            MetricKey.STAYED,
            N_("Stayed"),
            N_(
                "Of the names on one follower list, the share that is on the next one too, with the range that "
                "chance allows."
            ),
            Unit.SHARE,
            N_("names on both lists ÷ names on the earlier list; interval by Wilson"),
        ),
        Metric(
            MetricKey.MONTH_STAYED,
            N_("Stayed, by month of arrival"),
            N_("Of those who followed in a month and are on the first list after it, the share on a later list."),
            Unit.SHARE,
            N_("names of the month on the later list ÷ names of the month on the first list; interval by Wilson"),
        ),
        Metric(
            MetricKey.POSTS,
            N_("Posts"),
            N_("Posts of your exports that fit the selection. A post that came in several exports is one."),
            Unit.COUNT,
            N_("posts that fit the selection"),
        ),
        Metric(
            MetricKey.TYPICAL_LIKES,
            N_("Typical likes"),
            N_(
                "What the posts of the selection usually got: half of them got more, half got less. A single post "
                "that did very well does not change it, as it would change a mean."
            ),
            Unit.COUNT,
            N_("exp(median of ln(1 + likes)) − 1, over the posts whose likes are known"),
        ),
        Metric(
            MetricKey.LIKES_TOTAL,
            N_("Likes, in total"),
            N_("The likes of the posts of the selection, added up as the newest list of posts has them."),
            Unit.COUNT,
            N_("sum of the likes of the posts whose likes are known"),
        ),
        Metric(
            MetricKey.TYPICAL_VIEWS,
            N_("Typical views"),
            N_(
                "How often the posts of the selection were usually seen: half of them more often, half less often. "
                "Views come from downloads of TikTok Studio."
            ),
            Unit.COUNT,
            N_("exp(median of ln(1 + views)) − 1, over the posts whose views are known"),
        ),
        Metric(
            MetricKey.VIEWS_TOTAL,
            N_("Views, in total"),
            N_("The views of the posts of the selection, added up as the newest source of each post has them."),
            Unit.COUNT,
            N_("sum of the views of the posts whose views are known"),
        ),
        Metric(
            MetricKey.TYPICAL_ENGAGEMENT,
            N_("Typical engagement"),
            N_(
                "Likes, comments and shares together as the posts of the selection usually got them: half got more, "
                "half got less. Comments and shares count as far as a source holds them."
            ),
            Unit.COUNT,
            N_("exp(median of ln(1 + likes + comments + shares)) − 1, over the posts whose likes are known"),
        ),
        Metric(
            MetricKey.ENGAGEMENT_RATE,
            N_("Typical engagement rate"),
            N_(
                "Of 100 views of a post, how many likes, comments and shares there usually were. Only posts count "
                "whose figures one source holds together."
            ),
            Unit.SHARE,
            N_("exp(median of ln(1 + (likes + comments + shares) ÷ views)) − 1"),
        ),
        Metric(
            MetricKey.POST_LIKES,
            N_("Likes of the post"),
            N_("The likes of the post on the newest list of posts that it is on."),
            Unit.COUNT,
            N_("the likes that the export notes for the post"),
        ),
        Metric(
            MetricKey.POST_VIEWS,
            N_("Views of the post"),
            N_("How often the post was seen, by the newest source that says it: mostly a download of TikTok Studio."),
            Unit.COUNT,
            N_("the views that the source notes for the post"),
        ),
        Metric(
            MetricKey.POST_COMMENTS,
            N_("Comments on the post"),
            N_("How many comments the post had, by the newest source that holds its views."),
            Unit.COUNT,
            N_("the comments that the source notes for the post"),
        ),
        Metric(
            MetricKey.POST_SHARES,
            N_("Shares of the post"),
            N_("How often the post was shared, by the newest source that holds its views."),
            Unit.COUNT,
            N_("the shares that the source notes for the post"),
        ),
        Metric(
            MetricKey.POST_ENGAGEMENT,
            N_("Engagement of the post"),
            N_("Likes, comments and shares of the post together; comments and shares as far as a source holds them."),
            Unit.COUNT,
            N_("likes + comments + shares"),
        ),
        Metric(
            MetricKey.POST_RATE,
            N_("Engagement rate of the post"),
            N_("Likes, comments and shares of the post for each of its views, all of one source and one moment."),
            Unit.SHARE,
            N_("(likes + comments + shares) ÷ views"),
        ),
        Metric(
            MetricKey.POST_PERCENTILE,
            N_("Place among your posts"),
            N_(
                "The share of your other posts that got fewer likes. Compared are public posts on the newest list that "
                "were at least 7 days old by then."
            ),
            Unit.SHARE,
            N_("(posts with fewer likes + half of those with as many) ÷ all other posts that are compared"),
            decimals=0,
        ),
        Metric(
            MetricKey.NEXT_LIKES,
            N_("Likes of the next post, expected"),
            N_(
                "What a post of this account typically gets now. 8 posts of 10 are to lie in the range: what one post "
                "gets is mostly luck and content."
            ),
            Unit.COUNT,
            N_("weighted mix of medians and moving averages of your likes; the range by how far off it was before"),
        ),
        Metric(
            MetricKey.EXPECTED_LIKES,
            N_("Likes that were expected of the post"),
            N_(
                "What the posts that were at least 7 days old when it was published let expect of it, worked out "
                "without looking ahead. 8 posts of 10 are to lie in the range."
            ),
            Unit.COUNT,
            N_("weighted mix of medians and moving averages of the likes of the posts before it"),
        ),
        Metric(
            MetricKey.FORECAST_COVERAGE,
            N_("Posts that lay in their range"),
            N_(
                "The share of your posts that lay in the range that was expected of them from the posts before alone. "
                "8 posts of 10 are meant to."
            ),
            Unit.SHARE,
            N_("posts in their range ÷ all posts that could be checked"),
            decimals=0,
        ),
    )
}
