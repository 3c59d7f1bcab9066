"""A report on paper: cover, contents, sections, appendix; tagged for screen readers (PDF/UA-1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from webapp.domain.reports import Paper, Report, ReportHead
from webapp.domain.sections import PLATFORM_NAMES
from webapp.domain.shares import Watermark
from webapp.renderers.report_blocks import make_sections
from webapp.renderers.report_texts import ReportTexts
from webapp.renderers.typesetting import breakable, set_pdf
from webapp.renderers.watermark import watermark_text

_PAPERS: Final = {Paper.A4: "a4", Paper.LETTER: "us-letter"}
_REGIONS: Final = {"en": "us", "fr": "fr"}
_NO_IMAGES: Final[Mapping[str, bytes]] = {}
_PAGE: Final = re.compile(rb"/Type\s*/Page\b")


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """A PDF, and how many sheets it has."""

    content: bytes
    pages: int


def write_report_pdf(
    report: Report,
    locale: str,
    paper: Paper,
    *,
    title: str = "",
    mark: Watermark | None = None,
    images: Mapping[str, bytes] = _NO_IMAGES,
) -> WrittenReport:
    """Return a report as PDF; the same input gives the same bytes.

    ``title`` takes the place of the report's own, ``mark`` stands at the foot of every page. ``images`` are the logo
    and the covers by the names that the report has for them; one that is missing is left out.
    """
    texts = ReportTexts(locale)
    content = set_pdf("report.typ", _values(report, texts, paper, title, mark, images), images, report.head.made_at)
    return WrittenReport(content, len(_PAGE.findall(content)))


def _values(
    report: Report, texts: ReportTexts, paper: Paper, title: str, mark: Watermark | None, images: Mapping[str, bytes]
) -> dict[str, Any]:
    head = report.head
    named = title or texts.title(head)
    account = f"@{head.handle}" if head.handle else PLATFORM_NAMES[head.platform]
    return {
        "title": named,
        "author": head.team or "",
        "keywords": [account, texts.period(head)],
        "lang": texts.locale,
        "region": _REGIONS[texts.locale],
        "paper": _PAPERS[paper],
        "hue": head.hue,
        "mark": "" if mark is None else breakable(watermark_text(texts, mark)),
        "running": {"left": f"{account} · {texts.period(head)}", "right": texts.data_date(head)},
        "cover": _cover(head, texts, title, images),
        "sections": make_sections(report, texts, images),
    }


def _cover(head: ReportHead, texts: ReportTexts, title: str, images: Mapping[str, bytes]) -> dict[str, Any]:
    return {
        "team": breakable(head.team or ""),
        "logo": head.logo if head.logo in images else "",
        "kicker": PLATFORM_NAMES[head.platform],
        "title": breakable(title or texts.title(head)),
        # A report without a title of its own is called by its period already.
        "period": texts.period(head) if title else "",
        "account": breakable(f"@{head.handle}") if head.handle else "",
        "name": breakable(head.display_name or ""),
        "facts": [
            text for text in (texts.base(head), texts.data_date(head), texts.zone(head), texts.made(head)) if text
        ],
        "notice": texts.sample_note(head),
        "contents": texts.gettext("Contents"),
    }
