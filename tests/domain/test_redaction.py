"""What a reader does not get to see."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.names import name_key
from webapp.domain.period import Period
from webapp.domain.query import Cursor, FollowOrder, FollowQuery
from webapp.domain.redaction import (
    MAX_STAND_IN,
    NOTHING_HIDDEN,
    UNTOLD,
    NameDisplay,
    NumberDisplay,
    Redaction,
    called,
    rounded,
)
from webapp.domain.scope import Permission, Role, Scope, TeamScope
from webapp.services.redaction import SivCipher

KEY, OTHER_KEY = SivCipher(bytes(range(64))), SivCipher(bytes(range(1, 65)))
PSEUDONYMS = Redaction(names=NameDisplay.PSEUDONYMS, cipher=KEY)
HIDDEN = Redaction(names=NameDisplay.HIDDEN, cipher=KEY)

names = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=64).filter(
    lambda text: len(name_key(text)) <= 64
)


@given(names)
@example("@")
def test_a_stand_in_leads_back_to_the_compared_name_with_its_key_alone(name: str) -> None:
    stand_in = PSEUDONYMS.name(name)
    assert PSEUDONYMS.person(stand_in) == name_key(name)
    assert Redaction(names=NameDisplay.PSEUDONYMS, cipher=OTHER_KEY).person(stand_in) is None
    assert len(stand_in) <= MAX_STAND_IN
    assert stand_in != Redaction(names=NameDisplay.PSEUDONYMS, cipher=OTHER_KEY).name(name)


def test_every_spelling_of_a_name_has_one_stand_in_and_it_stays_the_same() -> None:
    assert PSEUDONYMS.name("Ada.Lovelace") == PSEUDONYMS.name("ada.lovelace") == PSEUDONYMS.name("@ADA.lovelace")
    assert PSEUDONYMS.name("ada") != PSEUDONYMS.name("grace")


@pytest.mark.parametrize("name", ["a", "ada", "grace_h", "kay"])
def test_a_stand_in_of_a_short_name_does_not_tell_its_length(name: str) -> None:
    assert len(PSEUDONYMS.name(name)) == len(PSEUDONYMS.name("ada"))


@pytest.mark.parametrize(
    "text", ["ada", "", "person.ada", "person." + "a" * 52, "hidden." + "a" * 52, "person." + "1" * 52]
)
def test_who_sees_no_names_means_nobody_by_a_name_or_by_what_was_made_up(text: str) -> None:
    assert PSEUDONYMS.person(text) is None


def test_a_stand_in_that_was_changed_means_nobody() -> None:
    stand_in = PSEUDONYMS.name("ada")
    letter = "b" if stand_in[20] == "a" else "a"
    assert PSEUDONYMS.person(stand_in[:20] + letter + stand_in[21:]) is None


def test_names_that_are_shown_are_shown() -> None:
    assert NOTHING_HIDDEN.name("Ada") == "Ada"
    assert NOTHING_HIDDEN.person("Ada") == "Ada"
    assert called("Ada") == "Ada"


def test_a_person_is_called_in_short_by_a_pseudonym_and_by_nothing_where_names_are_hidden() -> None:
    assert called(PSEUDONYMS.name("ada")) == PSEUDONYMS.name("ada")[: len("person.") + 8]
    assert called(HIDDEN.name("ada")) == called(HIDDEN.name("grace")) == UNTOLD


def test_hiding_names_without_a_cipher_fails_loudly() -> None:
    with pytest.raises(ValueError, match="without a cipher"):
        Redaction(names=NameDisplay.PSEUDONYMS).name("ada")


def test_a_search_and_an_order_by_name_are_refused_where_names_are_not_shown() -> None:
    for query in (
        FollowQuery(Period(None, None, "UTC"), search="ad"),
        FollowQuery(Period(None, None, "UTC"), ordering=FollowOrder.USERNAME),
        FollowQuery(Period(None, None, "UTC"), ordering=FollowOrder.USERNAME_DESC),
    ):
        with pytest.raises(Invalid) as refused:
            query.opened(PSEUDONYMS)
        assert refused.value.code is ErrorCode.NAMES_HIDDEN
        assert query.opened(NOTHING_HIDDEN) == query


def test_a_cursor_holds_a_stand_in_and_no_name_is_taken_in_its_place() -> None:
    query = FollowQuery(Period(None, None, "UTC"), cursor=Cursor(5, PSEUDONYMS.name("Ada")))
    assert query.opened(PSEUDONYMS).cursor == Cursor(5, "ada")
    guessed = query.with_(cursor=Cursor(5, "ada"))
    with pytest.raises(Invalid) as refused:
        guessed.opened(PSEUDONYMS)
    assert refused.value.code is ErrorCode.CURSOR_INVALID


def test_captions_lose_the_people_they_mention_and_go_whole_where_they_are_hidden() -> None:
    text = "Baking with @ada.lovelace and @Grace_H, mail me: me@example.org"
    shown = f"Baking with @{UNTOLD} and @{UNTOLD}, mail me: me@example.org"
    assert PSEUDONYMS.caption(text) == PSEUDONYMS.remark(text) == shown
    assert Redaction(hides_captions=True).caption(text) == UNTOLD
    assert Redaction(hides_captions=True).caption("") == ""
    assert NOTHING_HIDDEN.caption(text) == text


def test_addresses_are_covered_where_they_stand() -> None:
    masked = Redaction(hides_addresses=True)
    assert masked.address("Invited by ada@example.org.") == f"Invited by {UNTOLD}"
    assert NOTHING_HIDDEN.address("ada@example.org") == "ada@example.org"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, 0), (7, 7), (99, 99), (101, 100), (12_480, 12_000), (-3456, -3500), (0.01234, 0.012), (9_999_999, 10_000_000)],
)
def test_numbers_are_rounded_to_two_digits(value: float, expected: float) -> None:
    assert rounded(value) == expected
    assert type(rounded(value)) is type(value)
    assert Redaction(numbers=NumberDisplay.ROUNDED).number(value) == expected
    assert NOTHING_HIDDEN.number(value) == value


def test_indexed_numbers_are_percentages_of_a_base_and_unknown_without_one() -> None:
    indexed = Redaction(numbers=NumberDisplay.INDEXED)
    assert [indexed.number(value, 200) for value in (200, 250, 100)] == [100, 125, 50]
    assert indexed.number(200) is None
    assert indexed.number(200, 0) is None


def test_small_groups_are_not_told_and_an_empty_one_is() -> None:
    redaction = Redaction(smallest_group=5)
    assert [redaction.group(count) for count in (0, 1, 4, 5, 6)] == [0, None, None, 5, 6]
    assert NOTHING_HIDDEN.group(1) == 1


def test_two_redactions_together_hide_what_either_does() -> None:
    mask = Redaction(
        NameDisplay.PSEUDONYMS, NumberDisplay.ROUNDED, hides_captions=True, cipher=OTHER_KEY, hides_addresses=True
    )
    both = mask.laid_over(Redaction(NameDisplay.HIDDEN, smallest_group=3, cipher=KEY))
    assert both == Redaction(NameDisplay.HIDDEN, NumberDisplay.ROUNDED, True, 3, KEY, hides_addresses=True)
    assert mask.laid_over(NOTHING_HIDDEN) == mask


@pytest.mark.parametrize("permission", [Permission.PERSON_WRITE, Permission.PERSON_ERASE])
def test_nobody_does_anything_to_people_by_name_without_seeing_names(permission: Permission) -> None:
    for scope in (TeamScope(1, 1, Role.ADMIN, PSEUDONYMS), Scope(1, 1, Role.ADMIN, 1, 1, "UTC", PSEUDONYMS)):
        assert not scope.allows(permission)
        assert scope.allows(Permission.IMPORT_WRITE)
    assert TeamScope(1, 1, Role.ADMIN).allows(permission)
