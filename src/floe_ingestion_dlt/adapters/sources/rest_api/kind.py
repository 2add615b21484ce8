"""Resources of an HTTP API, in dlt's declarative form or in a short one."""

from __future__ import annotations

import string
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final, Literal, Self
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field, field_validator, model_validator

from floe_ingestion_dlt.adapters.sources.kinds import SourceKind
from floe_ingestion_dlt.adapters.sources.options import Options, Text
from floe_ingestion_dlt.adapters.sources.rest_api.client_options import Client, OfClient
from floe_ingestion_dlt.adapters.sources.rest_api.sent_cursors import (
    in_sent_form,
    of_resource,
    params_in_sent_forms,
)
from floe_ingestion_dlt.adapters.sources.rest_api.settings import NAME, RestApi
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.ports.source import Source

# Placeholders with the values of the source's cursor.
_CURSOR: Final = "incremental."


class DeclaredApi(Options):
    """dlt's declarative REST configuration, as it is."""

    client: Client = Field(description="Where the API is, and how it is asked: base_url, auth, headers, ...")
    resources: tuple[object, ...] = Field(
        min_length=1, description="The resources, each with a name and an endpoint, as dlt has them."
    )
    resource_defaults: dict[str, object] | None = Field(
        None, description="What holds for each resource that does not say otherwise."
    )

    @field_validator("resources")
    @classmethod
    def _send_times(cls, resources: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(of_resource(each, f"resources[{number}]") for number, each in enumerate(resources))

    @field_validator("resource_defaults")
    @classmethod
    def _send_times_by_default(cls, defaults: dict[str, object] | None) -> object:
        return of_resource(defaults, "resource_defaults")

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        url = self.client.of_dlt.get("base_url")
        if not isinstance(url, str) or urlsplit(url).scheme not in {"http", "https"}:
            near = get_close_matches("base_url", self.client.of_dlt, 1)
            hint = f"; {near[0]} is no option of client" if url is None and near else ""
            raise ValueError(f"client.base_url: an http:// or https:// URL is needed{hint}")
        names = [_resource_name(resource) for resource in self.resources]
        for position, name in enumerate(names):
            if not name:
                raise ValueError(f"resources[{position}]: a name, or an object with a `name`, is needed")
        if len(set(names)) < len(names):
            raise ValueError("resources: every resource needs a name of its own")
        if not self._selected():
            raise ValueError("resources: at least one must be selected")
        return self

    def _selected(self) -> tuple[str, ...]:
        return tuple(
            _resource_name(resource)
            for resource in self.resources
            if not isinstance(resource, Mapping) or resource.get("selected") is not False
        )

    def source(self, credentials: Secret | None) -> RestApi:
        config: dict[str, object] = {"client": self.client.of_dlt, "resources": self.resources}
        if self.resource_defaults is not None:
            config["resource_defaults"] = self.resource_defaults
        return RestApi(config, self._selected(), credentials, self.client.limits)


class OneEndpoint(Options, OfClient):
    """The short form: one URL, one resource."""

    url: Text = Field(description="The address of the records.")
    method: Literal["GET", "POST"] = Field("GET", description="How it is asked.")
    data_selector: Text | None = Field(
        None, description="The JSON path of the list of records in an answer; $ for one record."
    )
    params: dict[str, object] | None = Field(None, description="Parameters behind the ? of the address.")
    headers: dict[str, str] | None = Field(None, description="Headers of each request.")
    paginator: str | dict[str, object] | None = Field(
        None, description="How the next page is found: a type such as page_number, or a mapping with one."
    )
    incremental: dict[str, object] | None = Field(
        None, description="How the last value of the cursor is sent, as dlt has it."
    )

    @field_validator("params")
    @classmethod
    def _send_times_in_params(cls, params: dict[str, object] | None) -> object:
        return params_in_sent_forms(params, "params")

    @field_validator("incremental")
    @classmethod
    def _send_times(cls, incremental: dict[str, object] | None) -> object:
        return in_sent_form(incremental, "incremental")

    @model_validator(mode="after")
    def _is_http(self) -> Self:
        address = urlsplit(self.url)
        if address.scheme not in {"http", "https"} or not address.netloc:
            raise ValueError("url: an http:// or https:// URL is needed")
        return self

    @model_validator(mode="after")
    def _has_values_for_placeholders(self) -> Self:
        path = urlunsplit(("", "", *urlsplit(self.url)[2:4], ""))
        for name in _placeholders("url", path):
            if (self.params or {}).get(name) is None:
                raise ValueError(f"url: {{{name}}} needs a value in params; to send braces, double them")
        for place, values in (("params", self.params), ("headers", self.headers)):
            for key, value in (values or {}).items():
                for name in _placeholders(f"{place}.{key}", value if isinstance(value, str) else ""):
                    raise ValueError(
                        f"{place}.{key}: {{{name}}} has no value where there is one resource; to send braces, double them"
                    )
                if isinstance(value, Mapping) and value.get("type") == "resolve":
                    raise ValueError(
                        f"{place}.{key}: there is no parent resource where there is one resource"
                    )
        return self

    def source(self, credentials: Secret | None) -> RestApi:
        address = urlsplit(self.url)
        base_url = urlunsplit((address.scheme, address.netloc, "/", "", ""))
        path = urlunsplit(("", "", address.path.lstrip("/"), address.query, ""))
        name = address.path.rstrip("/").rpartition("/")[2] or "data"
        endpoint = {"path": path, "method": self.method, **self._details()}
        resource: dict[str, object] = {"name": name, "endpoint": endpoint}
        config: dict[str, object] = {"client": {"base_url": base_url}, "resources": (resource,)}
        return RestApi(config, (name,), credentials, self.limits, is_short=True)

    def _details(self) -> dict[str, object]:
        given = {
            "data_selector": self.data_selector,
            "params": self.params,
            "headers": self.headers,
            "paginator": self.paginator,
            "incremental": self.incremental,
        }
        return {name: value for name, value in given.items() if value is not None}


def _placeholders(place: str, text: str) -> tuple[str, ...]:
    """The names in braces that need a value, which a cursor's have."""
    try:
        return tuple(
            name for _, name, _, _ in string.Formatter().parse(text) if name and not name.startswith(_CURSOR)
        )
    except ValueError:
        raise ValueError(f"{place}: a single brace; to send braces, double them") from None


def _resource_name(resource: object) -> str:
    name = resource.get("name") if isinstance(resource, Mapping) else resource
    return name if isinstance(name, str) else ""


def _parse(config: dict[str, object]) -> Options:
    model = OneEndpoint if "url" in config else DeclaredApi
    return model.model_validate(config)


def _open(settings: RestApi) -> Source:
    from floe_ingestion_dlt.adapters.sources.rest_api.source import RestApiSource

    return RestApiSource(settings)


REST_API: Final = SourceKind(
    NAME, _parse, _open, ("requests", "jsonpath_ng"), may_nest=True, options=(OneEndpoint, DeclaredApi)
)
