"""Parts of a configuration that dlt cannot use, by the names that the user has written."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from floe_ingestion_dlt.adapters.dlt_api.rest_internals import (
    AUTH_MAP,
    PAGINATOR_MAP,
    ClientConfig,
    DictValidationException,
    Endpoint,
    EndpointResource,
)
from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.safe_texts import listed, shown

_KINDS: Final[Mapping[str, Iterable[str]]] = {"paginator": PAGINATOR_MAP, "auth": AUTH_MAP}
_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "client": frozenset(ClientConfig.__annotations__),
    "endpoint": frozenset(Endpoint.__annotations__),
    "resources": frozenset(EndpointResource.__annotations__),
    "resource_defaults": frozenset(EndpointResource.__annotations__),
}
_WANTED: Final = "a value that dlt's REST API source accepts there"
# Where dlt's terms have what the short form has beside its url.
_OF_SHORT: Final = ["resources[0]", "endpoint"]


def misfit(error: DictValidationException, config: object, *, is_short: bool) -> Invalid:
    """The innermost place that dlt cannot use; if dlt tried several types of value, the place that they have in common."""
    deeper = [inner for inner in error.nested_exceptions or () if inner.path != error.path]
    if len(deeper) == 1:
        return misfit(deeper[0], config, is_short=is_short)
    path = [part for part in error.path.split("/") if part != "."]
    place = place_of_setting([*path, *([error.field] if error.field else [])], is_short=is_short)
    if error.field == "paginator":
        return unusable_paginator(place, _setting(config, [*path, error.field]))
    kinds = _KINDS.get(error.field or "")
    if kinds:
        return _unusable_kind(place, _setting(config, [*path, str(error.field)]), kinds)
    if error.field is None and (unknown := _unknown_option(place, path, _setting(config, path))) is not None:
        return unknown
    # with a field, the text has its value in it; without one, it has names only
    return Invalid(place, None if error.field else error.msg, _WANTED)


def unusable_paginator(place: str, given: object) -> Invalid:
    """The field of a paginator that cannot be used, and what it may be."""
    settings = given if isinstance(given, Mapping) else {"type": given}
    kind = settings.get("type", "auto")
    if not isinstance(kind, str) or kind not in PAGINATOR_MAP:
        types = f"one of the types {', '.join(PAGINATOR_MAP)}, with the fields of that type"
        return Invalid(place, shown(kind) if isinstance(kind, str) else None, types)
    made = PAGINATOR_MAP[kind]
    fields = inspect.signature(made).parameters if made else {}
    unknown = next((str(name) for name in settings if name not in fields and name != "type"), None)
    known = listed(tuple(fields)) or "no other fields"
    if unknown is not None:
        near = get_close_matches(unknown, fields, 1)
        hint = f"{near[0]}, if that is meant, or one of " if near else "one of the fields of this type: "
        return Invalid(place, shown(unknown), f"{hint}{known}")
    for name, parameter in fields.items():
        if parameter.default is parameter.empty and name not in settings:
            return Invalid(f"{place}.{name}", "", f"a value: a paginator of the type {kind} needs it")
    return Invalid(place, None, f"values of the right types for the fields of {kind}: {known}")


def _unusable_kind(place: str, given: object, kinds: Iterable[str]) -> Invalid:
    """The type that dlt does not have, if that is what is wrong; other values may be credentials."""
    kind = given.get("type", given) if isinstance(given, Mapping) else given
    types = f"one of the types {', '.join(kinds)}, with the fields of that type"
    if isinstance(kind, str) and kind in AUTH_MAP and isinstance(given, Mapping):
        fields = inspect.signature(AUTH_MAP[kind]).parameters
        unknown = next((str(name) for name in given if name not in fields and name != "type"), None)
        if unknown is not None:
            return Invalid(place, shown(unknown), _near(unknown, fields))
    if not isinstance(kind, str) or kind in kinds:
        return Invalid(place, None, types)
    near = get_close_matches(kind, kinds, 1)
    # A text in place of a type may be a credential.
    named = shown(kind) if near or isinstance(given, Mapping) else None
    return Invalid(f"{place}.type", named, f"{near[0]}, if that is meant, or {types}" if near else types)


def _unknown_option(place: str, path: Sequence[str], given: object) -> Invalid | None:
    """The first option that dlt does not have in this place; None if it has all of them."""
    fields = _FIELDS.get(path[-1].partition("[")[0] if path else "")
    if fields is None or not isinstance(given, Mapping):
        return None
    name = next((str(name) for name in given if name not in fields), None)
    if name is None:
        return None
    return Invalid(place, shown(name), _near(name, fields))


def _near(name: str, fields: Iterable[str]) -> str:
    near = get_close_matches(name, known := sorted(fields), 1)
    return f"{near[0]}, if that is meant" if near else f"one of {listed(known)}"


def place_of_setting(path: Sequence[str], *, is_short: bool) -> str:
    """Where the user has written a setting that dlt finds at this *path*."""
    own = list(path)
    if is_short:
        own = own[2:] if own[:2] == _OF_SHORT else own[1:] if own[:1] == ["client"] else own
        own = ["url" if part in {"path", "base_url"} else part for part in own]
    return ".".join(["source_config", *own])


def _setting(config: object, path: Sequence[str]) -> object:
    found = config
    for part in path:
        name, _, position = part.partition("[")
        found = found.get(name) if isinstance(found, Mapping) else None
        if position and isinstance(found, list):
            found = found[int(position.rstrip("]"))]
    return found
