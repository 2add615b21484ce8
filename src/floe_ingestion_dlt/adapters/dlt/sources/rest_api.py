"""Resources of an HTTP API, by dlt's declarative REST source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final, cast

import requests
from dlt.common.exceptions import DictValidationException
from dlt.extract import DltResource
from dlt.sources.rest_api import rest_api_resources
from dlt.sources.rest_api.config_setup import AUTH_MAP, PAGINATOR_MAP
from dlt.sources.rest_api.typing import RESTAPIConfig
from pydantic import SecretStr
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.dlt.sources.answers import check_answers
from floe_ingestion_dlt.adapters.dlt.sources.cursors import deduplication_key, is_compared
from floe_ingestion_dlt.adapters.dlt.sources.http import ApiSession, TokenSession, reach_of
from floe_ingestion_dlt.adapters.dlt.sources.http_connections import PromptAdapter
from floe_ingestion_dlt.adapters.dlt.sources.placeholders import check_values
from floe_ingestion_dlt.adapters.dlt.sources.source_errors import SourceError, cause_of, reading, unreadable
from floe_ingestion_dlt.domain.addresses import PORTS
from floe_ingestion_dlt.domain.api_limits import ApiLimits
from floe_ingestion_dlt.domain.faults import Category, Fault, Invalid, SourceFailed
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.reach import Reach
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.sources import RestApi
from floe_ingestion_dlt.ports.retries import Retries

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


def open_endpoint(
    source: RestApi, plan: LoadPlan, cursor: str | None, retries: Retries
) -> Result[DltResource, Fault]:
    """The plan's resource of the API, ready to be read; a parent that it needs is read along and not loaded."""

    def resource() -> Result[DltResource, Fault]:
        config = _with_credentials(_copy(source.config), source.credentials)
        config["resources"] = [_in_long_form(resource) for resource in config["resources"]]
        if cursor is not None:
            placed = _place_cursor(config, plan, cursor)
            if isinstance(placed, Failure):
                return placed
        reach = reach_of(str(config["client"]["base_url"]), source.limits)
        if isinstance(reach, Failure):
            return reach
        check_answers(config, _in_session(config, reach.unwrap(), source.limits, retries))
        check_values(config, plan.resource)
        found = _resources(config)
        if plan.resource not in found:
            return Failure(Invalid("resources", plan.resource, f"one of {', '.join(found)}"))
        named = found[plan.resource].with_name(plan.table.name)
        return Success(named.add_map(_only_records(plan.resource)))

    return reading(resource)


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


def probe_api(source: RestApi, timeout: float) -> Result[None, Fault]:
    """Whether anything answers at the base URL: a refusal is an answer too, for only a resource knows its path."""

    def ask() -> Result[None, Fault]:
        url = str(_copy(source.config)["client"]["base_url"])
        return reach_of(url, source.limits).bind(partial(_reached, timeout))

    return reading(ask)


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


def compared_in(source: RestApi, plan: LoadPlan) -> str | None:
    """The plan's cursor if its rows are compared with the table's; not that of a resource with an incremental of its own."""
    config = _copy(source.config)
    config["resources"] = [_in_long_form(resource) for resource in config["resources"]]
    own = _declared_cursor(config, plan.resource)
    cursor = plan.cursor if own is None and is_compared(plan) else None
    return cursor if cursor and cursor.isidentifier() else None


def _declared_cursor(config: dict[str, Any], name: str) -> str | None:
    defaults = (config.get("resource_defaults") or {}).get("endpoint")
    return _own_cursor(_endpoint(config, name)) or _own_cursor(defaults if isinstance(defaults, dict) else {})


def _place_cursor(config: dict[str, Any], plan: LoadPlan, cursor: str) -> Result[None, Fault]:
    """Put the cursor where dlt reads it; a resource with an incremental of its own must agree with it."""
    own = _declared_cursor(config, plan.resource)
    if own is None:
        # A path leads into what becomes several columns, and dlt knows better which row it means.
        key = deduplication_key(is_compared=is_compared(plan) and cursor.isidentifier())
        _endpoint(config, plan.resource)["incremental"] = {"cursor_path": cursor, "primary_key": key}
        return Success(None)
    if own == cursor:
        return Success(None)
    return Failure(
        Invalid("cursor_field", cursor, f"{own}, the cursor_path in the resource's own incremental")
    )


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
