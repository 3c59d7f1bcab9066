"""Applications with other settings beside the usual one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import make_settings
from tests.reuse import reuse
from webapp import create_app
from webapp.extensions import db

MakeApp = Callable[..., Flask]


@pytest.fixture
def make_app(app: Flask, database_url: str, tmp_path: Path) -> Iterator[MakeApp]:
    """Make an application on the test's database whose settings differ in the environment variables given."""
    made: list[Flask] = []

    def make(**changes: str) -> Flask:
        made.append(create_app(make_settings(tmp_path / f"instance{len(made)}", database_url, **changes)))
        reuse(made[-1])
        return made[-1]

    yield make
    for other in made:
        with other.app_context():
            db.engine.dispose()
