"""A process dies at every named place that it passes; whoever comes next leaves the same rows behind."""

from __future__ import annotations

import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from tests.conftest import empty_tables, fresh_postgres
from tests.faults import oracle, paperwork, rehearsal, tidings
from tests.faults.stack import Database
from webapp.domain.failpoints import Failpoint
from webapp.models import Base

pytestmark = pytest.mark.faults

# A migration, a change of keys, reports, and what people are sent are killed by tests of their own; nothing else
# passes there.
ELSEWHERE = {Failpoint.MIGRATE_MID, Failpoint.ROTATE_MID, *tidings.POINTS}.union(*paperwork.POINTS.values())
POINTS = [point for point in Failpoint if point not in ELSEWHERE]
# Places that are only passed after an earlier death.
PRELUDES = {Failpoint.CLEAR_MID: f"{Failpoint.BATCH_AFTER_COMMIT}:1=kill"}
BOTH = [Database.SQLITE, pytest.param(Database.POSTGRESQL, marks=pytest.mark.postgres)]


@dataclass
class Theatre:
    """Where performances are given: how to set it up anew, and what an undisturbed one leaves."""

    renew: Callable[[Path], str]
    golden: oracle.Rows = field(default_factory=dict)

    def play(self, folder: Path, failpoint: str, prelude: str | None = None) -> tuple[Path, str, int]:
        """Perform on a stage set up anew, after a prelude; return the instance, the database and the exit code."""
        instance = folder / "instance"
        instance.mkdir(parents=True, exist_ok=True)
        url = self.renew(instance)
        if prelude:
            rehearsal.perform(instance, url, prelude)
        return instance, url, rehearsal.perform(instance, url, failpoint)


@pytest.fixture(scope="module")
def sqlite_theatre(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> Theatre:
    """The first, second ... stage is a copy of one that was prepared once."""
    prepared = tmp_path_factory.mktemp("prepared") / "instance"
    prepared.mkdir()
    shutil.copyfile(empty_sqlite, prepared / "app.sqlite3")
    rehearsal.prepare(prepared, f"sqlite:///{prepared / 'app.sqlite3'}")

    def renew(instance: Path) -> str:
        shutil.copytree(prepared, instance, dirs_exist_ok=True)
        return f"sqlite:///{instance / 'app.sqlite3'}"

    return opened(Theatre(renew), tmp_path_factory.mktemp("golden"))


@pytest.fixture(scope="module")
def postgres_theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    """One database, emptied and prepared before every performance."""
    with fresh_postgres() as url:
        engine = create_engine(url)
        Base.metadata.create_all(engine)

        def renew(instance: Path) -> str:
            with engine.begin() as connection:
                empty_tables(connection)
            rehearsal.prepare(instance, url)
            return url

        yield opened(Theatre(renew), tmp_path_factory.mktemp("golden"))
        engine.dispose()


def opened(theatre: Theatre, folder: Path) -> Theatre:
    """Give the undisturbed performance that all others are compared with."""
    instance, url, code = theatre.play(folder, "")
    assert code == 0, (instance / "error").read_text()
    theatre.golden = rehearsal.outcome(instance, url)
    assert theatre.golden["wrong"] == []
    return theatre


@pytest.fixture
def theatre(request: pytest.FixtureRequest) -> Theatre:
    """The theatre of the database that the test asks for."""
    found: Theatre = request.getfixturevalue(f"{'sqlite' if 'sqlite' in request.node.name else 'postgres'}_theatre")
    return found


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("database", [Database.SQLITE])
def test_a_death_at_the_first_hit_leaves_nothing_behind(
    database: Database, point: Failpoint, theatre: Theatre, tmp_path: Path
) -> None:
    die_and_go_on(theatre, tmp_path, point, 1)


@pytest.mark.faults_long
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("database", BOTH)
def test_a_death_at_the_first_and_at_the_last_hit_leaves_nothing_behind(
    database: Database, point: Failpoint, theatre: Theatre, tmp_path: Path
) -> None:
    last = count_hits(theatre, tmp_path / "count", point)
    for hit in sorted({1, last}):
        die_and_go_on(theatre, tmp_path / str(hit), point, hit)


@pytest.mark.parametrize("database", [Database.SQLITE])
@pytest.mark.parametrize("point", [Failpoint.BATCH_BEFORE_COMMIT, Failpoint.SWITCH_MID, Failpoint.CHILD_MID_FILE])
def test_a_failure_in_place_of_a_death_leaves_nothing_behind(
    database: Database, point: Failpoint, theatre: Theatre, tmp_path: Path
) -> None:
    instance, url, code = theatre.play(tmp_path, f"{point}:1=raise")
    assert code == 0, (instance / "error").read_text()
    assert (instance / "failpoints" / f"{point}.1").exists()
    if point is not Failpoint.CHILD_MID_FILE:  # there the file is refused, as if it were to blame
        assert oracle.first_difference(theatre.golden, rehearsal.outcome(instance, url)) == []


def count_hits(theatre: Theatre, folder: Path, point: Failpoint) -> int:
    """Return how often the process that passes a place most often passes it."""
    instance, _, code = theatre.play(folder, f"{point}:1=count", PRELUDES.get(point))
    assert code == 0, (instance / "error").read_text()
    hits = Counter((instance / "failpoints" / f"{point}.count").read_text().split())
    return max(hits.values())


def die_and_go_on(theatre: Theatre, folder: Path, point: Failpoint, hit: int) -> None:
    """Have a performance die at a place, give it again, and compare."""
    instance, url, code = theatre.play(folder, f"{point}:{hit}=kill", PRELUDES.get(point))
    assert (instance / "failpoints" / f"{point}.{hit}").exists(), f"nothing passed {point} {hit} times"
    # In the parser it is the parser that dies; the process that started it goes on.
    is_parser = point in (Failpoint.CHILD_MID_FILE, Failpoint.CHILD_BEFORE_RENAME)
    assert code == (0 if is_parser else -signal.SIGKILL), (instance / "error").read_text()
    assert rehearsal.perform(instance, url) == 0, (instance / "error").read_text()
    wrong = oracle.first_difference(theatre.golden, rehearsal.outcome(instance, url))
    assert wrong == [], f"{point}:{hit} on {url.partition(':')[0]}: {wrong}"
