"""The application for web servers and for `flask --app wsgi`."""

from __future__ import annotations

import config
from webapp import create_app

app = create_app(config.load())
