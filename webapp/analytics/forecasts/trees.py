"""Ask a Random Forest that was kept as plain numbers, without the library that grew it."""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Sequence
from functools import cached_property
from typing import Final

import msgspec

_SINGLE: Final = struct.Struct("<f")


class Nodes(msgspec.Struct, frozen=True, array_like=True, dict=True):
    """The nodes of all trees in a row, each tree from its root on.

    Every string of bytes holds one number a node, little-endian: ``features`` (8 bits) is the place of a feature,
    ``thresholds`` and ``values`` are doubles, ``left`` and ``right`` (32 bits) are places of nodes, 0 in a leaf. A post
    whose feature, as a single-precision number, is at most the threshold goes left; a leaf answers its value.
    """

    roots: tuple[int, ...]
    features: bytes
    thresholds: bytes
    left: bytes
    right: bytes
    values: bytes

    def answer(self, features: Sequence[float]) -> float:
        """Return the mean of what the trees answer to a post by its features."""
        thresholds, left, right, values = self._numbers
        asked = [_SINGLE.unpack(_SINGLE.pack(value))[0] for value in features]
        total = 0.0
        for root in self.roots:
            node = root
            while left[node]:
                node = left[node] if asked[self.features[node]] <= thresholds[node] else right[node]
            total += values[node]
        return total / len(self.roots)

    @cached_property
    def _numbers(self) -> tuple[array[float], array[int], array[int], array[float]]:
        numbers = array("d", self.thresholds), array("I", self.left), array("I", self.right), array("d", self.values)
        if sys.byteorder == "big":
            for row in numbers:
                row.byteswap()
        return numbers
