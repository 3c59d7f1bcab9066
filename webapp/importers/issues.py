"""Collect what was odd about a file, without values and without end."""

from __future__ import annotations

from typing import Final

from webapp.domain.sections import Section
from webapp.importers.records import Issue, Remark

MAX_ISSUES: Final = 100
MAX_REMARKS: Final = 100


class IssueLog:
    """Hold the first issues and remarks of a file; the counts stand in the section summaries."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []
        self.remarks: list[Remark] = []

    def add(self, code: str, section: Section | None, file: str, position: int) -> None:
        """Note a row that was not kept."""
        if len(self.issues) < MAX_ISSUES:
            self.issues.append(Issue(code=code, section=section, file=file, position=position))

    def warn(self, code: str, **params: str | int) -> None:
        """Note something the person should see in the preview; the same remark only once."""
        remark = Remark(code=code, params=params)
        if len(self.remarks) < MAX_REMARKS and remark not in self.remarks:
            self.remarks.append(remark)
