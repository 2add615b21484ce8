"""Environment variables in settings: `${NAME}`, `${NAME:-default}`, and `$${` for a `${` that is meant as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from returns.result import Failure, Result, Success

_PLACE: Final = re.compile(r"\$\$\{|\$\{([^}]*)\}|\$\{")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OTHERWISE: Final = ":-"


def with_variables(text: str, variables: Mapping[str, str]) -> Result[str, str]:
    """The text with the values of its variables; the failure says what is wrong with one, and what would be right.

    A default stands for a variable that is not set or empty, as in a shell. What a variable holds is not searched for variables.
    """
    parts, end = list[str](), 0
    for found in _PLACE.finditer(text):
        parts.append(text[end : found.start()])
        end = found.end()
        value = Success("${") if found[0] == "$${" else _value(found[1], variables)
        if isinstance(value, Failure):
            return value
        parts.append(value.unwrap())
    return Success("".join((*parts, text[end:])))


def _value(written: str | None, variables: Mapping[str, str]) -> Result[str, str]:
    name, has_default, default = (written or "").partition(_OTHERWISE)
    if _NAME.fullmatch(name) is None:
        return Failure(
            "a variable is written as ${NAME} or ${NAME:-default}, with letters, digits and '_' in its name."
            " Write $${ for a ${ that is meant as it is."
        )
    value = variables.get(name)
    if value or (value is not None and not has_default):
        return Success(value)
    if has_default:
        return Success(default)
    return Failure(f"the variable {name} is not set. Set it, or write ${{{name}:-default}}.")


def without_variables(text: str) -> str:
    """A text that `with_variables` makes into this one."""
    return text.replace("${", "$${")
