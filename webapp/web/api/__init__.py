"""The JSON API: the same questions and services as the pages, for scripts."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register every operation of the API."""
    # Imported for their routes, which they put on the blueprint.
    from webapp.web.api import (  # noqa: F401
        account_comparison,
        accounts,
        anomalies,
        audience,
        changes,
        documents,
        experiments,
        exports,
        follows,
        forecasts,
        goals,
        growth,
        imports,
        notifications,
        planner,
        post_statistics,
        post_stats,
        posts,
        recommendations,
        rising,
        studio,
        trends,
    )
    from webapp.web.api.routing import blueprint

    app.register_blueprint(blueprint)
