"""What is said about a number besides its value: why it is unknown, what it leaves out, how it was estimated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.analytics.content.percentile import LEAST_OTHERS
from webapp.analytics.figures.explanation import Explanation, Note
from webapp.analytics.insights.hours import LEAST_FOLLOWS
from webapp.analytics.insights.months import LEAST_FOR_SHARE
from webapp.analytics.statistics.hazard import LEAST_LOSSES
from webapp.domain.explained import Caveat, Method, Reason
from webapp.domain.forecasts import NEEDS_POSTS
from webapp.domain.formatting import format_count, format_day
from webapp.domain.period import day_of
from webapp.domain.text import N_
from webapp.web.i18n import locale

_REASONS: Final[Mapping[Reason, str]] = {
    Reason.NO_EXPORT: N_("Nothing was imported for this account yet. Import an export to begin."),
    Reason.NOT_IN_EXPORTS: N_(
        "No export of this account holds this list whole. Ask the platform for an export with all data."
    ),
    Reason.OTHER_LIST_MISSING: N_("This takes both lists, and no export of this account holds the other one whole."),
    Reason.NOT_IN_THIS_EXPORT: N_("This export does not hold the list whole."),
    Reason.NOT_NOTED: N_("The export does not note what the profile shows."),
    Reason.NOBODY_FOLLOWED: N_("You follow nobody, so there is nothing to divide by."),
    Reason.NO_EARLIER_LIST: N_(
        "No earlier export holds this list, so nothing can be compared. Changes show from the second export on."
    ),
    Reason.TOO_FEW_LISTS: N_("It takes two lists to see who came and who left. No two lists lie in this period."),
    Reason.NOBODY_ON_LIST: N_("The earlier list is empty, so there is no share of it."),
    Reason.BEING_WORKED_OUT: N_("This is being worked out. It will be here in a moment."),
    Reason.ONE_LIST: N_("One export shows who is here, not who left. It takes two to estimate this."),
    Reason.FEW_PEOPLE: N_("A share of so few people would say nothing: it takes %(needed)s, here there are %(found)s."),
    Reason.FEW_FOLLOWS: N_("Hours of the week are shown from %(needed)s follows on; so far your lists hold %(found)s."),
    Reason.OUTSIDE_LISTS: N_(
        "Your lists say nothing about this time: it lies after the newest of them or too long before the first."
    ),
    Reason.NO_POINT: N_(
        "The curve has no point on this day: the further back it goes, the fewer days it keeps. Choose a day of the "
        "chart or of its table."
    ),
    Reason.NO_TITLES: N_(
        "Your exports hold no captions, so which words and hashtags your posts have is not known. Ask TikTok for your "
        "data again, all of it and as JSON: newer exports hold them."
    ),
    Reason.NO_SUCH_POSTS: N_("No post fits this selection."),
    Reason.NO_LIKES: N_("Your exports do not say how many likes these posts got."),
    Reason.NO_VIEWS: N_(
        "Views are not in your export. They come from TikTok Studio: download the data of your posts there and import "
        "it here."
    ),
    Reason.NOT_COMPARED: N_(
        "Compared are public posts on the newest list that were at least 7 days old by then and whose likes are known. "
        "This post is none of them."
    ),
    Reason.FEW_POSTS: N_(
        "A place among so few posts would say nothing: it takes %(needed)s others to compare with, here there are "
        "%(found)s."
    ),
    Reason.FEW_TO_FORECAST: N_("An honest forecast takes %(needed)s posts that count; here there are %(found)s."),
    Reason.NOT_FORECAST: N_(
        "What was expected of this post is not known: it takes a public post on the newest list, and 10 that were at "
        "least 7 days old when it was published. Of older posts it is kept only for those that stand out."
    ),
}
_NEEDED: Final = {
    Reason.FEW_PEOPLE: LEAST_FOR_SHARE,
    Reason.FEW_FOLLOWS: LEAST_FOLLOWS,
    Reason.FEW_POSTS: LEAST_OTHERS,
    Reason.FEW_TO_FORECAST: NEEDS_POSTS,
}
_CAVEATS: Final[Mapping[Caveat, str]] = {
    Caveat.TIME_UNCERTAIN: N_(
        "The time of an export behind it is not certain. You can correct it on the page of its import."
    ),
    Caveat.TWO_DAYS: N_("The two lists come from different exports; the older one is of %(day)s."),
    Caveat.AFTER_LIST: N_("What happened after the list of %(day)s is not known."),
    Caveat.OTHER_PERIOD: N_(
        "Lists exist only for the moments of your exports. So it is counted from list to list, not from the first to "
        "the last second of the period that was asked for."
    ),
    Caveat.BETWEEN_LISTS: N_("Whoever came and left again between two lists is on neither of them."),
    Caveat.DELETED_LEFT: N_("Deleted and banned accounts are among those who left: an export cannot tell them apart."),
    Caveat.OPEN_RENAMES: N_("A rename that nobody has confirmed counts as one person who left and one who came."),
    Caveat.LEFT_BEFORE: N_("Whoever left before the first list that could show them is on none."),
    Caveat.LEFT_AGAIN: N_("Whoever came and left again within these days is not on the list."),
    Caveat.JOINED_RENAMES: N_(
        "A name that went and one that came with the same follow time are taken for one person, confirmed or not."
    ),
    Caveat.COINCIDES: N_("It coincides with the post; that does not say the post is why."),
    Caveat.OTHER_MOMENT: N_(
        "The platform counts at another moment than it writes the list, and it counts accounts that were deleted or "
        "banned since."
    ),
    Caveat.NOT_LISTED: N_("For an earlier export these people are counted, but cannot be listed."),
    Caveat.WHOLE_LIST: N_("It counts the whole list; this answer shows the part of it that was asked for."),
    Caveat.WORKED_OUT_LATER: N_("The people can be listed once the list has been made ready, in a moment."),
    Caveat.VIEWS_READ: N_(
        "Views, comments and shares are those of their own source, last read on %(day)s: another moment than that of "
        "the list of posts."
    ),
}


def reason_text(found: Explanation) -> str | None:
    """Return why the number is unknown; ``None`` where it is known."""
    if found.reason is None:
        return None
    if found.reason is Reason.FEW_LOSSES:
        return str(
            ngettext(
                "An honest estimate needs %(needed)s people who no longer follow you between two exports; so far there "
                "is %(found)s. It comes by itself with your next exports.",
                "An honest estimate needs %(needed)s people who no longer follow you between two exports; so far there "
                "are %(found)s. It comes by itself with your next exports.",
                found.n or 0,
                needed=LEAST_LOSSES,
                found=_count(found.n or 0),
            )
        )
    needed = _NEEDED.get(found.reason)
    if needed is not None:
        return str(_(_REASONS[found.reason], needed=needed, found=_count(found.n or 0)))
    return str(_(_REASONS[found.reason]))


def note_text(note: Note, timezone: str) -> str:
    """Return what a number does not say."""
    counted = _counted(note.code, note.count or 0)
    if counted is not None:
        return counted
    day = "" if note.at is None else format_day(day_of(note.at, timezone), locale())
    return str(_(_CAVEATS[note.code], day=day) if day else _(_CAVEATS[note.code]))


def _counted(code: Caveat, number: int) -> str | None:
    """Return a note that speaks of so many people or rows; ``None`` for any other."""
    count = format_count(number, locale())
    match code:
        case Caveat.DELETED_ACCOUNTS:
            text = ngettext(
                "%(count)s row belongs to a deleted account and is not counted.",
                "%(count)s rows belong to deleted accounts and are not counted.",
                number,
                count=count,
            )
        case Caveat.UNREAD_ROWS:
            text = ngettext(
                "%(count)s row could not be read and is not counted.",
                "%(count)s rows could not be read and are not counted.",
                number,
                count=count,
            )
        case Caveat.ERASED_PEOPLE:
            text = ngettext(
                "%(count)s row belongs to a person who was erased and is not counted.",
                "%(count)s rows belong to people who were erased and are not counted.",
                number,
                count=count,
            )
        case Caveat.GONE_SINCE:
            text = ngettext(
                "%(count)s of the people counted is no longer on the newest list, and so not among the people below.",
                "%(count)s of the people counted are no longer on the newest list, and so not among the people below.",
                number,
                count=count,
            )
        case Caveat.SEEN_LATER:
            text = ngettext(
                "%(count)s of the people below has such a date but is on later lists alone, and is not counted.",
                "%(count)s of the people below have such a date but are on later lists alone, and are not counted.",
                number,
                count=count,
            )
        case _:
            return _counted_posts(code, number, count)
    return str(text)


def _counted_posts(code: Caveat, number: int, count: str) -> str | None:
    """Return a note that speaks of so many posts; ``None`` for any other."""
    match code:
        case Caveat.YOUNG_POSTS:
            text = ngettext(
                "%(count)s post is younger than 7 days: its likes still rise.",
                "%(count)s posts are younger than 7 days: their likes still rise.",
                number,
                count=count,
            )
        case Caveat.YOUNG_LEFT_OUT:
            text = ngettext(
                "%(count)s post is younger than 7 days and still growing: not counted.",
                "%(count)s posts are younger than 7 days and still growing: not counted.",
                number,
                count=count,
            )
        case Caveat.HIDDEN_POSTS:
            text = ngettext(
                "%(count)s post is not public, so few people could see it.",
                "%(count)s posts are not public, so few people could see them.",
                number,
                count=count,
            )
        case Caveat.HIDDEN_LEFT_OUT:
            text = ngettext(
                "%(count)s post is not public: not counted.",
                "%(count)s posts are not public: not counted.",
                number,
                count=count,
            )
        case Caveat.GONE_POSTS:
            text = ngettext(
                "%(count)s post is no longer on your newest list of posts: its figures are of the last list that it "
                "was on.",
                "%(count)s posts are no longer on your newest list of posts: their figures are of the last list that "
                "they were on.",
                number,
                count=count,
            )
        case Caveat.GONE_LEFT_OUT:
            text = ngettext(
                "%(count)s post is no longer on your newest list of posts: not counted.",
                "%(count)s posts are no longer on your newest list of posts: not counted.",
                number,
                count=count,
            )
        case Caveat.UNKNOWN_POSTS:
            text = ngettext(
                "%(count)s post is not counted, because no source holds its figure.",
                "%(count)s posts are not counted, because no source holds their figures.",
                number,
                count=count,
            )
        case _:
            return None
    return str(text)


def method_text(found: Explanation) -> str | None:
    """Return how an estimate was made; ``None`` of a plain count."""
    if found.method is Method.HAZARD:
        text = ngettext(
            "The chance of leaving, by how long somebody has followed, is fitted to the %(count)s person who left "
            "between two of your lists. It says how many came and left unseen, and how sure that is.",
            "The chance of leaving, by how long somebody has followed, is fitted to the %(count)s people who left "
            "between two of your lists. It says how many came and left unseen, and how sure that is.",
            found.n or 0,
            count=_count(found.n or 0),
        )
        return str(text)
    if found.method is Method.WILSON:
        return str(_("A share that was counted, with the interval by Wilson: it holds the truth in 95 of 100 cases."))
    if found.method is Method.EXPERTS:
        return str(
            _(
                "Several levels are mixed: medians of the last posts and moving averages, each weighed by how far off "
                "it was before. The range comes from how far off the mix was on earlier posts, and is widened or "
                "narrowed until 8 posts of 10 lie in it."
            )
        )
    return None


def _count(value: int) -> str:
    return format_count(value, locale())
