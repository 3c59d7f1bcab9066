"""B10: how many pages of followers a second the whole stack answers."""

from __future__ import annotations

from benchmarks.lab import Lab
from benchmarks.lists import LIST
from benchmarks.measure import Goal, Line, Of, Unit, median
from benchmarks.processes import lines_of, started
from benchmarks.servers import Server, web_server

_ROUNDS = 3
_SECONDS = 6
_WEB_PROCESSES = 2


def followers_page(lab: Lab) -> list[Line]:
    """B10: our page and the bare table under the same gunicorn and the same load, in turns."""
    assert lab.first_import  # nosec B101: the list must be there
    with web_server(lab, workers=_WEB_PROCESSES) as ours, web_server(lab, "benchmarks.bare_app:app", 2) as bare:
        kinds = {"bare": (bare, "/", ""), "plain": (ours, LIST, ""), "gzip": (ours, LIST, "gzip")}
        found: dict[str, list[float]] = {name: [] for name in kinds}
        for server, path, encoding in kinds.values():
            _load(server, path, encoding, 1)
        for _ in range(_ROUNDS):
            for name, (server, path, encoding) in kinds.items():
                found[name].append(_load(server, path, encoding, _SECONDS))
    floor = median(found["bare"])
    goal = Goal(0.5, Of.RATIO, is_least=True)
    return [
        Line("B10", "followers page, 2 web processes", Unit.PER_SECOND, median(found["plain"]), floor, goal),
        Line("B10", "  the same, compressed with gzip", Unit.PER_SECOND, median(found["gzip"]), floor),
    ]


def _load(server: Server, path: str, encoding: str, seconds: float) -> float:
    arguments = (str(server.port), path, server.cookie, encoding, str(seconds))
    with started("benchmarks.load", *arguments) as process:
        (said,) = lines_of(process)
    return float(said["per_second"])
