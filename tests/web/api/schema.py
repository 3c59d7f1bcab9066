"""Check a value against the part of JSON Schema that the document uses."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
}


def faults(value: Any, schema: dict[str, Any], document: dict[str, Any], at: str = "$") -> list[str]:
    """Return where and how the value differs from its schema."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    if "anyOf" in schema:
        tries = [faults(value, each, document, at) for each in schema["anyOf"]]
        return [] if [] in tries else [f"{at}: fits none: {tries}"]
    if "enum" in schema:
        return [] if value in schema["enum"] else [f"{at}: {value!r} is not one of {schema['enum']}"]
    kind = schema.get("type")
    if kind and (not isinstance(value, _TYPES[kind]) or (kind == "integer" and isinstance(value, bool))):
        return [f"{at}: {value!r} is no {kind}"]
    if isinstance(value, str):
        return _text_faults(value, schema, at)
    if isinstance(value, list):
        return [
            fault
            for number, each in enumerate(value)
            for fault in faults(each, schema.get("items", {}), document, f"{at}[{number}]")
        ]
    return _object_faults(value, schema, document, at) if isinstance(value, dict) else []


def _text_faults(value: str, schema: dict[str, Any], at: str) -> list[str]:
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return [f"{at}: {value!r} does not match"]
    if schema.get("format") == "date-time" and (not value.endswith("Z") or not datetime.fromisoformat(value)):
        return [f"{at}: {value!r} is no instant in UTC"]
    return []


def _object_faults(value: dict[str, Any], schema: dict[str, Any], document: dict[str, Any], at: str) -> list[str]:
    members = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    found = [f"{at}: {name} is missing" for name in schema.get("required", ()) if name not in value]
    for name, each in value.items():
        if name in members:
            found += faults(each, members[name], document, f"{at}.{name}")
        elif others is False:
            found.append(f"{at}: {name} is not in the schema")
        elif isinstance(others, dict):
            found += faults(each, others, document, f"{at}.{name}")
    return found
