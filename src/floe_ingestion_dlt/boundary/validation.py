"""Strict validation of input, with errors that say what would be valid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Final, LiteralString, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError
from returns.result import Failure, Result

from floe_ingestion_dlt.domain.faults import Invalid

ValueT = TypeVar("ValueT")
# Pydantic names types of Python, which a file of YAML does not have.
_IN_WORDS: Final = {
    "tuple_type": "a list is needed: in YAML, lines that begin with -",
    "list_type": "a list is needed: in YAML, lines that begin with -",
    "dict_type": "a mapping is needed: in YAML, lines such as key: value",
    "model_type": "a mapping is needed: in YAML, lines such as key: value",
}


class Strict(BaseModel):
    """A model that refuses an unknown option, and whose error names the known options.

    Errors do not show inputs, because any input may contain a password.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="wrap")
    @classmethod
    def _validated(cls, given: object, validate: ModelWrapValidatorHandler[Self]) -> Self:
        """The model; an error names the input and the known options."""
        try:
            return validate(given)
        except ValidationError as refused:
            raise with_context(refused, refused.title, _name_in(given), cls.options()) from None

    @classmethod
    def options(cls) -> tuple[str, ...]:
        """The names of all options."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())


def with_context(
    refused: ValidationError, title: str, place: tuple[str, ...] = (), known: Iterable[str] = ()
) -> ValidationError:
    """The same errors without inputs, at *place* and with another *title*; errors of unknown options name the *known* ones."""
    errors = refused.errors(include_url=False, include_input=False)
    return ValidationError.from_exception_data(
        title, [_without_input(error, place, tuple(known)) for error in errors], hide_input=True
    )


def one_or_more(given: object) -> object:
    """A single name as a tuple of one; None as an empty tuple."""
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else given


def value_or_raise(result: Result[ValueT, Invalid]) -> ValueT:
    """The value of a success; a failure is raised as a ValueError, which pydantic collects."""
    if isinstance(result, Failure):
        invalid = result.failure()
        raise ValueError(f"{invalid.message}. {invalid.next_step}")  # noqa: TRY004 - what pydantic collects
    return result.unwrap()


def _without_input(error: ErrorDetails, place: tuple[str, ...], known: tuple[str, ...]) -> InitErrorDetails:
    loc = error["loc"]
    text = error["msg"]
    if error["type"] == "extra_forbidden" and len(loc) == 1:
        text = f"not an option; {suggestion(str(loc[0]), known)}"
    text = _IN_WORDS.get(error["type"], text)
    kind = "unknown_option" if error["type"] == "extra_forbidden" else error["type"]
    return InitErrorDetails(
        type=PydanticCustomError(kind, "{text}", {"text": text}), loc=(*place, *loc), input=None
    )


def suggestion(name: str, known: Sequence[str]) -> str:
    """What to write instead of an unknown name: the known one that is like it, else one of all."""
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"use one of {', '.join(known)}"


def refusal(title: str, kind: LiteralString, field: str, text: str) -> ValidationError:
    """The error of a *field* whose value cannot be used, as pydantic raises it, without the value."""
    error = PydanticCustomError(kind, "{text}", {"text": text})
    details = InitErrorDetails(type=error, loc=(field,), input=None)
    return ValidationError.from_exception_data(title, [details], hide_input=True)


def first_invalid(refused: ValidationError, *place: str) -> Invalid:
    """The first of the errors, at this *place*, without the value that was given."""
    first = refused.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(map(str, (*place, *first["loc"]))) or refused.title
    return Invalid(field, None, f"a valid value ({first['msg'].removeprefix('Value error, ')})")


def _name_in(given: object) -> tuple[str, ...]:
    """The name in the input, which is easier to find for a reader than its position."""
    name = given.get("name") if isinstance(given, Mapping) else None
    return (name,) if isinstance(name, str) and name.strip() else ()
