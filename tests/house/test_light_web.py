"""Numerical and image libraries stay out of the web process: it would start slower and be larger for nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.test_layers import ROOT, module_of, python_files

HEAVY = {"numpy", "scipy", "sklearn", "PIL"}


def test_nothing_that_the_web_process_loads_loads_a_heavy_library() -> None:
    files = {module_of(path): path for path in [*python_files(), ROOT / "wsgi.py"]}
    loaded, waiting, heavy = set[str](), [name for name in files if name.startswith(("wsgi", "webapp.web"))], {}
    while waiting:
        name = waiting.pop()
        if name in loaded:
            continue
        loaded.add(name)
        for imported in loaded_by(files[name]):
            if imported.split(".")[0] in HEAVY:
                heavy[name] = imported
            parts = imported.split(".")
            waiting += [part for end in range(1, len(parts) + 1) if (part := ".".join(parts[:end])) in files]
    assert heavy == {}
    # The walk sees what it is meant to see: the job's model is there and loads numpy, but nothing here loads it.
    assert "webapp.services.content" in loaded
    assert "webapp.analytics.content.model" in set(files) - loaded
    assert any(imported.startswith("numpy") for imported in loaded_by(files["webapp.analytics.content.model"]))


def loaded_by(path: Path) -> Iterator[str]:
    """Yield what a module imports when it is loaded, not what its functions import when they are called."""
    waiting: list[ast.AST] = [ast.parse(path.read_text())]
    while waiting:
        for node in ast.iter_child_nodes(waiting.pop()):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and not is_for_types(node):
                waiting.append(node)


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
