"""Values of rows in addresses: a value must not change the rest of the path."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from floe_ingestion_dlt.adapters.dlt_api.internals import values_at
from floe_ingestion_dlt.adapters.sources.rest_api.api_config import ApiConfig, Settings, as_list
from floe_ingestion_dlt.domain.addresses import is_path_traversal
from floe_ingestion_dlt.domain.safe_texts import shown
from floe_ingestion_dlt.ports.source import unreadable

_PARTS: Final = 3


def check_values(config: ApiConfig, name: str) -> None:
    """Check each value before it becomes a part of the path of the resource of this *name*, or of its parents."""
    resources = config.resources
    seen: set[str] = set()
    while name in resources and name not in seen:
        seen.add(name)
        own = resources[name].endpoint
        endpoint = {**config.defaults, **own}
        incremental = endpoint.get("incremental")
        if isinstance(incremental, dict):
            own["incremental"] = _checked_cursor(name, str(endpoint.get("path")), incremental)
        wanted = tuple(_of_parents(endpoint))
        for parent, field, is_whole in wanted:
            if parent in resources:
                step = {"map": _check_of(name, field, is_whole=is_whole)}
                settings = resources[parent].settings
                settings["processing_steps"] = [*as_list(settings.get("processing_steps")), step]
        name = wanted[0][0] if wanted else name


def _of_parents(endpoint: Mapping[str, object]) -> Iterator[tuple[str, str, bool]]:
    """For each value of a parent's row in the path: the parent, the field, and whether the value is the whole path."""
    path, params = str(endpoint.get("path") or ""), endpoint.get("params")
    for named in _names_in(path):
        param = params.get(named) if isinstance(params, dict) else None
        parts = named.split(".", _PARTS - 1)
        if isinstance(param, Mapping) and param.get("type") == "resolve":
            yield str(param.get("resource")), str(param.get("field")), path == f"{{{named}}}"
        elif parts[0] == "resources" and len(parts) == _PARTS:
            yield parts[1], parts[2], path == f"{{{named}}}"


def _names_in(path: str) -> tuple[str, ...]:
    try:
        return tuple(named for _, named, _, _ in string.Formatter().parse(path) if named)
    except ValueError:  # dlt says what is wrong with it
        return ()


def _check_of(child: str, field: str, *, is_whole: bool) -> Callable[[object], object]:
    def checked(row: object) -> object:
        for value in values_at(field, row)[:1]:
            _check(child, f"a row's {shown(field)}", value, is_whole=is_whole)
        return row

    return checked


def _checked_cursor(name: str, path: str, incremental: Settings) -> Settings:
    """The incremental with a check of its values if they are in the path: the last one is from a row."""
    convert = incremental.get("transform") or incremental.get("convert") or _unchanged
    is_in_path = any(named.startswith("incremental.") for named in _names_in(path))
    if not is_in_path or not callable(convert):
        return incremental

    def checked(value: object) -> object:
        converted = convert(value)
        _check(name, "the cursor's last value", converted, is_whole=False)
        return converted

    kept = {key: value for key, value in incremental.items() if key != "transform"}
    return {**kept, "convert": checked}


def _unchanged(value: object) -> object:
    return value


def _check(resource: str, what: str, value: object, *, is_whole: bool) -> None:
    if is_path_traversal(str(value), is_whole=is_whole):
        raise unreadable(
            f"{what}, which is part of the path of the resource {resource}, would change the rest of the path",
            "Check the rows: a value with .. or a question mark in it changes the rest of the path.",
        )
