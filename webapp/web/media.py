"""The kept images of posts, for whoever has their address: a name that nobody can guess and that never changes."""

from __future__ import annotations

from flask import Blueprint, Response, send_from_directory

from webapp.domain.covers import MEDIA_TYPE, is_file_name
from webapp.domain.errors import ErrorCode, NotFound
from webapp.services.covers import media_path
from webapp.web.auth import public

blueprint = Blueprint("media", __name__)

_YEAR_SECONDS = 365 * 24 * 3600


@blueprint.get("/media/<name>")
@public
def show(name: str) -> Response:
    """Return an image; another one of the post has another name, so that any cache may keep it for good."""
    if not is_file_name(name) or not (media_path() / name).is_file():
        raise NotFound(ErrorCode.NOT_FOUND)
    response = send_from_directory(media_path(), name, mimetype=MEDIA_TYPE, max_age=_YEAR_SECONDS)
    response.cache_control.public = True
    response.cache_control.immutable = True
    response.cache_control.no_cache = None
    return response
