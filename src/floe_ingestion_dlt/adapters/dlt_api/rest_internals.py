"""The one place where internals of dlt's REST source are imported: its configuration, its paginators and its session."""

from typing import Any

from dlt.common.exceptions import DictValidationException
from dlt.common.jsonpath import TJsonPath, compile_path, find_values
from dlt.common.utils import str2bool
from dlt.common.validation import validate_dict
from dlt.sources.helpers.requests.session import Session as HttpSession
from dlt.sources.helpers.rest_client.detector import (
    PaginatorFactory,
    find_response_page_data,
    single_entity_path,
)
from dlt.sources.helpers.rest_client.exceptions import IgnoreResponseException
from dlt.sources.helpers.rest_client.paginators import (
    BasePaginator,
    HeaderCursorPaginator,
    HeaderLinkPaginator,
    JSONLinkPaginator,
    JSONResponseCursorPaginator,
    OffsetPaginator,
    PageNumberPaginator,
)
from dlt.sources.rest_api import rest_api_resources
from dlt.sources.rest_api.config_setup import AUTH_MAP, PAGINATOR_MAP, create_paginator
from dlt.sources.rest_api.typing import ClientConfig, Endpoint, EndpointResource, RESTAPIConfig

__all__ = [
    "AUTH_MAP",
    "PAGINATOR_MAP",
    "BasePaginator",
    "ClientConfig",
    "DictValidationException",
    "Endpoint",
    "EndpointResource",
    "HeaderCursorPaginator",
    "HeaderLinkPaginator",
    "HttpSession",
    "IgnoreResponseException",
    "JSONLinkPaginator",
    "JSONResponseCursorPaginator",
    "OffsetPaginator",
    "PageNumberPaginator",
    "PaginatorFactory",
    "RESTAPIConfig",
    "TJsonPath",
    "compile_path",
    "create_paginator",
    "find_response_page_data",
    "rest_api_resources",
    "single_entity_path",
    "str2bool",
    "validate_config",
    "values_at",
]


def validate_config(config: Any) -> None:
    """Raise for a configuration of an API that dlt refuses."""
    validate_dict(RESTAPIConfig, config, path=".")


def values_at(path: TJsonPath, content: Any) -> list[object]:
    """The values at a JSON path; dlt's type takes objects only, but the content may be any JSON."""
    return find_values(path, content)
