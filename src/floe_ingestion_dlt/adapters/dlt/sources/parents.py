"""Values of rows that become parts of addresses: they must not lead elsewhere than the path that has them says."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from dlt.common.jsonpath import find_values

from floe_ingestion_dlt.adapters.dlt.sources.faults import unreadable
from floe_ingestion_dlt.domain.addresses import strays
from floe_ingestion_dlt.domain.shown import shown

_PARTS: Final = 3


def check_parents(config: dict[str, Any], name: str) -> None:
    """Have the rows of each resource that the one of this *name* depends on looked at before their values are used."""
    resources = {resource["name"]: resource for resource in config["resources"] if isinstance(resource, dict)}
    defaults = (config.get("resource_defaults") or {}).get("endpoint")
    seen: set[str] = set()
    while name in resources and name not in seen:
        seen.add(name)
        endpoint = {**(defaults if isinstance(defaults, Mapping) else {}), **resources[name]["endpoint"]}
        parent = next((parent for parent, _, _ in _placeholders(endpoint)), None)
        for of, field, is_whole in _placeholders(endpoint):
            if of in resources:
                step = {"map": _check_of(name, field, is_whole=is_whole)}
                resources[of]["processing_steps"] = [*resources[of].get("processing_steps", ()), step]
        name = parent or name


def _placeholders(endpoint: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Of each value of a parent's row in the path: the parent, the field, and whether the value is the whole path."""
    path, params = str(endpoint.get("path") or ""), endpoint.get("params") or {}
    for _, named, _, _ in string.Formatter().parse(path):
        if not named:
            continue
        param = params.get(named)
        parts = named.split(".", _PARTS - 1)
        if isinstance(param, Mapping) and param.get("type") == "resolve":
            yield str(param.get("resource")), str(param.get("field")), path == f"{{{named}}}"
        elif parts[0] == "resources" and len(parts) == _PARTS:
            yield parts[1], parts[2], path == f"{{{named}}}"


def _check_of(child: str, field: str, *, is_whole: bool) -> Callable[[Any], Any]:
    def checked(row: Any) -> Any:
        if any(strays(str(value), is_whole=is_whole) for value in find_values(field, row)[:1]):
            raise unreadable(
                f"a row's {shown(field)}, which is part of the path of the resource {child}, leads out of its part",
                "Check the rows of the parent: a value with .. or a question mark in it changes the rest of the path.",
            )
        return row

    return checked
