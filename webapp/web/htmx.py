"""All handling of htmx headers: one view answers the page and its fragments."""

from __future__ import annotations

import json
from collections.abc import Mapping

from flask import Flask, Response, current_app, make_response, render_template
from htmx_flask import request
from jinja2 import StrictUndefined


def is_fragment_request() -> bool:
    """Return whether a part of the page is wanted; a history restore wants the whole one."""
    htmx = request.htmx
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render_page(template: str, fragments: tuple[str, ...] = (), *, status: int = 200, **context: object) -> Response:
    """Render the page, or the one block of it that the request targets.

    A block can be asked for when it is listed; its root element's id is the block's name.
    """
    target = request.headers.get("HX-Target", "")
    if is_fragment_request() and target in fragments:
        return make_response(render_block(template, target, context), status)
    return make_response(render_template(template, **context), status)


def render_block(name: str, block: str, context: Mapping[str, object]) -> str:
    """Render one block of a page's own template."""
    template = current_app.jinja_env.get_template(name)
    values = dict(context)
    current_app.update_template_context(values)
    return "".join(template.blocks[block](template.new_context(values))).strip()


def redirect_to(url: str) -> Response:
    """Send the browser to another page, whether htmx or a plain form asked."""
    if is_fragment_request():
        response = make_response("", 204)
        response.headers["HX-Redirect"] = url
        return response
    response = make_response("", 303)
    response.headers["Location"] = url
    return response


def say(text: str, kind: str = "success") -> Response:
    """Answer with one sentence above the page, which stays as it is; kind is that of ``ui.toast``."""
    response = make_response("", 204)
    response.headers["HX-Trigger"] = json.dumps({"toast": {"kind": kind, "text": text}})
    return response


def init_app(app: Flask) -> None:
    """Make missing names in templates an error instead of an empty text."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
