"""Why statistics leave posts out, with how many: one sentence a reason, the same on every page."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.content.standing import Uncounted
from webapp.domain.formatting import format_count
from webapp.web.i18n import locale


def uncounted_texts(counts: Mapping[Uncounted, int]) -> list[str]:
    """Return a sentence for every reason that leaves a post out."""
    return [uncounted_text(why, counts[why]) for why in Uncounted if counts.get(why)]


def counted_text(count: int) -> str:
    """Return how many posts count."""
    shown = format_count(count, locale())
    return str(ngettext("%(count)s post is counted.", "%(count)s posts are counted.", count, count=shown))


def uncounted_text(why: Uncounted, number: int) -> str:
    """Return how many posts are left out for a reason."""
    count = format_count(number, locale())
    match why:
        case Uncounted.YOUNG:
            text = ngettext(
                "%(count)s post is younger than 7 days and still growing: not counted.",
                "%(count)s posts are younger than 7 days and still growing: not counted.",
                number,
                count=count,
            )
        case Uncounted.HIDDEN:
            text = ngettext(
                "%(count)s post is not public: not counted.",
                "%(count)s posts are not public: not counted.",
                number,
                count=count,
            )
        case Uncounted.UNKNOWN:
            text = ngettext(
                "The likes of %(count)s post are not in your export: unknown, not counted.",
                "The likes of %(count)s posts are not in your export: unknown, not counted.",
                number,
                count=count,
            )
        case Uncounted.DELETED:
            text = ngettext(
                "%(count)s post was deleted: not counted.",
                "%(count)s posts were deleted: not counted.",
                number,
                count=count,
            )
        case Uncounted.GONE:
            text = ngettext(
                "%(count)s post is no longer on your newest list of posts: not counted.",
                "%(count)s posts are no longer on your newest list of posts: not counted.",
                number,
                count=count,
            )
    return str(text)


def nothing_counts_text() -> str:
    """Return why no figure can be made of some posts."""
    return str(_("No post of this period counts: they are young, not public, or their likes are not in your export."))
