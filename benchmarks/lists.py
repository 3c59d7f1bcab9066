"""B4, B5: any page of a long list, and search as you type."""

from __future__ import annotations

import html
import re
import sqlite3
from collections import Counter
from collections.abc import Callable
from itertools import islice
from urllib.parse import urlencode

from flask.testing import FlaskClient
from jinja2 import Environment

from benchmarks.lab import Lab
from benchmarks.measure import Goal, Line, Of, Unit, median, repeat, timed_line
from benchmarks.rows import ROW_TEMPLATE
from webapp.domain.query import DEFAULT_PAGE_SIZE, FollowOrder

LIST = "/audience/followers"
_RUNS = 40
_SEARCH_RUNS = 15
_TERM_SAMPLE = 50_000
_FRAGMENT = {"HX-Request": "true", "HX-Target": "people"}
_NEXT_CURSOR = re.compile(r'href="[^"]*[?&;]cursor=([\w-]+)')
# A part of the page that htmx fetches once the page is there.
_LAZY = re.compile(r'<[^>]*hx-trigger="[^"]*(?:load|revealed|intersect)[^"]*"[^>]*>')
_HX_GET = re.compile(r'hx-get="([^"]+)"')


def pages(lab: Lab) -> list[Line]:
    """B4: the first, a deep and the last page in every order, by cursor and by number; ratios of last to first."""
    assert lab.first_import  # nosec B101: the list must be there
    client = lab.browser
    floor = median(repeat(_bare_page(lab), _RUNS))
    last_number = -(-lab.size // DEFAULT_PAGE_SIZE)
    lines: list[Line] = []
    for order in FollowOrder:
        # By number in this order; by cursor from the page before, whose link leads here.
        places = {
            "first": address(ordering=order),
            "deep, by cursor": _following(client, order, last_number // 2),
            "deep, by number": address(ordering=order, page=last_number // 2 + 1),
            "last, by cursor": _following(client, order, last_number - 1),
            "last, by number": address(ordering=order, page=last_number),
        }
        times = _measured_in_turns(client, places)
        lines += [timed_line("B4", f"{order}, {name}", found, floor, Goal(30, Of.P95)) for name, found in times.items()]
        first = median(times["first"])
        lines += [
            Line(
                "B4",
                f"{order}, last / first ({way})",
                Unit.RATIO,
                median(times[f"last, by {way}"]) / first,
                None,
                Goal(1.3),
            )
            for way in ("cursor", "number")
        ]
    return lines


def searches(lab: Lab, moment: str) -> list[Line]:
    """B5: the fragment that typing asks for; its total apart when the page fetches it by itself."""
    assert lab.first_import  # nosec B101: the list must be there
    client = lab.browser
    lines: list[Line] = []
    floors = _search_floors(lab)
    for letters, terms in _terms(lab).items():
        bound = 150 if letters < 3 else 50 if moment == "index ready" else 250
        for commonness, term in terms.items():
            place = address(search=term)
            found = _measured(client, place, _SEARCH_RUNS, **_FRAGMENT)
            name = f"{moment}, {letters} letter{'s' if letters > 1 else ''}, {commonness} “{term}”"
            lines.append(timed_line("B5", name, found, floors[letters >= 3](term), Goal(bound, Of.P95)))
            lazy = _lazy_address(client, place)
            if lazy:
                times = _measured(client, lazy, _SEARCH_RUNS, **_FRAGMENT)
                # A total that comes later has no budget of its own; it is shown so that nothing is hidden.
                lines.append(timed_line("B5", "    its total, fetched later", times))
    return lines


def address(**arguments: object) -> str:
    """Return the address of the follower list with these arguments."""
    return f"{LIST}?{urlencode(arguments)}"


def bare_rows(connection: sqlite3.Connection, name: str = "") -> list[tuple[str, int]]:
    """Return a page by keyset straight from the table, in order of name."""
    # As plain as it can be: one account, one index, nothing joined.
    return connection.execute(
        "SELECT username, followed_at FROM follower WHERE account_id = 1 AND gone_export_id IS NULL"
        f" AND username_key > ? ORDER BY username_key LIMIT {DEFAULT_PAGE_SIZE}",
        (name,),
    ).fetchall()


def _bare_page(lab: Lab) -> Callable[[], object]:
    """Return the floor of B4: a keyset query and Jinja for its rows, without an application around them."""
    connection = sqlite3.connect(f"file:{lab.database}?mode=ro", uri=True)
    template = Environment(autoescape=True).from_string(ROW_TEMPLATE)
    return lambda: template.render(rows=bare_rows(connection, "m"))


def _search_floors(lab: Lab) -> dict[bool, Callable[[str], float]]:
    """Return the floors of B5 in ms: a trigram index for three letters and more, else a scan of a covering index."""
    connection = sqlite3.connect(lab.folder / "search_floor.sqlite3")
    if not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        connection.execute("ATTACH ? AS lab", (str(lab.database),))
        connection.execute("CREATE VIRTUAL TABLE t USING fts5(name, tokenize = 'trigram', detail = 'none')")
        connection.execute("INSERT INTO t (rowid, name) SELECT id, username_key FROM lab.follower ORDER BY id")
        connection.execute("CREATE TABLE f (name TEXT PRIMARY KEY) WITHOUT ROWID")
        connection.execute("INSERT INTO f SELECT username_key FROM lab.follower ORDER BY username_key")
        connection.commit()
        connection.execute("DETACH lab")

    def trigrams(term: str) -> float:
        sql = "SELECT name FROM t WHERE name LIKE ? LIMIT 100"
        return median(repeat(lambda: connection.execute(sql, (f"%{term}%",)).fetchall(), 5))

    def scan(term: str) -> float:
        sql = "SELECT count(*) FROM f WHERE instr(name, ?)"
        return median(repeat(lambda: connection.execute(sql, (term,)).fetchall(), 3))

    return {True: trigrams, False: scan}


def _terms(lab: Lab) -> dict[int, dict[str, str]]:
    """Return for 1, 2, 3 and 6 letters a common, a medium and a rare part of the names that are there."""
    connection = sqlite3.connect(f"file:{lab.database}?mode=ro", uri=True)
    everybody = (name for (name,) in connection.execute("SELECT username_key FROM follower ORDER BY id"))
    step = max(1, lab.size // _TERM_SAMPLE)
    names = list(islice(everybody, 0, None, step))
    connection.close()
    terms: dict[int, dict[str, str]] = {}
    for letters in (1, 2, 3, 6):
        counts: Counter[str] = Counter()
        for name in names:
            counts.update({name[i : i + letters] for i in range(len(name) - letters + 1)})
        ranked = [term for term, _ in sorted(counts.items(), key=lambda found: (-found[1], found[0])) if term.isalnum()]
        # In words, as people type them: the end of the ranking is the running numbers of the generator.
        terms[letters] = {"common": ranked[0], "medium": ranked[len(ranked) // 20], "rare": ranked[-1]}
    return terms


def _measured(client: FlaskClient, place: str, times: int, **headers: str) -> list[float]:
    """Return the milliseconds of each answer; refuse to measure an error page."""
    answer = client.get(place, headers=headers)
    if answer.status_code != 200:
        raise RuntimeError(f"{place} answers {answer.status}")
    return repeat(lambda: client.get(place, headers=headers), times)


def _measured_in_turns(client: FlaskClient, places: dict[str, str]) -> dict[str, list[float]]:
    """Return the milliseconds of each place; in turns, because they are compared with each other."""
    found: dict[str, list[float]] = {name: [] for name in places}
    for _ in range(_RUNS):
        for name, place in places.items():
            found[name] += _measured(client, place, 1)
    return found


def _following(client: FlaskClient, order: FollowOrder, number: int) -> str:
    """Return the address that the next-page link of page ``number`` has."""
    text = client.get(address(ordering=order, page=number)).get_data(as_text=True)
    # The last link that carries a cursor is the one to the next page.
    return address(ordering=order, cursor=_NEXT_CURSOR.findall(html.unescape(text))[-1])


def _lazy_address(client: FlaskClient, place: str) -> str | None:
    text = client.get(place, headers=_FRAGMENT).get_data(as_text=True)
    for tag in _LAZY.findall(text):
        found = _HX_GET.search(tag)
        if found:
            return html.unescape(found[1])
    return None
