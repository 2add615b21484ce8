"""Values of rows in addresses: a value must not change the rest of the path."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, final

from floe_ingestion_dlt.adapters.dlt_api.rest_internals import values_at
from floe_ingestion_dlt.adapters.sources.rest_api.api_config import ApiConfig, Settings, as_list
from floe_ingestion_dlt.domain.addresses import is_path_traversal, quoted_in_path
from floe_ingestion_dlt.domain.safe_texts import shown
from floe_ingestion_dlt.ports.source import unreadable

_PARTS: Final = 3
_CURSOR: Final = "the cursor's last value"
# What ends a path.
_END: Final = re.compile("[?#]")
# The key of a quoted value in a parent's row, which is read, but not loaded.
_QUOTED: Final = "_floe_path_{}"


@final
@dataclass(frozen=True, slots=True)
class _Value:
    """A *field* of the *parent*'s rows that is in a path under this *name*; *param* is what resolves it, if it is declared apart."""

    name: str
    parent: str
    field: str
    is_whole: bool
    param: Settings | None


def quote_values(config: ApiConfig, name: str) -> None:
    """Quote each value that becomes a part of the path of the resource of this *name*, or of its parents."""
    resources = config.resources
    seen: set[str] = set()
    while name in resources and name not in seen:
        seen.add(name)
        own = resources[name].endpoint
        endpoint = {**config.defaults, **own}
        incremental = endpoint.get("incremental")
        if isinstance(incremental, dict):
            own["incremental"] = _checked_cursor(name, str(endpoint.get("path")), incremental)
        values = tuple(_of_parents(endpoint))
        for number, value in enumerate(values):
            if value.parent in resources:
                key = _QUOTED.format(number)
                settings = resources[value.parent].settings
                step = {"map": _quoting(name, value, key)}
                settings["processing_steps"] = [*as_list(settings.get("processing_steps")), step]
                if not value.is_whole:
                    _use(key, value, own, endpoint)
        name = values[0].parent if values else name


def _use(key: str, value: _Value, own: Settings, endpoint: Mapping[str, object]) -> None:
    """Make the path of the resource have the quoted value."""
    if value.param is not None:
        value.param["field"] = key
        return
    path = str(own.get("path") or endpoint.get("path"))
    own["path"] = path.replace(f"{{{value.name}}}", f"{{resources.{value.parent}.{key}}}")


def _of_parents(endpoint: Mapping[str, object]) -> Iterator[_Value]:
    path, params = str(endpoint.get("path") or ""), endpoint.get("params")
    for named in _names_in(path):
        param = params.get(named) if isinstance(params, dict) else None
        parts = named.split(".", _PARTS - 1)
        is_whole = path == f"{{{named}}}"
        if isinstance(param, dict) and param.get("type") == "resolve":
            yield _Value(named, str(param.get("resource")), str(param.get("field")), is_whole, param)
        elif parts[0] == "resources" and len(parts) == _PARTS:
            yield _Value(named, parts[1], parts[2], is_whole, None)


def _names_in(path: str) -> tuple[str, ...]:
    try:
        named = (name for _, name, _, _ in string.Formatter().parse(path) if name)
        return tuple(dict.fromkeys(named))
    except ValueError:  # dlt says what is wrong with it
        return ()


def _quoting(child: str, value: _Value, key: str) -> Callable[[object], object]:
    """A step that checks the value of a parent's row, and adds it to the row in its quoted form."""

    def quoted(row: object) -> object:
        for found in values_at(value.field, row)[:1]:
            _check(child, f"a row's {shown(value.field)}", found, is_whole=value.is_whole)
            if isinstance(row, Mapping) and not value.is_whole:
                return {**row, key: quoted_in_path(str(found))}
        return row

    return quoted


def _checked_cursor(name: str, path: str, incremental: Settings) -> Settings:
    """The incremental with a check of its values if they are in the path: the last one is from a row."""
    convert = incremental.get("transform") or incremental.get("convert") or _unchanged
    is_in_path = any(named.startswith("incremental.") for named in _names_in(path))
    if not is_in_path or not callable(convert):
        return incremental

    def checked(value: object) -> object:
        converted = convert(value)
        _check(name, _CURSOR, converted, is_whole=False)
        return converted

    kept = {key: value for key, value in incremental.items() if key != "transform"}
    return {**kept, "convert": checked}


def _unchanged(value: object) -> object:
    return value


def _check(resource: str, what: str, value: object, *, is_whole: bool) -> None:
    ends_path = what is _CURSOR and _END.search(str(value)) is not None
    if ends_path or is_path_traversal(str(value), is_whole=is_whole):
        raise unreadable(
            f"{what}, which is part of the path of the resource {resource}, would change the rest of the path",
            "Check the rows: a value with .. in it changes the rest of the path.",
        )
