"""Write an import run in the shape of the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.analytics.imports import ImportView
from webapp.models import ImportRun, Job
from webapp.services.studio import result_of
from webapp.web.api.shapes import (
    Difference,
    Failure,
    Import,
    OwnerCandidate,
    OwnerQuestion,
    Preview,
    Progress,
    Warned,
    section_counts,
    utc,
)
from webapp.web.messages import text_of


def import_of(view: ImportView) -> Import:
    """Return the import as the API shows it; nothing of the file's own rows is in it."""
    run = view.run
    summary = run.summary or {}
    return Import(
        id=run.public_id,
        state=run.state,
        origin=run.origin,
        file_name=run.file_name,
        size_bytes=run.size_bytes,
        account=view.account.public_id if view.account else None,
        platform=run.platform,
        owner=run.owner,
        exported_at=None if run.exported_at is None else utc(run.exported_at),
        exported_at_source=run.exported_at_source,
        created_at=run.created_at,
        ended_at=run.ended_at,
        progress=_progress(run, view.job),
        sections=section_counts({**summary["sections"], **_parts(summary)}) if "sections" in summary else None,
        preview=None if run.preview is None else _preview(run.preview),
        is_known=_is_known(run),
        result=_result(run.result),
        warnings=[Warned(code=each["code"], params=each["params"]) for each in summary.get("warnings", ())],
        error=Failure(code=run.error_code, text=text_of(run.error_code, run.error_params)) if run.error_code else None,
    )


def _parts(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a download from TikTok Studio holds, beside the sections that it lacks."""
    return {f"studio_{part}": said for part, said in ((summary.get("studio") or {}).get("parts") or {}).items()}


def _progress(run: ImportRun, job: Job | None) -> Progress | None:
    if job is None or not run.state.is_working:
        return None
    return Progress(step=job.step, done=job.progress_done, total=job.progress_total or None)


def _preview(preview: Mapping[str, Any]) -> Preview:
    return Preview(
        is_first=preview["is_first"],
        sections={name: _difference(counts) for name, counts in {**preview["sections"], **result_of(preview)}.items()},
        held=preview["held"],
        held_count=preview["held_count"],
        cut=preview["cut"],
        owner_question=_question(preview.get("owner_question")),
    )


def _question(asked: Mapping[str, Any] | None) -> OwnerQuestion | None:
    if asked is None:
        return None
    candidates = [
        OwnerCandidate(account=said["public_id"], handle=said["handle"], shared=said["shared"], of=said["of"])
        for said in asked["accounts"]
    ]
    return OwnerQuestion(owner=asked["owner"], accounts=candidates)


def _is_known(run: ImportRun) -> bool | None:
    if run.preview is None and run.result is None:
        return None
    return bool((run.result or {}).get("is_known") or (run.preview or {}).get("is_known"))


def _result(result: Mapping[str, Any] | None) -> dict[str, Difference] | None:
    if result is None or "is_known" in result:
        return None
    return {name: _difference(counts) for name, counts in result.items()}


def _difference(counts: Mapping[str, Any]) -> Difference:
    return Difference(**{name: counts[name] for name in Difference.__struct_fields__ if name in counts})
