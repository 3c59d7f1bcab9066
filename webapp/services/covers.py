"""The covers of posts: taking an image in, replacing and removing it, and keeping the folder of files clean.

A cover belongs to the identity of a post, so that it stays across imports and undos. The only way in is a file that a
person sends: no address of an export is ever fetched.
"""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.analytics.content.covers import Identity, get_identity, match_names
from webapp.domain.covers import file_names
from webapp.domain.errors import AppError, ErrorCode, FileRefused, Forbidden, Invalid, OutOfSpace, Unavailable
from webapp.domain.scope import Permission, Scope
from webapp.extensions import db, settings
from webapp.models import Account, AuditAction, PostCover
from webapp.services import disk
from webapp.services.audit import Actor, record
from webapp.services.image_process import write_widths_in_child
from webapp.services.transaction import transaction

MB: Final = 1_000_000
MAX_MB: Final = 20
MAX_BYTES: Final = MAX_MB * MB
MAX_FILES: Final = 50
# A request for many images ends before browsers and proxies give it up.
_MOST_SECONDS: Final = 40
# A file without a row is being written, or was left by a process that died.
_ORPHAN_SECONDS: Final = 3600
_PART: Final = ".part"


@dataclass(frozen=True, slots=True)
class SentImage:
    """A file that was received: its name as the person has it, where it is, and its size in bytes."""

    name: str
    path: Path
    size: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one of many images: the public id of its post, or why it was not taken."""

    name: str
    post: str | None
    error: AppError | None = None


def media_path() -> Path:
    """Return the folder of the kept images."""
    return settings().instance_path / "media"


def set_cover(actor: Actor, scope: Scope, public_id: str, image: SentImage) -> None:
    """Give a post a cover in place of the one it has.

    Raises ``NotFound`` for an unknown post, ``FileRefused`` for what is no fit image and ``OutOfSpace``.
    """
    _require(scope)
    _keep(actor, scope, get_identity(scope, public_id), image)


def remove_cover(actor: Actor, scope: Scope, public_id: str) -> bool:
    """Take the cover from a post; return whether it had one. Raises ``NotFound`` for an unknown post."""
    _require(scope)
    post = get_identity(scope, public_id)
    with transaction() as session:
        _lock(session, scope)
        cover = _find(session, scope, post)
        if cover is None:
            return False
        files = file_names(cover.file, cover.width)
        session.delete(cover)
        record(session, actor, AuditAction.POST_COVER_REMOVED, public_id)
    _delete(files)
    return True


def set_covers(actor: Actor, scope: Scope, images: Sequence[SentImage]) -> list[Outcome]:
    """Give each image to the post that its name speaks of; return what became of each, in the same order.

    Raises ``Invalid`` for more than ``MAX_FILES``.
    """
    _require(scope)
    if len(images) > MAX_FILES:
        raise Invalid(ErrorCode.COVERS_TOO_MANY, field="images", found=len(images), maximum=MAX_FILES)
    ends_at = time.monotonic() + _MOST_SECONDS
    taken: set[str] = set()
    outcomes = []
    for image, posts in zip(images, match_names(scope, [image.name for image in images]), strict=True):
        try:
            post = _the_one(posts, taken, ends_at)
            _keep(actor, scope, post, image)
        except (FileRefused, OutOfSpace, Unavailable) as error:
            outcomes.append(Outcome(image.name, None, error))
            continue
        taken.add(post.public_id)
        outcomes.append(Outcome(image.name, post.public_id))
    return outcomes


def discard_covers(account_id: int) -> None:
    """Delete the covers of an account and their files; harmless when they are gone."""
    mine = PostCover.account_id == account_id
    covers = db.session.execute(select(PostCover.file, PostCover.width).where(mine)).all()
    for token, width in covers:
        _delete(file_names(token, width))
    with transaction() as session:
        session.execute(delete(PostCover).where(mine))


def sweep_media() -> int:
    """Delete files that belong to no cover; return how many."""
    folder = media_path()
    if not folder.is_dir():
        return 0
    old = [entry for entry in folder.iterdir() if _is_old(entry)]
    kept = {
        name
        for token, width in db.session.execute(select(PostCover.file, PostCover.width))
        for name in file_names(token, width)
    }
    orphans = [entry for entry in old if entry.name not in kept]
    for entry in orphans:
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
    return len(orphans)


def _the_one(posts: Sequence[Identity], taken: set[str], ends_at: float) -> Identity:
    if not posts:
        raise FileRefused(ErrorCode.COVER_UNMATCHED)
    if len(posts) > 1:
        raise FileRefused(ErrorCode.COVER_AMBIGUOUS)
    if posts[0].public_id in taken:
        raise FileRefused(ErrorCode.COVER_TWICE)
    if time.monotonic() > ends_at:
        raise FileRefused(ErrorCode.COVER_LATER)
    return posts[0]


def _keep(actor: Actor, scope: Scope, post: Identity, image: SentImage) -> None:
    """Write the files, then the row that makes them a cover, then delete the files of the one before."""
    if not image.size:
        raise FileRefused(ErrorCode.COVER_MISSING, field="image")
    if image.size > MAX_BYTES:
        raise FileRefused(ErrorCode.COVER_TOO_LARGE, field="image", found=-(-image.size // MB), maximum=MAX_MB)
    if disk.is_short():
        raise OutOfSpace(ErrorCode.OUT_OF_SPACE)
    token = secrets.token_hex(16)
    width, height = _write_files(image.path, token)
    # Where this fails, or only its answer is lost, the sweep finds out whether the files belong to a cover.
    with transaction() as session:
        _lock(session, scope)
        cover = _find(session, scope, post)
        before = file_names(cover.file, cover.width) if cover else ()
        if cover is None:
            cover = PostCover(account_id=scope.account_id, published_at=post.published_at, ordinal=post.ordinal)
            session.add(cover)
        cover.file, cover.width, cover.height = token, width, height
        cover.created_by, cover.changed_at = scope.user_id, datetime.now(UTC)
        record(session, actor, AuditAction.POST_COVER_SET, post.public_id, width=width, height=height)
    _delete(before)


def _write_files(image: Path, token: str) -> tuple[int, int]:
    folder = media_path() / f"{token}{_PART}"
    folder.mkdir(mode=0o700, parents=True)
    try:
        width, height = write_widths_in_child(image, folder, token)
        for name in file_names(token, width):
            (folder / name).replace(media_path() / name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return width, height


def _delete(names: Iterable[str]) -> None:
    for name in names:
        (media_path() / name).unlink(missing_ok=True)


def _is_old(entry: Path) -> bool:
    try:
        return time.time() - entry.stat().st_mtime >= _ORPHAN_SECONDS
    except FileNotFoundError:  # replaced meanwhile
        return False


def _find(session: Session, scope: Scope, post: Identity) -> PostCover | None:
    query = select(PostCover).where(
        PostCover.account_id == scope.account_id,
        PostCover.published_at == post.published_at,
        PostCover.ordinal == post.ordinal,
    )
    return session.scalars(query).first()


def _require(scope: Scope) -> None:
    if not scope.allows(Permission.POST_WRITE):
        raise Forbidden(ErrorCode.FORBIDDEN)


def _lock(session: Session, scope: Scope) -> None:
    """Let those who change covers of one account come one after another, so that each file has one row."""
    session.get_one(Account, scope.account_id, with_for_update=True)
