"""Who came and left over a period: added up from list to list, and nothing where a period holds too few lists."""

from __future__ import annotations

import random
from datetime import date
from itertools import pairwise

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, export_json, import_done
from tests.ledgers import at, parse_here, written
from webapp.analytics.growth import find_growth
from webapp.analytics.period_changes import ListChange, PeriodChange, add_up, relative_pace
from webapp.domain.period import DAY_SECONDS as DAY
from webapp.domain.period import Span
from webapp.domain.period_query import Comparison, PeriodQuery, Preset
from webapp.domain.sections import Section
from webapp.models import Account

# Half past one in the night of the next day in Auckland, of half past midnight from 6 April on.
BEGIN = at("2025-03-01T12:30:00")
FOUR = [
    ListChange("a", 100, None, None),
    ListChange("b", 200, 5, 1),
    ListChange("c", 300, 7, 2),
    ListChange("d", 400, 11, 3),
]


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_here(monkeypatch)


@pytest.mark.parametrize(
    ("span", "wanted"),
    [
        # From the list at the very beginning to the newest.
        (Span(200, 400), PeriodChange(200, 400, "b", "d", 18, 5, 3)),
        # A period that begins between two lists is reckoned from the one before it.
        (Span(299, 400), PeriodChange(200, 400, "b", "d", 18, 5, 3)),
        (Span(300, 400), PeriodChange(300, 400, "c", "d", 11, 3, 2)),
        # It ends with the last list inside.
        (Span(100, 399), PeriodChange(100, 300, "a", "c", 12, 3, 3)),
        # Before the first list nothing is known: from that one on.
        (Span(5, 300), PeriodChange(100, 300, "a", "c", 12, 3, 3)),
        (Span(None, 1000), PeriodChange(100, 400, "a", "d", 23, 6, 4)),
        # One list, a period between two lists, and times without any.
        (Span(None, 100), None),
        (Span(50, 150), None),
        (Span(310, 390), None),
        (Span(400, 500), None),
        (Span(None, 99), None),
    ],
)
def test_a_period_goes_from_the_list_before_it_to_its_last_one(span: Span, wanted: PeriodChange | None) -> None:
    assert add_up(FOUR, span) == wanted


def test_the_sums_are_gross_and_tell_how_long_they_took() -> None:
    found = add_up(FOUR, Span(100, 400))
    assert found is not None
    assert (found.net, found.days) == (17, 300 / DAY)
    assert add_up(FOUR[:1], Span(None, 400)) is None
    assert add_up([], Span(None, 400)) is None


def test_a_list_whose_change_is_unknown_makes_the_sum_unknown() -> None:
    assert add_up([*FOUR, ListChange("e", 500, None, None)], Span(300, 500)) is None


def test_a_pace_is_compared_by_the_day_and_with_ten_people_or_more() -> None:
    assert relative_pace(30, 30, 20, 40) == pytest.approx(1.0)
    assert relative_pace(5, 10, 10, 10) == pytest.approx(-0.5)
    assert relative_pace(0, 10, 10, 10) == pytest.approx(-1.0)
    assert relative_pace(30, 30, 9, 30) is None
    assert relative_pace(30, 30, 0, 30) is None
    assert relative_pace(30, 30, -40, 30) is None
    assert relative_pace(30, 0, 20, 30) is None
    assert relative_pace(30, 30, 20, 0) is None


def import_six(member: Member) -> dict[Section, list[tuple[int, set[str]]]]:
    """Import six exports ten days apart, some without one of the lists; return what each list was."""
    draw = random.Random(8)
    held: dict[Section, list[tuple[int, set[str]]]] = {Section.FOLLOWERS: [], Section.FOLLOWING: []}
    now: dict[Section, set[str]] = {section: set() for section in held}
    for number in range(6):
        second = BEGIN + number * 10 * DAY
        files: dict[Section, list[tuple[str, str]] | None] = {}
        for section, people in now.items():
            people -= set(draw.sample(sorted(people), min(len(people), 4)))
            people |= {f"{section.value[-3:]}{number}_{each}" for each in range(draw.randrange(5, 20))}
            is_held = (number, section) not in ((1, Section.FOLLOWERS), (2, Section.FOLLOWING), (3, Section.FOLLOWERS))
            files[section] = [(name, written(BEGIN - DAY)) for name in sorted(people)] if is_held else None
            if is_held:
                held[section].append((second, set(people)))
        content = export_json(files[Section.FOLLOWERS], files[Section.FOLLOWING])
        import_done(member, content, exported_at=second, losses_confirmed=True)
    return held


