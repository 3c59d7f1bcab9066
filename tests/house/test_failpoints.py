from __future__ import annotations

import re
from collections import Counter

from config import ROOT
from webapp.domain.failpoints import Failpoint

# Places that stand in the code more than once: the same thing is done there in more than one way.
SEVERAL = {
    Failpoint.SWITCH_BEFORE: 3,
    Failpoint.SWITCH_MID: 4,
    Failpoint.SWITCH_AFTER_COMMIT: 3,
    Failpoint.POSTS_AFTER_COMMIT: 3,
    Failpoint.BATCH_BEFORE_COMMIT: 3,
    Failpoint.BATCH_AFTER_COMMIT: 3,
    Failpoint.INDEX_BEFORE_COMMIT: 2,
    Failpoint.INDEX_AFTER_COMMIT: 2,
    Failpoint.CLEAR_MID: 2,
    Failpoint.JOB_BEFORE_DONE: 7,
    Failpoint.PREVIEW_BEFORE_COMMIT: 2,
}


def test_every_failpoint_stands_in_the_code_as_often_as_listed() -> None:
    found: Counter[str] = Counter()
    for folder in ("webapp", "jobs"):
        for path in {*(ROOT / folder).rglob("*.py")} - {ROOT / "webapp" / "domain" / "failpoints.py"}:
            found.update(re.findall(r"\breach\((?:failpoints\.)?Failpoint\.(\w+)\)", path.read_text("utf-8")))
    assert found == Counter({point.name: SEVERAL.get(point, 1) for point in Failpoint})
