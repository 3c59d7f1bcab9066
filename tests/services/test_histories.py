"""However an account’s files come and go: ledger, changes, growth and audience are those of a model of its history."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, count, pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import Member, account_scope, import_done, run_jobs
from tests.growth_reading import Told
from tests.histories import Action, Change, Held, History, Model, histories
from tests.ledgers import parse_here, written
from tests.recount import Recount, count_file
from tests.series import make_batches_small
from webapp.analytics import list_index
from webapp.analytics.audience import AudienceStats, summarise_audience
from webapp.analytics.changes import Changes, find_changes
from webapp.analytics.follows import list_follows
from webapp.analytics.growth import GrossChange, find_growth
from webapp.analytics.mutuals import list_mutuals
from webapp.analytics.visible import visible
from webapp.domain.period import Period
from webapp.domain.period_query import PeriodQuery, Preset
from webapp.domain.query import FollowQuery, Relation
from webapp.domain.scope import Scope
from webapp.domain.sections import Section
from webapp.models import DIRECTIONS, SINCE_OLDEST, Export, FollowerSnapshot, ImportRun, RenameState
from webapp.services import import_jobs, moves, renames, undo

pytestmark = pytest.mark.faults

_owners = count()


@pytest.fixture
def examples(request: pytest.FixtureRequest) -> int:
    """How many histories are tried: more where fault tests are asked for by name."""
    return 500 if "faults" in (request.config.getoption("markexpr") or "") else 50


class Played:
    """An account to which a history has happened, beside the model of it."""

    def __init__(self, member: Member, history: History) -> None:
        self.member = member
        self.owner = f"owner{next(_owners)}"
        self.history = history
        self.model = Model(history, self.owner)
        # The import that brought the export of a file, by the file's number.
        self.runs: dict[int, str] = {}
        for action in history.actions:
            self._do(action)

    def _do(self, action: Action) -> None:
        before = dict(self.model.held)
        if not self.model.act(action):
            return
        if action.kind == "import":
            file = self.history.files[action.file]
            wishes: dict[str, Any] = {} if file.is_zip else {"exported_at": file.exported_at}
            content = file.content(self.owner)
            run = import_done(self.member, content, file.name(), handle=self.owner, losses_confirmed=True, **wishes)
            is_new = self.model.held != before
            assert (run.result == {"is_known": True}) is not is_new
            if is_new:
                self.runs[action.file] = run.public_id
        elif action.kind == "undo":
            undo.undo_import(self.member.actor, self.member.scope, self.runs.pop(action.file))
        else:
            moves.move_export(self.member.actor, self.member.scope, self.runs[action.file], action.second)
        run_jobs()

    def exports(self, session: Session, scope: Scope) -> dict[int, Export]:
        """Return the exports that are seen, by the number of their file."""
        session.rollback()
        files = {public_id: file for file, public_id in self.runs.items()}
        query = select(Export, ImportRun.public_id).join(ImportRun, ImportRun.id == Export.import_id)
        rows = session.execute(query.where(visible(Export, scope))).all()
        return {files[public_id]: export for export, public_id in rows}


def check_ledger(session: Session, played: Played, scope: Scope, exports: dict[int, Export]) -> None:
    for section, model in DIRECTIONS.items():
        files = {export.id: file for file, export in exports.items()}
        if walk := played.model.whole(section):
            files[SINCE_OLDEST] = walk[0][0].file
        rows = session.scalars(select(model).where(visible(model, scope))).all()
        found = [
            (
                row.username_key,
                row.followed_at,
                files[row.first_export_id],
                None if row.last_export_id is None else files[row.last_export_id],
                None if row.gone_export_id is None else files[row.gone_export_id],
            )
            for row in rows
        ]
        assert len(found) == len(set(found))
        assert set(found) == played.model.spells(section)


def check_snapshots(session: Session, played: Played, scope: Scope, exports: dict[int, Export]) -> None:
    rows = session.scalars(select(FollowerSnapshot).where(visible(FollowerSnapshot, scope))).all()
    files = {export.id: file for file, export in exports.items()}
    found = {files[row.export_id]: row for row in rows}
    wanted = dict(played.model.snapshots())
    assert found.keys() == {held.file for held in wanted}
    for held, figures in wanted.items():
        assert {name: getattr(found[held.file], name) for name in figures} == figures


def check_changes(
    played: Played, scope: Scope, exports: dict[int, Export], pairs: Iterable[tuple[Section, Held, Held]]
) -> None:
    for section, one, other in pairs:
        told = played.model.told(section, one, other)
        found = find_changes(scope, section, exports[one.file], exports[other.file])
        for kind in ("gained", "lost", "returned", "deleted"):
            rows = [
                Change(row.username, row.date_followed, row.was_mutual, row.between) for row in getattr(found, kind)
            ]
            assert len(rows) == len(set(rows))
            assert set(rows) == getattr(told, kind), kind
        assert {(row.username, row.date_previous, row.date_followed) for row in found.refollowed} == told.refollowed
        assert renamed(found) == told.renamed


def renamed(found: Changes) -> set[tuple[str, str, int, bool | None]]:
    return {(row.from_username, row.to_username, row.date_followed, row.confirmed) for row in found.renamed}


def check_growth(played: Played, scope: Scope, exports: dict[int, Export]) -> None:
    growth = find_growth(scope, PeriodQuery(Preset.ALL))
    wanted = []
    for held, row in played.model.snapshots():
        if row["followers"] is None and row["following"] is None:
            continue
        changes = [gross(played, section, held, row) for section in DIRECTIONS]
        wanted.append((exports[held.file].public_id, held.second, row["followers"], row["following"], *changes))
    rows = growth.rows
    assert [
        (row.export, row.at, row.followers, row.following, row.follower_change, row.following_change) for row in rows
    ] == wanted
    walk = played.model.whole(Section.FOLLOWERS)
    kept = []
    for (one, _), (other, listed) in pairwise(walk):
        told = played.model.told(Section.FOLLOWERS, one, other)
        before = len(next(each for held, each in walk if held == one).people)
        kept.append((exports[one.file].public_id, exports[other.file].public_id, before - len(told.lost), before))
        assert len(listed.people) == before - len(told.lost) + len(told.gained)
    assert [(each.from_export, each.to_export, each.kept, each.of) for each in growth.retention] == kept
    # Whoever is on a list that is older than their follow cannot be told from somebody new on the next one.
    is_dated = all(second <= held.second for held, listed in walk for second in listed.people.values())
    lists = [(held.second, listed.keys) for held, listed in walk]
    read, times, zone = Told(lists), [second for second, _ in lists], scope.timezone
    if growth.fit is not None and walk and is_dated and read.is_plain:
        assert growth.fit.times == tuple(times)
        assert [(each.day, each.came, each.kept, each.of) for each in growth.fit.follows] == read.days(zone)
        assert list(growth.fit.hours) == read.hours(zone)
        assert [(each.month, each.first, each.present) for each in growth.fit.months] == read.months(times, zone)


def check_audience(played: Played, scope: Scope) -> None:
    """Compare the figures and the lists with a second count of the files that were sent."""
    held = sorted(played.model.held.values(), key=lambda each: each.arrival)
    files = [(played.history.files[each.file].content(played.owner), each.second) for each in held]
    counted = Recount(tuple(count_file(content, second) for content, second in files), scope.timezone)
    wanted = counted.stats()
    for name in ("as_of", "top_acquisition_dates"):
        wanted.pop(name)
    found = summarise_audience(scope)
    assert stats_of(found) == wanted
    assert found.as_of == max((each.second for each, _ in both_walks(played)), default=None)
    assert days_of(found) == counted.stats()["top_acquisition_dates"]
    query = FollowQuery(Period(None, None, scope.timezone), page_size=2)
    assert mutual_rows(scope, query) == plain(counted.common(), "date_followed", "date_following")
    alone = {Section.FOLLOWERS: counted.followers_only(), Section.FOLLOWING: counted.following_only()}
    for section, rows in alone.items():
        date = "date_followed" if section is Section.FOLLOWERS else "date_following"
        assert lonely_rows(scope, section, query) == plain(rows, date)


def both_walks(played: Played) -> list[tuple[Held, Any]]:
    return [pair for section in DIRECTIONS for pair in played.model.whole(section)]


def stats_of(found: AudienceStats) -> dict[str, Any]:
    return {
        "total_followers": found.followers,
        "total_following": found.following,
        "mutuals_count": found.mutuals,
        "followers_only_count": found.followers_only,
        "following_only_count": found.following_only,
        "follower_ratio": None if found.follower_ratio is None else float(found.follower_ratio),
        "weekly_growth": {"followers": found.week.followers, "following": found.week.following},
        "monthly_growth": {"followers": found.month.followers, "following": found.month.following},
    }


def days_of(found: AudienceStats) -> list[dict[str, Any]] | None:
    if found.top_days is None:
        return None
    return [{"date": day.isoformat(), "followers_gained": gained} for day, gained in found.top_days]


def mutual_rows(scope: Scope, query: FollowQuery) -> list[tuple[Any, ...]] | None:
    """Return the mutuals by walking page by page; ``None`` where nobody can know."""
    rows: list[tuple[Any, ...]] = []
    place: FollowQuery | None = query
    while place is not None:
        page = list_mutuals(scope, place)
        if page.total is None:
            return None
        rows += [(row.username, written(row.followed_at), written(row.following_at)) for row in page.rows]
        place = query.with_(cursor=page.next) if page.next else None
    assert page.total == len(rows)
    return rows


def lonely_rows(scope: Scope, section: Section, query: FollowQuery) -> list[tuple[Any, ...]] | None:
    """Return who is on this list only, in the same way."""
    rows: list[tuple[Any, ...]] = []
    place: FollowQuery | None = query.with_(relation=Relation.NOT_MUTUAL)
    while place is not None:
        page = list_follows(scope, section, place)
        if page.total is None:
            return None
        rows += [(row.username, written(row.followed_at)) for row in page.rows]
        place = place.with_(cursor=page.next) if page.next else None
    assert page.total == len(rows)
    return rows


def plain(rows: list[dict[str, Any]] | None, *dates: str) -> list[tuple[Any, ...]] | None:
    if rows is None:
        return None
    return [(row["username"], *(row[date].replace("T", " ").removesuffix("Z") for date in dates)) for row in rows]


def gross(played: Played, section: Section, held: Held, row: dict[str, int | None]) -> GrossChange | None:
    walk = [each for each, _ in played.model.whole(section)]
    if row[f"{section.value}_gained"] is None:
        return None
    told = played.model.told(section, walk[walk.index(held) - 1], held)
    return GrossChange(len(told.gained), len(told.lost))


def confirm_one(played: Played, scope: Scope) -> bool:
    """Confirm the first rename that the last two lists offer, as a person does; return whether there was one."""
    for section in DIRECTIONS:
        walk = [held for held, _ in played.model.whole(section)]
        told = played.model.told(section, walk[-2], walk[-1]) if len(walk) > 1 else None
        if told is not None and told.renamed:
            old, new, *_ = min(told.renamed, key=lambda row: row[:2])
            member = played.member
            renames.decide(member.actor, scope, section, [(old, new)], RenameState.CONFIRMED)
            played.model.confirmed = (old.casefold(), new.casefold())
            return True
    return False


def test_a_history_is_told_as_it_was_however_its_files_came_and_went(
    session: Session, alice: Member, monkeypatch: pytest.MonkeyPatch, examples: int
) -> None:
    parse_here(monkeypatch)
    make_batches_small(monkeypatch)
    monkeypatch.setattr(import_jobs, "RANGE", 4)
    # Some lists are matched in their packed form, the others in the tables.
    monkeypatch.setattr(list_index, "LEAST_ROWS", 4)

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(histories(), st.data())
    def check(history: History, data: st.DataObject) -> None:
        played = Played(alice, history)
        scope = account_scope(alice, played.owner)
        exports = played.exports(session, scope)
        check_ledger(session, played, scope, exports)
        check_snapshots(session, played, scope, exports)
        check_audience(played, scope)
        pairs = [
            (section, one, other)
            for section in DIRECTIONS
            for (one, _), (other, _) in combinations(played.model.whole(section), 2)
        ]
        if not pairs:
            return
        some = data.draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=4, unique=True))
        check_changes(played, scope, exports, some)
        check_growth(played, scope, exports)
        if confirm_one(played, scope):
            check_changes(played, scope, exports, some)
            check_growth(played, scope, exports)

    check()
