"""What every shape of the API means, for the document and for the page that shows it."""

from __future__ import annotations

from webapp.domain.text import N_

SHAPE_TEXTS: dict[str, str] = {
    "Account": N_("An account on a platform."),
    "AccountChange": N_("What can be changed of an account; what is left out stays."),
    "AccountList": N_("The accounts of the team, the default one first."),
    "Difference": N_("What an import changes in one part; null where the word makes no sense for the part."),
    "Export": N_("An export that was imported; “at” is the moment at which the platform made it."),
    "ExportList": N_("The exports of an account, oldest first."),
    "ExportState": N_("Whether an export holds both follow lists whole."),
    "ExportedAtSource": N_("Where the time of an export comes from."),
    "Failure": N_("Why an import failed."),
    "Follow": N_("Somebody on a list; “is_mutual” is null while the other list is unknown."),
    "FollowList": N_("People on a list; “count” is null, and “unknown” says why, where no export holds the list."),
    "Import": N_("A file on its way; “is_known” is true when the same content was imported before."),
    "ImportCommit": N_("What must have been said before a held import is written."),
    "ImportForm": N_("A file to import, and what the sender knows better than the file."),
    "ImportList": N_("The imports of the team, newest first."),
    "ImportOrigin": N_("How a file came in."),
    "ImportState": N_("Where an import stands."),
    "Platform": N_("A platform whose official exports can be imported."),
    "Preview": N_("What a commit would do; “held” names the lists that wait for a confirmation."),
    "Problem": N_("A refusal or failure (RFC 9457); “field” names the argument that was refused."),
    "Progress": N_("How far the work on an import is; “total” is null while it is not known."),
    "SectionCounts": N_("What a file says about one part; the counts are null where the part is missing."),
    "SectionState": N_("What a file says about a part: missing means unknown, never zero."),
    "Unknown": N_("Why an answer is unknown, which is not the same as zero."),
    "UnknownCode": N_("The reasons for which a list is unknown."),
    "Warned": N_("A remark about the file."),
}
