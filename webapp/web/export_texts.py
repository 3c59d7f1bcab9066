"""What an export is called where one of several is chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from webapp.domain.formatting import format_day, format_instant
from webapp.domain.period import day_of, instant
from webapp.models import Export
from webapp.web.i18n import locale


def export_texts(exports: Iterable[Export], timezone: str) -> dict[str, str]:
    """Return the day of each export by its public id, with the time where another one is of the same day."""
    days = {export.public_id: format_day(day_of(export.exported_at, timezone), locale()) for export in exports}
    shared = Counter(days.values())
    return {
        export.public_id: days[export.public_id]
        if shared[days[export.public_id]] == 1
        else format_instant(instant(export.exported_at, timezone), locale())
        for export in exports
    }
