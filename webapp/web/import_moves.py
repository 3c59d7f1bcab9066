"""What giving an export another time or taking an import back would do, said before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.domain.errors import Conflict, ErrorCode
from webapp.domain.formatting import format_count
from webapp.models import Export
from webapp.web.i18n import day_of_second, locale, moment
from webapp.web.import_page import ImportPage


def stored_export(page: ImportPage) -> Export:
    """Return what the import stored; raise ``Conflict`` when nothing of it stands, or a job is at it."""
    if page.export is None:
        raise Conflict(ErrorCode.IMPORT_ADDED_NOTHING)
    if page.is_working:
        raise Conflict(ErrorCode.IMPORT_NOT_READY)
    return page.export


class MovePage:
    """An export's time, the one it is to have, and what that changes; without a new time only the form."""

    def __init__(self, page: ImportPage, wanted: int | None) -> None:
        self.run = page.run
        self.timezone = page.timezone
        self.certainty = page.certainty
        self._export = stored_export(page)
        self._exports = page.exports
        self.is_studio = page.is_studio
        self.wanted = wanted
        self.wanted_local = (
            page.exported_at_local
            if wanted is None
            else datetime.fromtimestamp(wanted, ZoneInfo(self.timezone)).strftime("%Y-%m-%dT%H:%M")
        )

    @property
    def facts(self) -> list[dict[str, str | None]]:
        """Return the two times, each with its place among the exports."""
        times = ((_("Now"), self._export.exported_at), (_("Afterwards"), self.wanted))
        return [
            {"label": label, "value": moment(at, self.timezone), "note": self._place(at)}
            for label, at in times
            if at is not None
        ]

    @property
    def keeps_order(self) -> bool:
        """Return whether the export stays between the same neighbours."""
        return self.wanted is not None and self._place(self.wanted) == self._place(self._export.exported_at)

    def _place(self, at: int) -> str | None:
        # A download stands in no order with lists.
        return None if self.is_studio else place_in_time(self._exports, at, self._export.id, self.timezone)


class UndoPage:
    """An import that is to be taken back, and what goes with it."""

    def __init__(self, page: ImportPage) -> None:
        self.run = page.run
        self.timezone = page.timezone
        self._export = stored_export(page)
        self._exports = page.exports
        self._snapshot = page.snapshot
        self._is_studio = page.is_studio

    @cached_property
    def _older(self) -> list[Export]:
        place = next(place for place, each in enumerate(self._exports) if each.id == self._export.id)
        return list(self._exports[:place])

    @property
    def _is_newest(self) -> bool:
        return len(self._older) == len(self._exports) - 1

    @cached_property
    def consequences(self) -> list[str]:
        """Return what happens, in sentences."""
        day = day_of_second(self._export.exported_at, self.timezone)
        if self._is_studio:
            return [
                str(_("The download of %(day)s is taken out, as if it had never been imported.", day=day)),
                str(_("Days and videos that another download states too show the figures of that one.")),
                str(_("What you said of videos stays. Your lists and posts stay as they are.")),
                str(_("Your file was not kept: to have it again, upload it again.")),
            ]
        said = [str(_("The export of %(day)s is taken out, as if it had never been imported.", day=day))]
        if len(self._exports) == 1:
            said.append(self._everything())
        elif self._is_newest:
            said += self._back_to(self._older[-1])
        elif not self._older:
            text = _("The lists of today stay as they are. What is known then begins with the export of %(day)s.")
            said.append(str(text) % {"day": day_of_second(self._exports[1].exported_at, self.timezone)})
        else:
            days = {
                "first": day_of_second(self._older[-1].exported_at, self.timezone),
                "last": day_of_second(self._exports[len(self._older) + 1].exported_at, self.timezone),
            }
            text = _(
                "The lists of today stay as they are. Who came and who left between %(first)s and %(last)s is then "
                "known for this whole time only, not for its two halves."
            )
            said.append(str(text) % days)
        said.append(str(_("What you noted and marked of people stays. Posts that only this import knows disappear.")))
        said.append(str(_("Your file was not kept: to have it again, upload it again.")))
        return said

    def _everything(self) -> str:
        followers = self._snapshot.followers if self._snapshot else None
        if followers is None:
            return str(
                _("It is the only one of this account: everything that came with it disappears. The account stays.")
            )
        return str(
            ngettext(
                "It is the only one of this account: %(count)s follower and everything else that came with it "
                "disappear again. The account stays.",
                "It is the only one of this account: %(count)s followers and everything else that came with it "
                "disappear again. The account stays.",
                followers,
                count=format_count(followers, locale()),
            )
        )

    def _back_to(self, older: Export) -> list[str]:
        """Return what going back to the lists of the export before means."""
        day = day_of_second(older.exported_at, self.timezone)
        said = [str(_("The lists go back to those of %(day)s.", day=day))]
        counts = self._snapshot
        if counts is not None and counts.followers_gained is not None and counts.followers_lost is not None:
            text = _(
                "%(new)s followers who were new with it disappear again, and %(gone)s who no longer followed you with "
                "it are back.",
                new=format_count(counts.followers_gained, locale()),
                gone=format_count(counts.followers_lost, locale()),
            )
            said.append(str(text))
        return said


def place_in_time(exports: Sequence[Export], at: int, export_id: int, timezone: str) -> str:
    """Return in words where an export of that time stands among the others."""
    others = [export for export in exports if export.id != export_id]
    before = [export.exported_at for export in others if export.exported_at <= at]
    after = [export.exported_at for export in others if export.exported_at > at]
    if before and after:
        days = {"first": day_of_second(before[-1], timezone), "last": day_of_second(after[0], timezone)}
        return str(_("between the exports of %(first)s and %(last)s", **days))
    if before:
        return str(_("after the export of %(day)s, as the newest one", day=day_of_second(before[-1], timezone)))
    if after:
        return str(_("before the export of %(day)s, as the oldest one", day=day_of_second(after[0], timezone)))
    return str(_("as the only export of this account"))
