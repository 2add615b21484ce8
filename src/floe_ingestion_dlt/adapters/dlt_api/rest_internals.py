"""The one place where internals of dlt's REST source are imported: its configuration, its paginators and its session."""

from functools import lru_cache
from typing import Any, final

import requests
from dlt.common import jsonpath
from dlt.common.exceptions import DictValidationException
from dlt.common.jsonpath import TJsonPath, find_values
from dlt.common.utils import str2bool
from dlt.common.validation import validate_dict
from dlt.extract import DltResource
from dlt.sources import rest_api
from dlt.sources.helpers.requests.session import Session as HttpSession
from dlt.sources.helpers.rest_client.client import RESTClient
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
    RangePaginator,
)
from dlt.sources.rest_api import rest_api_resources
from dlt.sources.rest_api.config_setup import AUTH_MAP, PAGINATOR_MAP, create_paginator
from dlt.sources.rest_api.typing import ClientConfig, Endpoint, EndpointResource, RESTAPIConfig
from jsonpath_ng import JSONPath

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
    "RangePaginator",
    "TJsonPath",
    "compile_path",
    "create_paginator",
    "find_response_page_data",
    "resources_of",
    "single_entity_path",
    "str2bool",
    "validate_config",
    "values_at",
]


@lru_cache(maxsize=64)
def compile_path(text: str) -> JSONPath:
    """The JSON path that the text stands for."""
    return jsonpath.compile_path(text)


@final
class ParsesPathOnce(RESTClient):
    """dlt's client, which by itself parses the path of the records again for each page: a tenth of the time of a load."""

    def extract_response(self, response: requests.Response, data_selector: TJsonPath) -> list[Any]:
        path = compile_path(data_selector) if isinstance(data_selector, str) else data_selector
        return super().extract_response(response, path)


def resources_of(config: RESTAPIConfig) -> list[DltResource]:
    """The resources that dlt makes of a configuration; dlt has no setting for the class of its client."""
    vars(rest_api)["RESTClient"] = ParsesPathOnce
    return rest_api_resources(config)


def validate_config(config: Any) -> None:
    """Raise for a configuration of an API that dlt refuses."""
    validate_dict(RESTAPIConfig, config, path=".")


def values_at(path: TJsonPath, content: Any) -> list[object]:
    """The values at a JSON path; dlt's type takes objects only, but the content may be any JSON."""
    return find_values(path, content)
