"""The command that imports several exports of one account, the oldest first, and tells what changed between them."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

import click
from flask import Flask
from flask.cli import with_appcontext

from webapp.analytics.changes import find_changes
from webapp.analytics.imports import ImportView, get_import_view
from webapp.analytics.timeline import find_timeline
from webapp.domain.errors import AppError
from webapp.domain.names import name_key
from webapp.domain.period import instant
from webapp.domain.scope import TeamScope
from webapp.models import DIRECTIONS, ImportOrigin, ImportRun, ImportState
from webapp.services.access import get_account_scope
from webapp.services.audit import Actor
from webapp.services.imports import (
    ImportWishes,
    cancel_import,
    commit_import,
    compare_again,
    correct_import,
    create_import,
)
from webapp.web.cli.imports import (
    EXIT_HELD,
    EXIT_OTHER_OWNER,
    EXIT_USAGE,
    copy_file,
    find_scope,
    import_options,
    judge,
    print_counts,
    read_wishes,
    run_to_the_end,
    stop,
    told,
)
from webapp.web.messages import message

Interval = dict[str, int]
"""Two export times, and how many names were gained, lost and so on between them."""


def register(app: Flask) -> None:
    """Add the command to the application."""
    app.cli.add_command(import_followers_history)


@click.command("import_followers_history")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@import_options
@with_appcontext
def import_followers_history(
    files: tuple[Path, ...],
    email: str | None,
    handle: str | None,
    export_date: str | None,
    dry_run: bool,
    confirm_losses: bool,
    as_json: bool,
) -> None:
    """Import several TikTok exports of one account, in the order in which they were made."""
    if export_date and len(files) > 1:
        stop(EXIT_USAGE, "--export-date: several exports cannot have been made at one time. Import that file alone.")
    scope = find_scope(email)
    series = _Series(scope, Actor(scope.user_id, scope.team_id), as_json)
    try:
        series.read(files, read_wishes(handle, export_date, confirm_losses))
    except AppError as error:
        series.end(EXIT_USAGE, message(error))
    series.check()
    if dry_run:
        series.end_dry()
    series.write()


@dataclass(frozen=True, slots=True)
class _Entry:
    """One file and its import."""

    scope: TeamScope
    file: Path
    public_id: str

    @property
    def view(self) -> ImportView:
        """Return the import as it stands now."""
        return get_import_view(self.scope, self.public_id)

    @property
    def run(self) -> ImportRun:
        """Return the run of the import as it stands now."""
        return self.view.run

    @property
    def title(self) -> str:
        """Return the file's name and the time of its export."""
        second = self.run.exported_at
        made = f", exported {instant(second, 'UTC'):%Y-%m-%d %H:%M} UTC" if second is not None else ""
        return self.file.name + made


