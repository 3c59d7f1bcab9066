"""The long form of the fault tests, chosen by ``--kills``, and the table at its end."""

from __future__ import annotations

import random

import pytest

from tests.faults.campaign import Figures
from tests.faults.stack import Pace

FIGURES = pytest.StashKey[list[Figures]]()
SHORT_KILLS = 3


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    """How many random kills a test does."""
    return int(request.config.getoption("--kills") or SHORT_KILLS)


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """The seed of everything random; printed when a test fails, given again by ``--seed``."""
    given = request.config.getoption("--seed")
    return random.SystemRandom().randrange(1_000_000) if given is None else int(given)


@pytest.fixture
def pace(request: pytest.FixtureRequest) -> Pace:
    """How quickly the app notices a death: as in most tests, or as in production."""
    return Pace(request.config.getoption("--pace"))


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> list[Figures]:
    """The lines of the table that is printed at the end."""
    return request.config.stash.setdefault(FIGURES, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what the kills did."""
    found = config.stash.get(FIGURES, [])
    if found:
        terminalreporter.section("kills")
    for each in found:
        terminalreporter.write_line(each.line())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes many minutes, unless a number of kills is asked for."""
    if config.getoption("--kills") is not None:
        return
    long = [item for item in items if item.get_closest_marker("faults_long")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]
