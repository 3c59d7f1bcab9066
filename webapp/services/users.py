"""People: signing up, checking a password, preferences."""

from __future__ import annotations

import hmac
import os
import secrets
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.domain.errors import Conflict, ErrorCode, Forbidden, Invalid, NotFound
from webapp.domain.post_query import PostLayout
from webapp.domain.setting_values import is_loopback
from webapp.extensions import db
from webapp.models import AuditAction, User
from webapp.services import audit, devices, mailed_tokens, passwords, throttle
from webapp.services.audit import Actor
from webapp.services.mails import MailKind, queue_mail, queue_nobodys
from webapp.services.own_team import add_team
from webapp.services.transaction import after_commit, transaction
from webapp.services.verification import let_in, queue_verification

if TYPE_CHECKING:
    from config import Settings

# Installations at home have addresses below names such as "local" and "home.arpa", tests below "test"; the
# library's documented way to take them is to change its list.
SPECIAL_USE_DOMAIN_NAMES.clear()

THEMES = ("system", "light", "dark")

# A name for PostgreSQL's lock that lets sign-ups take turns; SQLite has one writer anyway.
_SIGN_UP_LOCK = 0x7474_6101


class SignUp(StrEnum):
    """What signing up means at this moment."""

    FIRST = "first"  # whoever comes becomes the admin
    FIRST_GUARDED = "first_guarded"  # whoever shows the set-up token becomes the admin
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Address:
    """An e-mail address: as it is written to, and as it is compared."""

    email: str
    key: str

    @property
    def local_part(self) -> str:
        """Return what stands before the at sign."""
        return self.email.rpartition("@")[0]


def normalise_email(text: str) -> Address:
    """Return the address; raise ``Invalid`` for what is none. Nothing is looked up in the network."""
    try:
        found = validate_email(text.strip(), check_deliverability=False)
    except EmailNotValidError as error:
        raise Invalid(ErrorCode.EMAIL_INVALID, field="email") from error
    domain = (found.ascii_domain or found.domain).lower()
    local = unicodedata.normalize("NFKC", found.local_part).casefold()
    return Address(found.normalized, f"{local}@{domain}")


def needs_setup_token(settings: Settings) -> bool:
    """Return whether others than the person at this machine could reach the first sign-up."""
    host = urlsplit(settings.base_url).hostname or ""
    return not (is_loopback(settings.host) and is_loopback(host)) or settings.trusted_proxies > 0


def sign_up_state(settings: Settings) -> SignUp:
    """Return who may sign up now."""
    if not _has_users(db.session()):
        return SignUp.FIRST_GUARDED if needs_setup_token(settings) else SignUp.FIRST
    return SignUp.CLOSED if settings.registration == "invite" else SignUp.OPEN


