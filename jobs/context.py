"""The application as jobs see it: made once a process, before the first fork."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask

import config
from webapp import create_app


@lru_cache(maxsize=1)
def create_job_app() -> Flask:
    """Return the application of this process."""
    return create_app(config.load())
