"""The sentence for every error: what was expected, what was found, what to do."""

from __future__ import annotations

from flask_babel import gettext

from webapp.domain.errors import AppError, ErrorCode
from webapp.domain.text import N_

MESSAGES: dict[ErrorCode, str] = {
    ErrorCode.BAD_REQUEST: N_("We could not understand this request. Go back, check what you entered and try again."),
    ErrorCode.NOT_FOUND: N_("There is nothing here. The address may be mistyped, or what it showed was deleted."),
    ErrorCode.OTHER_TEAM: N_("This belongs to your team “%(team)s”, and another one is open here."),
    ErrorCode.FORBIDDEN: N_("Your role does not allow this. Ask an admin of your team."),
    ErrorCode.LOGIN_NEEDED: N_("Please sign in first."),
    ErrorCode.METHOD_NOT_ALLOWED: N_("This address does not answer that kind of request."),
    ErrorCode.BODY_TOO_LARGE: N_(
        "What you sent is larger than %(limit)s, the most this installation takes. An admin can raise MAX_UPLOAD_MB."
    ),
    ErrorCode.UNSUPPORTED_BODY: N_("The body has the wrong type: %(expected)s was expected."),
    ErrorCode.TOO_MANY_REQUESTS: N_("Too many tries in a short time. Wait %(seconds)s seconds, then try again."),
    ErrorCode.CSRF_FAILED: N_(
        "This page was open for too long, or you signed in elsewhere meanwhile. Reload it and try again."
    ),
    ErrorCode.INTERNAL: N_(
        "Something went wrong on our side and nothing was changed. Try again; if it happens again, tell the person who runs this installation the number %(request_id)s."
    ),
    ErrorCode.BUSY: N_("The database is busy with other work. Nothing was changed; try again in a moment."),
    ErrorCode.DATABASE_AWAY: N_("The database does not answer at the moment. Try again in a few seconds."),
    ErrorCode.TOOK_TOO_LONG: N_("The database stopped this work because it took too long. Nothing was changed."),
    ErrorCode.FIELD_INVALID: N_("“%(value)s” is not a value that “%(field)s” takes."),
    ErrorCode.FIELD_UNKNOWN: N_("There is no field “%(field)s” here. Known are: %(known)s."),
    ErrorCode.FIELD_REPEATED: N_("“%(field)s” was given more than once; give it once."),
    ErrorCode.PERIOD_REVERSED: N_("The period ends (%(last)s) before it begins (%(first)s)."),
    ErrorCode.CURSOR_INVALID: N_("This link into the list is damaged. Start again from its first page."),
    ErrorCode.FIGURE_UNKNOWN: N_(
        "There is no number of this name. Open it from the page that shows it: its link names it."
    ),
    ErrorCode.ROWS_UNKNOWN: N_(
        "This number has no list of people to download. What it is made from stands on its page."
    ),
    ErrorCode.LIST_UNKNOWN: N_("No export of this account holds this list, so there is nothing to download."),
    ErrorCode.EXPORTS_SAME: N_("These are one and the same export. Choose two that differ."),
    ErrorCode.EXPORTS_REVERSED: N_("The export to begin with is later than the one to end with. Exchange the two."),
    ErrorCode.CHANGES_UNKNOWN: N_(
        "There are no two exports with this list to compare, so there is nothing to download."
    ),
    ErrorCode.CHANGES_TOO_LONG: N_(
        "The list “%(list)s” has %(count)s rows, and one answer holds at most %(limit)s. Download it as CSV instead: %(address)s"
    ),
    ErrorCode.RENAME_NOT_OFFERED: N_(
        "@%(before)s and @%(after)s are not offered as a rename: they must be the only name that went and the only one that came with the same follow time. Reload the page and look again."
    ),
    ErrorCode.RENAME_TAKEN: N_(
        "At this change @%(name)s already stands in another confirmed rename. Take that one back first."
    ),
    ErrorCode.RENAMES_DIFFER: N_(
        "The offered renames are no longer those that you saw, so none was confirmed. Look at them again."
    ),
    ErrorCode.OUT_OF_SPACE: N_(
        "The disk of this installation is nearly full, so the file was not taken. Ask the person who runs it to make room, then try again."
    ),
    ErrorCode.DISK_FULL: N_(
        "The disk of this installation is full, so nothing was changed. Delete what is no longer needed, or ask the person who runs it to make room, then try again."
    ),
    ErrorCode.SECRET_UNREADABLE: N_(
        "A secret that is stored here cannot be read with the keys of this installation, so nothing was changed. Ask the person who runs it to look at ENCRYPTION_KEYS."
    ),
    ErrorCode.JOB_CRASHED: N_(
        "This work stopped the program %(attempts)s times, so it was given up. Nothing of it was kept."
    ),
    ErrorCode.JOB_FAILED: N_(
        "This work failed %(attempts)s times, so it was given up. Nothing of it was kept; an admin finds the reason in the log."
    ),
    ErrorCode.JOB_REFUSED: N_(
        "Whoever asked for this may not do it, or may not any more. Nothing was changed; ask an admin of the team."
    ),
    ErrorCode.WAITS_FOR_SPACE: N_(
        "Waiting for disk space: the disk of this installation is full. It goes on by itself once there is room."
    ),
    ErrorCode.WAITS_FOR_DATABASE: N_("Waiting for the database, which was busy or away. It goes on by itself."),
    ErrorCode.JOB_ENDED: N_("This job has already ended."),
    ErrorCode.JOB_NOT_RETRIABLE: N_("Only failed jobs can be tried again. To repeat an import, upload its file again."),
    ErrorCode.IMPORT_ENDED: N_("This import has already ended, so it cannot be changed any more."),
    ErrorCode.IMPORT_NOT_READY: N_("This import is not ready to be committed: it is still being read."),
    ErrorCode.IMPORT_ADDED_NOTHING: N_(
        "This import added nothing, because another one had brought the same file. Look for that one in the list of imports."
    ),
    ErrorCode.IMPORT_HELD: N_(
        "This import is held: %(count)s people would count as no longer there. Say of every list that is held whether it is complete, or decide later."
    ),
    ErrorCode.IMPORT_WITHOUT_OWNER: N_("The file does not say whose export it is. Choose the account it belongs to."),
    ErrorCode.IMPORT_OWNER_OPEN: N_(
        "No account of yours has the name of this file's owner. Say whether it is a new account, or which account was renamed."
    ),
    ErrorCode.IMPORT_OWNER_UNKNOWN: N_(
        "There is no account @%(handle)s in your team that could have been renamed. Choose one of its accounts."
    ),
    ErrorCode.IMPORT_OTHER_OWNER: N_("This export belongs to @%(owner)s, not to @%(wanted)s. Nothing was imported."),
    ErrorCode.IMPORT_STALE: N_(
        "Another import changed this account meanwhile. The comparison was made anew; look at it and commit again."
    ),
    ErrorCode.UPLOAD_MISSING: N_("No file arrived. Choose the .zip or .json file of your export, then send it."),
    ErrorCode.UPLOAD_GONE: N_("The uploaded file is no longer there. Upload it again."),
    ErrorCode.SAMPLE_EXISTS: N_("The sample account is already there."),
    ErrorCode.EMAIL_INVALID: N_("This is not an e-mail address. One looks like name@example.org."),
    ErrorCode.EMAIL_TAKEN: N_("No account can be made with this address. If it is yours, sign in instead."),
    ErrorCode.PASSWORD_TOO_SHORT: N_(
        "A password has at least %(minimum)s characters, this one has %(found)s. A few unrelated words make a good one."
    ),
    ErrorCode.PASSWORD_TOO_LONG: N_("A password has at most %(maximum)s characters."),
    ErrorCode.PASSWORD_COMMON: N_(
        "This password is among the first that attackers try. A few unrelated words make a better one."
    ),
    ErrorCode.PASSWORD_PERSONAL: N_(
        "This password is little more than your address or the name of this app. Choose something that others cannot guess from them."
    ),
    ErrorCode.LINK_INVALID: N_(
        "This link opens nothing any more: it was used, its time is over, or a newer one was sent. Ask for a new one."
    ),
    ErrorCode.SIGN_UP_PASSWORD_WRONG: N_(
        "This is not the password that was chosen with this link. Enter the one you signed up with; if it was not you, or you no longer know it, ask for a new password."
    ),
    ErrorCode.ADDRESS_SAME: N_("This is your address already. Enter the one that you want to use from now on."),
    ErrorCode.ADDRESS_UNVERIFIED: N_(
        "This needs an e-mail address that is confirmed. Open the link in the mail that we sent you, or have it sent again from the settings."
    ),
    ErrorCode.MAIL_REFUSED: N_("The mail server refused this mail with the code %(reply)s, so it was not sent."),
    ErrorCode.MAIL_TOO_LATE: N_(
        "The mail server could not be reached for a day, so this mail was not sent. Check MAIL_URL in the settings of the installation."
    ),
    ErrorCode.LOGIN_FAILED: N_("The e-mail address or the password is wrong. Check both and try again."),
    ErrorCode.PASSWORD_WRONG: N_("This is not your password. Check for capitals and the keyboard’s language."),
    ErrorCode.CODE_WRONG: N_(
        "This code is not right, or it was used already. Every code works once: wait for the next one, and check that the clock of your phone sets itself."
    ),
    ErrorCode.CLOCK_AHEAD: N_(
        "The code is right for another time: the clock of your phone is about %(minutes)s minutes ahead. Let the phone set its clock by itself, then enter a new code."
    ),
    ErrorCode.CLOCK_BEHIND: N_(
        "The code is right for another time: the clock of your phone is about %(minutes)s minutes behind. Let the phone set its clock by itself, then enter a new code."
    ),
    ErrorCode.SECOND_FACTOR_NEEDED: N_(
        "Your team asks everybody for a second factor. Set one up in your security settings first."
    ),
    ErrorCode.SECOND_FACTOR_IS_OFF: N_("Your second factor is off, so there is nothing to change. Set it up first."),
    ErrorCode.SECOND_FACTOR_NOT_PREPARED: N_(
        "This set-up is over, or a newer one was begun elsewhere. Begin it again."
    ),
    ErrorCode.REGISTRATION_CLOSED: N_(
        "Signing up is closed on this installation. Ask the person who runs it for an invitation."
    ),
    ErrorCode.TEAM_NAME_INVALID: N_("Give the team a name of 1 to %(maximum)s characters that can be read."),
    ErrorCode.TEAM_NAME_DIFFERS: N_("The name of this team is %(name)s. Type it exactly like that to delete it."),
    ErrorCode.TEAMS_TOO_MANY: N_(
        "You are an admin of %(maximum)s teams, which is the most. Leave or delete one of them first."
    ),
    ErrorCode.TEAM_FACTOR_FIRST: N_(
        "Set up your own second factor first, so that you do not lock yourself out. You find it on the settings page."
    ),
    ErrorCode.MEMBER_ALREADY: N_("This address belongs to somebody who is in the team already."),
    ErrorCode.MEMBER_SELF: N_("Nobody changes their own place in a team. Ask another admin, or leave the team."),
    ErrorCode.EMAIL_DIFFERS: N_("This is not the address that you sign in with. Check it and type it again."),
    ErrorCode.TEAM_WITHOUT_ADMIN: N_(
        "Without you nobody could run these teams any more: %(teams)s. Make somebody else an admin there first, or delete the team."
    ),
    ErrorCode.INSTALLATION_WITHOUT_ADMIN: N_(
        "You are the only admin of this installation and others use it. Whoever runs it must make somebody else an admin first, or delete the others."
    ),
    ErrorCode.EXPORT_IN_WORK: N_("Your data are being put together already. You get a mail once they are ready."),
    ErrorCode.LAST_ADMIN: N_(
        "You are the only admin, and a team always has one. Make somebody else an admin first, or delete the team."
    ),
    ErrorCode.INVITATIONS_TOO_MANY: N_(
        "%(maximum)s invitations are open, which is the most. Withdraw some that nobody accepts."
    ),
    ErrorCode.INVITATION_INVALID: N_(
        "This invitation is not valid any more: it was used or withdrawn, or its time is over. Ask for a new one."
    ),
    ErrorCode.INVITATION_OTHER_PERSON: N_(
        "This invitation is for another person. If it is meant for you, log out and open the link of the mail again."
    ),
    ErrorCode.ACCOUNT_BUSY: N_("An import of this account is not finished. Finish or cancel it, then try again."),
    ErrorCode.SETUP_TOKEN_WRONG: N_(
        "This is not the set-up token. It was printed when the app started, and stands in the file setup_token of its instance folder."
    ),
    ErrorCode.USER_UNKNOWN: N_("Nobody signs in here with the address %(email)s."),
    ErrorCode.KEY_INVALID: N_(
        "This API key is not valid: it was mistyped, has expired or was revoked. Make a new one on the settings page."
    ),
    ErrorCode.KEY_READ_ONLY: N_("This API key may only read. Make one that may write on the settings page."),
    ErrorCode.KEY_IN_ADDRESS: N_(
        "An API key was sent in the address, where others can read it. Revoke it, make a new one and send that in the Authorization header."
    ),
    ErrorCode.KEY_NAME_INVALID: N_("A key has a name of 1 to 100 characters."),
    ErrorCode.KEY_LIFETIME_INVALID: N_("A key is valid for 1 to %(maximum)s days."),
    ErrorCode.KEYS_TOO_MANY: N_("There are %(maximum)s keys already. Revoke one that is no longer used."),
    ErrorCode.SESSION_READ_ONLY: N_("The API takes changes with an API key only. Make one on the settings page."),
    ErrorCode.HANDLE_INVALID: N_(
        "A name has 1 to 64 letters, digits, dots, hyphens or underscores, such as @ada.lovelace."
    ),
    ErrorCode.DISPLAY_NAME_INVALID: N_("A display name has at most %(maximum)s characters."),
    ErrorCode.ACCOUNT_EXISTS: N_("There is already an account @%(handle)s."),
    ErrorCode.ACCOUNT_NAME_DIFFERS: N_("What you typed is not @%(handle)s, so nothing was deleted."),
    ErrorCode.ACCOUNTS_TOO_MANY: N_(
        "You chose %(count)s accounts, and up to %(most)s can be told apart on one chart. Take the others away."
    ),
    ErrorCode.NAMES_HIDDEN: N_(
        "The names of the people on the lists are not shown to you, so nothing can be searched or put into order by name. Leave that out."
    ),
    ErrorCode.MASKED: N_(
        "Masked mode is on, and what you asked for concerns people by name. Switch masked mode off at the top of the page, then try again."
    ),
    ErrorCode.PERSON_UNKNOWN: N_(
        "Nobody called @%(username)s is or was on the lists of this account. Check the spelling, or choose a name on one of the lists."
    ),
    ErrorCode.TAG_INVALID: N_("A tag has 1 to %(maximum)s letters, digits or signs, such as “met in Lyon”."),
    ErrorCode.TAGS_OF_PERSON_FULL: N_(
        "@%(username)s has %(maximum)s tags already, the most that one person can have. Remove one first."
    ),
    ErrorCode.TAGS_OF_ACCOUNT_FULL: N_(
        "This account has %(maximum)s different tags already. Use one of them, or remove one from everybody who has it."
    ),
    ErrorCode.NOTE_TOO_LONG: N_("A note has at most %(maximum)s characters, this one has %(found)s."),
    ErrorCode.PERSON_NAME_DIFFERS: N_("What you typed is not @%(username)s, so nothing was erased."),
    ErrorCode.ERASURE_WAITS: N_(
        "An import of this account is not finished, and its file may hold the name. Commit or cancel it first, then erase."
    ),
    ErrorCode.ANNOTATION_INVALID: N_(
        "A note on a day has 1 to %(maximum)s letters, digits or signs, and this one has %(found)s."
    ),
    ErrorCode.ANNOTATION_DAY_INVALID: N_("Choose a day from %(first)s to %(last)s, written as in 2026-01-31."),
    ErrorCode.ANNOTATION_TWICE: N_(
        "This note is already there on this day. Write something else, or leave it as it is."
    ),
    ErrorCode.ANNOTATION_UNKNOWN: N_("This note is no longer there: it was deleted meanwhile. Look at the list again."),
    ErrorCode.ANNOTATIONS_FULL: N_(
        "This account has %(maximum)s notes on days already. Delete those that are no longer needed first."
    ),
    ErrorCode.CARD_NOT_DRAWN: N_("The image could not be drawn. Try again in a moment."),
    ErrorCode.SHARE_LABEL_TOO_LONG: N_("At most %(maximum)s characters fit here, these are %(found)s."),
    ErrorCode.SHARE_LIFETIME_INVALID: N_("A public link opens for 1 to %(maximum)s days."),
    ErrorCode.SHARE_VIEWS_INVALID: N_("A public link can be limited to 1 to %(maximum)s views."),
    ErrorCode.SHARE_PASSWORD_WRONG: N_(
        "This is not the password of this link. Check for capitals, or ask the person who sent it to you."
    ),
    ErrorCode.SHARE_REVOKED: N_("This link was revoked and opens nothing any more. Make a new one."),
    ErrorCode.SHARE_CHANGED: N_("Somebody has changed this link meanwhile. Look at it again."),
    ErrorCode.SHARES_TOO_MANY: N_(
        "This account has %(maximum)s public links that still open, the most it can have. Revoke one first."
    ),
    ErrorCode.GOAL_MONTH_INVALID: N_("Choose a month from %(first)s to %(last)s, written as in 2026-05."),
    ErrorCode.GOAL_TARGET_INVALID: N_(
        "A goal is a number from %(minimum)s to %(maximum)s, without letters. Followers, posts and likes are whole numbers."
    ),
    ErrorCode.GOAL_UNKNOWN: N_("This goal is no longer there: it was removed meanwhile. Look at the page again."),
    ErrorCode.REPORT_TITLE_TOO_LONG: N_(
        "A title has at most %(maximum)s characters, this one has %(found)s. Shorten it and send the form again."
    ),
    ErrorCode.REPORTS_FULL: N_(
        "This account has %(maximum)s reports, and it can have no more. Delete one that nobody needs, then make this one."
    ),
    ErrorCode.REPORT_NOT_MADE: N_(
        "This report has no numbers yet, so it cannot be made again with them. Wait until it is made, or make it with the numbers of now."
    ),
    ErrorCode.DATA_EXPORT_IN_WORK: N_("This file is being put together already. It shows here once it is ready."),
    ErrorCode.DATA_EXPORTS_FULL: N_(
        "You have %(maximum)s files of this account here, and there can be no more. Delete one that you no longer need."
    ),
    ErrorCode.GOALS_FULL: N_(
        "This account has %(maximum)s goals already. Remove those of months long ago that are no longer needed first."
    ),
    ErrorCode.PLAN_UNKNOWN: N_("This planned post is no longer there: it was deleted meanwhile. Reload the page."),
    ErrorCode.PLANS_FULL: N_(
        "This account has %(maximum)s planned posts, and it can have no more. Delete those of long ago that are no longer needed first."
    ),
    ErrorCode.PLAN_TEXT_TOO_LONG: N_(
        "This text has at most %(maximum)s characters, and you wrote %(found)s. Shorten it and save again."
    ),
    ErrorCode.PLAN_TAG_INVALID: N_(
        "“%(value)s” cannot be a hashtag: one has letters, digits and underscores alone. Write several with blanks between them."
    ),
    ErrorCode.PLAN_TAGS_TOO_MANY: N_("A planned post has at most %(maximum)s hashtags. Take some away and save again."),
    ErrorCode.PLAN_TIME_INVALID: N_(
        "Enter a day and a time of day as in 2026-05-31T18:30, in a year from %(first)s to %(last)s."
    ),
    ErrorCode.PLAN_TIME_MISSING: N_(
        "Enter when the post is to be published. Without a time it can only be kept as an idea."
    ),
    ErrorCode.PLAN_SOUND_UNKNOWN: N_(
        "This sound is none of the account’s any more. Choose another one, or write its name."
    ),
    ErrorCode.PLAN_PUBLISHED: N_(
        "This post was published, as an export shows: only its notes can be changed. If it is another post, say so first."
    ),
    ErrorCode.PLAN_CHANGED: N_(
        "This planned post was changed by somebody else meanwhile. Reload the page, look at it and try again."
    ),
    ErrorCode.PLAN_POST_TAKEN: N_(
        "This post already belongs to another planned one. Say there first that it does not."
    ),
    ErrorCode.PLANNER_FEEDS_FULL: N_(
        "You have %(maximum)s calendar addresses of this account, and there can be no more. Withdraw one that no calendar uses any longer."
    ),
    ErrorCode.EXPERIMENT_UNKNOWN: N_(
        "There is no such experiment in this account. The list shows those that there are."
    ),
    ErrorCode.EXPERIMENT_RUNS: N_(
        "One experiment runs at a time, because two would get mixed up, and one runs already. End it or give it up first."
    ),
    ErrorCode.EXPERIMENT_OVER: N_(
        "This experiment is over already, so nothing was changed. Its page shows how it ended."
    ),
    ErrorCode.EXPERIMENT_ARMS_SAME: N_("An experiment compares two different times of day. Choose another one here."),
    ErrorCode.EXPERIMENT_TOO_LONG: N_(
        "It would take %(found)s posts to see such a difference, and an experiment has at most %(maximum)s. Choose a larger difference."
    ),
    ErrorCode.EXPERIMENT_DAY_INVALID: N_("Choose a day from %(first)s to %(last)s for the first post."),
    ErrorCode.EXPERIMENT_TIME_INVALID: N_("Enter a time of day as in 18:30."),
    ErrorCode.EXPERIMENTS_FULL: N_(
        "This account has had %(maximum)s experiments, and it can have no more. Their results stay where they are."
    ),
    ErrorCode.POST_NOTE_EMPTY: N_("There is nothing to see in this note. Write something, or delete the note."),
    ErrorCode.POST_NOTE_UNKNOWN: N_("This note is no longer there: it was deleted meanwhile. Reload the page."),
    ErrorCode.POST_NOTES_FULL: N_(
        "This post has %(maximum)s notes already. Delete those that are no longer needed first."
    ),
    ErrorCode.COVER_MISSING: N_("No image arrived. Choose a JPEG, PNG, WebP, GIF or AVIF file, then send it."),
    ErrorCode.COVER_TOO_LARGE: N_(
        "The image has %(found)s MB; at most %(maximum)s MB are taken. Save it smaller and send it again."
    ),
    ErrorCode.COVER_NOT_AN_IMAGE: N_(
        "This is not an image that can be read here. JPEG, PNG, WebP, GIF and AVIF are taken; save it as one of these (a photo of an iPhone as JPEG, not HEIC) and send it again."
    ),
    ErrorCode.COVER_BROKEN: N_("The image is damaged or cut short. Open it, save it anew and send it again."),
    ErrorCode.COVER_TOO_MANY_PIXELS: N_(
        "The image is %(width)s x %(height)s pixels; at most %(maximum)s million pixels are taken. Save it smaller and send it again."
    ),
    ErrorCode.COVER_TOO_SMALL: N_(
        "The image is %(width)s x %(height)s pixels. It needs at least %(least)s on each side, and its longer side may be at most %(times)s times the shorter one."
    ),
    ErrorCode.COVER_DIED: N_(
        "Reading this image took too much memory or time, so it was stopped. Open it, save it anew as JPEG and send it again."
    ),
    ErrorCode.COVER_UNMATCHED: N_(
        "No post fits this file name. Name the file after the post’s day and second, such as 2025-03-04_17-05-12.jpg, or after its number on the platform."
    ),
    ErrorCode.COVER_AMBIGUOUS: N_(
        "More than one post fits this file name. Give the image to the post on its own page, or name the file after the post’s number on the platform."
    ),
    ErrorCode.COVER_TWICE: N_("Another file that you sent fits the same post and was taken."),
    ErrorCode.COVER_LATER: N_("There was no time left to read this image. Send it again."),
    ErrorCode.COVERS_TOO_MANY: N_(
        "You sent %(found)s files; at most %(maximum)s are taken at once. Send them in parts."
    ),
    ErrorCode.DIGEST_EXISTS: N_("You get this digest already. Change its language or time zone in the list below."),
    ErrorCode.DIGEST_GOES_THERE: N_("This digest goes to that address already. It stands in the list below."),
    ErrorCode.DIGESTS_FULL: N_(
        "An account has at most %(maximum)s recipients without an account here. End one that is no longer needed."
    ),
    ErrorCode.QUIET_HOURS_EMPTY: N_("Quiet hours begin and end at two different times. Choose another time."),
    ErrorCode.QUIET_TIME_INVALID: N_("“%(value)s” is no time of day. Enter one as in 22:00."),
    ErrorCode.PUSH_BROWSER_REFUSED: N_(
        "This browser named a push service that nothing is sent to from here: a public https address was expected. Use the browser as its maker ships it, or another one."
    ),
    ErrorCode.PUSH_DEVICES_FULL: N_(
        "You have %(maximum)s devices here, and there can be no more. Remove one that you no longer use first."
    ),
    ErrorCode.PUSH_REFUSED: N_(
        "The push service did not take the message and will not take it later. The device can be removed and added anew."
    ),
    ErrorCode.PUSH_TOO_LATE: N_(
        "The push service took no message for a day, so this one was not sent. The notification is in the app."
    ),
    ErrorCode.FILE_EMPTY: N_("The file is empty. Download the export again and choose that file."),
    ErrorCode.NOT_AN_EXPORT: N_(
        "This file is not a TikTok export: none of the parts of one were found in it. Choose the .zip or .json file that TikTok made; it is called like TikTok_Data or user_data_tiktok."
    ),
    ErrorCode.WEB_PAGE_NOT_EXPORT: N_(
        "We could not read this file: it looks like a saved web page. TikTok's export is a .zip or .json file; request your data in the JSON format and choose the file you get."
    ),
    ErrorCode.UNKNOWN_FORMAT: N_(
        "A .zip, .json or .txt file was expected, and %(kind)s was found. Choose the file as TikTok sent it."
    ),
    ErrorCode.NOT_UTF8: N_(
        "The text of the file must be UTF-8, and something else was found at byte %(at)s. Upload the file as downloaded, without saving it again in another program."
    ),
    ErrorCode.JSON_BROKEN: N_(
        "JSON was expected, and at byte %(at)s the file stops being that: it is damaged or was cut short. Download the export again."
    ),
    ErrorCode.JSON_TOO_DEEP: N_(
        "Values are nested more than 64 levels deep at byte %(at)s, which no export of TikTok is. Download the export again."
    ),
    ErrorCode.JSON_NUMBER_TOO_LONG: N_(
        "Numbers of up to 19 digits were expected, and a larger one stands at byte %(at)s. Download the export again."
    ),
    ErrorCode.JSON_STRING_TOO_LONG: N_(
        "A text longer than 1 MB, or a key longer than 1 kB, stands at byte %(at)s. Download the export again."
    ),
    ErrorCode.JSON_DUPLICATE_KEY: N_(
        "A key stands twice in one object at byte %(at)s, so it is not clear which value is meant. Download the export again."
    ),
    ErrorCode.JSON_TOO_MANY_KEYS: N_(
        "One object of the file holds more than %(limit)s keys, at byte %(at)s, which no export of TikTok does. Download the export again."
    ),
    ErrorCode.JSON_ITEM_TOO_LARGE: N_(
        "One entry of the file is too large to be a row of an export, at %(at)s. Download the export again."
    ),
    ErrorCode.TOO_MANY_ROWS: N_(
        "A list of the file holds more than %(rows)s rows, more than this program reads. Choose the file as TikTok sent it."
    ),
    ErrorCode.ZIP_BROKEN: N_(
        "A whole zip file was expected, and this one is damaged, cut short, or holds bytes that do not belong to it. Download it again."
    ),
    ErrorCode.ZIP_ENCRYPTED: N_("The zip file has a password. Unpack it and upload the file inside."),
    ErrorCode.ZIP_METHOD: N_(
        "The zip file uses an unusual compression. Zip it again the usual way, or upload the file inside."
    ),
    ErrorCode.ZIP_TOO_MANY_FILES: N_("The zip file holds more than %(limit)s files. Upload only the data file inside."),
    ErrorCode.ZIP_TOO_LARGE: N_("Unpacked, the zip file has more than %(limit)s GB. Upload only the data file inside."),
    ErrorCode.ZIP_RATIO: N_(
        "The zip file unpacks to more than %(limit)s times its size, which no honest export does. It was not opened. Upload only the data file inside."
    ),
    ErrorCode.ZIP_OVERLAP: N_("Files inside the zip overlap each other. Download it again."),
    ErrorCode.ZIP_BAD_NAME: N_(
        "A file inside the zip has a name or a kind that is not allowed. Upload only the data file inside."
    ),
    ErrorCode.ZIP_DUPLICATE_NAME: N_("Two files inside the zip have the same name. Upload only the data file inside."),
    ErrorCode.ZIP_SEVERAL_EXPORTS: N_(
        "The zip file holds %(count)s exports, and one was expected. Upload them one by one."
    ),
    ErrorCode.TXT_LISTS_UNNAMED: N_(
        "The name of the file does not tell followers from following. Call it Follower.txt or Following.txt, or upload the whole zip."
    ),
    ErrorCode.STUDIO_WORKBOOK: N_(
        "A CSV file was expected, and an Excel workbook was found. In TikTok Studio choose CSV instead of XLSX when you download your data, then upload that file."
    ),
    ErrorCode.STUDIO_COLUMNS: N_(
        "%(file)s has the name of a TikTok Studio download, which has %(expected)s columns, and %(found)s were found. Upload the file as TikTok Studio gave it, without changing it in another program."
    ),
    ErrorCode.STUDIO_BROKEN: N_(
        "%(file)s is damaged or was cut short near line %(row)s. Download it again from TikTok Studio."
    ),
    ErrorCode.PARSER_DIED: N_(
        "The file could not be read: reading it needed more memory than allowed, or it is damaged. Download the export again."
    ),
    ErrorCode.PARSER_TIMEOUT: N_(
        "Reading the file took longer than %(seconds)s seconds of computing and was stopped. An admin can raise PARSER_CPU_SECONDS."
    ),
}


def message(error: AppError) -> str:
    """Return the sentence of an error in the reader's language."""
    return text_of(error.code, error.params)


def text_of(code: str, params: dict[str, object] | None) -> str:
    """Return the sentence of a stored error code, the general one for a code of another version."""
    try:
        known = ErrorCode(code)
    except ValueError:
        known = ErrorCode.BAD_REQUEST
    return str(gettext(MESSAGES[known])) % _Readable(params or {})


class _Readable(dict[str, object]):
    """Parameters that leave a gap visible instead of failing where one is missing."""

    def __missing__(self, key: str) -> str:
        return "?"
