"""The words of the insights: how sure something is, why nothing is said, and what would help."""

from __future__ import annotations

from flask_babel import gettext as _

from webapp.analytics.insights.engagement import Engagement, Half, Likes
from webapp.analytics.insights.shortages import Lack, Shortage
from webapp.domain import formatting
from webapp.domain.formatting import format_count, format_day
from webapp.web.i18n import locale


def shortage_text(shortage: Shortage, too_few: str) -> str:
    """Return why a question is not answered; ``too_few`` says it where it is a matter of number."""
    texts = {
        Lack.WORKING: _("This is being worked out. It will be here in a moment."),
        Lack.NO_LIST: _(
            "No export of this account holds the follower list whole, so nobody can say who followed when."
        ),
        Lack.ONE_LIST: _(
            "One list shows who is here, not who left. From the second list on you see how many of each month stayed."
        ),
        Lack.NO_POSTS: _(
            "No export of this account holds your posts. When you request your data from TikTok, choose all data, in "
            "the JSON format."
        ),
    }
    text = texts.get(shortage.lack, too_few)
    found, needed = (format_count(number, locale()) for number in (shortage.found, shortage.needed))
    return str(text % {"found": found, "needed": needed} if shortage.lack is Lack.TOO_FEW else text)


def chance_text(chance: float) -> str:
    """Return how rarely chance brings such a day, in round words; the value is an upper bound."""
    for bound, text in ((0.001, _("less than 1 in 1,000")), (0.01, _("less than 1 in 100"))):
        if chance <= bound:
            return str(text)
    return str(_("less than 1 in 20"))


def format_times(times: float) -> str:
    """Return how many times, with a decimal where that makes a difference."""
    return formatting.format_times(times, locale())


def likes_text(likes: Likes) -> str:
    """Return what posts typically get, with where half of them lie and how many there are."""
    count = format_count(likes.posts, locale())
    typical = format_count(round(likes.typical), locale())
    if likes.low is None or likes.high is None:
        return str(_("%(typical)s (n = %(count)s, indicative)", typical=typical, count=count))
    return str(
        _(
            "%(typical)s (half of them between %(low)s and %(high)s; n = %(count)s)",
            typical=typical,
            low=format_count(int(likes.low), locale()),
            high=format_count(-int(-likes.high // 1), locale()),
            count=count,
        )
    )


def engagement_reading(found: Engagement) -> str:
    """Return what the posts say of the older and of the newer half, without a cause and without a verdict."""
    older, newer = found.halves
    return str(
        _(
            "Typical likes of the older half of your posts (%(older_days)s): %(older)s. Of the newer half "
            "(%(newer_days)s): %(newer)s. Older posts had more time to collect likes.",
            older_days=_days(older),
            older=likes_text(older.likes),
            newer_days=_days(newer),
            newer=likes_text(newer.likes),
        )
    )


def _days(half: Half) -> str:
    first, last = format_day(half.first, locale()), format_day(half.last, locale())
    return str(_("%(first)s to %(last)s", first=first, last=last))
