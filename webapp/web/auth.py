"""Who is asking: signing up, in and out, and the door that stays closed by default."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, current_app, g, make_response, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_login import UserMixin, current_user, logout_user
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, PasswordField, StringField
from wtforms.validators import InputRequired

from webapp import logs
from webapp.domain.errors import BadRequest, ErrorCode, Forbidden, LoginNeeded, Unavailable
from webapp.domain.scope import Permission, TeamScope
from webapp.extensions import db, limiter, login, settings
from webapp.models import User
from webapp.services import access, api_keys, users
from webapp.services.audit import Actor
from webapp.services.passwords import MAX_LENGTH, MIN_LENGTH
from webapp.services.users import SignUp
from webapp.web import device_cookie, limits, masking, sessions
from webapp.web import sign_in as sign_in_steps
from webapp.web.forms import fulfil, refused
from webapp.web.htmx import is_fragment_request, redirect_to
from webapp.web.i18n import locale
from webapp.web.redirects import safe_target
from webapp.web.requests import request_id

logger = logging.getLogger(__name__)
blueprint = Blueprint("auth", __name__)

P = ParamSpec("P")
R = TypeVar("R")

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Person(UserMixin):
    """The person of this request, as read at its beginning."""

    id: int
    public_id: str
    email: str
    is_admin: bool
    locale: str | None
    theme: str | None


class LoginForm(FlaskForm):
    """Address and password."""

    email = EmailField(
        _l("E-mail address"), [InputRequired(_l("Enter your e-mail address."))], render_kw={"autocomplete": "username"}
    )
    password = PasswordField(
        _l("Password"),
        [InputRequired(_l("Enter your password."))],
        render_kw={"autocomplete": "current-password", "maxlength": MAX_LENGTH},
    )
    remembers = BooleanField(_l("Stay signed in on this device for 30 days"))


class RegisterForm(FlaskForm):
    """What a new person tells; the set-up token is asked of the first one only, where others could come first."""

    email = EmailField(
        _l("E-mail address"), [InputRequired(_l("Enter your e-mail address."))], render_kw={"autocomplete": "username"}
    )
    password = PasswordField(
        _l("Password"),
        [InputRequired(_l("Choose a password."))],
        render_kw={"autocomplete": "new-password", "minlength": MIN_LENGTH, "maxlength": MAX_LENGTH},
    )
    setup_token = StringField(_l("Set-up token"), render_kw={"autocomplete": "off", "spellcheck": "false"})


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a view that answers visitors too."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def asks_only(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a view of the API whose body is a question: it changes nothing, so who may read may ask it."""
    view.asks_only = True  # type: ignore[attr-defined]
    return view


