"""The source port on an HTTP API, by dlt's declarative REST source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, cast, final

import requests
from dlt.extract import DltResource
from pydantic import SecretStr
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.dlt_api.internals import (
    AUTH_MAP,
    PAGINATOR_MAP,
    DictValidationException,
    RESTAPIConfig,
    rest_api_resources,
)
from floe_ingestion_dlt.adapters.dlt_api.resources import DltReadSource, deduplication_key
from floe_ingestion_dlt.adapters.sources.deadline import within
from floe_ingestion_dlt.adapters.sources.rest_api.answers import check_answers
from floe_ingestion_dlt.adapters.sources.rest_api.http import ApiSession, TokenSession, reach_of
from floe_ingestion_dlt.adapters.sources.rest_api.http_connections import PromptAdapter
from floe_ingestion_dlt.adapters.sources.rest_api.placeholders import check_values
from floe_ingestion_dlt.adapters.sources.rest_api.settings import RestApi
from floe_ingestion_dlt.domain.addresses import PORTS
from floe_ingestion_dlt.domain.api_limits import ApiLimits
from floe_ingestion_dlt.domain.faults import Category, Fault, Invalid, SourceFailed
from floe_ingestion_dlt.domain.reach import Reach
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.library_errors.source_errors import cause_of, result_of, with_source_errors
from floe_ingestion_dlt.ports.retries import Retries
from floe_ingestion_dlt.ports.source import Message, Position, Reading, RowBatch, SourceError, unreadable

# Where each kind of `auth` keeps its credential; a bare credential is a bearer token.
_AUTH_FIELDS: Final[Mapping[str, str]] = {
    "bearer": "token",
    "api_key": "api_key",
    "http_basic": "password",
    "oauth2_client_credentials": "client_secret",
}
_KINDS: Final[Mapping[str, Iterable[str]]] = {"paginator": PAGINATOR_MAP, "auth": AUTH_MAP}
_WANTED: Final = "what dlt's REST API source takes in that place"
_SEE_DLT: Final = "Check source_config against what dlt's REST API source takes."


@final
@dataclass(frozen=True, slots=True)
class RestApiSource(DltReadSource):
    """Each resource of the API as a unit; a parent that it needs is read along and not loaded.

    Records stay as they came: dlt infers their types, and makes tables of their lists.
    """

    settings: RestApi

    def probe(self, timeout: float) -> Result[None, Fault]:
        """Whether anything answers at the base URL: a refusal is an answer too, for only a resource knows its path."""
        return within(timeout, lambda: result_of(partial(_ask, self.settings, timeout)), "the API")

    def units(self) -> Result[tuple[str, ...], Fault]:
        return Success(self.settings.resources)

    def read(self, unit: str, since: Position | None, reading: Reading) -> Iterator[Message]:
        """The records, page by page."""
        opened = result_of(lambda: _resource(self.settings, unit, reading, since, is_compared=True))
        return with_source_errors(_pages(opened))

    def resource(self, unit: str, reading: Reading, *, is_compared: bool) -> Result[DltResource, Fault]:
        return result_of(lambda: _resource(self.settings, unit, reading, None, is_compared=is_compared))

    def declared_cursor(self, unit: str) -> str | None:
        return _declared_cursor(_in_long_forms(_copy(self.settings.config)), unit)


def _pages(opened: Result[DltResource, Fault]) -> Iterator[Message]:
    if isinstance(opened, Failure):
        raise SourceError(opened.failure())
    for record in opened.unwrap():
        yield RowBatch((record,))


def _resource(
    source: RestApi, unit: str, reading: Reading, since: Position | None, *, is_compared: bool
) -> Result[DltResource, Fault]:
    config = _in_long_forms(_with_credentials(_copy(source.config), source.credentials))
    if reading.cursor is not None:
        placed = _place_cursor(config, unit, reading.cursor, since, is_compared=is_compared)
        if isinstance(placed, Failure):
            return placed
    reach = reach_of(str(config["client"]["base_url"]), source.limits)
    if isinstance(reach, Failure):
        return reach
    check_answers(config, _in_session(config, reach.unwrap(), source.limits, reading.retries))
    check_values(config, unit)
    found = _resources(config)
    if unit not in found:
        return Failure(Invalid("resources", unit, f"one of {', '.join(found)}"))
    return Success(found[unit].add_map(_only_records(unit)))


def _resources(config: dict[str, Any]) -> dict[str, DltResource]:
    """What dlt makes of the configuration; its errors show values, so ours tell places only."""
    try:
        return {resource.name: resource for resource in rest_api_resources(cast("RESTAPIConfig", config))}
    except DictValidationException as error:
        raise SourceError(_misfit(error)) from None
    except (TypeError, ValueError) as error:
        raise unreadable(cause_of(error, has_rows=False), _SEE_DLT, Category.CONFIGURATION) from error


def _in_session(
    config: dict[str, Any], reach: Reach, limits: ApiLimits, retries: Retries
) -> ApiSession | None:
    """Have the client, and what asks for its tokens, send by sessions of ours; None where it has one of its own."""
    client = config["client"]
    endpoints = (resource.get("endpoint") for resource in config["resources"] if isinstance(resource, dict))
    defaults = (config.get("resource_defaults") or {}).get("endpoint")
    for owner in (client, defaults, *endpoints):
        auth = owner.get("auth") if isinstance(owner, dict) else None
        kind = auth.get("type") if isinstance(auth, dict) else auth
        if kind == "oauth2_client_credentials":
            own = auth if isinstance(auth, dict) else {"type": kind}
            owner["auth"] = {"session": TokenSession(limits, retries), **own}
    if client.get("session") is not None:
        return None
    session = ApiSession(reach, limits, retries)
    client["session"] = session
    return session


def _misfit(error: DictValidationException) -> Invalid:
    """The innermost place that dlt cannot use; where it tried several kinds of value, the place of them all."""
    deeper = [inner for inner in error.nested_exceptions or () if inner.path != error.path]
    if len(deeper) == 1:
        return _misfit(deeper[0])
    path = [part for part in error.path.split("/") if part != "."]
    place = ".".join(["source_config", *path, *([error.field] if error.field else [])])
    kinds = _KINDS.get(error.field or "")
    if kinds:
        return Invalid(place, "what was given", f"a type of {', '.join(kinds)}, with that type's own fields")
    # with a field, the text has its value in it; without one, it has names only
    return Invalid(place, "what was given" if error.field else error.msg, _WANTED)


def _only_records(resource: str) -> Callable[[Any], Any]:
    """A step that passes records on: dlt would load a bare value as a row of its own making."""

    def record(item: Any) -> Any:
        if isinstance(item, Mapping):
            return item
        raise unreadable(
            f"the resource {resource} answered with a JSON {type(item).__name__} where records are wanted",
            "Set data_selector to the path of the list of records in the answer.",
            Category.CONFIGURATION,
        )

    return record


def _ask(source: RestApi, timeout: float) -> Result[None, Fault]:
    url = str(_copy(source.config)["client"]["base_url"])
    return reach_of(url, source.limits).bind(partial(_reached, timeout))


def _reached(timeout: float, reach: Reach) -> Result[None, Fault]:
    passage = reach.admit(reach.base)
    if isinstance(passage, Failure):
        refusal = passage.failure()
        return Failure(SourceFailed(f"base_url {refusal.reason}", Category.CONFIGURATION, refusal.next_step))
    with requests.Session() as session:
        for scheme in PORTS:
            session.mount(f"{scheme}://", PromptAdapter(timeout))
        session.get(reach.base.url, timeout=timeout, allow_redirects=False, stream=True).close()
    return Success(None)


def _copy(value: Any) -> Any:
    """The configuration for dlt, which changes what it is given; live objects in it are passed on."""
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_copy(item) for item in value]
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return value.reveal() if isinstance(value, Secret) else value


def _with_credentials(config: dict[str, Any], credentials: Secret | None) -> dict[str, Any]:
    """The configuration with the credential in the client's `auth`, unless there is one."""
    if credentials is None:
        return config
    auth = config["client"].get("auth") or {"type": "bearer"}
    auth = {"type": auth} if isinstance(auth, str) else auth
    if isinstance(auth, dict):
        auth.setdefault(_AUTH_FIELDS.get(auth.get("type", "bearer"), "token"), credentials.reveal())
    config["client"]["auth"] = auth
    return config


