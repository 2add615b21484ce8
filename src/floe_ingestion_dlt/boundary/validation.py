"""Strict validation of input, with errors that say what would be valid."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Final, LiteralString, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError
from returns.result import Failure, Result

from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.wrong_values import in_words

ValueT = TypeVar("ValueT")


class Strict(BaseModel):
    """A model that refuses an unknown option, and whose error names the known options.

    Errors do not show inputs, because any input may contain a password.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True)

    @model_validator(mode="wrap")
    @classmethod
    def _validated(cls, given: object, validate: ModelWrapValidatorHandler[Self]) -> Self:
        """The model; an error names the input and the known options."""
        try:
            return validate(given)
        except ValidationError as refused:
            raise with_context(refused, refused.title, _name_in(given), cls.options(), given) from None

    @classmethod
    def options(cls) -> tuple[str, ...]:
        """The names of all options."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())


def with_context(
    refused: ValidationError,
    title: str,
    place: tuple[str, ...] = (),
    known: Iterable[str] = (),
    given: object = None,
) -> ValidationError:
    """The same errors without inputs, at *place* and with another *title*; errors of unknown options name the *known* ones.

    The elements of lists in what was *given* are named, too, if they have a name.
    """
    errors = refused.errors(include_url=False)
    return ValidationError.from_exception_data(
        title, [_without_input(error, place, tuple(known), given) for error in errors], hide_input=True
    )


def one_or_more(given: object) -> object:
    """A single name as a tuple of one; None as an empty tuple."""
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else given


ONE_OR_MORE: Final = BeforeValidator(one_or_more, json_schema_input_type=str | tuple[str, ...] | None)


def one_text(given: object) -> object:
    """A mapping as the JSON text of it; anything else unchanged."""
    return json.dumps(given) if isinstance(given, Mapping) else given


ONE_TEXT: Final = BeforeValidator(one_text, json_schema_input_type=str | dict[str, object] | None)


def unusable(text: str, field: str = "") -> PydanticCustomError:
    """The error to raise for a value; it is a ValueError, to whose text pydantic adds nothing.

    An error of a whole model says by which *field* it is mended, if it is one.
    """
    return PydanticCustomError("value_error", "{text}", {"text": text, "field": field})


def value_or_raise(result: Result[ValueT, Invalid]) -> ValueT:
    """The value of a success; a failure is raised as a ValueError, which pydantic collects."""
    if isinstance(result, Failure):
        invalid = result.failure()
        raise unusable(f"{invalid.message}. {invalid.next_step}", invalid.field)
    return result.unwrap()


def _without_input(
    error: ErrorDetails, place: tuple[str, ...], known: tuple[str, ...], given: object
) -> InitErrorDetails:
    loc, kind = error["loc"], error["type"]
    if kind == "extra_forbidden" and len(loc) == 1:
        text = f"not an option; {suggestion(str(loc[0]), known)}"
    else:
        text = _text_of(error)
    kind = "unknown_option" if kind == "extra_forbidden" else kind
    where = (*place, *_with_names(loc, given))
    context = {"text": text, "field": error.get("ctx", {}).get("field", "")}
    return InitErrorDetails(type=PydanticCustomError(kind, "{text}", context), loc=where, input=None)


def _text_of(error: ErrorDetails) -> str:
    """Our own words for the error; unchanged if it has them."""
    context = error.get("ctx", {})
    if "text" in context:
        return error["msg"]
    words = in_words(error["type"], context, error["loc"], error["input"])
    return words or error["msg"].removeprefix("Value error, ")


def _with_names(loc: tuple[int | str, ...], given: object) -> tuple[int | str, ...]:
    """The location with the name of each element of a list that has one, behind its position."""
    named: list[int | str] = []
    here, name = given, ""
    for part in loc:
        if part != name:
            named += [*filter(None, [name]), part]
            here = _inside(here, part)
        else:
            named.append(part)
        name = "".join(_name_in(here)) if isinstance(part, int) else ""
    return (*named, *filter(None, [name]))


def _inside(given: object, part: int | str) -> object:
    if isinstance(given, Mapping):
        return given.get(part)
    if isinstance(given, list | tuple) and isinstance(part, int) and part < len(given):
        return given[part]
    return None


def suggestion(name: str, known: Sequence[str]) -> str:
    """What to write instead of an unknown name: the known one that is like it, else one of all."""
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"use one of {', '.join(known)}"


def refusal(title: str, kind: LiteralString, field: str, text: str) -> ValidationError:
    """The error of a *field* whose value cannot be used, as pydantic raises it, without the value."""
    error = PydanticCustomError(kind, "{text}", {"text": text})
    details = InitErrorDetails(type=error, loc=(field,), input=None)
    return ValidationError.from_exception_data(title, [details], hide_input=True)


def all_invalid(refused: ValidationError) -> str:
    """All errors in one line, each with its field, without the values that were given."""
    errors = refused.errors(include_url=False, include_context=False, include_input=False)
    found = (
        (".".join(map(str, error["loc"])), error["msg"].removeprefix("Value error, ")) for error in errors
    )
    return "; ".join(f"{field}: {text}" if field else text for field, text in found)


def first_invalid(refused: ValidationError, *place: str) -> Invalid:
    """The first of the errors, at this *place*, without the value that was given."""
    first = refused.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(map(str, (*place, *first["loc"]))) or refused.title
    return Invalid(field, None, f"a valid value ({first['msg'].removeprefix('Value error, ')})")


def _name_in(given: object) -> tuple[str, ...]:
    """The name in the input, which is easier to find for a reader than its position."""
    name = given.get("name") if isinstance(given, Mapping) else None
    return (name,) if isinstance(name, str) and name.strip() else ()