def open_without_second_factor(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a view that people reach whose team asks for a second factor they have not set up yet."""
    view.is_open_without_second_factor = True  # type: ignore[attr-defined]
    return view


def shows_csrf_failure(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a view whose form checks the token itself, so that what was typed is not lost."""
    view.shows_csrf_failure = True  # type: ignore[attr-defined]
    return view


def current_actor() -> Actor:
    """Return who acts in this request, for the audit trail."""
    if not current_user.is_authenticated:
        return Actor(ip=request.remote_addr, request_id=request_id(), user_agent=request.user_agent.string)
    team = team_scope(Permission.ACCOUNT_READ)
    return Actor(team.user_id, team.team_id, request.remote_addr, request_id(), request.user_agent.string)


def team_scope(permission: Permission) -> TeamScope:
    """Return the person's scope in their team; raise ``Forbidden`` when their role is too low."""
    if not current_user.is_authenticated:
        raise LoginNeeded(ErrorCode.LOGIN_NEEDED)
    if "team_scope" not in g:
        opened = sessions.current().opened
        if "api_key" not in g and opened is not None and opened.user_id == current_user.id:
            g.team_scope = masking.covered(access.get_session_scope(opened, Permission.ACCOUNT_READ))
        else:
            team_id = g.api_key.team_id if "api_key" in g else None
            g.team_scope = masking.covered(access.get_team_scope(current_user.id, Permission.ACCOUNT_READ, team_id))
    scope: TeamScope = g.team_scope
    logs.note(team_id=scope.team_id)
    if not scope.allows(permission):
        raise Forbidden(masking.refusal(permission))
    return scope


def init_app(app: Flask) -> None:
    """Set Flask-Login up and close every door that is not marked as public."""
    login.session_protection = None  # the secret in the cookie is all; an address may change on the way
    login.user_loader(_load_person)
    login.request_loader(_load_key_owner)
    app.before_request(_guard)


@blueprint.get("/register")
@public
def register() -> Response:
    """Show the form for new people."""
    if current_user.is_authenticated:
        return redirect_to(_next_target())
    return _register_page(RegisterForm(), _open_sign_up())


@blueprint.post("/register")
@public
@shows_csrf_failure
@limiter.limit(limits.REGISTER_PER_NETWORK, key_func=limits.network_key)
@limits.mails_counted
def create() -> Response:
    """Sign a new person up: the first one is in, all others get a mail, known or not."""
    form, state = RegisterForm(), _open_sign_up()
    done = fulfil(
        form,
        lambda: users.register_user(
            settings(),
            form.email.data,
            form.password.data,
            current_actor(),
            setup_token=form.setup_token.data or "",
            locale=locale(),
        ),
    )
    if done is None:
        return _register_page(form, state, refused(form))
    return redirect_to(url_for("auth.sent")) if done.result is None else sign_in_steps.proceed(done.result)


@blueprint.get("/register/sent")
@public
def sent() -> Response:
    """Say that a mail is on its way, whatever it says."""
    return make_response(render_template("auth/register_sent.html", sends_no_mail=settings().mail_server is None))


@blueprint.get("/login", endpoint="login")
@public
def show_login() -> Response:
    """Show the form for people who are known; lead the very first one to the other form."""
    if current_user.is_authenticated:
        return redirect_to(_next_target())
    if users.sign_up_state(settings()) in (SignUp.FIRST, SignUp.FIRST_GUARDED):
        return redirect_to(url_for("auth.register"))
    return _login_page(LoginForm())


@blueprint.post("/login")
@public
@shows_csrf_failure
@limiter.limit(lambda: limits.LOGIN_GLOBAL, key_func=limits.login_everybody_key, deduct_when=limits.was_refused)
@limiter.limit(limits.LOGIN_PER_ACCOUNT, key_func=limits.login_account_key)
@limiter.limit(limits.LOGIN_PER_ACCOUNT_AND_NETWORK, key_func=limits.login_account_and_network_key)
@limiter.limit(limits.LOGIN_PER_NETWORK, key_func=limits.login_network_key)
def sign_in() -> Response:
    """Sign a person in."""
    form = LoginForm()
    done = fulfil(
        form,
        lambda: users.authenticate(
            form.email.data, form.password.data, current_actor(), device_tokens=device_cookie.tokens()
        ),
    )
    if done is None:
        return _login_page(form, status=refused(form))
    return sign_in_steps.proceed(done.result, is_remembered=form.remembers.data)


@blueprint.post("/logout")
@open_without_second_factor
def logout() -> Response:
    """Sign the person out and let the browser forget what it has kept of the pages."""
    sessions.end(current_actor())
    logout_user()
    response = redirect_to(url_for("auth.login"))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _open_sign_up() -> SignUp:
    state = users.sign_up_state(settings())
    if state is SignUp.CLOSED:
        raise Forbidden(ErrorCode.REGISTRATION_CLOSED)
    return state


def _register_page(form: RegisterForm, state: SignUp, status: int = 200) -> Response:
    return make_response(
        render_template(
            "auth/register.html",
            form=form,
            asks_token=state is SignUp.FIRST_GUARDED,
            is_first=state in (SignUp.FIRST, SignUp.FIRST_GUARDED),
            min_length=MIN_LENGTH,
            next=_next_target(),
        ),
        status,
    )


def _login_page(form: LoginForm, status: int = 200) -> Response:
    can_register = users.sign_up_state(settings()) is not SignUp.CLOSED
    return make_response(
        render_template("auth/login.html", form=form, can_register=can_register, next=_next_target()),
        status,
    )


def _next_target() -> str:
    return safe_target(request.values.get("next"))


def _load_person(user_id: str) -> Person | None:
    opened = sessions.current().opened
    if opened is not None and opened.owner is not None and str(opened.user_id) == user_id:
        owner = opened.owner
        logs.note(user_id=opened.user_id)
        return Person(opened.user_id, owner.public_id, owner.email, owner.is_admin, owner.locale, owner.theme)
    user = db.session.get(User, int(user_id))
    if user is None or user.is_disabled:
        return None
    logs.note(user_id=user.id)
    return Person(user.id, user.public_id, user.email, user.is_admin, user.locale, user.theme)


def _load_key_owner(_request: Any) -> Person | None:
    return _load_person(str(g.api_key.user_id)) if "api_key" in g else None


def _guard() -> Response | None:
    """Let in who may come in; nothing of the body has been read when this decides."""
    if request.endpoint is None:  # there is no such page, and everybody may know
        return None
    if sessions.current().is_unreadable:
        raise Unavailable(ErrorCode.DATABASE_AWAY)
    if _holds_nul():
        raise BadRequest(ErrorCode.BAD_REQUEST)
    if _is_api_request():
        _check_api_caller()
    view = current_app.view_functions[request.endpoint]
    if request.endpoint == "static" or getattr(view, "is_public", False):
        return None
    if current_user.is_authenticated:
        return _ask_for_second_factor(view)
    if _is_api_request():
        raise LoginNeeded(ErrorCode.LOGIN_NEEDED)
    return _lead_to_login()


def _ask_for_second_factor(view: Any) -> Response | None:
    """Lead people to its set-up whose team asks everybody for a second factor, wherever they want to go."""
    opened = sessions.current().opened
    owner = opened.owner if opened is not None and "api_key" not in g else None
    if owner is None or owner.has_second_factor or not owner.needs_second_factor:
        return None
    if getattr(view, "is_open_without_second_factor", False):
        return None
    if _is_api_request():
        raise Forbidden(ErrorCode.SECOND_FACTOR_NEEDED)
    return redirect_to(url_for("security.index"))


def _is_api_request() -> bool:
    """Return whether a program asks; the readable page of the API is for browsers."""
    return request.path.startswith("/api/") and request.endpoint != "api.docs"


def _holds_nul() -> bool:
    """Return whether the address holds the one character that a database refuses in a text."""
    return "\0" in request.path or any("\0" in value for _key, value in request.args.items(multi=True))


def _check_api_caller() -> None:
    """Take the key of the Authorization header; a browser's session may only read."""
    if any(value.startswith(api_keys.PREFIX) for value in request.args.values()):
        logger.warning("an API key was sent in an address by %s", request.remote_addr)
        raise BadRequest(ErrorCode.KEY_IN_ADDRESS)
    header = request.headers.get("Authorization")
    view = current_app.view_functions.get(request.endpoint or "")
    is_reading = request.method in _SAFE_METHODS or getattr(view, "asks_only", False)
    if header is not None:
        scheme, _, text = header.partition(" ")
        if scheme.casefold() != "bearer":
            raise LoginNeeded(ErrorCode.KEY_INVALID)
        # Not `current_actor`: who asks is known only once the key is.
        actor = Actor(ip=request.remote_addr, request_id=request_id(), user_agent=request.user_agent.string)
        key = api_keys.authenticate_key(text.strip(), actor)
        g.api_key = key
        if not is_reading and not key.can_write:
            raise Forbidden(ErrorCode.KEY_READ_ONLY)
    elif not is_reading and current_user.is_authenticated:
        raise Forbidden(ErrorCode.SESSION_READ_ONLY)


def _lead_to_login() -> Response:
    """Send the browser to the login page and remember where it wanted to go."""
    if is_fragment_request():
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
        wanted = f"{page.path}?{page.query}" if page.query else page.path
    elif request.method in _SAFE_METHODS:
        wanted = request.full_path if request.query_string else request.path
    else:
        wanted = ""
    target = safe_target(wanted)
    response = redirect_to(url_for("auth.login", next=target) if target != "/" else url_for("auth.login"))
    if is_fragment_request():
        response.status_code = 401
    return response
