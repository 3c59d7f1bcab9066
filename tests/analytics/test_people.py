"""The page of one person: spells, names, and how the two stand to each other."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, add_confirmed_rename, export_json, import_done
from tests.ledgers import at, parse_here, written
from webapp.analytics.people import Person, PersonSpell, find_person
from webapp.domain.sections import Section

T1, T2, T3 = at("2025-01-01"), at("2025-02-01"), at("2025-03-01")
SOON, LATE = at("2024-05-03"), at("2025-02-14")


@pytest.fixture(autouse=True)
def history(session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ada left and followed again, bo was renamed to Bob, cy is followed only."""
    parse_here(monkeypatch)
    soon, late = written(SOON), written(LATE)
    many = [(f"other{number}", soon) for number in range(9)]
    import_done(alice, export_json([*many, ("Ada", soon), ("bo", soon)], [("cy", soon)]), exported_at=T1)
    import_done(alice, export_json([*many, ("Bob", soon)], None), exported_at=T2)
    last = export_json([*many, ("ada", late), ("Bob", soon)], [("cy", soon), ("ADA", soon)])
    import_done(alice, last, exported_at=T3)


def person(member: Member, name: str) -> Person:
    found = find_person(account_scope(member), name)
    assert found is not None
    return found


def test_spells_say_when_somebody_was_seen_and_between_which_exports_they_left(alice: Member) -> None:
    ada = person(alice, "@ADA")
    assert ada.spells[Section.FOLLOWERS] == (
        PersonSpell(("ada",), LATE, T3, T3, None),
        PersonSpell(("Ada",), SOON, T1, T1, T2),
    )
    assert ada.spells[Section.FOLLOWING] == (PersonSpell(("ADA",), SOON, T3, T3, None),)
    assert (ada.is_follower, ada.is_followed, ada.mutual_since) == (True, True, LATE)
    assert (ada.seen_first, ada.seen_last) == (T1, T3)


def test_a_direction_that_is_not_there_is_false_and_only_an_unknown_list_is_unknown(alice: Member) -> None:
    cy = person(alice, "cy")
    assert (cy.is_follower, cy.is_followed, cy.mutual_since) == (False, True, None)
    # The list was not in the export of February: the spell goes on.
    assert cy.spells[Section.FOLLOWING] == (PersonSpell(("cy",), SOON, T1, T3, None),)


def test_without_the_other_list_the_other_direction_is_unknown(session: Session, charlie: Member) -> None:
    import_done(charlie, export_json([("dee", written(SOON))], None), exported_at=T1)
    dee = person(charlie, "dee")
    assert (dee.is_follower, dee.is_followed, dee.mutual_since) == (True, None, None)


def test_a_name_that_nobody_ever_had_is_nobody(alice: Member) -> None:
    assert find_person(account_scope(alice), "stranger") is None
    assert find_person(account_scope(alice), "") is None


def test_a_confirmed_rename_makes_one_spell_of_two(alice: Member) -> None:
    assert person(alice, "bo").usernames == ("bo",)
    add_confirmed_rename(account_scope(alice), "bo", "Bob")
    for name in ("bo", "bob"):
        found = person(alice, name)
        assert found.usernames == ("Bob", "bo")
        assert found.spells[Section.FOLLOWERS] == (PersonSpell(("Bob", "bo"), SOON, T1, T3, None),)
        assert found.is_follower
