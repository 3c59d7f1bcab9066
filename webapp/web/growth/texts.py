"""What is said about growth: how sure it is, why something cannot be known, and what would help."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.growth import Growth
from webapp.analytics.growth_model import STAY_DAYS, Refusal
from webapp.analytics.statistics.hazard import LEAST_LOSSES
from webapp.analytics.statistics.peaks import LEAST_DAYS
from webapp.analytics.statistics.proportions import Interval
from webapp.domain.formatting import format_count, format_share
from webapp.web.i18n import locale


def staying_text(growth: Growth) -> str | None:
    """Return how many of a hundred new followers stay; ``None`` where that is not known."""
    staying = growth.fit.staying if growth.fit else None
    if staying is None:
        return None
    return str(
        _(
            "Of 100 new followers, about %(value)s stay after %(days)s days (between %(low)s and %(high)s).",
            value=round(staying.value * 100),
            days=STAY_DAYS,
            low=int(staying.low * 100),
            high=-int(-staying.high * 100 // 1),
        )
    )


def refusal_text(growth: Growth) -> str | None:
    """Return why what the lists do not show is not estimated, and what would help."""
    if growth.fit is None:
        return str(_("This is being worked out. It will be here in a moment; the figures of your exports are exact."))
    if growth.fit.refusal is Refusal.ONE_LIST:
        return str(
            _(
                "One export shows who is here, not who left. From the second export on you see who came and left "
                "between the two, and how many stay."
            )
        )
    if growth.fit.refusal is Refusal.FEW_LOSSES:
        text = ngettext(
            "An honest estimate needs %(needed)s people who no longer follow you between two exports; so far there is "
            "%(found)s. It comes by itself with your next exports.",
            "An honest estimate needs %(needed)s people who no longer follow you between two exports; so far there "
            "are %(found)s. It comes by itself with your next exports.",
            growth.fit.losses,
            needed=LEAST_LOSSES,
            found=format_count(growth.fit.losses, locale()),
        )
        return str(text)
    return None


def peaks_refusal(growth: Growth) -> str | None:
    """Return why no peak could be looked for."""
    if growth.fit is None:
        return str(_("This is being worked out. It will be here in a moment."))
    if growth.fit.peaks is not None:
        return None
    return str(
        _(
            "To tell an unusual day from a usual one takes %(needed)s days from your first follower on; your lists "
            "reach back %(found)s.",
            needed=LEAST_DAYS,
            found=growth.fit.days,
        )
    )


def long_curve_text(growth: Growth) -> str | None:
    """Return how far back the estimate reaches, where the curve goes further."""
    if growth.fit is None or growth.fit.refusal is not None:
        return None
    points = growth.points
    if not points or points[0].value is not None:
        return None
    return str(
        _("More than a year before your first export nothing is estimated: nobody knows how long people stayed then.")
    )


def share_text(share: Interval | None) -> str:
    """Return a share with its range, such as 98.2 % (97.9 % to 98.5 %)."""
    if share is None:
        return "–"
    value, low, high = (format_share(each, locale()) for each in (share.value, share.low, share.high))
    return str(_("%(value)s (%(low)s to %(high)s)", value=value, low=low, high=high))


def range_text(low: float, high: float) -> str:
    """Return the range of a share in whole per cent, outwards."""
    low, high = int(low * 100) / 100, -int(-high * 100 // 1) / 100
    shown = (format_share(each, locale(), decimals=0) for each in (low, high))
    return str(_("between %(low)s and %(high)s", **dict(zip(("low", "high"), shown, strict=True))))


def about_text(value: float, low: float, high: float) -> str:
    """Return an estimated number of people with its range, outwards."""
    return str(
        _(
            "about %(value)s (%(low)s to %(high)s)",
            value=format_count(round(value), locale()),
            low=format_count(int(low), locale()),
            high=format_count(-int(-high // 1), locale()),
        )
    )


def difference_text(listed: int | None, by_profile: int | None) -> str | None:
    """Return by how much the profile's own number is off the list; ``None`` where either is unknown."""
    if listed is None or by_profile is None:
        return None
    if listed == by_profile:
        return str(_("the same as the list"))
    count = format_count(abs(by_profile - listed), locale())
    more, fewer = _("%(count)s more than the list", count=count), _("%(count)s fewer than the list", count=count)
    return str(more if by_profile > listed else fewer)


def format_signed(value: int) -> str:
    """Return a difference with its sign, a real minus among them."""
    shown = format_count(abs(value), locale())
    return f"+{shown}" if value > 0 else f"−{shown}" if value < 0 else shown
