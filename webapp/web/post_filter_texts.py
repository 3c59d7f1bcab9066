"""A selection of posts in words, one text for each field that narrows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from functools import cache
from typing import Final

from babel import Locale
from flask_babel import gettext as _

from webapp.analytics.content.selection import SLOT_HOURS
from webapp.analytics.content.table import PostTable
from webapp.domain.formatting import format_count, format_day, format_hour
from webapp.domain.post_query import PostFilter, PostKind, Privacy, Standing, TagCount, TitleLength
from webapp.domain.text import N_
from webapp.web.i18n import locale

KIND_TEXTS: Final[Mapping[PostKind, str]] = {PostKind.VIDEO: N_("Videos"), PostKind.PHOTO: N_("Photo posts")}
PRIVACY_TEXTS: Final[Mapping[Privacy, str]] = {
    Privacy.EVERYONE: N_("Everyone can see them"),
    Privacy.FRIENDS: N_("Friends can see them"),
    Privacy.ONLY_YOU: N_("Only you can see them"),
    Privacy.UNSTATED: N_("The export does not say who can see them"),
}
STANDING_TEXTS: Final[Mapping[Standing, str]] = {
    Standing.LISTED: N_("On the newest list"),
    Standing.DELETED: N_("Recently deleted"),
    Standing.GONE: N_("No longer on the newest list"),
}
TITLE_LENGTH_TEXTS: Final[Mapping[TitleLength, str]] = {
    TitleLength.NONE: N_("Without a title"),
    TitleLength.SHORT: N_("Title of 1 to 40 characters"),
    TitleLength.MEDIUM: N_("Title of 41 to 100 characters"),
    TitleLength.LONG: N_("Title of 101 to 200 characters"),
    TitleLength.VERY_LONG: N_("Title of more than 200 characters"),
}
TAG_COUNT_TEXTS: Final[Mapping[TagCount, str]] = {
    TagCount.NONE: N_("Without hashtags"),
    TagCount.FEW: N_("1 or 2 hashtags"),
    TagCount.SOME: N_("3 to 5 hashtags"),
    TagCount.MANY: N_("6 to 10 hashtags"),
    TagCount.VERY_MANY: N_("More than 10 hashtags"),
}


def filter_texts(wanted: PostFilter, table: PostTable | None) -> list[str]:
    """Return what narrows a selection, field by field; the table knows what hashtags and sounds are called."""
    return [str(text) for _field, text in named_filter_texts(wanted, table)]


def named_filter_texts(wanted: PostFilter, table: PostTable | None) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the fields of a filter that narrow it together, and what they say."""
    if not wanted.period.is_open:
        yield ("date_from", "date_to"), _days(wanted.period.first, wanted.period.last)
    if wanted.search:
        yield ("search",), _("Title with “%(text)s”", text=wanted.search)
    if wanted.min_likes is not None or wanted.max_likes is not None:
        yield ("min_likes", "max_likes"), _likes(wanted.min_likes, wanted.max_likes)
    if wanted.hashtag:
        yield ("hashtag",), f"#{_spelling(wanted.hashtag, table)}"
    if wanted.with_hashtag:
        yield ("with_hashtag",), f"#{_spelling(wanted.with_hashtag, table)}"
    if wanted.sound:
        yield ("sound",), _("Sound: %(name)s", name=_sound(wanted.sound, table))
    if wanted.word:
        yield ("word",), _("With the word “%(word)s”", word=wanted.word)
    yield from _choices(wanted)
    yield from _times(wanted)
    if wanted.counted:
        yield ("counted",), _("Public, on the newest list, at least 7 days old")


def weekday_name(weekday: int, width: str = "wide") -> str:
    """Return the name of a weekday, 0 for Monday."""
    return _weekday_names(locale(), width)[weekday]


@cache
def _weekday_names(language: str, width: str) -> tuple[str, ...]:
    """Return the names of a week's days; a table asks for them 168 times."""
    names = Locale.parse(language).days["format"][width]
    return tuple(str(names[weekday]) for weekday in range(7))


def _choices(wanted: PostFilter) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield what each field says that takes one of some values."""
    if wanted.kind is not None:
        yield ("kind",), _(KIND_TEXTS[wanted.kind])
    if wanted.privacy is not None:
        yield ("privacy",), _(PRIVACY_TEXTS[wanted.privacy])
    if wanted.standing is not None:
        yield ("standing",), _(STANDING_TEXTS[wanted.standing])
    if wanted.title_length is not None:
        yield ("title_length",), _(TITLE_LENGTH_TEXTS[wanted.title_length])
    if wanted.tag_count is not None:
        yield ("tag_count",), _(TAG_COUNT_TEXTS[wanted.tag_count])


def _times(wanted: PostFilter) -> Iterator[tuple[tuple[str, ...], str]]:
    if wanted.weekday is not None:
        yield ("weekday",), _("Published on %(weekday)s", weekday=weekday_name(wanted.weekday))
    if wanted.hour is not None:
        yield ("hour",), _hours(wanted.hour, 1)
    if wanted.slot is not None:
        yield ("slot",), _hours(wanted.slot * SLOT_HOURS, SLOT_HOURS)


def _hours(first: int, count: int) -> str:
    ends = [format_hour(time(hour % 24), locale()) for hour in (first, first + count)]
    return str(_("Published from %(first)s to %(last)s", first=ends[0], last=ends[1]))


def _days(first: date | None, last: date | None) -> str:
    shown = {"first": "" if first is None else format_day(first, locale())}
    shown["last"] = "" if last is None else format_day(last, locale())
    if first is None:
        return str(_("Up to %(last)s", **shown))
    if last is None:
        return str(_("From %(first)s", **shown))
    return shown["first"] if last - first == timedelta(0) else str(_("%(first)s to %(last)s", **shown))


def _likes(low: int | None, high: int | None) -> str:
    shown = {"low": format_count(low or 0, locale()), "high": format_count(high or 0, locale())}
    if high is None:
        return str(_("At least %(low)s likes", **shown))
    if low is None:
        return str(_("At most %(high)s likes", **shown))
    return str(_("%(low)s to %(high)s likes", **shown))


def _spelling(tag: str, table: PostTable | None) -> str:
    names = table.tags if table else ()
    return next((name.spelling for name in names if name.tag == tag.casefold()), tag).lstrip("#＃")


def _sound(public_id: str, table: PostTable | None) -> str:
    names = table.sounds if table else ()
    return next((name.name for name in names if name.public_id == public_id), public_id)
