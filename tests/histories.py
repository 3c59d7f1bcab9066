"""Random histories of one account, the files they give, and what must be told of them: plain sets, no database."""

from __future__ import annotations

import io
import json
import random
import zipfile
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.importers.making import read
from tests.ledgers import at, written
from webapp.domain.names import name_key
from webapp.domain.sections import Section
from webapp.models import DIRECTIONS

DAY = 86_400
START = at("2025-02-01")
NAMES = ("ann", "Bob", "cy_", "d.e", "eve1", "fay", "gus", "hal")
LAYOUTS = ("G1", "G2", "G3", "G4", "TXT")
ROOTS = {
    "G1": ("Activity", "Follower List", "Following List", "Profile", "Profile Information"),
    "G2": ("Activity", "Follower List", "Following List", "Profile", "Profile Information"),
    "G3": ("Your Activity", "Follower", "Following", "Profile", "Profile Info"),
    "G4": ("Profile And Settings", "Follower", "Following", "Profile And Settings", "Profile Info"),
}
EVENTS = ("gain", "lose", "lose", "rename", "delete", "again", "return", "return")


class FollowList(NamedTuple):
    """One list as a file has it: follow second by name, and the seconds of deleted accounts."""

    people: Mapping[str, int]
    deleted: tuple[int, ...] = ()

    @property
    def keys(self) -> dict[str, int]:
        """Return the follow seconds by compared name."""
        return {name_key(name): second for name, second in self.people.items()}


Lists = dict[Section, FollowList | None]


@dataclass(frozen=True)
class File:
    """An export as it is sent: its content, how it is written, and what the sender says of it."""

    lists: Lists
    exported_at: int
    layout: str
    is_zip: bool
    seed: int

    def name(self) -> str:
        """Return the name of the file; that of a zip tells the export time."""
        return f"TikTok_Data_{self.exported_at}.zip" if self.is_zip else "user_data_tiktok.json"

    def content(self, owner: str) -> bytes:
        """Return the bytes; the same content may be packed in more than one way."""
        draw = random.Random(self.seed)
        if self.layout == "TXT":
            return self._zipped(self._texts(draw), draw)
        document = json.dumps(self._document(owner, draw), indent=draw.choice([None, 2])).encode()
        if not self.is_zip:
            return document
        return self._zipped({draw.choice(["user_data.json", "user_data_tiktok.json"]): document}, draw)

    def digest(self, owner: str) -> str:
        """Return by what the same content is known again."""
        return read(self.content(owner), self.name())[0].content_digest

    def _rows(self, section: Section, draw: random.Random) -> list[tuple[str, int]] | None:
        found = self.lists[section]
        if found is None:
            return None
        rows = [*found.people.items(), *(("N/A", second) for second in found.deleted)]
        rows.sort(key=lambda row: (-row[1], row[0]))
        if draw.random() < 0.3:
            draw.shuffle(rows)
        if rows and draw.random() < 0.2 and rows[0][0] != "N/A":
            rows.append(rows[0])
        return rows

    def _document(self, owner: str, draw: random.Random) -> dict[str, Any]:
        root, follower, following, profile, info = ROOTS[self.layout]
        document: dict[str, Any] = {root: {}}
        keys = {Section.FOLLOWERS: (follower, "FansList"), Section.FOLLOWING: (following, "Following")}
        for section, (outer, inner) in keys.items():
            rows = self._rows(section, draw)
            if rows is not None:
                entries = [{"Date": written(second), "UserName": name} for name, second in rows]
                document[root][outer] = {inner: entries or draw.choice([[], None])}
        document.setdefault(profile, {})[info] = {"ProfileMap": {"userName": owner}}
        return document

    def _texts(self, draw: random.Random) -> dict[str, bytes]:
        files = {}
        for section, name in ((Section.FOLLOWERS, "Follower.txt"), (Section.FOLLOWING, "Following.txt")):
            rows = self._rows(section, draw)
            if rows is not None:
                blocks = (f"Date: {written(second)} UTC\nUsername: {name}\n\n" for name, second in rows)
                files[f"Profile and Settings/{name}"] = "".join(blocks).encode() or b"\n"
        return files

    def _zipped(self, files: dict[str, bytes], draw: random.Random) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", draw.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as archive:
            for name, data in files.items():
                archive.writestr(zipfile.ZipInfo(name, (2026, 1, 15, 12, 0, draw.randrange(30) * 2)), data)
            if draw.random() < 0.3:
                archive.writestr("__MACOSX/._user_data_tiktok.json", b"\x00\x05\x16\x07")
        return out.getvalue()


class Action(NamedTuple):
    """What a person does: import a file, undo its import, or correct its time to a second."""

    kind: str
    file: int
    second: int = 0


@dataclass(frozen=True)
class History:
    """Files of one account, and what is done with them in this order."""

    files: list[File]
    actions: list[Action]


