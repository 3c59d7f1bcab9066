"""The security headers of every response, errors and files included."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask, Response, request

from webapp.web.assets import csp_sources
from webapp.web.secret_addresses import has_secret_address

if TYPE_CHECKING:
    from config import Settings

_MEDIA = "media.show"
_PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"


def content_security_policy(settings: Settings) -> str:
    """Return the policy: ourselves, and the exact addresses of the pinned CDN files."""
    scripts = " ".join(["'self'", *csp_sources(settings.assets)])
    images = " ".join(["'self'", "data:", *_media_sources(settings)])
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {scripts}",
            "style-src 'self'",
            f"img-src {images}",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "object-src 'none'",
            "frame-ancestors 'none'",
        ]
    )


def _media_sources(settings: Settings) -> list[str]:
    """Return the host of the covers where it is another one."""
    if settings.media_base_url is None:
        return []
    parts = urlsplit(settings.media_base_url)
    return [f"{parts.scheme}://{parts.netloc}"]


def init_app(app: Flask, settings: Settings) -> None:
    """Add the headers to every response."""
    # A CDN passes them on under its own name, from where the pages load them.
    media_policy = "same-origin" if settings.media_base_url is None else "cross-origin"
    policy = content_security_policy(settings)

    @app.after_request
    def protect(response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"] = policy
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "no-referrer" if has_secret_address() else "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = media_policy if request.endpoint == _MEDIA else "same-origin"
        headers["Permissions-Policy"] = _PERMISSIONS
        if settings.https:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        is_image = request.endpoint == _MEDIA and response.status_code < 400
        if request.endpoint != "static" and not is_image:
            headers.setdefault("Cache-Control", "no-store")
            response.vary.update(("Cookie", "HX-Request"))
        return response
