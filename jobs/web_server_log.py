"""The web server's own log lines in our form, without what a stranger sent."""

from __future__ import annotations

import sys
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger

import config
from webapp import logs


class WebServerLog(Logger):
    """Gunicorn's logger, writing where everything else is written; requests are logged by the app alone."""

    def setup(self, cfg: Config) -> None:
        """Take the place of gunicorn's own handlers and formats."""
        self.cfg = cfg
        self._access_log_enabled = False
        logs.configure(config.load())
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.propagate = True

    def warning(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Log a warning; of a request that could not be read only what was wrong with it."""
        error = sys.exc_info()[1]
        if str(msg).startswith("Invalid request from") and error is not None:
            msg, args = "A request could not be read: %s", (type(error).__name__,)
        super().warning(msg, *args, **kwargs)

    def exception(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Log a fault, without the address that was asked for."""
        if str(msg).startswith("Error handling request"):
            msg, args = "A request could not be answered.", ()
        super().exception(msg, *args, **kwargs)
