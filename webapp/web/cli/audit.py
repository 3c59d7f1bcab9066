"""The commands that look after the record of actions."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext
from flask_babel import gettext as _

from webapp.domain.text import N_
from webapp.services import audit_seals
from webapp.services.audit_verify import Flaw, FlawKind, verify

audit = AppGroup("audit", help="Check and seal the record of actions.")

FLAW_TEXTS: dict[FlawKind, str] = {
    FlawKind.EDITED: N_("chain %(chain)s, event %(place)s: it was changed after it was written"),
    FlawKind.MISSING: N_("chain %(chain)s, event %(place)s: it is missing"),
    FlawKind.INSERTED: N_("chain %(chain)s, event %(place)s: it was put in by force"),
    FlawKind.UNLINKED: N_("chain %(chain)s, event %(place)s: it does not follow the one before it"),
    FlawKind.CUT_SHORT: N_("chain %(chain)s, event %(place)s: the chain was cut off before it"),
    FlawKind.END_UNKNOWN: N_("chain %(chain)s, event %(place)s: the chain's end is not the one that was noted"),
    FlawKind.PURGE_UNSAID: N_("chain %(chain)s, event %(place)s: the chain's beginning was deleted without saying so"),
    FlawKind.SEAL_FORGED: N_("chain %(chain)s, event %(place)s: its seal was not made by this installation"),
    FlawKind.SEAL_BROKEN: N_("chain %(chain)s, event %(place)s: it is not the event that was sealed"),
    FlawKind.SEAL_GONE: N_("chain %(chain)s, event %(place)s: its seal is gone from the database"),
    FlawKind.COPY_MISSING: N_("chain %(chain)s, event %(place)s: no copy of its seal is in the folder audit_seals"),
    FlawKind.GUARD_OFF: N_("the trigger %(name)s is not there or is switched off"),
}


@audit.command("verify")
@with_appcontext
def verify_record() -> None:
    """Read every chain of events and its seals; name every place that is not as it was written."""
    verdict = verify()
    for flaw in verdict.flaws:
        click.echo(_said(flaw))
    if verdict.flaws:
        raise click.exceptions.Exit(1)
    counts = {"events": verdict.events, "chains": verdict.chains}
    click.echo(_("All are as they were written. Events: %(events)s, chains: %(chains)s.", **counts))


@audit.command("seal")
@with_appcontext
def seal() -> None:
    """Seal the ends of all chains now, as it is done every day."""
    click.echo(_("Chains that were sealed: %(count)s.", count=audit_seals.seal_chains()))


def register(app: Flask) -> None:
    """Give the application its commands."""
    app.cli.add_command(audit)


def _said(flaw: Flaw) -> str:
    return str(_(FLAW_TEXTS[flaw.kind], chain=flaw.chain, place=flaw.sequence, name=flaw.name))
