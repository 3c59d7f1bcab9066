"""Pages, fragments, the API and the commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

if TYPE_CHECKING:
    from config import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Register every part of the web layer."""
    from webapp.web import (
        about,
        account_transfer,
        accounts,
        addresses,
        analysis,
        anomalies,
        api,
        appearance,
        assets,
        audience,
        audit,
        auth,
        cards,
        changes,
        cli,
        comparison,
        cover_page,
        csrf,
        dashboard,
        data_exports,
        day_notes,
        digest_doors,
        digests,
        errors,
        experiments,
        figures,
        frame,
        goals,
        guide,
        headers,
        health,
        htmx,
        i18n,
        imports,
        installed_app,
        invitations,
        jobs,
        keys,
        masked_mode,
        masking,
        media,
        notice_rules,
        notification_badge,
        notification_choices,
        notification_doors,
        notifications,
        outbox,
        passwords,
        people,
        person_cards,
        planner_feeds,
        privacy,
        push_devices,
        reminders,
        reports,
        requests,
        second_factor,
        security,
        sessions,
        styleguide,
        sudo,
        team,
        teams,
    )
    from webapp.web.account_comparison import views as account_comparison
    from webapp.web.content import views as content
    from webapp.web.forecasts import views as forecasts
    from webapp.web.ideas import views as ideas
    from webapp.web.insights import views as insights
    from webapp.web.planner import views as planner
    from webapp.web.post_page import views as post_page
    from webapp.web.posts import views as posts
    from webapp.web.shared import views as shared
    from webapp.web.shares import views as shares
    from webapp.web.studio import views as studio
    from webapp.web.trends import views as trends

    requests.init_app(app, settings)
    sessions.init_app(app, settings)
    i18n.init_app(app)
    errors.init_app(app)
    headers.init_app(app, settings)
    htmx.init_app(app)
    assets.register_assets(app, settings)
    auth.init_app(app)
    csrf.init_app(app)
    frame.init_app(app)
    person_cards.init_app(app)
    masking.init_app(app)
    for part in (
        about,
        account_comparison,
        account_transfer,
        accounts,
        addresses,
        analysis,
        anomalies,
        appearance,
        audience,
        audit,
        auth,
        cards,
        changes,
        comparison,
        cover_page,
        dashboard,
        data_exports,
        day_notes,
        digest_doors,
        digests,
        experiments,
        figures,
        forecasts,
        goals,
        guide,
        health,
        ideas,
        imports,
        insights,
        installed_app,
        invitations,
        jobs,
        keys,
        masked_mode,
        media,
        notice_rules,
        notification_badge,
        notification_choices,
        notification_doors,
        notifications,
        outbox,
        passwords,
        people,
        planner,
        planner_feeds,
        post_page,
        posts,
        privacy,
        push_devices,
        reminders,
        reports,
        second_factor,
        security,
        shared,
        shares,
        studio,
        sudo,
        team,
        teams,
        trends,
    ):
        app.register_blueprint(part.blueprint)
    for blueprint in content.BLUEPRINTS:
        app.register_blueprint(blueprint)
    if settings.app_env != "production":
        app.register_blueprint(styleguide.blueprint)
    api.init_app(app)
    cli.init_app(app)
