"""Values of rows that become parts of addresses: they must not lead elsewhere than the path that has them says."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from floe_ingestion_dlt.adapters.dlt_api.internals import find_values
from floe_ingestion_dlt.domain.addresses import strays
from floe_ingestion_dlt.domain.shown import shown
from floe_ingestion_dlt.ports.source import unreadable

_PARTS: Final = 3


def check_values(config: dict[str, Any], name: str) -> None:
    """Have each value looked at before it becomes a part of the path of the resource of this *name*, or of its parents."""
    resources = {resource["name"]: resource for resource in config["resources"] if isinstance(resource, dict)}
    defaults = (config.get("resource_defaults") or {}).get("endpoint")
    seen: set[str] = set()
    while name in resources and name not in seen:
        seen.add(name)
        own = resources[name]["endpoint"]
        endpoint = {**(defaults if isinstance(defaults, Mapping) else {}), **own}
        if isinstance(endpoint.get("incremental"), Mapping):
            own["incremental"] = _checked_cursor(name, str(endpoint.get("path")), endpoint["incremental"])
        wanted = tuple(_of_parents(endpoint))
        for parent, field, is_whole in wanted:
            if parent in resources:
                step = {"map": _check_of(name, field, is_whole=is_whole)}
                resources[parent]["processing_steps"] = [
                    *resources[parent].get("processing_steps", ()),
                    step,
                ]
        name = wanted[0][0] if wanted else name


def _of_parents(endpoint: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Of each value of a parent's row in the path: the parent, the field, and whether the value is the whole path."""
    path, params = str(endpoint.get("path") or ""), endpoint.get("params") or {}
    for named in _names_in(path):
        param = params.get(named)
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


def _check_of(child: str, field: str, *, is_whole: bool) -> Callable[[Any], Any]:
    def checked(row: Any) -> Any:
        for value in find_values(field, row)[:1]:
            _check(child, f"a row's {shown(field)}", value, is_whole=is_whole)
        return row

    return checked


def _checked_cursor(name: str, path: str, incremental: Mapping[str, Any]) -> Mapping[str, Any]:
    """The incremental with a check of its values, if they stand in the path: the last one is from a row."""
    if not any(named.startswith("incremental.") for named in _names_in(path)):
        return incremental
    convert = incremental.get("transform") or incremental.get("convert")

    def checked(value: Any) -> Any:
        converted = value if convert is None else convert(value)
        _check(name, "the cursor's last value", converted, is_whole=False)
        return converted

    kept = {key: value for key, value in incremental.items() if key != "transform"}
    return {**kept, "convert": checked}


def _check(resource: str, what: str, value: Any, *, is_whole: bool) -> None:
    if strays(str(value), is_whole=is_whole):
        raise unreadable(
            f"{what}, which is part of the path of the resource {resource}, leads out of its part",
            "Check the rows: a value with .. or a question mark in it changes the rest of the path.",
        )
