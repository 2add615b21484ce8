"""Secret texts, and settings that contain them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn, TypeAlias, final


@final
class Secret:
    """A credential that cannot be formatted, printed, compared by accident or pickled; only `reveal` returns its text."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret text."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> NoReturn:
        message = "a Secret cannot be pickled: pass the name of an environment variable instead"
        raise TypeError(message)


Plain: TypeAlias = "str | int | float | bool | Sequence[Plain] | Mapping[str, Plain] | None"
Setting: TypeAlias = "Secret | str | int | float | bool | Sequence[Setting] | Mapping[str, Setting] | None"
# The settings of a library, with the library's own names.
Settings: TypeAlias = Mapping[str, Setting]


def revealed(setting: Setting) -> Plain:
    """The setting with its secrets in plain text."""
    match setting:
        case Secret():
            return setting.reveal()
        case Mapping():
            return {name: revealed(value) for name, value in setting.items()}
        case str() | int() | float() | None:
            return setting
        case _:
            return [revealed(value) for value in setting]
