"""Compare what a disturbed app holds with what an undisturbed one holds, table by table.

Every check returns sentences about what is wrong; an empty list is a pass.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, Table, func, select, text

from webapp.models import (
    NEVER,
    Account,
    AuditAction,
    AuditEvent,
    Base,
    Export,
    ImportRun,
    ImportState,
    Job,
    JobState,
    Post,
    Sound,
)

Rows = dict[str, list[str]]
"""Table name -> rows in a form that does not depend on ids, on times of writing, or on whose account it is."""

# Made anew by every run; everything else must be equal.
_VOLATILE = {
    "account": {"handle", "handle_key", "is_default"},
    "export": {"content_digest"},
    "import_run": {"size_bytes", "sha256", "content_digest", "owner", "wanted_handle", "ended_at"},
    "list_index": {"token", "job_id"},
    "follower_snapshot": set[str](),
    "account_revision": {"made_at"},
    "erasure": {"digest", "erased_by", "wanted_at", "erased_at"},
    "notice_state": {"body", "examined_at"},
}
_ALWAYS_VOLATILE = {"id", "public_id", "account_id", "team_id", "user_id", "created_at"}
# What people and the schedule do; no import writes there.
NOT_OF_AN_IMPORT = {
    "user", "team", "membership", "login_session", "api_key", "schedule_slot", "audit_event", "job", "probe",
    "account_role", "alert", "audit_chain", "audit_seal", "invitation", "known_device", "mail", "mailed_token",
    "outbound_use", "recovery_code", "data_export", "digest_slot", "digest_subscription", "goal", "report_run",
    "share_link", "share_payload", "notification", "notification_choice", "notification_hours", "notice_rule",
    "push_device", "push_key", "push_message",
}  # fmt: skip
# A random public id inside of what a job keeps of posts and sounds.
_PUBLIC_ID = re.compile(rb"[0-9a-f]{20}")
_VERSIONED = [
    table for table in Base.metadata.sorted_tables if "added_revision" in table.c and "removed_revision" in table.c
]


def seen_rows(engine: Engine, handle: str) -> Rows:
    """Return the rows of an account that its readers see, whichever revision brought them."""
    with engine.connect() as connection:
        account = connection.execute(select(Account.__table__).where(Account.handle == handle)).mappings().one()
        known = _Known(connection, account["id"], handle)
        revision = account["revision"]
        found = {}
        for table in _VERSIONED:
            is_seen = (table.c.added_revision <= revision) & (table.c.removed_revision > revision)
            columns = [column for column in table.c if column.name not in _unseen_columns(table)]
            rows = connection.execute(select(*columns).where(table.c.account_id == account["id"], is_seen)).mappings()
            found[table.name] = sorted(known.plain(table.name, row) for row in rows)
        return found


def _unseen_columns(table: Table) -> set[str]:
    # Words that did not change keep the export that said them first, which depends on the order of the imports.
    return {"added_revision", "removed_revision"} | ({"export_id"} if table.name == "post_detail" else set())


def account_rows(engine: Engine, handle: str) -> Rows:
    """Return every row of an account, seen or not, with its imports, their jobs and their record."""
    with engine.connect() as connection:
        account = connection.execute(select(Account.__table__).where(Account.handle == handle)).mappings().one()
        known = _Known(connection, account["id"], handle)
        found = {"account": [known.plain("account", account)]}
        for table in Base.metadata.sorted_tables:
            if table.name in NOT_OF_AN_IMPORT or table.name == "account":
                continue
            rows = connection.execute(select(table).where(table.c.account_id == account["id"])).mappings()
            found[table.name] = sorted(known.plain(table.name, row) for row in rows)
        found["job"] = known.jobs(connection)
        found["audit_event"] = known.audit(connection)
        return found


class _Known:
    """What stands for the ids of one account."""

    def __init__(self, connection: Connection, account_id: int, handle: str) -> None:
        self.handle = handle
        of_account = Export.account_id == account_id
        exports = connection.execute(select(Export.id, Export.public_id, Export.exported_at).where(of_account)).all()
        self.exports = {row.id: row.exported_at for row in exports}
        posts = connection.execute(
            select(Post.id, Post.public_id, Post.published_at, Post.ordinal).where(Post.account_id == account_id)
        ).all()
        self.posts = {row.id: (row.published_at, row.ordinal) for row in posts}
        sounds = connection.execute(select(Sound.public_id, Sound.key).where(Sound.account_id == account_id))
        self.public_ids = {row.public_id.encode(): f"{row.published_at}.{row.ordinal}" for row in posts}
        self.public_ids |= {row.public_id.encode(): row.key for row in sounds}
        self.public_ids |= {row.public_id.encode(): str(row.exported_at) for row in exports}
        runs = connection.execute(
            select(ImportRun.id, ImportRun.public_id, ImportRun.file_name).where(ImportRun.account_id == account_id)
        ).all()
        self.imports = {row.id: row.file_name for row in runs}
        self.targets = {row.public_id: row.file_name for row in runs}
        packed = Base.metadata.tables.get("list_index")
        self.packed: dict[int, object] = {}
        if packed is not None:
            lists = connection.execute(select(packed).where(packed.c.account_id == account_id)).mappings()
            self.packed = {row["id"]: (row["section"], self.exports[row["export_id"]]) for row in lists}

    def plain(self, table: str, row: RowMapping) -> str:
        """Return a row as text."""
        skipped = _ALWAYS_VOLATILE | _VOLATILE.get(table, set())
        names = sorted(str(name) for name in row)
        return repr({name: self._plain(name, row[name]) for name in names if name not in skipped})

    def _plain(self, name: str, value: Any) -> Any:
        if value is None:
            return None
        if name.endswith("export_id"):
            return self.exports.get(value, "an export that is not there")
        if name == "post_id":
            return self.posts.get(value, "a post that is not there")
        if name in ("import_id", "writing_job_id"):
            return self.imports.get(value, "an import that is not there")
        if name == "index_id":
            return self.packed.get(value, "a list that is not there")
        if isinstance(value, dict):
            value = {key: each for key, each in value.items() if key not in ("content_digest", "owner")}
            told = json.dumps(value, sort_keys=True, default=str).replace(self.handle, "OWNER")
            return _PUBLIC_ID.sub(self._stand_in, told.encode()).decode()
        if isinstance(value, bytes):
            return hashlib.sha256(_PUBLIC_ID.sub(self._stand_in, value)).hexdigest()
        return value

    def _stand_in(self, found: re.Match[bytes]) -> bytes:
        """Return what stands for a public id: the same in every run, and as long as it."""
        told = self.public_ids.get(found[0])
        return found[0] if told is None else hashlib.sha256(told.encode()).hexdigest()[: len(found[0])].encode()

    def jobs(self, connection: Connection) -> list[str]:
        """Return the jobs of the imports: which there were and how they ended."""
        rows = connection.execute(
            select(Job.kind, Job.state, Job.error_code, Job.import_id).where(Job.import_id.in_(list(self.imports)))
        )
        return sorted(repr((row.kind, row.state.value, row.error_code, self.imports[row.import_id])) for row in rows)

    def audit(self, connection: Connection) -> list[str]:
        """Return what was recorded of the imports."""
        rows = connection.execute(
            select(AuditEvent.action, AuditEvent.target).where(AuditEvent.target.in_(list(self.targets)))
        )
        return sorted(repr((row.action.value, self.targets[row.target])) for row in rows)


def first_difference(golden: Rows, found: Rows) -> list[str]:
    """Return the first row that differs, with its table."""
    for table in golden.keys() | found.keys():
        wanted, there = golden.get(table, []), found.get(table, [])
        if wanted == there:
            continue
        lost = _without(wanted, there)
        extra = _without(there, wanted)
        return [
            f"table {table}: {len(wanted)} rows wanted, {len(there)} there;"
            f" first missing: {lost[:1]}, first not wanted: {extra[:1]}"
        ]
    return []


def _without(rows: list[str], others: list[str]) -> list[str]:
    left = list(others)
    counts: dict[str, int] = {}
    for row in left:
        counts[row] = counts.get(row, 0) + 1
    missing = []
    for row in rows:
        if counts.get(row, 0):
            counts[row] -= 1
        else:
            missing.append(row)
    return missing


def lost_and_doubled(golden: Rows, found: Rows) -> tuple[int, int]:
    """Return how many rows are missing and how many are there that should not be."""
    tables = golden.keys() | found.keys()
    return (
        sum(len(_without(golden.get(t, []), found.get(t, []))) for t in tables),
        sum(len(_without(found.get(t, []), golden.get(t, []))) for t in tables),
    )


def check_sums(engine: Engine) -> list[str]:
    """Check of every import that what was read is what was stored, known already, or skipped."""
    wrong = []
    with engine.connect() as connection:
        runs = connection.execute(select(ImportRun.public_id, ImportRun.result).where(ImportRun.result.is_not(None)))
        for run in runs:
            if "is_known" in run.result:
                continue
            for section, counts in run.result.items():
                stored = counts["new"] + counts.get("refollowed", 0) + counts.get("changed", 0)
                if counts["read"] != stored + counts["unchanged"] + sum(counts["skipped"].values()):
                    wrong.append(f"import {run.public_id}: the counts of {section} do not add up: {counts}")
    return wrong


def check_imports(engine: Engine, acknowledged: set[str]) -> list[str]:
    """Check that every upload that was answered for is one import that has ended, and that there are no others."""
    ended = [state for state in ImportState if state.is_ended]
    with engine.connect() as connection:
        runs = connection.execute(select(ImportRun.public_id, ImportRun.state))
        states = {run.public_id: run.state for run in runs}
        record = select(AuditEvent.target).where(AuditEvent.action == AuditAction.IMPORT_RECEIVED)
        received = Counter(connection.scalars(record))
    wrong = [f"import {number} was acknowledged and is lost" for number in acknowledged - states.keys()]
    wrong += [f"import {number} is there and was not acknowledged" for number in states.keys() - acknowledged]
    wrong += [f"import {number} is still {state}" for number, state in states.items() if state not in ended]
    wrong += [f"import {number} is recorded {received[number]} times" for number in states
              if received[number] != 1]  # fmt: skip
    return wrong


def check_rest(engine: Engine) -> list[str]:
    """Check that nothing of an interrupted import is left in the tables, and no job is running or waiting."""
    wrong = []
    with engine.connect() as connection:
        for account in connection.execute(select(Account).where(Account.deleted_at.is_(None))).all():
            if account.has_leftovers or account.writing_job_id is not None or account.awaits_import:
                wrong.append(f"account {account.handle} is still being written")
            for table in _VERSIONED:
                wrong += _leftovers(connection, table, account.id, account.revision)
        active = (JobState.QUEUED, JobState.RUNNING)
        for job in connection.execute(select(Job).where(Job.state.in_(active))).all():
            wrong.append(f"job {job.kind} is {job.state.value}, tried {job.attempts} times, lease {job.lease_until}")
    return wrong


def _leftovers(connection: Connection, table: Table, account_id: int, revision: int) -> list[str]:
    own = table.c.account_id == account_id
    counts = {
        "of a revision to come": table.c.added_revision > revision,
        "replaced by a revision to come": (table.c.removed_revision > revision) & (table.c.removed_revision < NEVER),
    }
    wrong = []
    for name, condition in counts.items():
        number = connection.scalar(select(func.count()).select_from(table).where(own, condition)) or 0
        if number:
            wrong.append(f"table {table.name}: {number} rows {name} ({revision})")
    return wrong


def check_integrity(engine: Engine) -> list[str]:
    """Have the database check itself; PostgreSQL has no such command without an extension."""
    if engine.dialect.name != "sqlite":
        return []
    with engine.connect() as connection:
        said = connection.execute(text("PRAGMA integrity_check")).scalars().all()
        broken = connection.execute(text("PRAGMA foreign_key_check")).all()
    return [f"integrity_check: {line}" for line in said if line != "ok"] + [
        f"foreign_key_check: {row}" for row in broken
    ]


def active_jobs(engine: Engine) -> int:
    """Return how many jobs wait or run."""
    with engine.connect() as connection:
        active = Job.state.in_((JobState.QUEUED, JobState.RUNNING))
        return connection.scalar(select(func.count()).select_from(Job).where(active)) or 0
