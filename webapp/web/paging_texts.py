"""Which rows of how many a page of a list shows."""

from __future__ import annotations

from flask_babel import gettext as _

from webapp.domain.formatting import format_count
from webapp.web.i18n import locale


def shown_text(start: int, rows: int, total: int | None) -> str:
    """Return the place of so many rows after the first ``start`` ones; ``total`` is ``None`` where nobody counted."""
    first, last = format_count(start + 1, locale()), format_count(start + rows, locale())
    if total is None:
        return f"{first}–{last}"
    return str(_("%(first)s–%(last)s of %(total)s", first=first, last=last, total=format_count(total, locale())))
