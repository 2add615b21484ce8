"""Settings whose texts get the values of environment variables before they are validated."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic import ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError
from returns.result import Failure

from floe_ingestion_dlt.boundary.validation import Strict, with_context
from floe_ingestion_dlt.domain.variables import with_variables, without_variables


class WithVariables(Strict):
    """A model of settings with variables; the fields *with_own* have models that get theirs."""

    with_own: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="wrap")
    @classmethod
    def _with_variables(cls, given: object, validate: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(given, Mapping):
            return validate(given)
        found = filled(given, cls.__name__)
        return validate({**found, **{name: given[name] for name in cls.with_own if name in given}})


def filled(given: Mapping[str, object], title: str) -> dict[str, object]:
    """What was *given* with the values of the variables in its texts; a ValidationError names the place of each that has none."""
    errors: list[InitErrorDetails] = []
    found = {name: _filled(value, (name,), errors) for name, value in given.items()}
    if errors:
        refused = ValidationError.from_exception_data(title, errors, hide_input=True)
        raise with_context(refused, title, given=given)
    return found


def escaped(given: object) -> object:
    """What `filled` makes into this."""
    match given:
        case str():
            return without_variables(given)
        case Mapping():
            return {name: escaped(value) for name, value in given.items()}
        case list() | tuple():
            return [escaped(value) for value in given]
        case _:
            return given


def _filled(given: object, place: tuple[str | int, ...], errors: list[InitErrorDetails]) -> object:
    match given:
        case str():
            found = with_variables(given, os.environ)
            if isinstance(found, Failure):
                error = PydanticCustomError("variable", "{text}", {"text": found.failure()})
                errors.append(InitErrorDetails(type=error, loc=place, input=None))
                return given
            return found.unwrap()
        case Mapping():
            return {name: _filled(value, (*place, str(name)), errors) for name, value in given.items()}
        case list() | tuple():
            return [_filled(value, (*place, number), errors) for number, value in enumerate(given)]
        case _:
            return given
