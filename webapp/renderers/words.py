"""Texts in the language of whoever reads what is drawn outside a page: mails, reports, images."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Final

from babel.support import NullTranslations, Translations

from config import ROOT
from webapp.domain import formatting
from webapp.domain.metrics import METRICS, MetricKey, Unit

LANGUAGES: Final = ("en", "fr")


class Words:
    """One language: its texts, and how it writes numbers and days."""

    def __init__(self, locale: str) -> None:
        self.locale = locale if locale in LANGUAGES else LANGUAGES[0]
        self._catalogue = catalogue(self.locale)

    def gettext(self, text: str, **values: object) -> str:
        """Return a text of the catalogue, filled with values."""
        found = str(self._catalogue.ugettext(text))
        return found % values if values or "%" in found else found

    def ngettext(self, one: str, many: str, num: int, **values: object) -> str:
        """Return the form of a text for a number, filled with ``num`` and values."""
        return str(self._catalogue.ungettext(one, many, num)) % {"num": num, **values}

    def metric(self, key: MetricKey, value: float) -> str:
        """Return the value of a metric in full, as every page writes it."""
        metric = METRICS[key]
        if metric.unit is Unit.COUNT:
            return self.count(value)
        if metric.unit is Unit.RATIO:
            return formatting.format_ratio(Decimal(str(value)), self.locale)
        return self.share(value, metric.decimals)

    def count(self, value: float) -> str:
        """Return a whole number with a true minus."""
        shown = formatting.format_count(abs(round(value)), self.locale)
        return f"−{shown}" if value < 0 else shown

    def share(self, value: float, decimals: int = 1) -> str:
        """Return a share in per cent."""
        return formatting.format_share(value, self.locale, decimals=decimals)

    def day(self, value: date) -> str:
        """Return a day."""
        return formatting.format_day(value, self.locale)

    def moment(self, value: datetime) -> str:
        """Return a moment in its own zone."""
        return formatting.format_instant(value, self.locale)


@cache
def catalogue(locale: str) -> NullTranslations:
    """Return the texts of a language."""
    return Translations.load(ROOT / "webapp" / "translations", [locale])
