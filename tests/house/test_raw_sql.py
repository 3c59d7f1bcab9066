"""SQL is written by SQLAlchemy, which quotes; where a text of ours is run instead stands here with its reason."""

from __future__ import annotations

import ast
from pathlib import Path

WEBAPP = Path(__file__).parents[2] / "webapp"
# None of them takes a value from outside into its text.
ALLOWED = {
    "extensions.py": "how SQLite connections are set up and begin",
    "models/audit_guard.py": "triggers, which SQLAlchemy has no words for",
    "services/audit_verify.py": "which triggers there are, asked of the database's own catalogue",
    "services/bulk.py": "one statement for thousands of rows, made from a mapping, its values as parameters",
    "services/erasure.py": "PRAGMAs around a checkpoint",
    "services/readiness.py": "whether the database answers, and its version",
}
_RUNS_TEXT = {"exec_driver_sql", "execute", "scalar", "scalars"}
_MAKES_TEXT = {"text", "DDL"}


def _name(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def runs_text(tree: ast.AST) -> bool:
    """Return whether a module runs SQL that it has as a text; conditions of indexes are only declared."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = _name(call)
        if name in ("exec_driver_sql", "DDL"):
            return True
        first = call.args[0] if call.args else None
        is_text = isinstance(first, ast.Constant | ast.JoinedStr) or (
            isinstance(first, ast.Call) and _name(first) in _MAKES_TEXT
        )
        if name in _RUNS_TEXT and is_text:
            return True
    return False


def test_texts_of_sql_are_run_where_the_table_says() -> None:
    """SECURITY 34, 56: parameters only, and raw SQL in few places."""
    found = {
        str(path.relative_to(WEBAPP))
        for path in WEBAPP.rglob("*.py")
        if "migrations" not in path.parts and runs_text(ast.parse(path.read_text()))
    }
    assert found == ALLOWED.keys()


def test_the_search_finds_every_way() -> None:
    for source in (
        "c.execute('SELECT 1')",
        "c.execute(f'SELECT {x}')",
        "s.scalars(text(q))",
        "c.exec_driver_sql(q)",
        "DDL('CREATE')",
    ):
        assert runs_text(ast.parse(source)), source
    for source in ("s.execute(select(User))", "Index('a', sqlite_where=text('x = 1'))", "text('x')"):
        assert not runs_text(ast.parse(source)), source