def _declared_cursor(config: dict[str, Any], name: str) -> str | None:
    defaults = (config.get("resource_defaults") or {}).get("endpoint")
    return _own_cursor(_endpoint(config, name)) or _own_cursor(defaults if isinstance(defaults, dict) else {})


def _place_cursor(
    config: dict[str, Any], unit: str, cursor: str, since: Position | None, *, is_compared: bool
) -> Result[None, Fault]:
    """Put the cursor where dlt reads it; a resource with an incremental of its own must agree with it."""
    own = _declared_cursor(config, unit)
    if own is None:
        # A path leads into what becomes several columns, and dlt knows better which row it means.
        is_compared = is_compared and cursor.isidentifier()
        # An empty key is a list here: dlt's check of the configuration takes no tuples.
        key: object = deduplication_key(is_compared=is_compared) or []
        begin = {} if since is None else {"initial_value": since.value}
        _endpoint(config, unit)["incremental"] = {"cursor_path": cursor, "primary_key": key, **begin}
        return Success(None)
    if own == cursor:
        return Success(None)
    return Failure(
        Invalid("cursor_field", cursor, f"{own}, the cursor_path in the resource's own incremental")
    )


def _in_long_forms(config: dict[str, Any]) -> dict[str, Any]:
    return {**config, "resources": [_in_long_form(resource) for resource in config["resources"]]}


def _in_long_form(resource: Any) -> Any:
    """A resource with an object for its endpoint, where dlt takes names and paths for short; live ones as they are."""
    long = {"name": resource} if isinstance(resource, str) else resource
    if not isinstance(long, dict):
        return long
    endpoint = long.get("endpoint") or {}
    return {**long, "endpoint": {"path": endpoint} if isinstance(endpoint, str) else endpoint}


def _endpoint(config: dict[str, Any], name: str) -> dict[str, Any]:
    """The endpoint of the resource with that name."""
    named = (found for found in config["resources"] if isinstance(found, dict) and found.get("name") == name)
    endpoint: dict[str, Any] = next(named, {}).get("endpoint", {})
    return endpoint


def _own_cursor(endpoint: Mapping[str, Any]) -> str | None:
    params = (endpoint.get("params") or {}).values()
    declared = (item for item in params if isinstance(item, Mapping) and item.get("type") == "incremental")
    for incremental in (endpoint.get("incremental"), *declared):
        if isinstance(incremental, Mapping):
            return str(incremental.get("cursor_path"))
    return None
