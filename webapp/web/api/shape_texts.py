"""What every shape of the API means, for the document and for the page that shows it."""

from __future__ import annotations

from webapp.domain.text import N_

SHAPE_TEXTS: dict[str, str] = {
    "Account": N_("An account on a platform."),
    "AccountChange": N_("What can be changed of an account; what is left out stays."),
    "AccountList": N_("The accounts of the team, the default one first."),
    "AcquisitionDay": N_("A day of the account’s time zone on which many of today’s followers came."),
    "Arrivals": N_(
        "How many people of each list now were followed in the days before its export; null is unknown. "
        "Whoever came and left again is not among them."
    ),
    "AudienceStats": N_(
        "The figures of the newest complete lists. What cannot be known is null, and “unknown” says why."
    ),
    "Change": N_(
        "Somebody who is on one of two lists only. “between” are the times of the complete list before and of the "
        "list that shows it; “was_mutual” is null when unknown."
    ),
    "ChangeLists": N_(
        "What changed on a list between two exports. A rename that is not confirmed stays in gained and lost too; "
        "returned is a part of gained, deleted a part of lost. Where “unknown” is there, nobody can tell."
    ),
    "Difference": N_("What an import changes in one part; null where the word makes no sense for the part."),
    "Caveat": N_("What a number does not say."),
    "Certainty": N_("How sure the time of an export is."),
    "ExplainedCaveat": N_("Something that a number does not say; “count” are people or rows."),
    "ExplainedImport": N_(
        "An export that a number was counted from, and the file that brought it; “readers” is the least role that may "
        "open its import."
    ),
    "ExplainedMethod": N_("How an estimate or a share was made."),
    "ExplainedPart": N_("Another number that this one is reckoned from; “value” is null where it is unknown."),
    "ExplainedPeriod": N_(
        "From when to when, both included, in seconds and in days of the time zone; “from” is null for the beginning."
    ),
    "ExplainedReason": N_("Why a number is unknown, which is not the same as zero."),
    "Explanation": N_(
        "A number with everything it takes to check it; “value” is null where “unknown” says why. “low” and “high” "
        "hold the truth in 95 of 100 cases, “n” is how many people it rests on, “part” and “whole” are those of a "
        "share. “page” shows the same, “rows_csv” are the people behind it."
    ),
    "Method": N_("The ways to estimate."),
    "MetricKey": N_("The numbers that can be explained."),
    "Reason": N_("The reasons for which a number is unknown."),
    "Section": N_("A part of an export."),
    "Unit": N_("How a number is written."),
    "Export": N_("An export that was imported; “at” is the moment at which the platform made it."),
    "ExportList": N_("The exports of an account, oldest first."),
    "ExportState": N_("Whether an export holds both follow lists whole."),
    "ExportedAtSource": N_("Where the time of an export comes from."),
    "Failure": N_("Why an import failed."),
    "Follow": N_("Somebody on a list; “is_mutual” is null while the other list is unknown."),
    "FollowList": N_("People on a list; “count” is null, and “unknown” says why, where no export holds the list."),
    "AcquisitionPeak": N_("A day with far more new followers than usual around it; “expected” is what was usual."),
    "GrowthAnswer": N_(
        "How the lists grew; “unknown” says why there is nothing, “peaks_unknown” why no peak could be looked for."
    ),
    "GrowthPeriod": N_("How far back growth is shown."),
    "GrowthPoint": N_(
        "One export: the length of each list, and what changed since the complete list before; null is unknown."
    ),
    "RetentionShare": N_("Of the followers on one list, how many were on the next: a share with its range."),
    "Import": N_("A file on its way; “is_known” is true when the same content was imported before."),
    "ImportCommit": N_("What must have been said before an import is written that is held or has no account yet."),
    "ImportForm": N_("A file to import, and what the sender knows better than the file."),
    "ImportList": N_("The imports of the team, newest first."),
    "ImportOrigin": N_("How a file came in."),
    "ImportState": N_("Where an import stands."),
    "ListAnswer": N_("What a person says of a list that is held."),
    "OwnerAnswer": N_("Whose a file is whose owner no account has as its name."),
    "OwnerCandidate": N_(
        "An account that a file may belong to; “shared” of “of” names, taken evenly from its followers, follow it now."
    ),
    "OwnerQuestion": N_("Whose a file is: no account has the name of its owner."),
    "Platform": N_("A platform whose official exports can be imported."),
    "Preview": N_("What a commit would do; “held” and “cut” name the lists that wait for an answer."),
    "Problem": N_("A refusal or failure (RFC 9457); “field” names the argument that was refused."),
    "Progress": N_("How far the work on an import is; “total” is null while it is not known."),
    "Refollow": N_("Somebody who is on both lists with another follow date."),
    "RenamedPair": N_(
        "Two names with one follow time; “confirmed” is null until somebody says whether they are one account."
    ),
    "Relationship": N_("Somebody on one or both lists; the date of the list they are not on is null."),
    "RelationshipList": N_(
        "People by how they stand to the account; “count” is null, and “unknown” says why, where a list is missing."
    ),
    "SectionCounts": N_("What a file says about one part; the counts are null where the part is missing."),
    "SectionState": N_("What a file says about a part: missing means unknown, never zero."),
    "Unknown": N_("Why an answer is unknown, which is not the same as zero."),
    "UnknownCode": N_("The reasons for which a list is unknown."),
    "Warned": N_("A remark about the file."),
}
