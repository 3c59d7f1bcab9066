"""What every shape of the API means, for the document and for the page that shows it."""

from __future__ import annotations

from webapp.domain.text import N_

SHAPE_TEXTS: dict[str, str] = {
    "AccountUse": N_("The uses of one of the accounts."),
    "AdviceKind": N_("By what posts are divided."),
    "AdviceRefusal": N_("Why nothing is recommended."),
    "Against": N_("Something that speaks against a recommendation."),
    "DoubtKind": N_("What speaks against a recommendation."),
    "ExperimentSize": N_(
        "How many posts of each way it takes to see a difference four times in five, and for how many days at the "
        "present pace; null where nothing was published lately."
    ),
    "ExperimentTried": N_("An experiment about the same thing."),
    "HalfOfPosts": N_(
        "The same posts in the older or in the newer half of all posts alone, 0.1 being 10 in 100; “low” to “high” is "
        "the middle half of what is likely."
    ),
    "NoticeKind": N_("What exactly is told; each kind has its own values in “params”."),
    "NoticeType": N_("What a notification is about; channels are chosen by type."),
    "NotificationItem": N_(
        "Something that the caller was told: “title” and “text” in their language, “params” as values, and the page "
        "that shows it as “url”. Days in “params” are those of the account’s time zone."
    ),
    "NotificationList": N_("What the caller was told, newest first; “unread” counts all of it, whatever the filters."),
    "NotificationMark": N_("Whether a notification is to be read; false makes it unread again."),
    "NotificationsMarked": N_("How many notifications were marked as read, and how many are still unread."),
    "NoAdvice": N_("Why nothing is recommended; “needs” is how many counted posts the first test takes."),
    "PlansTried": N_("Planned posts of this kind that were published, against the range that was expected of each."),
    "ProposedExperiment": N_(
        "Two ways to alternate at random: slots of three hours, 0 to 7, or a hashtag, where “second” is null: without "
        "it. “posts_first” and “posts_second” are the counted posts of each so far; “own_spread” is false where the "
        "numbers were reckoned with the posts of other creators."
    ),
    "RecommendationsAnswer": N_(
        "What the counted posts suggest, from passed tests alone; “refused” says why nothing is, “unknown” why nobody "
        "can tell. “experiments” are proposed where nothing stands out, “generic_hashtags” carry no advice, and of "
        "“sounds” the usage alone is told. “running_experiment” is the one that runs: there is one at a time."
    ),
    "Recommended": N_(
        "Posts that passed a test: “at_least” of their likely difference may be announced, 0.1 being 10 in 100, and "
        "“low” to “high” is the middle half of what is likely. “value” is a slot of three hours (0 to 7), a weekday (0 "
        "for Monday), a kind, a class or a hashtag. “older” and “newer” are null where a half has too few."
    ),
    "RisingAnswer": N_(
        "What the newest counted posts have far more often than the earlier ones of the same account; “needs” is how "
        "many posts the test takes, “unknown” says why nobody can tell. “taking_off” is null while it is worked out, "
        "“team” for a caller who sees one account."
    ),
    "RisingHashtag": N_("A hashtag that passed the test of rising."),
    "RisingSound": N_("A sound that passed the test of rising."),
    "SharedHashtag": N_("A hashtag that rises over several accounts together, with the uses of each."),
    "SharedSound": N_("A sound that rises over several accounts together, with the uses of each."),
    "TakingOff": N_(
        "A young post of which even “low” is above the range that was expected before its publication. “low” to “high” "
        "holds the likes it ends at 8 times in 10, as “posts” own posts of its age went on."
    ),
    "TeamRisingPosts": N_(
        "What rises over those of the team’s accounts that the caller sees; “looked_at” of them have posts enough, at "
        "least two must. “posts” are their counted posts, “needs” how many the test takes."
    ),
    "UsedSound": N_("A sound by its usage; nothing is recommended of sounds."),
    "AgeReadings": N_(
        "What posts had got at an age in days, from all exports that show them: “likes_a_day” is typical likes divided "
        "by the days since publication, “share_of_newest” the typical part of the likes on the newest list that was "
        "there already."
    ),
    "AnomalyItem": N_(
        "One thing that stands out, on a day of the account’s zone, against what is usual. “value” are likes of a "
        "post, followers of a day, or people who left; “low” and “high” enclose what was expected of a post 8 times in "
        "10. “factor” is what posts get since a lasting change over what they got before. “chance” is the share of the "
        "“n” earlier posts that lay as far out, or the chance of so many among “n” days or intervals. “key” tells it "
        "from others of its kind. What does not belong to its kind is null; nothing says why."
    ),
    "AnomalyKind": N_("What stands out: posts, what posts get from a day on, or followers."),
    "AnomalyList": N_(
        "What stands out, newest first; “not_watched” says what nobody can tell yet. Without an account “count” is "
        "null and “unknown” says why."
    ),
    "AnomalyMark": N_("That somebody expected it; “note” is why, and null where it was deleted since."),
    "NotWatched": N_("What cannot be told yet, and why; “found” of “needed” are there where it is a matter of number."),
    "Watch": N_("What is watched."),
    "Why": N_("Why something cannot be told yet."),
    "ExperimentItem": N_(
        "Two ways of publishing, alternated at random. “arm_a” and “arm_b” are three-hour slots of the account’s zone, "
        "0 to 7, or a hashtag and an empty text. “effect” is the difference to be seen, as a share, “spread” the sd of "
        "log residuals that “posts_each” was reckoned with. While it runs the two are not compared."
    ),
    "ExperimentKind": N_("What is alternated."),
    "ExperimentList": N_("The experiments of the account, newest first."),
    "ExperimentOutcome": N_(
        "What an experiment showed when it ended. “difference” is a share of likes, the first way over the second, "
        "“low” to “high” its range of 95 in 100, null with too few pairs. “as_drawn” of the posts were published as "
        "the draw said; the others count as drawn all the same."
    ),
    "ExperimentState": N_("Where an experiment stands; of one that was given up nothing is concluded."),
    "Verdict": N_(
        "What may be said: “clear” is a difference that chance alone hardly gives; of “indicative” and “few” nothing "
        "is concluded."
    ),
    "EngagementForecast": N_(
        "How many likes a post may get: “low” to “high” in “level” of all cases, “typical” in the middle, all three "
        "rounded to two digits, from “posts” posts that count; “indicative” says that these are few. “skill” and "
        "“coverage” say what such forecasts were worth so far. Where “refused” is not null, nothing honest can be said "
        "and all three are null. “data_version” counts up with every import."
    ),
    "ForecastCoverage": N_("The share of the “posts” that could be checked that lay in the range expected of them."),
    "ForecastExpert": N_("One of the levels that are mixed, and its weight; all weights come to 1."),
    "ForecastMethod": N_("What the forecast is made of: recent levels, or these and a Random Forest."),
    "ForecastRefusal": N_("Why nothing is forecast."),
    "ForecastSkill": N_(
        "How much smaller the error of past forecasts was than that of a baseline: 0.03 is 3 in 100, negative is "
        "larger. Each was made of the posts before alone. “low” to “high” holds the true value in 95 of 100 cases."
    ),
    "PostQuestion": N_(
        "A post that does not exist yet, as far as it is known. Without “published_at” only the usual level is known. "
        "“sound” is the name or the public id of a sound of the account."
    ),
    "Refused": N_("Why nothing is forecast; “needs” is how many posts it takes, where it is a matter of number."),
    "Arm": N_("Which of the two ways of an experiment a post was drawn for."),
    "PlanMatch": N_(
        "How a planned post was found among the published ones: “sure” by time and title, “confirmed” by a person."
    ),
    "PlannedItem": N_(
        "A planned post; an idea may have no time. “likes” are those of the post that it became, once it is mature."
    ),
    "PlannedList": N_("Planned posts by time, those without one last, and how all that were published did."),
    "PlannedMatch": N_("The published post that a planned one became; with “unsure” a person is asked."),
    "PlannedRange": N_(
        "What was expected of a planned post when it was last written, in likes: “low” to “high” in “level” of the "
        "cases, from “posts” mature posts; null where “refused” says why."
    ),
    "PlannedScores": N_(
        "How many planned posts lay inside, above and below the range that was expected of each; “scored” are the "
        "three together, “waiting” are still too young, of “unscored” the likes or the range are unknown."
    ),
    "PlanScore": N_("How a planned post did against the range that was expected of it."),
    "PlanState": N_("Where a planned post stands."),
    "GoalItem": N_(
        "What is to be reached in a month, named by its first day, and how far it has come by the imports; a rate is a "
        "fraction of 1. “start” is what there was when the month began, for followers. Of “share” 1 is reached; "
        "“expected_share” is how far it would be at an even pace, “as_of” the day that the data reach to. What nobody "
        "knows is null."
    ),
    "GoalList": N_("The goals of some months, oldest first."),
    "GoalMetric": N_("What a goal is set for; “likes” and “engagement_rate” are those of the month’s counted posts."),
    "GoalState": N_("How a goal stands by the data; “unknown” is where no import holds what it takes to say."),
    "Keyword": N_(
        "A word of titles in lower case, without words such as “the” or “avec”, hashtags and names. “typical_likes” is "
        "that of its “counted” posts, a median, never a mean."
    ),
    "KeywordList": N_(
        "Words that two posts at least have. Where they cannot be known, “count” is null and “unknown” says why."
    ),
    "LikesClass": N_("Counted posts by their likes, in classes of equal width on a scale by powers of ten."),
    "PostRhythm": N_(
        "How regularly was published. “days_between” is the median from one day with a post to the next; "
        "“posts_a_week” is null for less than a week."
    ),
    "Step": N_("How long one point lasts."),
    "MatchState": N_("How it is known which post a video is."),
    "StudioDayFigures": N_(
        "What downloads from TikTok Studio state of one day, the newest of each figure. What none of them states is "
        "null, never zero; a negative number is a correction of TikTok’s."
    ),
    "StudioDayList": N_("Days, newest first. Without a download “count” is null and “unknown” says why."),
    "StudioVideoFigures": N_(
        "A video by the newest download that has it. “post” is the post of your exports that it is, joined by day, "
        "title and likes, or by hand; null where that is in doubt."
    ),
    "StudioVideoList": N_(
        "Videos, those in doubt first, then the newest. Without a download “count” is null and “unknown” says why."
    ),
    "TrendPoint": N_(
        "The posts of a day, week or month. “typical_likes” is that of its “counted” posts, “low” and “high” enclose "
        "the middle half of them and are null for fewer than three; “young” posts are not counted. “posts” is null "
        "after the newest list."
    ),
    "TrendsAnswer": N_(
        "Posts over time. Where no export holds the list of posts, “unknown” says why; “ages_unknown” says why likes "
        "by age cannot be told, which takes posts that several exports show."
    ),
    "BestSlot": N_("Three hours of the day that passed the test, from “hour_from” to before “hour_to”."),
    "HashtagEffect": N_("Posts with a hashtag that at least five counted posts have."),
    "HourPosts": N_("Posts of one hour of the day in the time zone of the account; no test is made of hours."),
    "KindPosts": N_("Posts of one kind."),
    "Measure": N_("What posts are compared by."),
    "PerformanceAnswer": N_(
        "What counted posts get: those that are public, on the newest list and at least 7 days old. “typical” is a "
        "median, never a mean. “effect” says how much more than the posts around them those of a group got, 0.2 being "
        "a fifth, and is null where there are too few; it lies between “low” and “high” in half of all cases. “claim” "
        "is true only where the test passed and “low” is 0.05 or more; it does not prove a cause."
    ),
    "SoundEffect": N_("Posts with a sound that at least five counted posts have; nothing is claimed of sounds."),
    "TopHashtag": N_(
        "A hashtag with its counted posts. “effect”, “low”, “high” and “claim” are as in the performance; “rising” is "
        "true where the newest 20 counted posts have it far more often than those before, by a test."
    ),
    "TopHashtags": N_("Hashtags of counted posts. Where they cannot be known, “count” is null and “unknown” says why."),
    "TopSound": N_(
        "A sound with its counted posts; “low” and “high” enclose their true typical likes in 90 of 100 cases and are "
        "null for fewer than five posts."
    ),
    "TopSounds": N_("Sounds of counted posts. Where they cannot be known, “count” is null and “unknown” says why."),
    "WeekHourPosts": N_("Posts of one hour of the week in the time zone of the account, weekday 0 being Monday."),
    "WeekdayPosts": N_("Posts of one weekday in the time zone of the account, 0 being Monday."),
    "PostItem": N_(
        "A post. What no import holds is null, never 0; “likes” are those of the newest list that the post is on, "
        "views, comments and shares come from files of TikTok Studio. “permalink” is there only where a source holds a "
        "link that stays."
    ),
    "PostKind": N_("What a post is made of."),
    "PostList": N_(
        "Posts of an account. Where no export holds the list of posts, “count” is null and “unknown” says why."
    ),
    "KindStats": N_("The posts of one kind, with their likes."),
    "PostStats": N_(
        "Posts added up. “typical” figures are medians, never means, of the posts whose likes or views are known; how "
        "many are not is said beside them. “counted” are those that statistics speak of. Where no export holds the "
        "list of posts, every figure is null and “unknown” says why."
    ),
    "PrivacyStats": N_("How many posts some people can see; null where the export does not say who."),
    "Standing": N_("Where a post stands by the newest list: on it, among the recently deleted ones, or on neither."),
    "StandingStats": N_("How many posts stand somewhere by the newest list."),
    "PostReading": N_("What one export or one file of TikTok Studio counted for a post, at its time."),
    "PostSound": N_("The sound of a post; original sounds are one an author, whatever language names them."),
    "SinglePost": N_("A post with what was counted for it over time, oldest first."),
    "Account": N_("An account on a platform."),
    "AccountChange": N_("What can be changed of an account; what is left out stays."),
    "AccountComparisonAnswer": N_(
        "Accounts of a team over one period, which is counted from the lists of “leader”. A sum is null where one of "
        "its parts is unknown; “from” is null for the beginning of everything."
    ),
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
    "ComparedAccount": N_(
        "The figures of an account at the end of a period and over it; “between” are the lists from which gained and "
        "lost were counted, “as_of” is its newest list by then."
    ),
    "ComparedFigures": N_("Figures of all accounts together; null where one of them is unknown, and of a ratio."),
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
