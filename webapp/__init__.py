"""TikTok Analytics: the web application."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from config import Settings

__version__ = "0.1.0"


def watch(settings: Settings) -> None:
    """Have this process write its logs, count its figures and report its faults as the settings say; once a process."""
    from webapp import error_reports, logs, metrics

    logs.configure(settings)
    metrics.start(settings)
    error_reports.start(settings)


def create_app(settings: Settings) -> Flask:
    """Wire the parts into an application; nothing happens here but wiring."""
    # Imported here so that the parser process, which needs only webapp.importers, stays small.
    from flask import Flask

    from config import ROOT
    from webapp import extensions, web
    from webapp.domain import failpoints

    failpoints.arm(settings.failpoint, settings.instance_path / "failpoints")
    app = Flask(
        __name__,
        root_path=str(ROOT),
        template_folder="templates",
        static_folder="static",
        instance_path=str(settings.instance_path),
    )
    extensions.init_app(app, settings)
    web.init_app(app, settings)
    return app
