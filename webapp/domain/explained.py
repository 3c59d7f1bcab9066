"""What can be said about a number besides its value: why it is unknown, what it leaves out, how it was estimated."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a number cannot be known, which is never the same as zero."""

    NO_EXPORT = "no_export"
    NOT_IN_EXPORTS = "not_in_exports"
    OTHER_LIST_MISSING = "other_list_missing"
    NOT_IN_THIS_EXPORT = "not_in_this_export"
    NOT_NOTED = "not_noted"
    NOBODY_FOLLOWED = "nobody_followed"
    NO_EARLIER_LIST = "no_earlier_list"
    TOO_FEW_LISTS = "too_few_lists"
    NOBODY_ON_LIST = "nobody_on_list"
    BEING_WORKED_OUT = "being_worked_out"
    ONE_LIST = "one_list"
    FEW_LOSSES = "few_losses"
    FEW_PEOPLE = "few_people"
    FEW_FOLLOWS = "few_follows"
    OUTSIDE_LISTS = "outside_lists"
    NO_POINT = "no_point"
    NO_TITLES = "no_titles"
    NO_SUCH_POSTS = "no_such_posts"
    NO_LIKES = "no_likes"
    NO_VIEWS = "no_views"
    NOT_COMPARED = "not_compared"
    FEW_POSTS = "few_posts"
    FEW_TO_FORECAST = "few_to_forecast"
    NOT_FORECAST = "not_forecast"


class Caveat(StrEnum):
    """What a number does not say; some carry a count of people or rows, some a Unix second."""

    DELETED_ACCOUNTS = "deleted_accounts"  # count: rows of the list that belong to nobody any more
    UNREAD_ROWS = "unread_rows"  # count: rows of the list that could not be read
    ERASED_PEOPLE = "erased_people"  # count: rows of people whose names were erased
    TIME_UNCERTAIN = "time_uncertain"  # the time of an export is not certain
    TWO_DAYS = "two_days"  # the two lists are of different exports
    AFTER_LIST = "after_list"  # second: nothing is known after the newest list
    OTHER_PERIOD = "other_period"  # counted between lists that do not lie where the period begins and ends
    BETWEEN_LISTS = "between_lists"  # who came and left between two lists is on neither
    DELETED_LEFT = "deleted_left"  # those who left hold deleted and banned accounts
    OPEN_RENAMES = "open_renames"  # a rename that nobody confirmed counts as gone and come
    LEFT_BEFORE = "left_before"  # who left before the first list is on none
    LEFT_AGAIN = "left_again"  # who came and left within the days
    GONE_SINCE = "gone_since"  # count: of the people counted, those no longer on the newest list
    SEEN_LATER = "seen_later"  # count: rows with such a date that only a later list has
    JOINED_RENAMES = "joined_renames"  # the statistics take two names with one follow second for one person
    COINCIDES = "coincides"  # no cause is claimed
    OTHER_MOMENT = "other_moment"  # the platform counted at another moment
    NOT_LISTED = "not_listed"  # the rows are not kept in a form that could be listed quickly
    WHOLE_LIST = "whole_list"  # the answer shows a part of what the number counts
    WORKED_OUT_LATER = "worked_out_later"  # the rows can be listed once the list is packed
    YOUNG_POSTS = "young_posts"  # count: posts whose likes still rise
    YOUNG_LEFT_OUT = "young_left_out"  # count: posts that fit and are not counted for their age
    HIDDEN_POSTS = "hidden_posts"  # count: posts that not everybody can see
    HIDDEN_LEFT_OUT = "hidden_left_out"  # count: posts that fit and are not counted because not everybody can see them
    GONE_POSTS = "gone_posts"  # count: posts no longer on the newest list
    GONE_LEFT_OUT = "gone_left_out"  # count: posts that fit and are not counted because they are no longer on the list
    UNKNOWN_POSTS = "unknown_posts"  # count: posts whose figure no source holds
    VIEWS_READ = "views_read"  # second: when the newest of the views were read


class Method(StrEnum):
    """How an estimate was made."""

    HAZARD = "hazard"  # the hazard of leaving, fitted to those who left between the lists
    WILSON = "wilson"  # an observed share with its interval
    EXPERTS = "experts"  # levels that are mixed by how far off each was, and a range by how far off the mix was