@st.composite
def _lists_over_time(draw: st.DrawFn) -> list[Lists]:
    """Draw what the lists of an account were at some moments."""
    count = draw(st.sampled_from([4, 3, 5, 2]))
    found: list[Lists] = []
    now: dict[Section, FollowList] = {section: FollowList({}) for section in DIRECTIONS}
    known: dict[Section, dict[str, int]] = {section: {} for section in DIRECTIONS}
    for number in range(count):
        for section in DIRECTIONS:
            people, deleted = dict(now[section].people), list(now[section].deleted)
            least, most = (3, 6) if number == 0 else (1, 4)
            for _ in range(draw(st.integers(least, most))):
                event = "gain" if number == 0 else draw(st.sampled_from(EVENTS))
                _happen(draw, event, number, people, deleted, known[section])
            now[section] = FollowList(people, tuple(deleted))
        lacking = draw(st.sampled_from([None, None, None, *DIRECTIONS]))
        found.append({section: None if section is lacking else now[section] for section in DIRECTIONS})
    return found


def _happen(
    draw: st.DrawFn, event: str, number: int, people: dict[str, int], deleted: list[int], known: dict[str, int]
) -> None:
    absent = [name for name in NAMES if name not in people]
    # Few seconds, so that they coincide now and then.
    second = START + (number - 1) * DAY + draw(st.integers(0, 4))
    before = sorted(set(known) & set(absent))
    if event == "gain" and absent:
        people[draw(st.sampled_from(absent))] = second
    elif event == "return" and before:
        name = draw(st.sampled_from(before))
        people[name] = known[name]
    elif people and event in ("lose", "rename", "delete", "again"):
        name = draw(st.sampled_from(sorted(people)))
        old = people.pop(name)
        if event == "rename" and absent:
            people[draw(st.sampled_from(absent))] = old
        elif event == "delete":
            deleted.append(old)
        elif event == "again":
            people[name] = second
    known |= people


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Draw files in random layouts, some of them twice, and what is done with them in random order."""
    files = []
    for number, lists in enumerate(draw(_lists_over_time())):
        copies = draw(st.sampled_from([1, 1, 1, 2]))
        for _ in range(copies):
            # Exports of one second come in as well.
            second = START + DAY * (number - draw(st.sampled_from([0, 0, 0, 1])))
            layout = draw(st.sampled_from(LAYOUTS))
            is_zip = layout == "TXT" or draw(st.booleans())
            files.append(File(lists, second, layout, is_zip, draw(st.integers(0, 999))))
    numbers = list(range(len(files)))
    actions = [Action("import", number) for number in draw(st.permutations(numbers))]
    for _ in range(draw(st.sampled_from([3, 2, 1, 4, 0]))):
        kind = draw(st.sampled_from(["move", "undo", "move", "undo", "import"]))
        second = START + draw(st.sampled_from(range(-2, 2 * len(files)))) * DAY // 2
        place = draw(st.integers(min(2, len(actions)), len(actions)))
        there = sorted({action.file for action in actions[:place]})
        actions.insert(place, Action(kind, draw(st.sampled_from(there)), second))
    return History(files, actions)


# what must be told


class Held(NamedTuple):
    """An export that is there: the file that brought it, its time, and when it came in."""

    file: int
    second: int
    arrival: int


class Change(NamedTuple):
    """Somebody on one of two lists only."""

    name: str
    date_followed: int
    was_mutual: bool | None
    between: tuple[int, int]


@dataclass
class Told:
    """What is said of two lists of one kind."""

    gained: set[Change] = field(default_factory=set)
    lost: set[Change] = field(default_factory=set)
    returned: set[Change] = field(default_factory=set)
    deleted: set[Change] = field(default_factory=set)
    refollowed: set[tuple[str, int, int]] = field(default_factory=set)
    renamed: set[tuple[str, str, int, bool | None]] = field(default_factory=set)


Spell = tuple[str, int, int, int | None, int | None]
"""Compared name, follow second, and the files of first, last and gone."""


class Model:
    """An account by its definitions: the exports that are there, in order of time."""

    def __init__(self, history: History, owner: str) -> None:
        self.files = history.files
        self.digests = [file.digest(owner) for file in history.files]
        self.held: dict[str, Held] = {}
        self.arrivals = 0
        self.confirmed: tuple[str, str] | None = None

    def act(self, action: Action) -> bool:
        """Do what a person does; return whether there is anything to do."""
        digest = self.digests[action.file]
        held = self.held.get(digest)
        is_there = held is not None and held.file == action.file
        if action.kind == "import":
            self.arrivals += 1
            if held is None:
                self.held[digest] = Held(action.file, self.files[action.file].exported_at, self.arrivals)
            return True
        if is_there and held is not None:
            if action.kind == "undo":
                del self.held[digest]
            else:
                self.held[digest] = held._replace(second=action.second)
        return is_there

    @property
    def exports(self) -> list[Held]:
        """The exports in order of time; of one second, in the order they came in."""
        return sorted(self.held.values(), key=lambda held: (held.second, held.arrival))

    def whole(self, section: Section) -> list[tuple[Held, FollowList]]:
        """Return the exports that hold a list, with it."""
        pairs = ((held, self.files[held.file].lists[section]) for held in self.exports)
        return [(held, listed) for held, listed in pairs if listed is not None]

    def spells(self, section: Section) -> set[Spell]:
        """Return the ledger: walk the lists in order of time."""
        spells: set[Spell] = set()
        present: dict[str, tuple[int, int]] = {}
        before: int | None = None
        for held, listed in self.whole(section):
            rows = listed.keys
            for key, (second, first) in list(present.items()):
                if rows.get(key) != second:
                    spells.add((key, second, first, before, held.file))
                    del present[key]
            for key, second in rows.items():
                present.setdefault(key, (second, held.file))
            before = held.file
        return spells | {(key, second, first, None, None) for key, (second, first) in present.items()}

    def told(self, section: Section, one: Held, other: Held) -> Told:
        """Return what is said of two lists, the first the earlier one."""
        walk = self.whole(section)
        places = {held: place for place, (held, _) in enumerate(walk)}
        begin, end = places[one], places[other]
        lists = [listed.keys for _, listed in walk]
        names = {name_key(name): name for name in NAMES}
        lost = {key: second for key, second in lists[begin].items() if key not in lists[end]}
        gained = {key: second for key, second in lists[end].items() if key not in lists[begin]}
        found = Told()
        for key, second in lists[begin].items():
            if lists[end].get(key, second) != second:
                found.refollowed.add((names[key], second, lists[end][key]))
        shared = [s for s, n in Counter(lost.values()).items() if n == 1 and list(gained.values()).count(s) == 1]
        matched = self._matched(lost, gained)
        for second in shared:
            old = next(key for key in lost if lost[key] == second)
            new = next(key for key in gained if gained[key] == second)
            if not matched or (old != matched[0] and new != matched[1]):
                found.renamed.add((names[old], names[new], second, None))
        if matched:
            old, new = matched
            found.renamed.add((names[old], names[new], lost.pop(old), True))
            del gained[new]
        vanished = Counter(walk[end][1].deleted) - Counter(walk[begin][1].deleted)
        for key, second in lost.items():
            # Went with the first list on which the spell of the earlier list is no more.
            place = next(p for p in range(begin + 1, end + 1) if lists[p].get(key) != second)
            change = self._change(section, names[key], key, second, walk, place, seen_at=place - 1)
            found.lost.add(change)
            if list(lost.values()).count(second) <= vanished[second]:
                found.deleted.add(change)
        for key, second in gained.items():
            # Came with the list that begins the spell of the later list.
            place = next(p for p in range(end, begin, -1) if lists[p - 1].get(key) != second)
            change = self._change(section, names[key], key, second, walk, place, seen_at=place)
            found.gained.add(change)
            if any(key in lists[p] for p in range(place)):
                found.returned.add(change)
        return found

    def _matched(self, lost: Mapping[str, int], gained: Mapping[str, int]) -> tuple[str, str] | None:
        if self.confirmed is None:
            return None
        old, new = self.confirmed
        return self.confirmed if old in lost and gained.get(new) == lost[old] else None

    def _change(
        self,
        section: Section,
        name: str,
        key: str,
        second: int,
        walk: list[tuple[Held, FollowList]],
        place: int,
        seen_at: int,
    ) -> Change:
        others = self.whole(next(each for each in DIRECTIONS if each is not section))
        nearest = bisect_right([held.second for held, _ in others], walk[seen_at][0].second)
        mutual = key in others[nearest - 1][1].keys if nearest else None
        return Change(name, second, mutual, (walk[place - 1][0].second, walk[place][0].second))

    def snapshots(self) -> Iterator[tuple[Held, dict[str, int | None]]]:
        """Yield what each export counts, and what came, went and followed again since the list before."""
        walks = {section: self.whole(section) for section in DIRECTIONS}
        for held in self.exports:
            row: dict[str, int | None] = {"at": held.second, "mutuals": None}
            lists = self.files[held.file].lists
            for section in DIRECTIONS:
                listed = lists[section]
                row[section.value] = None if listed is None else len(listed.people)
                place = next((p for p, (each, _) in enumerate(walks[section]) if each == held), None)
                row |= {f"{section.value}_{what}": None for what in ("gained", "lost", "refollowed")}
                if place:
                    old, new = walks[section][place - 1][1].keys, walks[section][place][1].keys
                    row[f"{section.value}_gained"] = len(new.keys() - old.keys())
                    row[f"{section.value}_lost"] = len(old.keys() - new.keys())
                    row[f"{section.value}_refollowed"] = sum(new[key] != old[key] for key in new.keys() & old.keys())
            followers, following = lists[Section.FOLLOWERS], lists[Section.FOLLOWING]
            if followers is not None and following is not None:
                row["mutuals"] = len(followers.keys.keys() & following.keys.keys())
            yield held, row
