"""Commands that import exports, with a worker beside them or without one."""

from __future__ import annotations

import hashlib
import json
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import click
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy import select

from webapp.analytics.imports import ImportView, get_import_view
from webapp.domain.errors import AppError, ErrorCode
from webapp.domain.scope import Permission, TeamScope
from webapp.extensions import db
from webapp.models import ImportOrigin, ImportState, JobState, User
from webapp.services.access import get_team_scope
from webapp.services.accounts import normalise_handle
from webapp.services.after_switch import find_waiting
from webapp.services.audit import Actor
from webapp.services.handlers import HANDLERS
from webapp.services.imports import ImportWishes, ReceivedFile, cancel_import, create_import
from webapp.services.jobs import run_job
from webapp.services.studio import result_of
from webapp.services.uploads import uploads_path
from webapp.services.users import get_user_id
from webapp.web.messages import message, text_of

EXIT_USAGE, EXIT_NOT_IMPORTABLE, EXIT_HELD, EXIT_OTHER_OWNER = 2, 3, 4, 5
_WAIT_SECONDS = 0.3
_CHUNK = 1024 * 1024


def register(app: Flask) -> None:
    """Add the command to the application."""
    app.cli.add_command(import_tiktok_json)


def import_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that every import has."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line."),
        click.option(
            "--confirm-losses", is_flag=True, help="Import a list that lacks many of the people it had before."
        ),
        click.option("--dry-run", is_flag=True, help="Read and compare, change nothing."),
        click.option(
            "--export-date", metavar="ISO", help="When the export was made, such as 2026-01-15T07:45:00+01:00."
        ),
        click.option(
            "--account", "handle", metavar="HANDLE", help="The account; without it the owner named in the file."
        ),
        click.option(
            "--user", "email", metavar="EMAIL", help="Whose team it is imported for; needed with several people."
        ),
    ):
        command = option(command)
    return command


def read_wishes(handle: str | None, export_date: str | None, confirm_losses: bool) -> ImportWishes:
    """Return what the options ask for; raise ``AppError`` for a value that is none."""
    return ImportWishes(
        handle=normalise_handle(handle) if handle else None,
        exported_at=parse_export_date(export_date) if export_date else None,
        losses_confirmed=confirm_losses,
    )


@click.command("import_tiktok_json")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@import_options
@with_appcontext
def import_tiktok_json(
    file: Path,
    email: str | None,
    handle: str | None,
    export_date: str | None,
    dry_run: bool,
    confirm_losses: bool,
    as_json: bool,
) -> None:
    """Import one TikTok export (.json, .txt or .zip)."""
    scope = find_scope(email)
    try:
        wishes = replace(read_wishes(handle, export_date, confirm_losses), commits_itself=not dry_run)
        actor = Actor(scope.user_id, scope.team_id)
        public_id = create_import(actor, scope, copy_file(file), ImportOrigin.COMMAND, wishes, rings=False)
    except AppError as error:
        stop(EXIT_USAGE, message(error))
    view = run_to_the_end(scope, public_id)
    code, sentence = judge(view, dry_run=dry_run)
    if not view.run.state.is_ended:
        cancel_import(actor, scope, public_id)
    report(view, sentence, code, as_json=as_json)
    sys.exit(code)


def find_scope(email: str | None) -> TeamScope:
    """Return the scope of the named person, or of the only one; stop with exit code 2 otherwise."""
    if email is None:
        ids = db.session.scalars(select(User.id).limit(2)).all()
        if not ids:
            stop(EXIT_USAGE, "Nobody has signed up yet. Make the first person with: flask --app wsgi create_user EMAIL")
        if len(ids) > 1:
            stop(EXIT_USAGE, "There are several people here. Say for whom with --user EMAIL.")
        user_id = ids[0]
    else:
        try:
            user_id = get_user_id(email)
        except AppError as error:
            stop(EXIT_USAGE, message(error))
    try:
        return get_team_scope(user_id, Permission.IMPORT_WRITE)
    except AppError as error:
        stop(EXIT_USAGE, message(error))


