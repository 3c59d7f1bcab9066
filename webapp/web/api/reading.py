"""Prepare the OpenAPI document for the page that people read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter or a member of a shape; ``shape`` names the shape it holds, if any."""

    name: str
    kind: str
    description: str
    is_required: bool
    shape: str | None


@dataclass(frozen=True, slots=True)
class ReadableAnswer:
    """One status that an operation answers with."""

    status: str
    meaning: str
    shape: str | None


@dataclass(frozen=True, slots=True)
class ReadableOperation:
    """One method of one path."""

    anchor: str
    method: str
    path: str
    summary: str
    parameters: tuple[Field, ...]
    body: str | None
    body_type: str | None
    answers: tuple[ReadableAnswer, ...]
    sample: str
    example: str | None


@dataclass(frozen=True, slots=True)
class ReadableShape:
    """A shape with its members."""

    name: str
    description: str
    fields: tuple[Field, ...]
    values: tuple[str, ...]


def read_operations(document: dict[str, Any]) -> dict[str, list[ReadableOperation]]:
    """Return the operations of the document by their tag."""
    groups: dict[str, list[ReadableOperation]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(_operation(path, method, operation))
    return groups


def read_shapes(document: dict[str, Any]) -> list[ReadableShape]:
    """Return the shapes of the document by name."""
    return [
        ReadableShape(
            name,
            schema.get("description", ""),
            tuple(
                _field(each, member, each in schema.get("required", ()))
                for each, member in schema.get("properties", {}).items()
            ),
            tuple(str(value) for value in schema.get("enum", ())),
        )
        for name, schema in document["components"]["schemas"].items()
    ]


def _operation(path: str, method: str, operation: dict[str, Any]) -> ReadableOperation:
    body_type, body = None, None
    for body_type, media in operation.get("requestBody", {"content": {}})["content"].items():  # noqa: B007
        body = _shape_of(media["schema"])
    example = next(
        (
            media["example"]
            for answer in operation["responses"].values()
            for media in answer["content"].values()
            if "example" in media
        ),
        None,
    )
    return ReadableOperation(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        parameters=tuple(
            _field(each["name"], {"description": each["description"], **each["schema"]}, each["required"])
            for each in operation["parameters"]
        ),
        body=body,
        body_type=body_type,
        answers=tuple(_answer(status, answer) for status, answer in operation["responses"].items()),
        sample=operation["x-codeSamples"][0]["source"],
        example=None if example is None else json.dumps(example, ensure_ascii=False, indent=2, default=str),
    )


def _answer(status: str, answer: dict[str, Any]) -> ReadableAnswer:
    schema = next(iter(answer["content"].values()))["schema"]
    return ReadableAnswer(status, answer["description"], _shape_of(schema))


def _field(name: str, schema: dict[str, Any], is_required: bool) -> Field:
    return Field(name, _kind(schema), schema.get("description", ""), is_required, _shape_of(schema))


def _kind(schema: dict[str, Any]) -> str:
    """Return a schema in a few words, the same in every language."""
    if "anyOf" in schema:
        return " | ".join(_kind(each) for each in schema["anyOf"])
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    kind = str(schema.get("type", "any"))
    if kind == "array":
        return f"[{_kind(schema['items'])}]"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"{{string: {_kind(schema['additionalProperties'])}}}"
    low, high = schema.get("minimum"), schema.get("maximum")
    notes = [schema[note] for note in ("format", "contentMediaType") if note in schema]
    notes += [f"{low}–{high}"] if low is not None and high is not None else []
    notes += [f"= {json.dumps(schema['default'])}"] if "default" in schema else []
    return " ".join([kind, *notes])


def _shape_of(schema: dict[str, Any]) -> str | None:
    """Return the name of the first shape that a schema leads to."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    inner = [*schema.get("anyOf", ()), schema.get("items"), schema.get("additionalProperties")]
    return next((name for each in inner if isinstance(each, dict) and (name := _shape_of(each))), None)
