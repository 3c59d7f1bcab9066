"""Know a file again by its bytes, so that nobody waits while it is read once more."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.names import name_key
from webapp.domain.studio import STUDIO_LAYOUT
from webapp.models import Account, Export, ImportRun, ImportState
from webapp.services.rights import check_import_account


def find_known(session: Session, run: ImportRun) -> tuple[Account, ImportRun] | None:
    """Return the account that holds the very bytes of a run, and the import that brought them; else ``None``.

    Only where reading the file could tell nothing else: the export is still there, and the account is the one that
    the file names or, where it names none, the one that the sender names.
    """
    if not run.sha256:
        return None
    query = (
        select(Account, ImportRun)
        .join(Export, Export.account_id == Account.id)
        .join(ImportRun, ImportRun.id == Export.import_id)
        .where(ImportRun.team_id == run.team_id, ImportRun.sha256 == run.sha256, ImportRun.id != run.id)
        .where(ImportRun.state == ImportState.DONE, Account.team_id == run.team_id, Account.deleted_at.is_(None))
        .where(Export.added_revision <= Account.revision, Export.removed_revision > Account.revision)
        .order_by(Export.id)
    )
    wanted = name_key(run.wanted_handle) if run.wanted_handle else None
    for account, earlier in session.execute(query):
        said = earlier.summary or {}
        # Whose a download from Studio is, its name says, and not its bytes.
        names_owner = said.get("owner") and said.get("layout") != STUDIO_LAYOUT
        if account.handle_key == wanted or (wanted is None and names_owner):
            check_import_account(session, run, account.id)
            return account, earlier
    return None
