"""Whoever makes a report, a link, a digest or a download dies; nobody sees half of it, and whoever is next ends it."""

from __future__ import annotations

import random
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from tests.conftest import empty_tables, fresh_postgres
from tests.faults import paperwork, rehearsal
from tests.faults.paperwork import POINTS, Paperwork
from tests.faults.stack import Database
from webapp.domain.failpoints import Failpoint
from webapp.models import Base

pytestmark = pytest.mark.faults

# There the mail is handed over already, and nobody has written that down.
DOUBLING = Failpoint.MAIL_AFTER_SEND

Stage = Callable[[Path, Paperwork], tuple[Path, str]]
"""Sets a stage up in an empty folder, with one thing asked for; returns the instance and the database."""

# What an undisturbed performance leaves.
LEFT = {
    Paperwork.REPORT: ["report: error None, whole True", "report:made: 1", "reports: 1 files"],
    Paperwork.SHARE: ["payload: shown True, sheet True, image True", "share:created: 1", "shares: 2 files"],
    Paperwork.DIGEST: ["digest:sent: 1", "mail: digest_monthly sent, attached False", "slot: told"],
    Paperwork.DOWNLOAD: ["data_exports: 1 files", "download: error None, whole True", "export_file:asked: 1"],
}


@pytest.fixture(scope="module")
def sqlite_stage(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> Stage:
    """Stages are copies of one that was prepared once."""
    prepared = tmp_path_factory.mktemp("prepared") / "instance"
    prepared.mkdir()
    shutil.copyfile(empty_sqlite, prepared / "app.sqlite3")
    rehearsal.prepare(prepared, f"sqlite:///{prepared / 'app.sqlite3'}")
    ordered: dict[Paperwork, Path] = {}
    for wanted in Paperwork:
        ordered[wanted] = prepared.with_name(wanted.value)
        shutil.copytree(prepared, ordered[wanted])
        paperwork.order(ordered[wanted], f"sqlite:///{ordered[wanted] / 'app.sqlite3'}", wanted)

    def renew(folder: Path, wanted: Paperwork) -> tuple[Path, str]:
        instance = folder / "instance"
        shutil.copytree(ordered[wanted], instance)
        return instance, f"sqlite:///{instance / 'app.sqlite3'}"

    return renew


@pytest.fixture(scope="module")
def postgres_stage() -> Iterator[Stage]:
    """One database, emptied and prepared anew for every stage."""
    with fresh_postgres() as url:
        engine = create_engine(url)
        Base.metadata.create_all(engine)

        def renew(folder: Path, wanted: Paperwork) -> tuple[Path, str]:
            with engine.begin() as connection:
                empty_tables(connection)
            instance = folder / "instance"
            instance.mkdir(parents=True)
            rehearsal.prepare(instance, url)
            paperwork.order(instance, url, wanted)
            return instance, url

        yield renew
        engine.dispose()


@pytest.mark.parametrize("wanted", Paperwork)
def test_a_death_at_every_named_place_shows_nothing_half_made_and_leaves_nothing_behind(
    wanted: Paperwork, sqlite_stage: Stage, tmp_path: Path
) -> None:
    instance, url = sqlite_stage(tmp_path, wanted)
    points = (*POINTS[wanted], *([DOUBLING] if wanted is Paperwork.DIGEST else []))
    # Whoever takes over from the dead dies at the next place.
    for point in points:
        code = rehearsal.perform(instance, url, f"{point}:1=kill", paperwork.work)
        assert (instance / "failpoints" / f"{point}.1").exists(), f"nothing passed {point}"
        assert code == -signal.SIGKILL
        assert paperwork.check_seen(instance, url) == [], point
    go_on(instance, url, wanted, most_mails=1 + (DOUBLING in points))


@pytest.mark.faults_long
@pytest.mark.parametrize("wanted", Paperwork)
@pytest.mark.parametrize("database", [Database.SQLITE, pytest.param(Database.POSTGRESQL, marks=pytest.mark.postgres)])
def test_deaths_at_random_moments_show_nothing_half_made_and_leave_nothing_behind(
    database: Database,
    wanted: Paperwork,
    tmp_path: Path,
    kills: int,
    seed: int,
    request: pytest.FixtureRequest,
) -> None:
    stage: Stage = request.getfixturevalue(f"{'sqlite' if database is Database.SQLITE else 'postgres'}_stage")
    instance, url = stage(tmp_path / "undisturbed", wanted)
    go_on(instance, url, wanted, most_mails=1)
    length = float((instance / rehearsal.TOOK).read_text())
    rng, done, tries = random.Random(f"{seed} {wanted}"), 0, 0
    while done < kills:
        tries += 1
        instance, url = stage(tmp_path / str(tries), wanted)
        moment = rng.uniform(0, length)
        code = rehearsal.perform(instance, url, play=paperwork.work, killed_after=moment)
        assert code in (0, -signal.SIGKILL), (instance / "error").read_text()
        done += code != 0
        assert paperwork.check_seen(instance, url) == [], f"--seed {seed}, killed at {moment}"
        go_on(instance, url, wanted, most_mails=2 if code else 1, told=f"--seed {seed}, killed at {moment}")
        shutil.rmtree(tmp_path / str(tries))


def go_on(instance: Path, url: str, wanted: Paperwork, *, most_mails: int, told: str = "") -> None:
    """Have the work ended, and compare."""
    assert rehearsal.perform(instance, url, play=paperwork.work) == 0, (instance / "error").read_text()
    assert paperwork.check_seen(instance, url) == [], told
    assert paperwork.outcome(instance, url) == LEFT[wanted], told
    assert (wanted is Paperwork.DIGEST) <= paperwork.mails_sent(instance, url) <= most_mails, told