def ensure_setup_token(settings: Settings) -> str | None:
    """Return the token that the first person must show, made at the first call; ``None`` when none is needed."""
    if sign_up_state(settings) is not SignUp.FIRST_GUARDED:
        settings.setup_token_path.unlink(missing_ok=True)
        return None
    token = _read_setup_token(settings.setup_token_path)
    if token is None:
        # Written aside and linked, so that a second process that starts meanwhile reads a whole token or makes none.
        draft = settings.setup_token_path.with_name(f"setup_token.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24))
        with suppress(FileExistsError):
            os.link(draft, settings.setup_token_path)
        draft.unlink()
        token = _read_setup_token(settings.setup_token_path)
    return token


def register_user(
    settings: Settings, email: str, password: str, actor: Actor, *, setup_token: str = "", locale: str | None = None
) -> int | None:
    """Sign a person up with a personal team; return the id of the first one, who becomes the admin and may come in.

    All others are mailed a link to confirm their address with. What is returned and done does not tell whether the
    address was known: its owner is written to instead. Raises ``Invalid`` naming the field of a refused value,
    ``Forbidden`` when signing up is closed.
    """
    state = sign_up_state(settings)
    if state is SignUp.CLOSED:
        raise Forbidden(ErrorCode.REGISTRATION_CLOSED)
    if state is SignUp.FIRST_GUARDED:
        _check_setup_token(settings.setup_token_path, setup_token)
    address = normalise_email(email)
    password_hash = passwords.hash_password(passwords.check_password(password, address.email))
    with transaction() as session:
        take_turns(session)
        is_first = not _has_users(session)
        if not is_first and settings.registration == "invite":
            raise Forbidden(ErrorCode.REGISTRATION_CLOSED)
        if not is_first:
            _begin_sign_up(session, address, password_hash, actor, locale)
            return None
        user = _add_user(session, address, password_hash, actor, is_admin=True)
        user.locale = locale
        after_commit(session, lambda: settings.setup_token_path.unlink(missing_ok=True))
        return user.id


def add_verified_user(
    session: Session, address: Address, password_hash: str, actor: Actor, locale: str | None = None
) -> User:
    """Add a person whose address is proved, inside the running transaction; who only began to sign up is let in.

    Raises ``Conflict`` when somebody has the address.
    """
    user = find_by_key(session, address.key)
    if user is not None and not user.is_pending:
        raise Conflict(ErrorCode.EMAIL_TAKEN, field="email")
    if user is None:
        user = _new_user(session, address, password_hash)
        audit.record(session, replace(actor, user_id=user.id), AuditAction.USER_REGISTERED, user.public_id)
    user.password_hash = password_hash
    let_in(session, user)
    user.locale = locale or user.locale
    return user


def create_user(email: str, password: str, *, is_admin: bool = False) -> int:
    """Add a verified person for a script and return their id; the first one is an admin in any case."""
    address = normalise_email(email)
    password_hash = passwords.hash_password(passwords.check_password(password, address.email))
    with transaction() as session:
        take_turns(session)
        if find_by_key(session, address.key) is not None:
            raise Conflict(ErrorCode.EMAIL_TAKEN, field="email")
        is_admin = is_admin or not _has_users(session)
        return _add_user(session, address, password_hash, Actor(), is_admin=is_admin).id


def authenticate(email: str, password: str, actor: Actor, *, device_tokens: Sequence[str] = ()) -> int:
    """Return the id of the person with this address and password.

    Raises ``Invalid`` with one and the same sentence for an unknown address, a wrong password, one that was guessed
    at too often and a disabled person, after one and the same amount of work. Guesses of others do not keep the
    person out of a browser they have signed in with (SECURITY 7).
    """
    user = _find_by_text(email)
    user_id, stored = (user.id, user.password_hash) if user else (None, None)
    is_allowed = user is not None and not user.is_disabled and not user.is_pending
    if user is not None and throttle.is_locked(user):
        is_allowed = is_allowed and devices.find_device(user.id, device_tokens) is not None
    matches = passwords.verify_password(stored, password)
    if user_id is None or stored is None or not matches or not is_allowed:
        _record_failure(actor, user_id)
        raise Invalid(ErrorCode.LOGIN_FAILED)
    if passwords.is_outdated(stored):
        _renew_hash(user_id, stored, passwords.hash_password(password))
    return user_id


def get_user_id(email: str) -> int:
    """Return the id of the person with the address; raise ``NotFound`` when there is none."""
    user = _find_by_text(email)
    if user is None:
        raise NotFound(ErrorCode.USER_UNKNOWN, email=email)
    return user.id


def set_preferences(
    user_id: int,
    actor: Actor,
    *,
    locale: str | None = None,
    theme: str | None = None,
    post_layout: PostLayout | None = None,
) -> None:
    """Remember the language, the theme or the layout of posts that a person chose; ``None`` leaves it as it is."""
    with transaction() as session:
        user = session.get_one(User, user_id)
        chosen = {"locale": locale, "theme": theme, "post_layout": post_layout and post_layout.value}
        after = {name: value for name, value in chosen.items() if value}
        before = {name: getattr(user, name) for name in after}
        for name, value in after.items():
            setattr(user, name, value)
        audit.record(session, actor, AuditAction.USER_PREFERENCES_CHANGED, user.public_id, before=before, after=after)


def find_by_key(session: Session, key: str) -> User | None:
    """Return the person whose address is compared as ``key``."""
    return session.scalars(select(User).where(User.email_key == key)).one_or_none()


def _begin_sign_up(session: Session, address: Address, password_hash: str, actor: Actor, locale: str | None) -> None:
    """Mail a link to whoever signs up, or a word to who has the address already."""
    user = find_by_key(session, address.key)
    if user is None and not mailed_tokens.is_reserved(session, address.key):
        # Without a team, which comes with the link: nothing is left of those who never open it.
        user = _new_user(session, address, password_hash, is_pending=True)
        user.locale = locale
        audit.record(session, replace(actor, user_id=user.id), AuditAction.USER_REGISTERED, user.public_id)
        queue_verification(session, user)
        return
    audit.record(session, replace(actor, user_id=user.id if user else None), AuditAction.USER_SIGN_UP_REPEATED)
    if user is None or user.is_disabled:
        queue_nobodys(session)
    elif user.is_pending:
        # The newest mail alone counts, with the password that was chosen with it.
        user.password_hash, user.locale, user.created_at = password_hash, locale, datetime.now(UTC)
        queue_verification(session, user)
    else:
        queue_mail(session, MailKind.ALREADY_REGISTERED, address=user.email, locale=user.locale, user_id=user.id)


def _add_user(session: Session, address: Address, password_hash: str, actor: Actor, *, is_admin: bool) -> User:
    user = _new_user(session, address, password_hash)
    user.is_admin, user.verified_at = is_admin, user.created_at
    team = add_team(session, user, address.local_part[:100], is_personal=True)
    actor = replace(actor, user_id=actor.user_id or user.id, team_id=team.id)
    audit.record(session, actor, AuditAction.USER_REGISTERED, user.public_id, is_admin=is_admin)
    return user


def _new_user(session: Session, address: Address, password_hash: str, *, is_pending: bool = False) -> User:
    user = User(
        email=address.email,
        email_key=address.key,
        password_hash=password_hash,
        is_pending=is_pending,
        created_at=datetime.now(UTC),
    )
    session.add(user)
    session.flush()
    return user


def take_turns(session: Session) -> None:
    """Let only one sign-up at a time count the people: ten first ones make one admin."""
    if session.connection().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_SIGN_UP_LOCK)))


def _has_users(session: Session) -> bool:
    return session.scalars(select(User.id).where(User.deleted_at.is_(None)).limit(1)).first() is not None


def _find_by_text(email: str) -> User | None:
    try:
        return find_by_key(db.session(), normalise_email(email).key)
    except Invalid:
        return None


def _record_failure(actor: Actor, user_id: int | None) -> None:
    # What was typed is not kept: people type their password into the wrong field.
    with transaction() as session:
        audit.record(session, replace(actor, user_id=user_id, team_id=None), AuditAction.USER_LOGIN_FAILED)
        if user_id is not None:
            throttle.count_failure(session, user_id)


def _renew_hash(user_id: int, old: str, new: str) -> None:
    with transaction() as session:
        user = session.get_one(User, user_id)
        if user.password_hash == old:
            user.password_hash = new


def _read_setup_token(path: Path) -> str | None:
    try:
        return path.read_text().strip() or None
    except FileNotFoundError:
        return None


def _check_setup_token(path: Path, shown: str) -> None:
    expected = _read_setup_token(path)
    if expected is None or not hmac.compare_digest(expected.encode(), shown.strip().encode("utf-8", "replace")):
        raise Invalid(ErrorCode.SETUP_TOKEN_WRONG, field="setup_token")
