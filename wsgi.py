"""The application for web servers and for `flask --app wsgi`."""

from __future__ import annotations

import gc

import config
from webapp import create_app, watch

_settings = config.load()
watch(_settings)
app = create_app(_settings)
# What lives as long as the process is left out of every later collection, which large results cause many of.
gc.collect()
gc.freeze()
