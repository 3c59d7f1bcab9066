"""What a view does with a form: either it is fulfilled, or it says beside its fields why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask_wtf import FlaskForm

from webapp.domain.errors import ErrorCode, Forbidden, Invalid
from webapp.web.messages import message

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Done(Generic[_Result]):
    """What came of a form that was fulfilled."""

    result: _Result


def fulfil(form: FlaskForm, act: Callable[[], _Result]) -> Done[_Result] | None:
    """Do what a form asks for; ``None`` where it is not filled in rightly or refused; the form says why."""
    return _done(form, act) if form.validate_on_submit() else None


def answered(form: FlaskForm, act: Callable[[], _Result]) -> Done[_Result] | None:
    """Return what a form finds that came with the address and changes nothing; ``None`` where the form says why not."""
    return _done(form, act) if form.validate() else None


def refused(form: FlaskForm) -> int:
    """Return the status of a refused form, and put the sentence above it when its token was the reason."""
    if not form.csrf_token.errors:
        return 422
    failure = Forbidden(ErrorCode.CSRF_FAILED)
    form.form_errors.append(message(failure))
    return failure.status


def _done(form: FlaskForm, act: Callable[[], _Result]) -> Done[_Result] | None:
    try:
        return Done(act())
    except Invalid as error:
        _show_error(form, error)
        return None


def _show_error(form: FlaskForm, error: Invalid) -> None:
    """Put the sentence of a refused value beside its field, or above the form when it names none."""
    field = form._fields.get(str(error.params.get("field", "")))
    if field is None:
        form.form_errors.append(message(error))
    else:
        field.errors = [*field.errors, message(error)]