def parse_export_date(text: str) -> int:
    """Return the Unix second of an ISO 8601 time; a time without a zone is UTC."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        stop(EXIT_USAGE, f"--export-date: expected an ISO 8601 time such as 2026-01-15T07:45:00Z, found {text!r}.")
    return int((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp())


def run_to_the_end(scope: TeamScope, public_id: str) -> ImportView:
    """Do the jobs of an import in this process, or wait for the worker that was quicker."""
    while True:
        view = get_import_view(scope, public_id)
        if not view.run.state.is_working:
            for job_id in find_waiting(scope.team_id):
                run_job(job_id, HANDLERS, _show_progress)
            click.echo("", err=True)
            return get_import_view(scope, public_id)
        job, state = view.job, None
        if job is not None and job.state is JobState.QUEUED:
            state = run_job(job.id, HANDLERS, _show_progress)
        if state is None or state is JobState.QUEUED:  # a worker has it, or it is to be tried again later
            time.sleep(_WAIT_SECONDS)
        db.session.rollback()


def judge(view: ImportView, *, dry_run: bool) -> tuple[int, str]:
    """Return the exit code and the sentence for how an import ended."""
    run = view.run
    match run.state:
        case ImportState.DONE if (run.result or {}).get("is_known"):
            return 0, "Nothing new: this content was imported before."
        case ImportState.DONE:
            return 0, f"Imported into @{run.owner}."
        case ImportState.READY if dry_run:
            return 0, "This is what an import would do. Nothing was changed."
        case ImportState.HELD if (run.preview or {}).get("cut"):
            return EXIT_HELD, (
                "Held: a list in this file ends in the middle of a row. Nothing of it was imported. "
                "If the file is complete, run the command again with --confirm-losses."
            )
        case ImportState.HELD:
            count = (run.preview or {}).get("held_count", 0)
            return EXIT_HELD, (
                f"Held: {count} people would count as no longer there, which is unusual. Nothing of it was imported. "
                "If the file is complete, run the command again with --confirm-losses."
            )
        case ImportState.RECOGNISED:
            return EXIT_USAGE, "The file does not say whose export it is. Name the account with --account HANDLE."
        case ImportState.FAILED if run.error_code == ErrorCode.IMPORT_OTHER_OWNER:
            return EXIT_OTHER_OWNER, text_of(run.error_code, run.error_params)
        case ImportState.FAILED:
            return EXIT_NOT_IMPORTABLE, text_of(run.error_code or "", run.error_params)
        case _:
            return EXIT_NOT_IMPORTABLE, f"The import was {run.state.value}."


def report(view: ImportView, sentence: str, code: int, *, as_json: bool) -> None:
    """Print what was read and what came of it."""
    print_counts(view)
    click.echo(sentence, err=code != 0)
    if as_json:
        click.echo(json.dumps({**told(view), "exit_code": code}))


def told(view: ImportView) -> dict[str, Any]:
    """Return what is said of an import to a program."""
    run = view.run
    return {
        "id": run.public_id,
        "state": run.state.value,
        "account": run.owner,
        "exported_at": run.exported_at,
        "sections": _counts(view),
        "error": run.error_code,
    }


def print_counts(view: ImportView) -> None:
    """Print a line for every part of a file: read = new + updated + unchanged + skipped."""
    for name, counts in _counts(view).items():
        if counts["state"] == "missing":
            click.echo(f"{name:15} not in this file, left as it was")
            continue
        reasons = "".join(f", {reason} {n}" for reason, n in counts["skipped"].items())
        click.echo(
            f"{name:15} read {counts['read']}, new {counts['new']}, updated {counts['updated']}, "
            f"unchanged {counts['unchanged']}, skipped {sum(counts['skipped'].values())}{reasons}"
            + (f"; no longer there {counts['gone']}" if counts.get("gone") else "")
        )


def _counts(view: ImportView) -> dict[str, dict[str, Any]]:
    summary, preview = view.run.summary or {}, view.run.preview or {}
    studio = result_of(preview)
    parts = (summary.get("studio") or {}).get("parts", {})
    # A download from TikTok Studio has none of the lists, so these are not worth a line each.
    said = {f"studio_{part}": counts for part, counts in parts.items()} or summary.get("sections", {})
    found: dict[str, dict[str, Any]] = {}
    for name, section in said.items():
        if name == "profile":
            continue
        result = (view.run.result or {}).get(name)
        plan = result or studio.get(name) or (preview.get("sections") or {}).get(name) or {"new": section["kept"]}
        found[name] = {
            "state": section["state"],
            "read": section["read"],
            "new": plan.get("new", 0),
            "updated": plan.get("changed", 0) + plan.get("refollowed", 0),
            "unchanged": plan.get("unchanged", 0),
            "gone": plan.get("gone", 0),
            "skipped": plan.get("skipped", section["skipped"]),
        }
        if (view.run.result or {}).get("is_known"):
            found[name].update(new=0, updated=0, unchanged=section["kept"], gone=0)
    return found


def _show_progress(step: str, done: int, total: int) -> None:
    if total and sys.stderr.isatty():
        click.echo(f"\r{step}: {done * 100 // total} %   ", nl=False, err=True)


def copy_file(file: Path) -> ReceivedFile:
    """Copy the file to where uploads wait, hashing it on the way."""
    folder = uploads_path()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = folder / f"{secrets.token_hex(16)}.part"
    digest = hashlib.sha256()
    with file.open("rb") as source, part.open("xb") as target:
        part.chmod(0o600)
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            target.write(chunk)
    return ReceivedFile(part, file.name, part.stat().st_size, digest.hexdigest())


def stop(code: int, sentence: str) -> NoReturn:
    """End the command with a sentence on standard error."""
    click.echo(sentence, err=True)
    sys.exit(code)
