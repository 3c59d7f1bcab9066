"""Triggers that keep the record of actions as it was written, on both databases (SECURITY 95).

An event is never changed. It is deleted only once its chain says that its time was over (`AuditChain.purged_sequence`);
that mark, the end of a chain and the seals never go back. Who may switch triggers off is found by `flask audit verify`.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import DDL, Table, event

from webapp.models.audit import AuditChain, AuditEvent, AuditSeal

GUARDED: Final = ("audit_event", "audit_chain", "audit_seal")

# Each is a copy of what migration 0007 makes; a test compares the two.
_SQLITE: Final[dict[str, tuple[str, ...]]] = {
    "audit_event": (
        "CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event"
        " BEGIN SELECT RAISE(ABORT, 'audit_event keeps its rows'); END",
        "CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event"
        " WHEN OLD.sequence > COALESCE((SELECT purged_sequence FROM audit_chain WHERE chain = OLD.chain), 0)"
        " BEGIN SELECT RAISE(ABORT, 'audit_event keeps its rows'); END",
    ),
    "audit_chain": (
        "CREATE TRIGGER audit_chain_no_return BEFORE UPDATE ON audit_chain"
        " WHEN NEW.chain <> OLD.chain OR NEW.sequence < OLD.sequence OR NEW.purged_sequence < OLD.purged_sequence"
        " BEGIN SELECT RAISE(ABORT, 'audit_chain never goes back'); END",
        "CREATE TRIGGER audit_chain_no_delete BEFORE DELETE ON audit_chain"
        " BEGIN SELECT RAISE(ABORT, 'audit_chain keeps its rows'); END",
    ),
    "audit_seal": (
        "CREATE TRIGGER audit_seal_no_update BEFORE UPDATE ON audit_seal"
        " BEGIN SELECT RAISE(ABORT, 'audit_seal keeps its rows'); END",
        "CREATE TRIGGER audit_seal_no_delete BEFORE DELETE ON audit_seal"
        " BEGIN SELECT RAISE(ABORT, 'audit_seal keeps its rows'); END",
    ),
}
_KEEPS_ROWS: Final = (
    "CREATE OR REPLACE FUNCTION audit_keeps_rows() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION '%% keeps its rows', TG_TABLE_NAME; END $$"
)
_POSTGRESQL: Final[dict[str, tuple[str, ...]]] = {
    "audit_event": (
        _KEEPS_ROWS,
        "CREATE OR REPLACE FUNCTION audit_keeps_events() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN IF OLD.sequence > COALESCE((SELECT purged_sequence FROM audit_chain WHERE chain = OLD.chain), 0)"
        " THEN RAISE EXCEPTION 'audit_event keeps its rows'; END IF; RETURN OLD; END $$",
        "CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event"
        " FOR EACH ROW EXECUTE FUNCTION audit_keeps_rows()",
        "CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event"
        " FOR EACH ROW EXECUTE FUNCTION audit_keeps_events()",
        "CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_keeps_rows()",
    ),
    "audit_chain": (
        _KEEPS_ROWS,
        "CREATE TRIGGER audit_chain_no_return BEFORE UPDATE ON audit_chain FOR EACH ROW"
        " WHEN (NEW.chain <> OLD.chain OR NEW.sequence < OLD.sequence OR NEW.purged_sequence < OLD.purged_sequence)"
        " EXECUTE FUNCTION audit_keeps_rows()",
        "CREATE TRIGGER audit_chain_no_delete BEFORE DELETE ON audit_chain"
        " FOR EACH ROW EXECUTE FUNCTION audit_keeps_rows()",
        "CREATE TRIGGER audit_chain_no_truncate BEFORE TRUNCATE ON audit_chain"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_keeps_rows()",
    ),
    "audit_seal": (
        _KEEPS_ROWS,
        "CREATE TRIGGER audit_seal_no_update BEFORE UPDATE ON audit_seal"
        " FOR EACH ROW EXECUTE FUNCTION audit_keeps_rows()",
        "CREATE TRIGGER audit_seal_no_delete BEFORE DELETE ON audit_seal"
        " FOR EACH ROW EXECUTE FUNCTION audit_keeps_rows()",
        "CREATE TRIGGER audit_seal_no_truncate BEFORE TRUNCATE ON audit_seal"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_keeps_rows()",
    ),
}


def _statement(text: str) -> DDL:
    return DDL(text)  # type: ignore[no-untyped-call]


def _guard(table: Table) -> None:
    for dialect, statements in (("sqlite", _SQLITE), ("postgresql", _POSTGRESQL)):
        for statement in statements[table.name]:
            event.listen(table, "after_create", _statement(statement).execute_if(dialect=dialect))


for _model in (AuditEvent, AuditChain, AuditSeal):
    _guard(_model.__table__)  # type: ignore[arg-type]
