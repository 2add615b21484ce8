"""Which paginator a resource gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast, final

import requests
from jsonpath_ng.exceptions import JSONPathError

from floe_ingestion_dlt.adapters.dlt_api.rest_internals import (
    BasePaginator,
    HeaderCursorPaginator,
    HeaderLinkPaginator,
    JSONLinkPaginator,
    JSONResponseCursorPaginator,
    OffsetPaginator,
    PageNumberPaginator,
    PaginatorFactory,
    create_paginator,
    single_entity_path,
)
from floe_ingestion_dlt.adapters.sources.rest_api.api_config import ApiConfig
from floe_ingestion_dlt.adapters.sources.rest_api.json_answers import json_of
from floe_ingestion_dlt.adapters.sources.rest_api.misfits import place_of_setting, unusable_paginator
from floe_ingestion_dlt.adapters.sources.rest_api.page_checks import PageChecks
from floe_ingestion_dlt.adapters.sources.rest_api.pages_ahead import PagesAhead
from floe_ingestion_dlt.adapters.sources.rest_api.paginators import (
    ByCursor,
    ByHeaderCursor,
    ByHeaderLink,
    ByJsonLink,
    ByNumber,
    ByOffset,
    Checked,
)
from floe_ingestion_dlt.domain.more_pages import Read
from floe_ingestion_dlt.ports.source import Report, SourceError

# Keys of next links that dlt does not know, and the JSON paths to them.
_LINKS: Final[Mapping[str, str]] = {
    "@odata.nextLink": "['@odata.nextLink']",
    "odata.nextLink": "['odata.nextLink']",
}


@final
class Detected(BasePaginator):
    """Pages by the paginator that the first answer suggests; a single page if it suggests none."""

    def __init__(self, checks: PageChecks) -> None:
        super().__init__()
        self._checks = checks
        self._found: BasePaginator | None = None

    def init_request(self, request: requests.Request) -> None:  # noqa: ARG002 - that of dlt
        self._found, self._has_next_page = None, True

    def update_state(self, response: requests.Response, data: list[Any] | None = None) -> None:
        if self._found is None:
            self._found = checked(_detect(response), self._checks)
            if isinstance(self._found, Checked):
                self._found.begin()
        self._found.update_state(response, data)
        self._has_next_page = self._found.has_next_page
        if not isinstance(self._found, Checked):
            rows = self._checks.rows_in(response, data or [])
            self._checks.ended(response, Read(rows, 1))

    def update_request(self, request: requests.Request) -> None:
        if self._found is not None:
            self._found.update_request(request)


def place_paginators(
    config: ApiConfig, report: Report, ahead: PagesAhead | None, *, may_repeat: bool, is_short: bool
) -> None:
    """Give each resource of the configuration, which dlt has found valid, a paginator that checks its pages."""
    general = config.client.get("paginator")
    if any(map(config.is_parallel, config.resources)):
        ahead = None  # dlt's own threads share the session
    for position, (name, resource) in enumerate(config.resources.items()):
        said = {**config.defaults, **resource.endpoint}
        path, own, selector = str(said.get("path") or name), said.get("paginator"), said.get("data_selector")
        if own is None and single_entity_path(path):
            continue
        checks = PageChecks(name, selector if isinstance(selector, str) else None, report, may_repeat, ahead)
        place = place_of_setting([f"resources[{position}]", "endpoint", "paginator"], is_short=is_short)
        given = _created(own, place) or _created(general, "source_config.client.paginator")
        resource.endpoint["paginator"] = checked(given, checks) if given else Detected(checks)


def _created(given: object, place: str) -> BasePaginator | None:
    try:
        return create_paginator(cast("Any", given))
    except (TypeError, ValueError, JSONPathError):
        raise SourceError(unusable_paginator(place, given)) from None


def _detect(response: requests.Response) -> BasePaginator:
    answer = json_of(response)
    for key, path in _LINKS.items():
        if isinstance(answer, Mapping) and isinstance(answer.get(key), str):
            return JSONLinkPaginator(path)
    found, _ = PaginatorFactory().create_paginator(response)
    return found


_OURS: Final[Mapping[type[BasePaginator], type[Checked]]] = {
    OffsetPaginator: ByOffset,
    PageNumberPaginator: ByNumber,
    JSONLinkPaginator: ByJsonLink,
    HeaderLinkPaginator: ByHeaderLink,
    HeaderCursorPaginator: ByHeaderCursor,
    JSONResponseCursorPaginator: ByCursor,
}


def checked(paginator: BasePaginator, checks: PageChecks) -> BasePaginator:
    """One of dlt's paginators with these checks; another one, also one of the user's own classes, is not changed."""
    kind = _OURS.get(type(paginator))
    if kind is None:
        return paginator
    ours = kind.__new__(kind)
    ours.__dict__.update(paginator.__dict__)
    ours.checks = checks
    return ours
