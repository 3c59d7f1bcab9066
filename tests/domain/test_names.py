"""Names are compared without regard to case and spelling of accents."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.domain.names import initial, name_key


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ada", "ada"), ("@ada", "ADA"), ("e\u0301ve", "ÉVE"), ("STRASSE", "straße"), ("Σίσυφος", "ΣΊΣΥΦΟΣ")],
)
def test_two_spellings_of_one_name_are_one(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(("one", "other"), [("ada_", "ada."), ("ada", "ada1"), ("éve", "eve"), ("l", "1")])
def test_different_names_stay_different(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@settings(max_examples=200, deadline=None, database=None)
@given(st.text(st.characters(codec="ascii", exclude_characters="@"), max_size=64))
def test_the_compared_form_is_its_own_compared_form(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)


@pytest.mark.parametrize(
    ("name", "letter"),
    [("ada", "A"), ("_.ada", "A"), ("éve", "É"), ("7up", "7"), ("...", "?"), ("", "?"), ("🌸日本", "日")],
)
def test_an_avatar_shows_the_first_letter_or_digit(name: str, letter: str) -> None:
    assert initial(name) == letter
