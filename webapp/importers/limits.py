"""Bound what one file may cost before it is refused."""

from __future__ import annotations

import msgspec

MIB = 1024 * 1024
GIB = 1024 * MIB


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Upper bounds in bytes, counts and seconds; the defaults suit the largest honest exports."""

    max_unpacked: int = 20 * GIB
    max_entries: int = 10_000
    max_directory: int = 16 * MIB
    max_entry_ratio: int = 200
    max_total_ratio: int = 100
    ratio_floor: int = MIB
    max_depth: int = 64
    max_string: int = MIB
    max_key: int = 1024
    max_digits: int = 25
    max_keys: int = 100_000
    max_element: int = 4 * MIB
    max_rows: int = 10_000_000
    block: int = MIB
    run: int = 256 * 1024
    max_memory: int = 1024 * MIB
    max_cpu_seconds: int = 1800
    max_output: int = 4 * GIB
