"""Whoever hands notifications over or sends them dies: none is lost, and each death doubles one at most."""

from __future__ import annotations

import random
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from tests.conftest import empty_tables, fresh_postgres
from tests.faults import rehearsal, tidings
from tests.faults.stack import Database
from tests.faults.tidings import GROUPS, POINTS, READERS, SETTINGS
from tests.push_service import PushService, Subscriber, running_service
from webapp.domain.failpoints import Failpoint
from webapp.models import Base

pytestmark = pytest.mark.faults

# There it is handed over already, and nobody has written that down.
DOUBLING = (Failpoint.MAIL_AFTER_SEND, Failpoint.PUSH_AFTER_SEND)

Stage = Callable[[Path], tuple[Path, str]]
"""Sets a stage up in an empty folder, with people on it; returns the instance and the database."""


@pytest.fixture
def service() -> Iterator[PushService]:
    with running_service() as started:
        yield started


@pytest.fixture(scope="module")
def sqlite_stage(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> Stage:
    """Stages are copies of one with people."""
    prepared = tmp_path_factory.mktemp("people") / "instance"
    prepared.mkdir()
    shutil.copyfile(empty_sqlite, prepared / "app.sqlite3")
    tidings.make_people(prepared, f"sqlite:///{prepared / 'app.sqlite3'}")

    def renew(folder: Path) -> tuple[Path, str]:
        instance = folder / "instance"
        shutil.copytree(prepared, instance)
        return instance, f"sqlite:///{instance / 'app.sqlite3'}"

    return renew


@pytest.fixture(scope="module")
def postgres_stage() -> Iterator[Stage]:
    """One database, emptied and filled with people for every stage."""
    with fresh_postgres() as url:
        engine = create_engine(url)
        Base.metadata.create_all(engine)

        def renew(folder: Path) -> tuple[Path, str]:
            with engine.begin() as connection:
                empty_tables(connection)
            instance = folder / "instance"
            instance.mkdir(parents=True)
            tidings.make_people(instance, url)
            return instance, url

        yield renew
        engine.dispose()


def test_a_death_at_every_named_place_loses_nothing_and_doubles_one_at_most(
    sqlite_stage: Stage, service: PushService, tmp_path: Path
) -> None:
    instance, url = sqlite_stage(tmp_path)
    browsers = [service.subscribe("one"), service.subscribe("two")]
    tidings.prepare(instance, url, browsers)
    # Whoever takes over from the dead dies at the next place.
    for point in (*POINTS, Failpoint.MAIL_AFTER_SEND):
        code = perform(instance, url, f"{point}:1=kill")
        assert (instance / "failpoints" / f"{point}.1").exists(), f"nothing passed {point}"
        assert code == -signal.SIGKILL, (instance / "error").read_text()
        assert tidings.check_kept(instance, url) == [], point
    go_on(instance, url, browsers, service, doubled=len(DOUBLING))


@pytest.mark.faults_long
@pytest.mark.parametrize("database", [Database.SQLITE, pytest.param(Database.POSTGRESQL, marks=pytest.mark.postgres)])
def test_deaths_at_random_moments_lose_nothing_and_double_one_at_most_each(
    database: Database,
    service: PushService,
    tmp_path: Path,
    kills: int,
    seed: int,
    request: pytest.FixtureRequest,
) -> None:
    stage: Stage = request.getfixturevalue(f"{'sqlite' if database is Database.SQLITE else 'postgres'}_stage")
    rng, done, tries, length = random.Random(seed), 0, 0, 0.0
    while done < kills:
        tries += 1
        instance, url = stage(tmp_path / str(tries))
        browsers = [service.subscribe(f"{tries}.{number}") for number in range(2)]
        tidings.prepare(instance, url, browsers)
        if not length:  # the first one is left alone, to know how long it takes
            go_on(instance, url, browsers, service)
            length = float((instance / rehearsal.TOOK).read_text())
            continue
        moment = rng.uniform(0, length)
        code = perform(instance, url, killed_after=moment)
        assert code in (0, -signal.SIGKILL), (instance / "error").read_text()
        done += code != 0
        told = f"--seed {seed}, killed at {moment}"
        assert tidings.check_kept(instance, url) == [], told
        go_on(instance, url, browsers, service, doubled=int(code != 0), told=told)
        shutil.rmtree(tmp_path / str(tries))


def perform(instance: Path, url: str, failpoint: str = "", killed_after: float | None = None) -> int:
    return rehearsal.perform(instance, url, failpoint, tidings.work, killed_after, **SETTINGS)


def go_on(
    instance: Path, url: str, browsers: list[Subscriber], service: PushService, *, doubled: int = 0, told: str = ""
) -> None:
    """Have the work ended, and compare what was left and what came with what was to be told."""
    assert perform(instance, url) == 0, (instance / "error").read_text()
    wanted = ["due: 0", *["mail: notifications sent"] * len(READERS)]
    assert tidings.outcome(instance, url) == [*wanted, *["push: ended True, 201"] * GROUPS * len(browsers)], told
    came = Counter({f"mail to {address}": count for address, count in tidings.mails_to(instance, url).items()})
    for number, browser in enumerate(browsers):
        # One that comes twice takes the place of the first: it has the same tag.
        came.update(f"push to {number}: {each['notification']['tag']}" for each in service.messages(browser))
    assert len(came) == len(READERS) + GROUPS * len(browsers), (told, came)
    assert came.total() - len(came) <= doubled, (told, came)
    assert service.faults == []
