"""B12, B13: what a web process and a page weigh."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
import time

from benchmarks.lab import Lab
from benchmarks.lists import LIST
from benchmarks.measure import Goal, Line, Unit, median
from config import ROOT

_RUNS = 5
HEAVY = ("numpy", "scipy", "sklearn", "typst", "PIL", "lxml")
_STATIC = re.compile(r"/(?:static/[\w./-]+\.(?:css|js)|brand-\d+\.css)(?:\?v=\w+)?")
_REPORT = """
import json, sys, time
status = open("/proc/self/status").read()
print(json.dumps({"at": time.time(), "mb": int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6,
                  "heavy": sorted(set(HEAVY) & set(sys.modules))}))
"""
_FLOOR = "import flask, sqlalchemy.orm\n"
_OURS = """
import wsgi
client = wsgi.app.test_client()
assert client.get("/login").status_code == 200
"""
_SIGNED_IN = """
client.set_cookie("s", TOKEN, domain="localhost")
assert client.get("/dashboard").status_code == 200
assert client.get("/audience/followers").status_code == 200
"""


def web_process(lab: Lab) -> list[Line]:
    """B12: from nothing to the first answer of a fresh process, its memory, and what it must not have loaded."""
    assert lab.first_import  # nosec B101: the dashboard must have something to show
    token = lab.sign_in()
    ours = [_run(lab, _OURS) for _ in range(_RUNS)]
    floor = [_run(lab, _FLOOR) for _ in range(_RUNS)]
    _, used, heavy = _run(lab, f"TOKEN = {token!r}\n{_OURS}{_SIGNED_IN}")
    named = ", ".join(heavy) or ", ".join(HEAVY)
    return [
        Line(
            *("B12", "web process, start to first answer", Unit.SECONDS),
            *(median(run[0] for run in ours), median(run[0] for run in floor), Goal(1.5)),
        ),
        Line(
            *("B12", "web process, memory (RSS)", Unit.MEGABYTES),
            *(median(run[1] for run in ours), median(run[1] for run in floor), Goal(130)),
        ),
        Line("B12", "  memory after dashboard and list of this account (RSS)", Unit.MEGABYTES, used),
        Line("B12", f"heavy modules loaded, of {named}", Unit.COUNT, len(heavy), None, Goal(0)),
    ]


def page_weight(lab: Lab) -> list[Line]:
    """B13: what the browser transfers for a list of 100 rows, compressed, without the chart library; and a fragment."""
    assert lab.first_import  # nosec B101: the list must be there
    client = lab.browser
    squeeze = {"Accept-Encoding": "gzip"}
    page = html.unescape(client.get(LIST).get_data(as_text=True))
    files = sorted({found for found in _STATIC.findall(page) if "chart" not in found})
    sizes = {LIST: len(client.get(LIST, headers=squeeze).data)}
    for file in files:
        with client.get(file, headers=squeeze) as answer:
            if answer.status_code != 200:
                raise RuntimeError(f"{file} answers {answer.status}")
            sizes[file] = len(answer.data)
    fragment = client.get(LIST, headers={**squeeze, "HX-Request": "true", "HX-Target": "people"})
    return [
        Line(
            "B13", f"a page and its {len(files)} files, gzip", Unit.KILOBYTES, sum(sizes.values()) / 1e3, None, Goal(60)
        ),
        Line("B13", "  the page alone", Unit.KILOBYTES, sizes[LIST] / 1e3),
        Line("B13", "  a fragment of 100 rows, gzip", Unit.KILOBYTES, len(fragment.data) / 1e3, None, Goal(12)),
    ]


def _run(lab: Lab, code: str) -> tuple[float, float, list[str]]:
    """Run code in a fresh interpreter; return its seconds from birth, its largest size in MB, its heavy modules."""
    start = time.time()
    # Its own high-water mark: what getrusage tells is inherited from the process that started it.
    said = subprocess.run(
        [sys.executable, "-c", f"HEAVY = {HEAVY!r}\n{code}{_REPORT}"],
        cwd=ROOT,
        env=lab.environment,
        check=True,
        capture_output=True,
        text=True,
    )
    found = json.loads(said.stdout)
    return found["at"] - start, found["mb"], found["heavy"]
