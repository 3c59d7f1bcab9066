"""What is the same in every application of the tests, and is therefore worked out once a run."""

from __future__ import annotations

from types import MethodType
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Dialect, event
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from webapp.extensions import db
from webapp.models import Base

_STATEMENTS = 2_000
_COMPILED = ("_parts", "_trace", "_converters", "arguments", "_build", "_build_unknown")


class CompiledTemplates(BytecodeCache):
    """Templates: every test has an application of its own, all with the same templates."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key, bucket.checksum] = bucket.code


class CompiledStatements(LRUCache[Any, Any]):
    """Statements as SQL: dialects of one class are made with the same options throughout the tests."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_of_any_engine(key), default)

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(_of_any_engine(key))

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(_of_any_engine(key), value)


def _of_any_engine(key: Any) -> Any:
    if isinstance(key, tuple) and key and isinstance(key[0], Dialect):
        return type(key[0]), *key[1:]
    return key


_templates = CompiledTemplates()
_statements = CompiledStatements(_STATEMENTS)


def reuse(app: Flask) -> None:
    """Let an application share what others of this run have worked out, and its database wait for no disk.

    Processes of these tests are never cut off from their power, so what SQLite has written needs not be on the disk.
    Those that kill processes run the app in processes of its own, which know nothing of this.
    """
    app.jinja_env.bytecode_cache = _templates
    with app.app_context():
        engine = db.engine
        engine.update_execution_options(compiled_cache=_statements)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _wait_for_no_disk)


def _wait_for_no_disk(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")


def reuse_routes() -> None:
    """Let rules that are the same share what they match and the functions that build addresses of them."""
    compile_rule = Rule.compile
    made: dict[tuple[object, ...], dict[str, Any]] = {}

    def share_or_compile(rule: Rule) -> None:
        # Everything that the result is made of.
        written = (
            rule.rule,
            rule.subdomain,
            rule.host,
            rule.merge_slashes,
            repr(sorted((rule.defaults or {}).items())),
        )
        key = (*written, rule.map.host_matching, tuple(rule.map.converters.items()))
        if key not in made:
            compile_rule(rule)
            made[key] = {name: getattr(rule, name) for name in _COMPILED}
            return
        for name, value in made[key].items():
            bound = value.__func__.__get__(rule, None) if isinstance(value, MethodType) else value
            setattr(rule, name, bound.copy() if isinstance(bound, set) else bound)

    Rule.compile = share_or_compile  # type: ignore[assignment,method-assign]


def reuse_inserts() -> None:
    """Let mappers, which keep the statements that write their rows, keep one of each for all applications."""
    for mapper in Base.registry.mappers:
        mapper._compiled_cache = CompiledStatements(mapper._compiled_cache_size)
