"""What makes the pages an app that can be installed: its manifest, its service worker, and a page for no network.

All of it is the same for everybody and holds nothing of anybody; the pages themselves are never kept.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Final

from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import force_locale
from flask_babel import gettext as _

from webapp.domain.errors import ErrorCode, Invalid
from webapp.domain.query import refuse_unknown
from webapp.web.assets import static_url
from webapp.web.auth import public
from webapp.web.frame import DEFAULT_HUE
from webapp.web.i18n import DEFAULT_LANGUAGE, LANGUAGES

blueprint = Blueprint("installed_app", __name__)

# The accent and the ground of the light theme, as systems paint the window before the first page is there.
_THEME: Final = "#4a4fc4"
_GROUND: Final = "#f8f9fc"
_ICONS: Final = (
    ("app-192.png", "192x192", "any"),
    ("app-512.png", "512x512", "any"),
    ("app-maskable-512.png", "512x512", "maskable"),
)
_OFFLINE_FILES: Final = ("css/app.css", "css/frame.css", "css/parts.css", "css/public.css", "img/favicon.svg")
_OFFLINE_SCRIPTS: Final = ("js/sw-offline.js", "js/sw-push.js")


@blueprint.get("/manifest.webmanifest")
@public
def manifest() -> Response:
    """Return what systems show of the app before it runs, in the language asked for."""
    with force_locale(_language()):
        body = {
            "id": "/",
            "name": _("TikTok Analytics"),
            "short_name": _("Analytics"),
            "description": _("Your TikTok exports as figures, charts and lists, on your own machine."),
            "lang": _language(),
            "dir": "ltr",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "theme_color": _THEME,
            "background_color": _GROUND,
            "categories": ["business", "social"],
            "icons": [
                {"src": static_url(f"img/{name}"), "sizes": size, "type": "image/png", "purpose": purpose}
                for name, size, purpose in _ICONS
            ],
            "shortcuts": [
                {"name": _("Notifications"), "url": "/notifications"},
                {"name": _("Import an export"), "url": "/imports"},
                {"name": _("Planner"), "url": "/planner"},
            ],
        }
    return _checked_each_time(json.dumps(body, ensure_ascii=False), "application/manifest+json")


@blueprint.get("/sw.js")
@public
def service_worker() -> Response:
    """Return the script that runs beside the pages; its parts have addresses that change with them."""
    refuse_unknown(request.args, ())
    pages = {language: f"/offline?lang={language}" for language in LANGUAGES}
    files = [*(static_url(name) for name in _OFFLINE_FILES), f"/brand-{DEFAULT_HUE}.css"]
    texts = [_offline_page(language) for language in LANGUAGES]
    version = sha256("".join((*files, *texts)).encode()).hexdigest()[:10]
    known = {
        "cache": f"offline-{version}",
        "pages": pages,
        "language": DEFAULT_LANGUAGE,
        "files": files,
        "icon": static_url("img/app-192.png"),
        "badge": static_url("img/badge-96.png"),
    }
    scripts = ", ".join(json.dumps(static_url(name)) for name in _OFFLINE_SCRIPTS)
    return _checked_each_time(f"self.APP = {json.dumps(known)};\nimportScripts({scripts});\n", "text/javascript")


@blueprint.get("/offline")
@public
def offline() -> Response:
    """Return the page that is shown where the server cannot be reached."""
    return _checked_each_time(_offline_page(_language()), "text/html")


def _offline_page(language: str) -> str:
    with force_locale(language):
        return render_template("installed_app/offline.html", language=language, hue=DEFAULT_HUE)


def _language() -> str:
    """Return the language that the address names; English where it names none."""
    refuse_unknown(request.args, ("lang",))
    language = request.args.get("lang", DEFAULT_LANGUAGE)
    if language not in LANGUAGES:
        raise Invalid(ErrorCode.FIELD_INVALID, field="lang", value=language[:40])
    return language


def _checked_each_time(body: str, mimetype: str) -> Response:
    response = make_response(body)
    response.mimetype = mimetype
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response
