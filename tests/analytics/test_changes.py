"""What changed between two exports, against definitions worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done
from tests.ledgers import EXPECTED, FIRST, SECOND, THIRD, at, parse_here
from webapp.analytics import comparison
from webapp.analytics.changes import Changes, choose_exports, find_changes, find_last_changes
from webapp.analytics.comparison import ChangeRow
from webapp.analytics.renames import count_confirmed, known_names, name_groups
from webapp.analytics.timeline import find_timeline
from webapp.domain.changes import NoComparison
from webapp.domain.errors import AppError, ErrorCode, Invalid, NotFound
from webapp.domain.sections import Section
from webapp.extensions import db
from webapp.models import RenameState
from webapp.services.renames import decide

DAYS = ("2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01")
OLD = "2025-06-01 00:00:00"
Listed = list[tuple[str, str]] | None


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


def series(member: Member, *followers: Listed, following: tuple[Listed, ...] | None = None) -> None:
    """Import lists as exports of the first of January, February and so on; the following are nobody's by default."""
    others = following or ((),) * len(followers)
    for day, listed, other in zip(DAYS, followers, others, strict=False):
        # The same lists of another day are another export: each has a post of its own.
        content = export_json(listed, other, posts=[{"Date": f"{day} 00:00:00", "Link": "", "Likes": "1"}])
        import_done(member, content, exported_at=at(f"{day}T00:00:00"), losses_confirmed=True)
    db.session.rollback()


def compare(member: Member, first: int, last: int, section: Section = Section.FOLLOWERS) -> Changes:
    """Return what changed between two exports, by their places in time."""
    scope = account_scope(member)
    exports = find_timeline(scope, section).exports
    return find_changes(scope, section, exports[first], exports[last])


def names(rows: tuple[ChangeRow, ...]) -> set[str]:
    return {row.username for row in rows}


def days(row: ChangeRow) -> tuple[str, ...]:
    return tuple(datetime.fromtimestamp(second, UTC).date().isoformat() for second in row.between)


def pairs(changes: Changes) -> set[tuple[str, str, bool | None]]:
    return {(row.from_username, row.to_username, row.confirmed) for row in changes.renamed}


@pytest.mark.parametrize(("place", "file"), [(1, SECOND), (2, THIRD)])
def test_the_series_of_demo_maker_gives_the_expected_changes(
    session: Session, alice: Member, place: int, file: object
) -> None:
    for path in (FIRST, SECOND, THIRD):
        import_done(alice, path)
    expected = EXPECTED[f"demo.maker/{getattr(file, 'name')}"]["changes_since_previous"]  # noqa: B009
    found = compare(alice, place - 1, place)
    assert {
        "gained": sorted(names(found.gained)),
        "lost": sorted(names(found.lost)),
        "renamed": [[r.from_username, r.to_username, iso(r.date_followed)] for r in found.renamed],
        "turned_into_NA": [[row.username, iso(row.date_followed)] for row in found.deleted],
        "refollowed_new_date": [[r.username, iso(r.date_previous), iso(r.date_followed)] for r in found.refollowed],
    } == {
        "gained": sorted(expected["gained"]),
        "lost": sorted(expected["lost"]),
        "renamed": expected.get("renamed", []),
        "turned_into_NA": expected.get("turned_into_NA", []),
        "refollowed_new_date": expected.get("refollowed_new_date", []),
    }


