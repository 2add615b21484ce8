"""JSON as texts: that of a database is kept as it is, and other values are written as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final, final


@final
class JsonText(str):
    """A JSON value as the database writes it, with all its digits.

    The fields of an object can be read by their names: SQLAlchemy asks Postgres for JSON when it looks up identity columns and collations.
    """

    __slots__ = ()

    def keys(self) -> Iterable[str]:
        """The names of the object's fields."""
        return self._fields().keys()

    def __getitem__(self, key: Any) -> Any:
        """The field of this name; by a number or a slice, the characters of the text."""
        return self._fields()[key] if isinstance(key, str) else super().__getitem__(key)

    def _fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = json.loads(self)
        return fields


_SEPARATOR: Final = ", "


def kept_json(text: str | bytes | float) -> JsonText:
    """The JSON that a driver hands over to be read, unchanged; SQLite hands over a number as such."""
    if isinstance(text, bytes):
        return JsonText(text.decode())
    return JsonText(text if isinstance(text, str) else json.dumps(text))


def json_of(value: object) -> str:
    """The value as JSON; bytes in it as hexadecimal digits, and JSON in it as it is."""
    if isinstance(value, JsonText):
        return value
    if isinstance(value, list | tuple):
        return f"[{_SEPARATOR.join(map(json_of, value))}]"
    if isinstance(value, bytes | bytearray | memoryview):
        return json.dumps(bytes(value).hex())
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    return bytes(value).hex() if isinstance(value, bytes | bytearray | memoryview) else str(value)
