"""Turn the raw fields of posts into records; links serve as evidence and are never kept."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from webapp.domain.errors import ErrorCode, FileRefused
from webapp.domain.sections import Section, SectionState
from webapp.importers.cleaning import clean_count, clean_flag, clean_optional, clean_text
from webapp.importers.dates import parse_date
from webapp.importers.issues import MAX_ISSUES, IssueLog
from webapp.importers.limits import Limits
from webapp.importers.records import CHUNK_ROWS, Post, SectionSummary, Sink, SkipReason

_LASTING = re.compile(
    r"https?://(?:www\.|m\.)?(?:tiktokv?\.com)/(share/(video|photo)|@[\w.]{1,64}/(video|photo))/([0-9]{15,20})/?(?:[?#]\S*)?",
    re.ASCII,
)
# Signed links are long: what begins with letters is found in no time.
_EXPIRY = re.compile(r"expires=(?:(?<=[?&]x-expires=)|(?<=[?&]x-tos-expires=))([0-9]{10})(?![0-9])", re.ASCII)
_PHOTO_HOST = re.compile(r"https://[^/]*\.ibyteimg\.com/", re.ASCII)
_PRIVACY: Final = {"everyone": "everyone", "friends": "friends", "only you": "only_you"}
_SOUND_DASH: Final = " - "
_ID = re.compile(r"[0-9]{1,32}", re.ASCII)
# What the encoded form of a post ends with where the fields that came later are empty.
_WITHOUT_LATER: Final = b',"music_id":null,"effect_ids":null,"stickers":null}'
MAX_PRIVACY: Final = 40
# Nobody publishes so fast: a date that so many posts share was filled in, and they could not be told apart.
MAX_IN_ONE_SECOND: Final = 1_000


class PostList:
    """Turn the raw rows of one section of posts into records for the sink and a summary."""

    def __init__(self, section: Section, sink: Sink, issues: IssueLog, limits: Limits) -> None:
        self.summary = SectionSummary(state=SectionState.MISSING)
        self.link_expiry: int | None = None
        self.last_event_at: int | None = None
        self._section = section
        self._sink = sink
        self._issues = issues
        self._limits = limits
        self._seen: set[bytes] = set()
        self._in_second: Counter[int] = Counter()
        self._digest = hashlib.sha256()

    def add(self, rows: list[Mapping[str, object]], file: str) -> None:
        """Take rows (fields by their JSON names) in file order."""
        kept: list[Post] = []
        links: list[str] = []
        for row in rows:
            self.summary.read += 1
            post = read_post(row)
            if post is None:
                self._skip(SkipReason.BAD_DATE if "Date" in row else SkipReason.BAD_ROW, file)
                continue
            key = _identity(post)
            if key in self._seen:
                self._skip(SkipReason.DUPLICATE, file)
                continue
            self._seen.add(key)
            self._in_second[post.published_at] += 1
            if self._in_second[post.published_at] > MAX_IN_ONE_SECOND:
                self._skip(SkipReason.BAD_DATE, file)
                continue
            kept.append(post)
            links.append(_link(row))
        self._check_count(file)
        if kept:
            self._note(kept, links)
        for start in range(0, len(kept), CHUNK_ROWS):
            self._sink.posts(self._section, kept[start : start + CHUNK_ROWS])

    def add_bad(self, count: int, file: str) -> None:
        """Count rows that are no objects at all."""
        for _ in range(min(count, MAX_ISSUES)):
            self.summary.read += 1
            self._skip(SkipReason.BAD_ROW, file)
        more = max(count - MAX_ISSUES, 0)
        if more:
            self.summary.read += more
            self.summary.skipped[SkipReason.BAD_ROW] += more
        self._check_count(file)

    def finish(self) -> bytes:
        """Return the digest of all kept rows."""
        return self._digest.digest()

    def _check_count(self, file: str) -> None:
        if self.summary.read > self._limits.max_rows:
            raise FileRefused(ErrorCode.TOO_MANY_ROWS, file=file, rows=self._limits.max_rows)

    def _skip(self, reason: SkipReason, file: str) -> None:
        self.summary.skipped[reason] = self.summary.skipped.get(reason, 0) + 1
        self._issues.add(reason, self._section, file, self.summary.read)

    def _note(self, posts: list[Post], links: list[str]) -> None:
        summary, seconds = self.summary, [post.published_at for post in posts]
        summary.kept += len(posts)
        newest, oldest = max(seconds), min(seconds)
        summary.newest_at = newest if summary.newest_at is None else max(newest, summary.newest_at)
        summary.oldest_at = oldest if summary.oldest_at is None else min(oldest, summary.oldest_at)
        deleted = (post.deleted_at for post in posts if post.deleted_at is not None)
        self.last_event_at = max(newest, *deleted, self.last_event_at or newest)
        # Signed links differ between two exports whose rows are equal, so they belong to the digest.
        self._digest.update(b"".join(map(_digested, posts, links)))
        expiries = [int(expiry[1]) for link in links if (expiry := _EXPIRY.search(link)) is not None]
        self.link_expiry = max([*expiries, self.link_expiry or 0]) or None


def read_post(row: Mapping[str, object]) -> Post | None:
    """Return the post of one row, None where it has no usable date."""
    published_at = parse_date(row.get("Date"))
    if published_at is None:
        return None
    kind, image_count, platform_post_id, permalink = _read_link(_link(row))
    sound_raw, sound_name, sound_author = _read_sound(row.get("Sound"))
    return Post(
        published_at=published_at,
        title=clean_text(row.get("Title")),
        likes=clean_count(row.get("Likes")),
        saves=clean_count(row.get("NumberOfCollections")),
        platform_post_id=platform_post_id,
        kind=kind,
        image_count=image_count,
        sound_name=sound_name,
        sound_author=sound_author,
        sound_raw=sound_raw,
        location=clean_optional(row.get("Location")),
        privacy=_read_privacy(row.get("WhoCanView")),
        allow_comments=clean_flag(row.get("AllowComments")),
        allow_stitches=clean_flag(row.get("AllowStitches")),
        allow_duets=clean_flag(row.get("AllowDuets")),
        allow_stickers=clean_flag(row.get("AllowStickers")),
        allow_sharing_to_story=clean_flag(row.get("AllowSharingToStory")),
        content_disclosure=clean_optional(row.get("ContentDisclosure")),
        ai_generated=clean_optional(row.get("AIGeneratedContent")),
        add_yours_text=clean_optional(row.get("AddYoursText")),
        alternate_text=clean_optional(row.get("AlternateText")),
        permalink=permalink,
        deleted_at=parse_date(row.get("DateDeleted")),
        music_id=_read_music_id(row.get("MusicId")),
        effect_ids=_read_listed(row.get("EffectIds")),
        stickers=_read_listed(row.get("Stickers")),
    )


def _link(row: Mapping[str, object]) -> str:
    link = row.get("Link") or row.get("VideoLink")
    return link if isinstance(link, str) else ""


def _read_link(link: str) -> tuple[Literal["video", "photo"], int, str | None, str | None]:
    """Return kind, number of images, platform id and lasting address, as far as the link tells."""
    addresses = link.split()
    if len(addresses) > 1:
        return "photo", len(addresses), None, None
    lasting = _LASTING.fullmatch(link.strip())
    if lasting is not None:
        kind: Literal["video", "photo"] = "photo" if "photo" in (lasting[2], lasting[3]) else "video"
        host = "www.tiktokv.com" if lasting[2] else "www.tiktok.com"
        return kind, 0, lasting[4], f"https://{host}/{lasting[1]}/{lasting[4]}/"
    if _PHOTO_HOST.match(link.strip()):
        return "photo", 1, None, None
    return "video", 0, None, None


def _read_sound(value: object) -> tuple[str | None, str | None, str | None]:
    """Return the sound as written, its name and its author; names may hold a dash, authors rarely do."""
    raw = clean_optional(value)
    if raw is None:
        return None, None, None
    name, dash, author = raw.rpartition(_SOUND_DASH)
    return (raw, name.strip(), author.strip()) if dash else (raw, raw, None)


def _read_music_id(value: object) -> str | None:
    found = _ID.fullmatch(str(value).strip()) if isinstance(value, (str, int)) else None
    return found[0] if found else None


def _read_listed(value: object) -> str | None:
    """Return what a field lists, or holds as one text, with a comma between."""
    if value is None:  # nearly always
        return None
    parts = value if isinstance(value, list) else str(value).split(",") if isinstance(value, (str, int)) else []
    texts = (clean_optional(str(part)) for part in parts if isinstance(part, (str, int)))
    return ",".join(text.replace(",", " ") for text in texts if text) or None


def _read_privacy(value: object) -> str | None:
    text = clean_optional(value)
    return None if text is None else _PRIVACY.get(text.casefold(), text[:MAX_PRIVACY])


def _digested(post: Post, link: str) -> bytes:
    """Return what the digest is made of: later fields count where a source has them, so known files stay known."""
    body = msgspec.json.encode(post)
    if body.endswith(_WITHOUT_LATER):
        body = body.removesuffix(_WITHOUT_LATER) + b"}"
    return b"[" + body + b"," + msgspec.json.encode(link) + b"]"


def _identity(post: Post) -> bytes:
    parts = (post.published_at, post.title, post.sound_raw, post.platform_post_id)
    return hashlib.blake2b(msgspec.json.encode(parts), digest_size=16).digest()
