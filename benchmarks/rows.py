"""The table that both floors of a page render."""

from __future__ import annotations

ROW_TEMPLATE = (
    "<!doctype html><title>Followers</title><table>{% for row in rows %}"
    '<tr><td><a href="https://www.tiktok.com/@{{ row[0] }}">{{ row[0] }}</a></td><td>{{ row[1] }}</td></tr>'
    "{% endfor %}</table>"
)