@dataclass(slots=True)
class _Series:
    """The exports that one command was given."""

    scope: TeamScope
    actor: Actor
    as_json: bool
    entries: list[_Entry] = field(default_factory=list)

    def read(self, files: tuple[Path, ...], wishes: ImportWishes) -> None:
        """Read every file and put them in the order in which they were made."""
        for file in files:
            public_id = create_import(
                self.actor, self.scope, copy_file(file), ImportOrigin.COMMAND, wishes, rings=False
            )
            self.entries.append(_Entry(self.scope, file, public_id))
        for entry in self.entries:
            run_to_the_end(self.scope, entry.public_id)
        owners = [entry.run.owner for entry in self.entries if entry.run.owner]
        for entry in self.entries:
            if entry.run.state is ImportState.RECOGNISED and owners:
                correct_import(self.actor, self.scope, entry.public_id, handle=owners[0], rings=False)
                run_to_the_end(self.scope, entry.public_id)
        self.entries.sort(key=lambda entry: entry.run.exported_at or 0)

    def check(self) -> None:
        """End the command, before anything is written, when a file cannot be imported or is somebody else's."""
        for entry in self.entries:
            if entry.run.state in (ImportState.FAILED, ImportState.RECOGNISED, ImportState.CANCELLED):
                code, sentence = judge(entry.view, dry_run=False)
                self.end(code, f"{entry.file.name}: {sentence} Nothing was imported.")
        owners = {entry.run.account_id or name_key(entry.run.owner or ""): entry.run.owner for entry in self.entries}
        if len(owners) > 1:
            names = " and ".join(f"@{name}" for name in owners.values())
            self.end(
                EXIT_OTHER_OWNER, f"These are exports of {names}. Give those of one account. Nothing was imported."
            )

    def end_dry(self) -> NoReturn:
        """Tell what every file holds, compared with what is stored now, and change nothing."""
        for entry in self.entries:
            click.echo(entry.title)
            print_counts(entry.view)
        held = next((entry for entry in self.entries if entry.run.state is ImportState.HELD), None)
        if held is None:
            self.end(0, "This is what every import would do by itself. Nothing was changed.")
        self.end(EXIT_HELD, f"{held.file.name}: {judge(held.view, dry_run=True)[1]}")

    def write(self) -> NoReturn:
        """Import one after the other, each compared with what those before it left; stop at the first that is held."""
        written: list[_Entry] = []
        for entry in self.entries:
            if entry.run.state is not ImportState.DONE:
                if written:
                    compare_again(self.scope, entry.public_id, rings=False)
                    run_to_the_end(self.scope, entry.public_id)
                if entry.run.state is ImportState.READY:
                    commit_import(self.actor, self.scope, entry.public_id, rings=False)
                    run_to_the_end(self.scope, entry.public_id)
            click.echo(entry.title)
            print_counts(entry.view)
            code, sentence = judge(entry.view, dry_run=False)
            if code != 0:
                self.end(code, f"{entry.file.name}: {sentence} {self._tally(written)}", self._intervals(written))
            click.echo(sentence)
            written.append(entry)
        intervals = self._intervals(written)
        _print_intervals(intervals)
        self.end(0, self._tally(written), intervals)

    def end(self, code: int, sentence: str, intervals: dict[str, list[Interval]] | None = None) -> NoReturn:
        """Forget what was not imported, say how it ended, and exit."""
        body: dict[str, Any] = {
            "exit_code": code,
            "account": next((entry.run.owner for entry in self.entries if entry.run.owner), None),
            "imports": [{"file": entry.file.name, **told(entry.view)} for entry in self.entries],
            "intervals": intervals or {},
        }
        for entry in self.entries:
            if not entry.run.state.is_ended:
                cancel_import(self.actor, self.scope, entry.public_id)
        click.echo(sentence, err=code != 0)
        if self.as_json:
            click.echo(json.dumps(body))
        sys.exit(code)

    def _tally(self, written: list[_Entry]) -> str:
        left = [entry.file.name for entry in self.entries if entry not in written]
        done = f"Imported: {', '.join(entry.file.name for entry in written) or 'nothing'}."
        return f"{done} Not imported: {', '.join(left)}." if left else done

    def _intervals(self, written: list[_Entry]) -> dict[str, list[Interval]]:
        """Return what changed between every two exports next to each other of which one is in this series."""
        account = written[-1].view.account if written else None
        if account is None:
            return {}
        scope = get_account_scope(self.scope, account.public_id)
        digests = {entry.run.content_digest for entry in written}
        found: dict[str, list[Interval]] = {}
        for section in DIRECTIONS:
            exports = find_timeline(scope, section).exports
            found[section.value] = []
            for before, after in pairwise(exports):
                if before.content_digest not in digests and after.content_digest not in digests:
                    continue
                changes = find_changes(scope, section, before, after)
                found[section.value].append(
                    {
                        "from": before.exported_at,
                        "to": after.exported_at,
                        "gained": len(changes.gained),
                        "lost": len(changes.lost),
                        "renamed": sum(rename.confirmed is not False for rename in changes.renamed),
                        "returned": len(changes.returned),
                        "refollowed": len(changes.refollowed),
                        "deleted": len(changes.deleted),
                    }
                )
        return found


def _print_intervals(intervals: dict[str, list[Interval]]) -> None:
    for name, rows in intervals.items():
        for row in rows:
            first, last = (f"{instant(row[end], 'UTC'):%Y-%m-%d}" for end in ("from", "to"))
            click.echo(
                f"{name:15} {first} to {last}: gained {row['gained']}, lost {row['lost']}, renamed {row['renamed']}"
            )
