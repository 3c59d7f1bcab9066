"""B9: the posts of an account with 20,000 of them: list, totals, week, hashtags and sounds, cold and from the cache."""

from __future__ import annotations

from typing import Final

from benchmarks.busy import RUNS
from benchmarks.lab import IMPORT_KINDS, Lab
from benchmarks.measure import Goal, Line, Of, Unit, median, repeat, timed_line
from benchmarks.own_account import asked, find_ids, forgetting, read_from, write_posts
from webapp.analytics.content import kept, posts
from webapp.queue import JobKind

OWNER = "posting.account"
POSTS = 20_000
_COLD, _KEPT = Goal(60, Of.P95), Goal(10, Of.P95)
_LISTED: Final = (
    "FROM post JOIN post_detail ON post_detail.post_id = post.id AND post_detail.is_newest = 1"
    " JOIN post_reading ON post_reading.post_id = post.id WHERE post.account_id = ?"
)
# What is asked for, its addresses in the app, and the question to the tables that would answer it.
_QUESTIONS: Final = (
    (
        "list",
        ("/content/posts?", "/api/posts/?"),
        f"SELECT post.id, published_at, title, likes {_LISTED} ORDER BY published_at DESC LIMIT 100",
    ),
    (
        "totals",
        ("/api/posts/stats/?",),
        f"SELECT kind, count(*), sum(likes), min(published_at), max(published_at) {_LISTED} GROUP BY kind",
    ),
    (
        "weekday x hour",
        ("/content/analytics/timing?", "/api/posts/performance/?"),
        f"SELECT strftime('%w%H', published_at, 'unixepoch') AS cell, count(*), avg(likes) {_LISTED} GROUP BY cell",
    ),
    (
        "hashtags",
        ("/content/analytics/hashtags?", "/api/posts/hashtags/top/?"),
        "SELECT hashtag_id, count(*), avg(likes), min(published_at), max(published_at) FROM post_hashtag"
        " JOIN post ON post.id = post_hashtag.post_id JOIN post_reading ON post_reading.post_id = post.id"
        " WHERE post_hashtag.account_id = ? GROUP BY hashtag_id ORDER BY 2 DESC",
    ),
    (
        "sounds",
        ("/content/analytics/sounds?", "/api/posts/sounds/top/?"),
        f"SELECT sound_id, count(*), avg(likes), min(published_at) {_LISTED} GROUP BY sound_id ORDER BY 2 DESC",
    ),
)


def content(lab: Lab) -> list[Line]:
    """B9: each answer as a process gives it for the first time, and once it has it; then the jobs that prepare it."""
    lab.bring_in(write_posts(lab, OWNER, POSTS, seed=51), *IMPORT_KINDS)
    jobs = lab.do_jobs()
    account_id, public_id = find_ids(lab, OWNER)
    lines = []
    for name, places, question in _QUESTIONS:
        floor = median(repeat(read_from(lab, question, [account_id]), RUNS))
        for place in places:
            ask = asked(lab, f"{place}account={public_id}")
            shown = f"{name}, {place.rstrip('?')}"
            lines += [
                timed_line("B9", f"{shown}, cold", repeat(forgetting(ask, posts, kept), RUNS), floor, _COLD),
                timed_line("B9", f"{shown}, from the cache", repeat(ask, RUNS), floor, _KEPT),
            ]
    return [
        *lines,
        Line("B9", "the job that packs the posts", Unit.SECONDS, jobs.of(JobKind.POST_INDEX)),
        Line("B9", "the job that tests what they tell", Unit.SECONDS, jobs.of(JobKind.CONTENT_FIT)),
        Line("B9", "  peak memory of both (PSS)", Unit.MEGABYTES, jobs.memory, None, Goal(400)),
    ]
