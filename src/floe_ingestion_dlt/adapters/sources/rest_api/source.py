"""The source port on an HTTP API, by dlt's declarative REST source."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, cast, final

import requests
from dlt.extract import DltResource
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.dlt_api.internals import pipes_of
from floe_ingestion_dlt.adapters.dlt_api.resources import DeduplicationKey, DltReadSource, deduplication_key
from floe_ingestion_dlt.adapters.dlt_api.rest_internals import (
    DictValidationException,
    RESTAPIConfig,
    resources_of,
    validate_config,
)
from floe_ingestion_dlt.adapters.sources.deadline import within
from floe_ingestion_dlt.adapters.sources.rest_api.answers import check_answers
from floe_ingestion_dlt.adapters.sources.rest_api.api_config import ApiConfig
from floe_ingestion_dlt.adapters.sources.rest_api.conditional import Conditions, NewRows
from floe_ingestion_dlt.adapters.sources.rest_api.http import ApiSession, TokenSession, reach_of
from floe_ingestion_dlt.adapters.sources.rest_api.http_connections import PromptAdapter
from floe_ingestion_dlt.adapters.sources.rest_api.misfits import misfit
from floe_ingestion_dlt.adapters.sources.rest_api.pages_ahead import PagesAhead
from floe_ingestion_dlt.adapters.sources.rest_api.paginator_choice import place_paginators
from floe_ingestion_dlt.adapters.sources.rest_api.placeholders import quote_values
from floe_ingestion_dlt.adapters.sources.rest_api.settings import RestApi
from floe_ingestion_dlt.domain.addresses import PORTS
from floe_ingestion_dlt.domain.api_limits import ApiLimits
from floe_ingestion_dlt.domain.cursor_values import beyond, in_json
from floe_ingestion_dlt.domain.cursors import OnNull
from floe_ingestion_dlt.domain.faults import Category, Fault, Invalid, SourceFailed
from floe_ingestion_dlt.domain.request_targets import Reach
from floe_ingestion_dlt.library_errors.source_errors import cause_of, result_of, with_source_errors
from floe_ingestion_dlt.ports.retries import Retries
from floe_ingestion_dlt.ports.source import (
    AnswerLedger,
    Message,
    Position,
    Reading,
    RowBatch,
    SourceError,
    unreadable,
)

_SEE_DLT: Final = "Compare source_config with the documentation of dlt's REST API source."


@final
@dataclass(frozen=True, slots=True)
class RestApiSource(DltReadSource):
    """Each resource of the API as a unit; a parent that it needs is read, too, but not loaded.

    Records are not changed: dlt infers their types, and puts their lists into tables.
    """

    settings: RestApi

    def probe(self, timeout: float) -> Result[None, Fault]:
        """Whether the base URL answers; any status counts, because the path of a resource is not added."""
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
        return ApiConfig.of(self.settings.config).cursor_of(unit)


def _pages(opened: Result[DltResource, Fault]) -> Iterator[Message]:
    if isinstance(opened, Failure):
        raise SourceError(opened.failure())
    for record in opened.unwrap():
        yield RowBatch((record,))


def _resource(
    source: RestApi, unit: str, reading: Reading, since: Position | None, *, is_compared: bool
) -> Result[DltResource, Fault]:
    config = ApiConfig.of(source.config)
    if source.credentials is not None:
        config.add_credentials(source.credentials)
    if reading.cursor is not None:
        placed = _place_cursor(config, unit, reading, since, is_compared=is_compared)
        if isinstance(placed, Failure):
            return placed
    config.compare_times()
    reach = reach_of(config.base_url, source.limits)
    if isinstance(reach, Failure):
        return reach
    session = _in_session(config, reach.unwrap(), source.limits, reading.retries)
    check_answers(config, session)
    quote_values(config, unit)
    found = _resources(config, reading, source, None if session is None else session.ahead)
    if unit not in found:
        return Failure(Invalid("resources", unit, f"one of {', '.join(found)}"))
    made = found[unit].add_map(_only_records(unit))
    if (ledger := reading.answers) is not None:
        conditions = _conditions(source, config, made, ledger)
        made.add_step(NewRows(conditions.row_came if conditions else partial(ledger.keep, None)))
        if session is not None:
            session.conditions = conditions
    return Success(made)


def _conditions(
    source: RestApi, config: ApiConfig, made: DltResource, ledger: AnswerLedger
) -> Conditions | None:
    """How to ask whether the answer has changed; None if that is not known of the rows, or not wanted."""
    settings = f"{ledger.settings} {ApiConfig.of(source.config).whole}"
    # A function that changes rows may be another one in the next run, and a parent has answers of its own.
    is_known = " at 0x" not in settings and len(tuple(pipes_of(made))) == 1
    is_wanted = source.limits.asks_for_changes and not config.is_parallel(made.name)
    return Conditions(ledger, settings) if is_known and is_wanted else None


def _resources(
    config: ApiConfig, reading: Reading, source: RestApi, ahead: PagesAhead | None
) -> dict[str, DltResource]:
    """Dlt's resources for the configuration; dlt's errors have values in them, so ours name places only."""
    try:
        validate_config(config.whole)
        place_paginators(
            config,
            reading.report,
            ahead,
            may_repeat=source.limits.allow_repeated_requests,
            is_short=source.is_short,
        )
        made = resources_of(cast("RESTAPIConfig", config.whole))
        return {resource.name: resource for resource in made}
    except DictValidationException as error:
        raise SourceError(misfit(error, config.whole, is_short=source.is_short)) from None
    except (TypeError, ValueError) as error:
        raise unreadable(cause_of(error, has_rows=False), _SEE_DLT, Category.CONFIGURATION) from error


def _in_session(config: ApiConfig, reach: Reach, limits: ApiLimits, retries: Retries) -> ApiSession | None:
    """The session of ours that the client sends by; None if it has one of its own. Tokens are requested by ours, too."""
    endpoints = (resource.endpoint for resource in config.resources.values())
    for owner in (config.client, config.defaults, *endpoints):
        auth = owner.get("auth")
        own = auth if isinstance(auth, dict) else {"type": auth}
        if own.get("type") == "oauth2_client_credentials":
            owner["auth"] = {"session": TokenSession(limits, retries), **own}
    if config.client.get("session") is not None:
        return None
    session = ApiSession(reach, limits, retries)
    config.client["session"] = session
    return session


def _only_records(resource: str) -> Callable[[object], Mapping[object, object]]:
    """A step that refuses bare values, which dlt would load as rows with a column of its own."""

    def record(item: object) -> Mapping[object, object]:
        if isinstance(item, Mapping):
            return item
        raise unreadable(
            f"the resource {resource} answered with a JSON {type(item).__name__} where records are wanted",
            "Set data_selector to the path of the list of records in the answer.",
            Category.CONFIGURATION,
        )

    return record


def _ask(source: RestApi, timeout: float) -> Result[None, Fault]:
    return reach_of(ApiConfig.of(source.config).base_url, source.limits).bind(partial(_reached, timeout))


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


def _place_cursor(
    config: ApiConfig, unit: str, reading: Reading, since: Position | None, *, is_compared: bool
) -> Result[None, Fault]:
    """Give the resource the cursor for its incremental; one that it declares must be the same."""
    own, cursor = config.cursor_of(unit), reading.cursor or ""
    if own is None:
        # A path leads into what becomes several columns, so that dlt's own comparison of rows is used.
        is_compared = is_compared and cursor.isidentifier()
        # An empty key is a list here: dlt's check of the configuration takes no tuples.
        key: DeduplicationKey | list[str] = deduplication_key(is_compared=is_compared) or []
        begin = _begin(reading) if since is None else {"initial_value": since.value}
        if unit in config.resources:
            incremental = {"cursor_path": cursor, "primary_key": key, **begin}
            config.resources[unit].endpoint["incremental"] = incremental
        return Success(None)
    if own == cursor:
        return Success(None)
    return Failure(
        Invalid("cursor_field", cursor, f"{own}, the cursor_path in the resource's own incremental")
    )


def _begin(reading: Reading) -> dict[str, object]:
    """Where the incremental begins, and what it does with nulls.

    For a look-back it has an end that no value reaches, because dlt then begins at the value that it is given, and leaves the position
    to the engine.
    """
    limits, back = reading.limits, reading.look_back
    missing: dict[str, object] = (
        {"on_cursor_value_missing": "include"} if limits.on_null is OnNull.INCLUDE else {}
    )
    if back is not None:
        return {"initial_value": back.value, "end_value": beyond(back.value), **missing}
    first = limits.initial_value
    return missing if first is None else {"initial_value": in_json(first), **missing}
