"""Layers are a line: a module imports strictly lower layers or its own package."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

LEVELS = {
    "webapp.domain": 0,
    "webapp.importers": 1,
    "webapp.models": 1,
    "webapp.analytics": 2,
    "webapp.renderers": 3,
    "webapp.integrations": 3,
    "webapp.services": 4,
    "webapp.web": 5,
    "jobs": 5,
}
# Wiring: bound to the application at its start, and used from the reads upward.
WIRING = {
    "webapp.extensions": 2,
    "webapp.queue": 2,
    "webapp.logs": 2,
    "webapp.metrics": 2,
    "webapp.error_reports": 2,
    "config": 1,
    "webapp": 5,
}
FLASK_ALLOWED = {
    "webapp/__init__.py",
    "webapp/extensions.py",
    "webapp/renderers/html.py",
    "jobs/context.py",
    "wsgi.py",
    "webapp/migrations/env.py",
}
FLASK_FAMILY = (
    "flask",
    "flask_login",
    "flask_babel",
    "flask_wtf",
    "flask_limiter",
    "htmx_flask",
    "werkzeug",
    "wtforms",
)
DOMAIN_MAY_USE = {"babel", "pyotp"}


def python_files() -> list[Path]:
    return sorted(
        path
        for folder in ("webapp", "jobs")
        for path in (ROOT / folder).rglob("*.py")
        if "migrations/versions" not in path.as_posix()
    )


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def layer_of(module: str) -> tuple[str, int] | None:
    for name, level in {**LEVELS, **{k: v for k, v in WIRING.items() if k != "webapp"}}.items():
        if module == name or module.startswith(name + "."):
            return name, level
    return None


def test_every_module_imports_only_lower_layers_or_its_own_package() -> None:
    wrong = []
    for path in python_files():
        own = layer_of(module_of(path))
        if own is None or own[0] in WIRING:
            continue
        for line, imported in imports_of(path):
            other = layer_of(imported)
            if other is None or other[0] == own[0]:
                continue
            if other[1] > own[1] or (other[1] == own[1] and other[0] not in WIRING):
                wrong.append(f"{path.relative_to(ROOT)}:{line} {own[0]} imports {imported}")
    assert not wrong, "\n".join(wrong)


def test_flask_is_known_only_at_the_edge() -> None:
    wrong = []
    for path in python_files():
        name = path.relative_to(ROOT).as_posix()
        if name.startswith("webapp/web/") or name in FLASK_ALLOWED:
            continue
        wrong += [
            f"{name}:{line} imports {imported}"
            for line, imported in imports_of(path)
            if imported.split(".")[0] in FLASK_FAMILY
        ]
    assert not wrong, "\n".join(wrong)


def test_the_domain_uses_the_standard_library_and_two_pure_libraries() -> None:
    import sys

    allowed = set(sys.stdlib_module_names) | DOMAIN_MAY_USE | {"webapp"}
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {imported}"
        for path in (ROOT / "webapp" / "domain").rglob("*.py")
        for line, imported in imports_of(path)
        if imported.split(".")[0] not in allowed
    ]
    assert not wrong, "\n".join(wrong)


def calls_of(path: Path, names: set[str]) -> Iterator[int]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node.lineno


def test_a_scope_is_made_in_one_place_only() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in python_files()
        if path.relative_to(ROOT).as_posix() != "webapp/services/access.py"
        for line in calls_of(path, {"Scope", "TeamScope"})
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_below_the_services_commits() -> None:
    wrong = []
    for path in python_files():
        name = path.relative_to(ROOT).as_posix()
        if name == "webapp/services/transaction.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit":
                owner = ast.unparse(node.func.value)
                if "session" in owner:
                    wrong.append(f"{name}:{node.lineno} {owner}.commit()")
    assert not wrong, "\n".join(wrong)


def test_the_environment_is_read_in_the_settings_alone() -> None:
    wrong = []
    for path in python_files():
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if ("os.environ" in line or "getenv(" in line) and not line.strip().startswith("#"):
                wrong.append(f"{path.relative_to(ROOT)}:{number}")
    assert not wrong, "\n".join(wrong)
