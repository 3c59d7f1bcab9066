"""The words for what an import found."""

from __future__ import annotations

from webapp.domain.sections import Certainty, ExportedAtSource, SectionState
from webapp.domain.text import N_
from webapp.importers.records import SkipReason
from webapp.models import ImportState

STATE_TEXTS: dict[str, str] = {
    SectionState.FILLED: N_("found"),
    SectionState.EMPTY: N_("found, empty"),
    SectionState.MISSING: N_("not in this file, so it stays as it was"),
    SectionState.CUT: N_("cut short"),
}

SKIP_TEXTS: dict[str, str] = {
    SkipReason.DELETED_ACCOUNT: N_("deleted accounts"),
    SkipReason.DUPLICATE: N_("listed twice"),
    SkipReason.BAD_DATE: N_("date not readable"),
    SkipReason.BAD_NAME: N_("name not readable"),
    SkipReason.BAD_ROW: N_("row not readable"),
    SkipReason.BAD_NUMBER: N_("number not readable"),
    SkipReason.BAD_LINK: N_("link not readable"),
    SkipReason.NO_FIGURES: N_("nothing counted yet"),
    "repeated": N_("in two lists"),
    "erased": N_("erased people"),
    "left_out": N_("in a list that was left out"),
}

SOURCE_TEXTS: dict[str, str] = {
    ExportedAtSource.PERSON: N_("you set this"),
    ExportedAtSource.FILE_NAME: N_("from the name of the file"),
    ExportedAtSource.ZIP_ENTRY: N_("from the time inside the zip"),
    ExportedAtSource.NEWEST_ROW: N_("from the newest row in the file"),
    ExportedAtSource.LINK_EXPIRY: N_("from the links in the file"),
    ExportedAtSource.UPLOAD: N_("the time of the upload, because the file does not say"),
}

CERTAINTY_TEXTS: dict[str, str] = {
    Certainty.CERTAIN: N_("certain"),
    Certainty.LIKELY: N_("likely; correct it if you know better"),
    Certainty.GUESSED: N_("a guess; please check it"),
}

STEP_TEXTS: dict[str, str] = {
    "reading": N_("Reading the file"),
    "comparing": N_("Comparing with what is known"),
    "clearing": N_("Making ready"),
    "writing": N_("Writing"),
    "undoing": N_("Taking the import back"),
    "moving": N_("Moving the export in time"),
}

WARNING_TEXTS: dict[str, str] = {
    "characters_replaced": N_("%(count)s damaged characters were replaced by a placeholder."),
    "section_twice": N_("A list stands at two places of the file; both were read, and names in both count once."),
    "section_unreadable": N_("A part of the file has an unknown shape (%(path)s). It was left as unknown."),
    "list_absent_in_container": N_(
        "A part of the file is there without its list (%(path)s). It counts as unknown, not as zero."
    ),
}

_BADGES: dict[ImportState, tuple[str, str]] = {
    ImportState.RECEIVED: (N_("being read"), "accent"),
    ImportState.RECOGNISED: (N_("needs your decision"), "held"),
    ImportState.HELD: (N_("needs your decision"), "held"),
    ImportState.READY: (N_("ready for you"), "warn"),
    ImportState.COMMITTING: (N_("being written"), "accent"),
    ImportState.DONE: (N_("done"), "good"),
    ImportState.FAILED: (N_("not imported"), "bad"),
    ImportState.CANCELLED: (N_("cancelled"), "neutral"),
    ImportState.UNDOING: (N_("being undone"), "accent"),
    ImportState.UNDONE: (N_("undone"), "neutral"),
}


def state_badge(state: ImportState) -> tuple[str, str]:
    """Return the word for a state, untranslated, and the kind of its badge."""
    return _BADGES[state]
