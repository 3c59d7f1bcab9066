"""The tree of failures: every kind has a status, every code a name of its own."""

from __future__ import annotations

import pytest

from webapp.domain import errors
from webapp.domain.errors import AppError, ErrorCode, FileRefused, Invalid

CLASSES = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, AppError)]


def test_every_code_is_spelled_as_it_is_named() -> None:
    assert all(code.value == code.name.lower() for code in ErrorCode)


def test_codes_fit_their_column() -> None:
    assert max(len(code) for code in ErrorCode) <= 40


@pytest.mark.parametrize("kind", CLASSES)
def test_every_failure_has_a_status_of_an_error_and_a_sentence_about_itself(kind: type[AppError]) -> None:
    assert 400 <= kind.status < 600
    assert kind.__doc__


def test_a_refused_file_is_an_invalid_value() -> None:
    assert FileRefused(ErrorCode.JSON_BROKEN).status == Invalid.status == 422


def test_a_failure_carries_its_code_and_what_fills_its_sentence() -> None:
    error = Invalid(ErrorCode.FIELD_INVALID, field="page", value="x")
    assert (error.code, error.params) == (ErrorCode.FIELD_INVALID, {"field": "page", "value": "x"})
    assert str(AppError(ErrorCode.INTERNAL)) == "internal"
