"""Make the OpenAPI 3.1 document of the routes, the descriptions beside them and the shapes.

It is written out here because what SpecTree would add to that, reading the query and answering refusals and pages
of its own, is done by ``FollowQuery`` and by the error handler of the whole application.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import msgspec
from flask import Flask
from werkzeug.routing import Rule

from webapp import __version__
from webapp.domain.text import N_
from webapp.extensions import settings
from webapp.web.api.operations import JSON, Operation, Parameter
from webapp.web.api.shape_texts import SHAPE_TEXTS
from webapp.web.api.shapes import Problem
from webapp.web.sessions import cookie_name

_REFS = "#/components/schemas/{name}"
_PROBLEM = "application/problem+json"
_ID_EXAMPLE = "7f0c2b9d4e6a81350c2d"
_ID_SCHEMA = {"type": "string", "pattern": "^[0-9a-f]{20}$"}
_DESCRIPTION = N_(
    "Times are ISO 8601 in UTC, days are YYYY-MM-DD. What is unknown is null, never zero. "
    "Scripts send an API key; a browser that is signed in may read."
)
# What any operation may answer: nobody known, too many calls, a part away for a moment.
_COMMON_ERRORS = (400, 401, 429, 503)
_MEANINGS: dict[int, str] = {
    200: N_("The answer"),
    202: N_("Taken in; the work goes on"),
    400: N_("The request is malformed, or a key stands in its address"),
    401: N_("No valid key and no session"),
    403: N_("The key or the role does not allow this"),
    404: N_("There is no such thing in this team"),
    409: N_("The state it is in does not allow this"),
    413: N_("The body is too large"),
    415: N_("The body has the wrong type"),
    422: N_("A value was refused; “field” names it"),
    429: N_("Too many calls; Retry-After says when to come back"),
    503: N_("Busy for a moment; Retry-After says when to come back"),
    507: N_("The disk is nearly full"),
}


def operations(app: Flask) -> Iterator[tuple[str, str, Operation]]:
    """Yield path, method in lower case, and description of every route of the API."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.endpoint.startswith("api."):
            view: Any = app.view_functions[rule.endpoint]
            operation: Operation = view.operation
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield _path(rule), method.lower(), operation


def build_document(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI document, made of plain values."""
    found = list(operations(app))
    shapes = {shape for _, _, one in found for shape in (one.answer, one.body, one.form) if shape} | {Problem}
    _, schemas = msgspec.json.schema_components(sorted(shapes, key=lambda shape: shape.__name__), ref_template=_REFS)
    paths: dict[str, dict[str, Any]] = {}
    for path, method, one in found:
        paths.setdefault(path, {})[method] = _operation(path, method, one)
    return {
        "openapi": "3.1.0",
        "info": {"title": "TikTok Analytics", "version": __version__, "description": _DESCRIPTION},
        "servers": [{"url": settings().base_url}],
        "paths": paths,
        "components": {
            "schemas": {name: {**schemas[name], "description": SHAPE_TEXTS[name]} for name in sorted(schemas)},
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": cookie_name(settings())},
            },
        },
    }


def _path(rule: Rule) -> str:
    return re.sub(r"<(?:\w+:)?(?:public_)?(\w+)>", r"{\1}", rule.rule)


def _operation(path: str, method: str, one: Operation) -> dict[str, Any]:
    is_reading = method == "get"
    document: dict[str, Any] = {
        "operationId": _operation_id(path, method),
        "summary": one.summary,
        "tags": [one.tag],
        "security": [{"key": []}, {"session": []}] if is_reading else [{"key": []}],
        "parameters": [*_path_parameters(path), *(_parameter(each) for each in one.parameters)],
        "responses": _responses(one),
        "x-codeSamples": [{"lang": "Shell", "source": _sample(path, method, one)}],
    }
    if one.body is not None:
        document["requestBody"] = {"required": False, "content": {JSON: {"schema": _ref(one.body)}}}
    if one.form is not None:
        document["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": _ref(one.form)}}}
    return document


def _operation_id(path: str, method: str) -> str:
    return "_".join([method, *re.findall(r"[a-z]+", path.removeprefix("/api"))])


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "description": N_("Public id."), "schema": _ID_SCHEMA}
        for name in re.findall(r"{(\w+)}", path)
    ]


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": "query",
        "required": False,
        "description": parameter.description,
        "schema": parameter.schema,
    }


def _responses(one: Operation) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": _MEANINGS[one.status]}
    media: dict[str, Any] = {"schema": _ref(one.answer) if one.answer else {"type": "object"}}
    if one.media_type != JSON:
        media = {"schema": {"type": "string"}}
    if one.example is not None:
        media["example"] = msgspec.to_builtins(one.example)
    answer["content"] = {one.media_type: media}
    if one.has_location:
        answer["headers"] = {"Location": {"schema": {"type": "string", "format": "uri"}}}
    responses = {str(one.status): answer}
    for status in sorted({*one.errors, *_COMMON_ERRORS}):
        content = {_PROBLEM: {"schema": _ref(Problem)}}
        responses[str(status)] = {"description": _MEANINGS[HTTPStatus(status)], "content": content}
    return responses


def _ref(shape: type[msgspec.Struct]) -> dict[str, str]:
    return {"$ref": _REFS.format(name=shape.__name__)}


def _sample(path: str, method: str, one: Operation) -> str:
    """Return a command that can be pasted once the key is in the variable KEY."""
    target = settings().base_url + path.replace("{id}", _ID_EXAMPLE)
    parts = ["curl"]
    if method != "get":
        parts.append(f"-X {method.upper()}")
    parts.append('-H "Authorization: Bearer $KEY"')
    if one.body is not None:
        parts.append(f"-H 'Content-Type: {JSON}' -d '{one.sample}'")
    elif one.form is not None:
        parts.append(f"-F {one.sample}")
    else:
        target += one.sample
    return " ".join([*parts, f"'{target}'"])
