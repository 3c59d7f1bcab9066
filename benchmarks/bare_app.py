"""The floor of B10: bare Flask and a Jinja table of 100 rows. Served as ``benchmarks.bare_app:app``."""

from __future__ import annotations

from flask import Flask, render_template_string

from benchmarks.rows import ROW_TEMPLATE

app = Flask(__name__)
_ROWS = [(f"somebody.with.a.name{number}", "12 Jan 2026") for number in range(100)]


@app.get("/healthz")
def live() -> str:
    """Answer that the process is alive."""
    return "ok"


@app.get("/")
def table() -> str:
    """Show a table of 100 rows."""
    return render_template_string(ROW_TEMPLATE, rows=_ROWS)
