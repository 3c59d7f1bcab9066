"""How much more or less than usual each of a row of figures is, on a logarithmic scale; jobs alone call this."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from webapp.analytics.statistics.rolling import LEAST_SPREAD, MAD_TO_SD

Floats = NDArray[np.float64]

# How many figures make "usual", the one in question included.
WINDOW: Final = 21
# What is added to every figure before its logarithm, as a share of the median of those that are not 0.
_OFFSET: Final = 1 / 20
# Residuals further out than so many robust sd count as just that far: one post decides nothing.
_FURTHEST: Final = 3.0
_SPREAD_OF: Final = 50
# Digits that are kept: what differs by rounding alone is the same.
_DIGITS: Final = 9


def log_figures(figures: Sequence[float]) -> Floats:
    """Return the logarithms of figures of 0 or more, up to a constant.

    log1p, but that the 1 is a share of the account's own median: whatever all figures are multiplied with, the
    differences between their logarithms stay, and with them every verdict.
    """
    values = np.asarray(figures, dtype=np.float64)
    filled = values[values > 0]
    if not filled.size:
        return np.zeros(values.size)
    middle = float(np.median(filled))
    return np.log(values / middle + _OFFSET)


def residuals(logs: Floats) -> Floats:
    """Return each logarithm less the median of those around it, itself left out, in order of time.

    Around it are the `WINDOW` nearest places; at either end of the row these lie on one side. There must be at least
    `WINDOW` figures.
    """
    half = WINDOW // 2
    starts = np.clip(np.arange(logs.size) - half, 0, logs.size - WINDOW)
    windows = logs[starts[:, None] + np.arange(WINDOW)]
    windows[np.arange(logs.size), np.arange(logs.size) - starts] = np.nan
    around = np.nanmedian(windows, axis=1)
    return _rounded(logs - around)


def spread(found: Floats) -> float:
    """Return the robust sd of the newest residuals, at least a quarter."""
    return max(_robust_sd(found[-_SPREAD_OF:]), LEAST_SPREAD)


def centred(found: Floats) -> Floats:
    """Return residuals with those far out drawn in, around their mean."""
    furthest = _FURTHEST * max(_robust_sd(found), LEAST_SPREAD)
    middle = float(np.median(found))
    drawn = np.clip(found, middle - furthest, middle + furthest)
    return _rounded(drawn - drawn.mean())


def _robust_sd(found: Floats) -> float:
    return MAD_TO_SD * float(np.median(np.abs(found - np.median(found))))


def _rounded(values: Floats) -> Floats:
    """Return values without the digits that rounding alone makes."""
    return np.asarray(np.round(values, _DIGITS), dtype=np.float64)
