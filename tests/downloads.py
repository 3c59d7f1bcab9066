"""Downloads for tests: an account to take them of, a way to have them made, and what is in them."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from tests.factories import Member, account_scope, export_json, import_done, many, run_jobs
from webapp.domain.data_exports import ExportContent, ExportForm, ExportWishes
from webapp.domain.scope import Scope
from webapp.extensions import settings
from webapp.models import Account, JobState
from webapp.services.data_exports import ReadyFile, fetch_data_export, request_data_export
from webapp.services.transaction import transaction

EARLY, LATE = 1_735_800_000, 1_738_500_000
PARIS = "Europe/Paris"


def imported(member: Member, posts: list[dict[str, Any]] | None = None) -> Scope:
    """Return the scope of an account in Paris with two exports a month apart; two people left, four came."""
    if posts is None:
        posts = [post(f"2024-12-0{day} 12:00:00", f"Post {day} été 🌸", day) for day in range(1, 6)]
    following = [*many(3, "brand"), many(40)[7]]
    import_done(member, export_json(many(40)[4:], following, posts=posts), exported_at=EARLY)
    import_done(member, export_json(many(38), following, posts=posts), exported_at=LATE)
    with transaction() as session:
        session.get_one(Account, account_scope(member).account_id).timezone = PARIS
    run_jobs()
    return account_scope(member)


def post(at: str, title: str, likes: int = 1) -> dict[str, Any]:
    return {"Date": at, "Likes": str(likes), "Title": title, "Link": ""}


def ask(member: Member, scope: Scope, content: ExportContent, form: ExportForm, locale: str = "en") -> str:
    return request_data_export(member.actor, scope, ExportWishes(content, form), locale)


def made(member: Member, scope: Scope, content: ExportContent, form: ExportForm, locale: str = "en") -> ReadyFile:
    public_id = ask(member, scope, content, form, locale)
    assert set(run_jobs()) == {JobState.DONE}
    return fetch_data_export(member.actor, scope, public_id)


def folder() -> Path:
    return settings().instance_path / "data_exports"


def files() -> list[str]:
    return sorted(path.name for path in folder().iterdir()) if folder().is_dir() else []


def rows_of(content: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    text = io.StringIO(content.decode("utf-8-sig"), newline="")
    return list(csv.DictReader(text, delimiter=delimiter, strict=True))


def delimiter_of(form: ExportForm) -> str:
    return "," if form is ExportForm.CSV else ";"


def types_of(book: Any) -> set[str]:
    return {cell.data_type for sheet in book.worksheets for row in sheet.iter_rows() for cell in row}