def iso(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_loss_a_gain_and_who_stayed(session: Session, alice: Member) -> None:
    series(alice, [("Ann", OLD), ("bo", OLD)], [("ann", OLD), ("cy", "2026-01-20 00:00:00")])
    found = compare(alice, 0, 1)
    assert (names(found.lost), names(found.gained), found.renamed) == ({"bo"}, {"cy"}, ())
    (lost,) = found.lost
    assert (lost.date_followed, days(lost)) == (at(OLD), ("2026-01-01", "2026-02-01"))
    (gained,) = found.gained
    assert (gained.date_followed, days(gained)) == (at("2026-01-20"), ("2026-01-01", "2026-02-01"))


def test_exports_further_apart_compare_the_two_lists_and_keep_each_persons_own_interval(
    session: Session, alice: Member
) -> None:
    away_and_back, left, refollowed = ("ann", OLD), ("bo", OLD), ("cy", OLD)
    series(
        alice,
        [away_and_back, left, refollowed],
        [left, refollowed, ("dee", "2026-01-05 00:00:00")],
        [away_and_back, ("eve", "2026-02-05 00:00:00"), ("dee", "2026-01-05 00:00:00")],
        [away_and_back, ("cy", "2026-03-05 00:00:00"), ("dee", "2026-01-05 00:00:00")],
    )
    found = compare(alice, 0, 3)
    assert {row.username: days(row) for row in found.lost} == {"bo": ("2026-02-01", "2026-03-01")}
    assert {row.username: days(row) for row in found.gained} == {"dee": ("2026-01-01", "2026-02-01")}
    assert [(row.username, row.date_previous, row.date_followed) for row in found.refollowed] == [
        ("cy", at(OLD), at("2026-03-05"))
    ]
    assert found.returned == ()


def test_a_date_that_changed_is_neither_a_gain_nor_a_loss(session: Session, alice: Member) -> None:
    series(alice, [("ann", OLD)], [("ann", "2026-01-09 10:00:00")])
    found = compare(alice, 0, 1)
    assert (found.gained, found.lost, found.returned, len(found.refollowed)) == ((), (), (), 1)


def test_whoever_comes_back_is_a_part_of_the_gained_whatever_the_date(session: Session, alice: Member) -> None:
    series(
        alice,
        [("same", OLD), ("newer", OLD)],
        [],
        [("same", OLD), ("newer", "2026-02-10 00:00:00"), ("fresh", "2026-02-11 00:00:00")],
    )
    found = compare(alice, 1, 2)
    assert names(found.gained) == {"same", "newer", "fresh"}
    assert {row.username: row.date_previous for row in found.returned} == {"same": at(OLD), "newer": at(OLD)}


def test_a_later_time_on_the_list_does_not_make_an_earlier_gain_a_return(session: Session, alice: Member) -> None:
    series(alice, [], [("ann", OLD)], [], [("ann", OLD)])
    assert compare(alice, 0, 1).returned == ()
    assert names(compare(alice, 2, 3).returned) == {"ann"}


def test_mutual_is_asked_of_the_newest_other_list_of_the_time_and_unknown_before_the_first(
    session: Session, alice: Member
) -> None:
    ann, bo, cy = ("ann", OLD), ("bo", OLD), ("cy", "2026-02-10 00:00:00")
    series(
        alice,
        [ann, bo],
        [bo],
        [bo, cy],
        [],
        following=(None, [bo], None, []),
    )
    # No other list is as old as the list before the first loss.
    (row,) = compare(alice, 0, 1).lost
    assert (row.username, row.was_mutual) == ("ann", None)
    # The list of February is the newest at the gain of March, which lacks one.
    (row,) = compare(alice, 1, 2).gained
    assert (row.username, row.was_mutual) == ("cy", False)
    # As of the list before the loss, not of the one that shows it.
    assert {row.username: row.was_mutual for row in compare(alice, 2, 3).lost} == {"bo": True, "cy": False}


def test_a_list_that_is_missing_is_no_end_of_an_interval(session: Session, alice: Member) -> None:
    series(alice, [("ann", OLD)], None, [("bo", "2026-02-10 00:00:00")], following=([], [], []))
    (lost,) = compare(alice, 0, 1).lost
    assert days(lost) == ("2026-01-01", "2026-03-01")
    assert compare(alice, 0, 2, Section.FOLLOWING).lost == ()


def test_the_following_have_changes_of_their_own(session: Session, alice: Member) -> None:
    series(alice, [("ann", OLD)], [("ann", OLD)], following=([("ann", OLD), ("bo", OLD)], [("ann", OLD)]))
    (lost,) = compare(alice, 0, 1, Section.FOLLOWING).lost
    assert (lost.username, lost.was_mutual) == ("bo", False)
    assert compare(alice, 0, 1).lost == ()


TWIN = "2025-07-07 07:07:07"


@pytest.mark.parametrize(
    ("before", "after", "deleted"),
    [
        (["ann"], ["N/A"], {"ann"}),
        (["ann", "bo"], ["N/A"], set()),
        (["ann", "bo"], ["N/A", "N/A"], {"ann", "bo"}),
        (["ann", "N/A"], ["N/A"], set()),
        (["ann", "N/A"], ["N/A", "N/A"], {"ann"}),
        (["ann", "bo"], ["ann", "N/A"], {"bo"}),
    ],
)
def test_a_deleted_account_is_a_loss_whose_second_a_new_nameless_row_has(
    session: Session, alice: Member, before: list[str], after: list[str], deleted: set[str]
) -> None:
    series(alice, [(name, TWIN) for name in before], [(name, TWIN) for name in after])
    found = compare(alice, 0, 1)
    assert names(found.deleted) == deleted
    assert names(found.deleted) <= names(found.lost)


@pytest.mark.parametrize(
    ("lost", "gained", "offered"),
    [
        (["ann"], ["bo"], {("ann", "bo", None)}),
        (["ann", "cy"], ["bo"], set()),
        (["ann"], ["bo", "dee"], set()),
    ],
)
def test_a_rename_is_offered_for_the_only_two_names_of_a_second(
    session: Session, alice: Member, lost: list[str], gained: list[str], offered: set[object]
) -> None:
    series(alice, [(name, TWIN) for name in lost], [(name, TWIN) for name in gained])
    found = compare(alice, 0, 1)
    assert pairs(found) == offered
    # Not confirmed, it stays where it is.
    assert (names(found.lost), names(found.gained)) == (set(lost), set(gained))


def confirm(member: Member, *wanted: tuple[str, str], state: RenameState | None = RenameState.CONFIRMED) -> int:
    section = Section.FOLLOWERS
    return decide(member.actor, account_scope(member), section, wanted, state)


def shown_at(member: Member) -> dict[str, int]:
    """Return how many confirmed renames show, by the day of the export."""
    scope = account_scope(member)
    exports = {each.id: each.exported_at for each in find_timeline(scope, Section.FOLLOWERS).exports}
    counts = count_confirmed(scope, Section.FOLLOWERS)
    return {datetime.fromtimestamp(exports[one], UTC).date().isoformat(): count for one, count in counts.items()}


def test_a_confirmed_rename_is_neither_gained_nor_lost_nor_deleted_nor_returned(
    session: Session, alice: Member
) -> None:
    series(
        alice,
        [("bo", OLD), ("zoe", OLD)],
        [("ann", TWIN), ("zoe", OLD)],
        [("bo", TWIN), ("N/A", TWIN), ("zoe", OLD)],
    )
    before = compare(alice, 1, 2)
    assert (names(before.deleted), names(before.returned), pairs(before)) == ({"ann"}, {"bo"}, {("ann", "bo", None)})
    assert confirm(alice, ("ann", "bo")) == 1
    after = compare(alice, 1, 2)
    assert (after.gained, after.lost, after.deleted, after.returned) == ((), (), (), ())
    assert pairs(after) == {("ann", "bo", True)}
    assert shown_at(alice) == {"2026-03-01": 1}


def test_a_decision_can_be_changed_and_taken_back(session: Session, alice: Member) -> None:
    series(alice, [("ann", TWIN)], [("bo", TWIN)])
    assert confirm(alice, ("@Ann", "BO"), state=RenameState.REJECTED) == 1
    assert (pairs(compare(alice, 0, 1)), names(compare(alice, 0, 1).lost)) == ({("ann", "bo", False)}, {"ann"})
    assert confirm(alice, ("ann", "bo")) == 1
    assert confirm(alice, ("ann", "bo")) == 0
    assert compare(alice, 0, 1).lost == ()
    assert confirm(alice, ("ann", "bo"), state=None) == 1
    assert (pairs(compare(alice, 0, 1)), names(compare(alice, 0, 1).lost)) == ({("ann", "bo", None)}, {"ann"})
    assert confirm(alice, ("ann", "bo"), state=None) == 0
    assert shown_at(alice) == {}


def test_a_chain_of_renames_is_one_person_over_any_distance(session: Session, alice: Member) -> None:
    series(alice, [("ann", TWIN)], [("bo", TWIN)], [("cy", TWIN)])
    wide = compare(alice, 0, 2)
    assert [(row.from_username, row.to_username, row.can_decide) for row in wide.renamed] == [("ann", "cy", False)]
    confirm(alice, ("ann", "bo"), ("bo", "cy"))
    wide = compare(alice, 0, 2)
    assert (wide.gained, wide.lost, pairs(wide)) == ((), (), {("ann", "cy", True)})
    assert not wide.renamed[0].can_decide
    assert shown_at(alice) == {"2026-02-01": 1, "2026-03-01": 1}
    scope = account_scope(alice)
    assert [known_names(scope, name) for name in ("ann", "bo", "cy", "dee")] == [
        ("cy", "bo", "ann"),
        ("cy", "bo", "ann"),
        ("cy", "bo", "ann"),
        ("dee",),
    ]
    assert set(name_groups(scope).values()) == {frozenset(("ann", "bo", "cy"))}


def test_whoever_takes_the_old_name_again_is_the_same_person_with_the_newest_name_first(
    session: Session, alice: Member
) -> None:
    series(alice, [("ann", TWIN)], [("bo", TWIN)], [("ann", TWIN)])
    confirm(alice, ("ann", "bo"), ("bo", "ann"))
    assert known_names(account_scope(alice), "bo") == ("ann", "bo")
    wide = compare(alice, 0, 2)
    assert (wide.gained, wide.lost, wide.renamed) == ((), (), ())
    assert shown_at(alice) == {"2026-02-01": 1, "2026-03-01": 1}


def test_a_decision_holds_on_both_lists(session: Session, alice: Member) -> None:
    series(alice, [("ann", TWIN)], [("bo", TWIN)], following=([("ann", OLD)], [("bo", OLD)]))
    confirm(alice, ("ann", "bo"))
    following = compare(alice, 0, 1, Section.FOLLOWING)
    assert (following.gained, following.lost, pairs(following)) == ((), (), {("ann", "bo", True)})


def test_a_decision_without_its_rename_changes_nothing(session: Session, alice: Member) -> None:
    series(alice, [("ann", TWIN)], [("bo", TWIN)])
    confirm(alice, ("ann", "bo"))
    # A list between the two, on which neither stands, shows that one left and another came.
    import_done(alice, export_json([], []), exported_at=at("2026-01-15T00:00:00"), losses_confirmed=True)
    db.session.rollback()
    assert shown_at(alice) == {}
    assert names(compare(alice, 0, 1).lost) == {"ann"}
    assert names(compare(alice, 1, 2).gained) == {"bo"}
    assert pairs(compare(alice, 0, 2)) == {("ann", "bo", True)}


def chosen(member: Member, **ids: str) -> object:
    scope = account_scope(member)
    found = choose_exports(scope, find_timeline(scope, Section.FOLLOWERS), **ids)
    return getattr(found, "reason", found)


def test_without_two_lists_nothing_is_known(session: Session, alice: Member) -> None:
    import_done(alice, export_json(None, []), exported_at=at("2026-01-01T00:00:00"))
    assert chosen(alice) is NoComparison.NOT_IN_EXPORTS
    assert find_last_changes(account_scope(alice), Section.FOLLOWERS) is None
    import_done(alice, export_json([], []), exported_at=at("2026-02-01T00:00:00"))
    assert chosen(alice) is NoComparison.NO_EARLIER_LIST


def test_the_exports_are_chosen_by_their_ids(session: Session, alice: Member) -> None:
    series(alice, [("ann", OLD)], None, [("bo", OLD)], [("cy", OLD)], following=([], [], [], []))
    ids = [export.public_id for export in find_timeline(account_scope(alice), Section.FOLLOWING).exports]

    def picked(**asked: str) -> list[int]:
        found = chosen(alice, **asked)
        return [ids.index(getattr(found, side).public_id) for side in ("from_export", "to_export")]

    assert picked() == [2, 3]
    assert picked(to_id=ids[2]) == [0, 2]
    assert picked(from_id=ids[0]) == [0, 3]
    assert picked(from_id=ids[0], to_id=ids[2]) == [0, 2]
    assert chosen(alice, to_id=ids[0]) is NoComparison.NO_EARLIER_LIST
    assert chosen(alice, to_id=ids[1]) is NoComparison.NOT_IN_THIS_EXPORT
    assert chosen(alice, from_id=ids[3]) is NoComparison.NO_EARLIER_LIST
    for asked, error, code in (
        ({"to_id": "f" * 20}, NotFound, ErrorCode.NOT_FOUND),
        ({"from_id": ids[3], "to_id": ids[0]}, Invalid, ErrorCode.EXPORTS_REVERSED),
        ({"from_id": ids[3], "to_id": ids[3]}, Invalid, ErrorCode.EXPORTS_SAME),
    ):
        with pytest.raises(AppError) as caught:
            chosen(alice, **asked)
        assert (type(caught.value), caught.value.code) == (error, code)


def test_a_comparison_is_kept_for_its_revision_and_no_other(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    series(alice, [("ann", OLD)], [], following=([("ann", OLD)], None))
    assert [row.was_mutual for row in compare(alice, 0, 1).lost] == [True]
    monkeypatch.setattr(comparison._Work, "compare", lambda _: pytest.fail("it was kept"))
    assert names(compare(alice, 0, 1).lost) == {"ann"}
    monkeypatch.undo()
    parse_here(monkeypatch)
    import_done(alice, export_json([("ann", OLD)], None), exported_at=at("2026-01-09T00:00:00"))
    db.session.rollback()
    assert days(compare(alice, 0, 2).lost[0]) == ("2026-01-09", "2026-02-01")


def test_only_so_many_rows_are_kept(session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "_MOST_KEPT", 2)
    series(alice, [("ann", OLD), ("bo", OLD), ("cy", OLD)], [], [("dee", OLD)])
    comparison._kept.clear()
    assert len(compare(alice, 0, 1).lost) == 3
    assert not comparison._kept
    compare(alice, 1, 2)
    assert len(comparison._kept) == 1