def plain_change(lists: list[tuple[int, set[str]]], since: int | None, until: int) -> tuple[int, int, int, int] | None:
    """Return begin, end, gained and lost of the lists themselves."""
    inside = [place for place, (second, _) in enumerate(lists) if (since is None or second > since) and second <= until]
    before = [place for place, (second, _) in enumerate(lists) if since is not None and second <= since]
    if not inside:
        return None
    walk = lists[(before[-1] if before else inside[0]) : inside[-1] + 1]
    if len(walk) < 2:
        return None
    gained = sum(len(later - earlier) for (_, earlier), (_, later) in pairwise(walk))
    lost = sum(len(earlier - later) for (_, earlier), (_, later) in pairwise(walk))
    return walk[0][0], walk[-1][0], gained, lost


def told(change: PeriodChange | None) -> tuple[int, int, int, int] | None:
    return None if change is None else (change.begins_at, change.ends_at, change.gained, change.lost)


@pytest.mark.parametrize("section", [Section.FOLLOWERS, Section.FOLLOWING])
def test_every_way_to_choose_a_period_adds_up_the_same_lists(session: Session, alice: Member, section: Section) -> None:
    held = import_six(alice)
    session.execute(update(Account).values(timezone="Pacific/Auckland"))
    session.commit()
    scope = account_scope(alice)
    newest, lists = held[Section.FOLLOWERS][-1][0], held[section]
    exports = {row.at: row.export for row in find_growth(scope, PeriodQuery(Preset.ALL)).history}
    queries = [PeriodQuery(preset) for preset in Preset if preset not in (Preset.EXPORTS, Preset.CUSTOM)]
    queries += [PeriodQuery(Preset.MONTH, comparison=comparison) for comparison in Comparison]
    for first, _ in held[Section.FOLLOWERS]:
        for last, _ in held[Section.FOLLOWERS]:
            if first <= last:
                queries.append(PeriodQuery(Preset.EXPORTS, from_id=exports[first], to_id=exports[last]))
    days = PeriodQuery(Preset.CUSTOM, date(2025, 3, 3), date(2025, 4, 11))
    # By the days of UTC the list of 11 April would be of the 10th, and the first one inside.
    inside = find_growth(scope, days).change(section)
    assert inside is not None
    assert (inside.begins_at, inside.ends_at) == (BEGIN, BEGIN + 40 * DAY)
    shorter = find_growth(scope, days.with_(last=date(2025, 4, 10))).change(section)
    assert shorter is not None
    assert shorter.ends_at == BEGIN + (20 if section is Section.FOLLOWERS else 30) * DAY
    queries += [days, days.with_(last=date(2025, 4, 10)), days.with_(first=None)]
    seen = 0
    for query in queries:
        growth = find_growth(scope, query)
        assert growth.span is not None
        until = newest if query.preset not in (Preset.EXPORTS, Preset.CUSTOM) else growth.span.until
        assert growth.span.until == until
        wanted = plain_change(lists, growth.span.since, growth.span.until)
        assert told(growth.change(section)) == wanted, query
        seen += wanted is not None
        base = growth.base
        if query.comparison is Comparison.NONE or growth.span.since is None:
            assert (base, growth.base_change(section)) == (None, None)
        else:
            assert base is not None
            assert base.since is not None
            assert told(growth.base_change(section)) == plain_change(lists, base.since, base.until), query
    assert seen > 10


def test_last_year_is_the_same_length_a_year_earlier(session: Session, alice: Member) -> None:
    for number, (second, people) in enumerate(
        [(BEGIN - 365 * DAY, 20), (BEGIN - 335 * DAY, 32), (BEGIN, 40), (BEGIN + 30 * DAY, 70)]
    ):
        rows = [(f"p{each}", written(BEGIN - 400 * DAY)) for each in range(number, people)]
        import_done(alice, export_json(rows, None), exported_at=second)
    query = PeriodQuery(Preset.MONTH, comparison=Comparison.LAST_YEAR)
    growth = find_growth(account_scope(alice), query)
    now, before = growth.change(Section.FOLLOWERS), growth.base_change(Section.FOLLOWERS)
    assert told(now) == (BEGIN, BEGIN + 30 * DAY, 30, 1)
    assert told(before) == (BEGIN - 365 * DAY, BEGIN - 335 * DAY, 12, 1)
    assert now is not None
    assert before is not None
    assert relative_pace(now.gained, now.days, before.gained, before.days) == pytest.approx(1.5)
    assert growth.change(Section.FOLLOWING) is None


def test_with_one_list_or_none_nothing_changed_that_is_known(session: Session, alice: Member) -> None:
    import_done(alice, export_json([("ada", written(BEGIN - DAY))], None), exported_at=BEGIN)
    growth = find_growth(account_scope(alice), PeriodQuery())
    assert growth.change(Section.FOLLOWERS) is None
    assert growth.base_change(Section.FOLLOWERS) is None
    assert growth.change(Section.FOLLOWING) is None


def test_without_a_list_there_is_no_period(session: Session, alice: Member) -> None:
    import_done(alice, export_json(None, None, posts=[]), exported_at=BEGIN)
    growth = find_growth(account_scope(alice), PeriodQuery())
    assert (growth.span, growth.base, growth.change(Section.FOLLOWERS)) == (None, None, None)
