"""The OpenAPI document and the page that makes it readable."""

from __future__ import annotations

import msgspec
from flask import Response, current_app, make_response, render_template, request

from webapp.domain.query import refuse_unknown
from webapp.domain.text import N_
from webapp.web.api.open_api import build_document
from webapp.web.api.operations import Operation, describe
from webapp.web.api.reading import read_operations, read_shapes
from webapp.web.api.routing import blueprint, limited

_TAG = N_("This description")


@blueprint.get("/openapi.json")
@limited
@describe(Operation(N_("Get this description as an OpenAPI 3.1 document"), _TAG, None, errors=(422,)))
def openapi() -> Response:
    """Answer the document."""
    refuse_unknown(request.args, ())
    return Response(msgspec.json.encode(build_document(current_app)), mimetype="application/json")


@blueprint.get("/docs")
@describe(Operation(N_("Read this description as a page"), _TAG, None, media_type="text/html"))
def docs() -> Response:
    """Show the document as a page."""
    document = build_document(current_app)
    return make_response(
        render_template("api/docs.html", groups=read_operations(document), shapes=read_shapes(document))
    )
