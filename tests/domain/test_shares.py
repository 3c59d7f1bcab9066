"""What a public link can be called, and for how long it opens."""

from __future__ import annotations

import pytest

from webapp.domain.errors import Invalid
from webapp.domain.networks import truncated
from webapp.domain.shares import MAX_DAYS, MAX_LABEL, check_days, check_views, clean_label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("  Acme   Studios ", "Acme Studios"),
        ("two\nlines\ttab\u2028and more", "two lines tab and more"),
        ("\u202egnp.exe\u202c \u2066x\u2069\u200f", "gnp.exe x"),
        ("مرحبا <b> 👨‍👩‍👧", "مرحبا <b> 👨‍👩‍👧"),
        ("\x00\x1b]0;x\x07", "]0;x"),
        ("x" * MAX_LABEL, "x" * MAX_LABEL),
        ("\u2066\u200f", ""),
    ],
)
def test_a_label_is_one_line_that_leaves_the_text_around_it_alone(text: str, label: str) -> None:
    assert clean_label(text, "recipient") == label


@pytest.mark.parametrize(
    ("refused", "field"),
    [
        (lambda: clean_label("x" * (MAX_LABEL + 1), "title"), "title"),
        (lambda: check_days(0), "days"),
        (lambda: check_days(MAX_DAYS + 1), "days"),
        (lambda: check_views(0), "max_views"),
        (lambda: check_views(100_001), "max_views"),
    ],
)
def test_what_no_link_can_be_names_its_field(refused: object, field: str) -> None:
    with pytest.raises(Invalid) as error:
        refused()  # type: ignore[operator]
    assert error.value.params["field"] == field


def test_a_link_opens_for_a_day_up_to_a_year_and_as_often_as_wanted() -> None:
    assert [check_days(days) for days in (1, 365)] == [1, 365]
    assert [check_views(views) for views in (None, 1, 100_000)] == [None, 1, 100_000]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
        ("", None),
        (None, None),
        ("unknown", None),
    ],
)
def test_an_address_is_cut_to_where_somebody_is_and_not_who(address: str | None, network: str | None) -> None:
    assert truncated(address) == network
