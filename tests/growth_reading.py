"""Read who followed when from the lists themselves: plain sets, no database."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from zoneinfo import ZoneInfo

Lists = list[tuple[int, dict[str, int]]]
"""Export times, and names with follow seconds."""


def renamed_between(earlier: dict[str, int], later: dict[str, int]) -> dict[str, str]:
    """Return the new names that are a gone name with the same second, and its only one."""
    lost = [name for name in earlier if later.get(name) != earlier[name]]
    new = [name for name in later if earlier.get(name) != later[name]]
    lost_at, new_at = Counter(earlier[name] for name in lost), Counter(later[name] for name in new)
    old_names = {earlier[name]: name for name in lost}
    return {name: old_names[later[name]] for name in new if new_at[later[name]] == 1 and lost_at[later[name]] == 1}


class Told:
    """Everybody of some lists as persons: a follow is a person and a second, whatever the person is called."""

    def __init__(self, lists: Lists) -> None:
        # Whether no list has two names that were taken for one person, so that every reader counts alike.
        self.is_plain = True
        self.seconds: dict[int, int] = {}
        self.present: list[set[int]] = []
        known: dict[tuple[str, int], int] = {}
        earlier: dict[str, int] = {}
        for _, people in lists:
            renamed = renamed_between(earlier, people)
            for name, second in people.items():
                if name in renamed:
                    known[name, second] = known[renamed[name], second]
                follow = known.setdefault((name, second), len(self.seconds))
                self.seconds[follow] = second
            self.present.append({known[follow] for follow in people.items()})
            self.is_plain &= len(self.present[-1]) == len(people)
            earlier = people

    def days(self, timezone: str) -> list[tuple[date, int, int, int]]:
        """Return day, came, kept and of."""
        found: dict[date, list[int]] = {}
        for follow, second in self.seconds.items():
            first = next(place for place, people in enumerate(self.present) if follow in people)
            counts = found.setdefault(datetime.fromtimestamp(second, ZoneInfo(timezone)).date(), [0, 0, 0])
            counts[0] += 1
            if first + 1 < len(self.present):
                counts[1] += follow in self.present[first + 1]
                counts[2] += 1
        return [(day, came, kept, of) for day, (came, kept, of) in sorted(found.items())]

    def hours(self, timezone: str) -> list[int]:
        """Return the follows by hour of the week."""
        local = [datetime.fromtimestamp(second, ZoneInfo(timezone)) for second in self.seconds.values()]
        counted = Counter((each.weekday(), each.hour) for each in local)
        return [counted[weekday, hour] for weekday in range(7) for hour in range(24)]

    def months(self, times: list[int], timezone: str) -> list[tuple[date, int, tuple[int, ...]]]:
        """Return month, the place of the first list after it, and how many of those on it each later list has."""
        zone = ZoneInfo(timezone)
        months: dict[date, set[int]] = {}
        for follow, second in self.seconds.items():
            months.setdefault(datetime.fromtimestamp(second, zone).date().replace(day=1), set()).add(follow)
        found = []
        for month, follows in sorted(months.items()):
            end = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=zone).timestamp()
            first = next((place for place, second in enumerate(times) if second >= end), None)
            if first is None or not follows & self.present[first]:
                continue
            cohort = follows & self.present[first]
            found.append((month, first, tuple(len(cohort & people) for people in self.present[first:])))
        return found
