"""Resources of an HTTP API, in dlt's declarative form or in a short one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, Self
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field, model_validator

from floe_ingestion_dlt.adapters.sources.kinds import SourceKind
from floe_ingestion_dlt.adapters.sources.options import Options, Text
from floe_ingestion_dlt.adapters.sources.rest_api.client_options import Client, OfClient
from floe_ingestion_dlt.adapters.sources.rest_api.settings import NAME, RestApi
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.ports.source import Source


class DeclaredApi(Options):
    """dlt's declarative REST configuration, as it is."""

    client: Client
    resources: tuple[object, ...] = Field(min_length=1)
    resource_defaults: dict[str, object] | None = None

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        url = self.client.of_dlt.get("base_url")
        if not isinstance(url, str) or urlsplit(url).scheme not in {"http", "https"}:
            raise ValueError("client.base_url: an http:// or https:// URL is needed")
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

    url: Text
    method: Literal["GET", "POST"] = "GET"
    data_selector: Text | None = None
    params: dict[str, object] | None = None
    headers: dict[str, str] | None = None
    paginator: str | dict[str, object] | None = None

    @model_validator(mode="after")
    def _is_http(self) -> Self:
        address = urlsplit(self.url)
        if address.scheme not in {"http", "https"} or not address.netloc:
            raise ValueError("url: an http:// or https:// URL is needed")
        return self

    def source(self, credentials: Secret | None) -> RestApi:
        address = urlsplit(self.url)
        base_url = urlunsplit((address.scheme, address.netloc, "/", "", ""))
        path = urlunsplit(("", "", address.path.lstrip("/"), address.query, ""))
        name = address.path.rstrip("/").rpartition("/")[2] or "data"
        endpoint = {"path": path, "method": self.method, **self._details()}
        resource: dict[str, object] = {"name": name, "endpoint": endpoint}
        config: dict[str, object] = {"client": {"base_url": base_url}, "resources": (resource,)}
        return RestApi(config, (name,), credentials, self.limits)

    def _details(self) -> dict[str, object]:
        given = self.model_dump(
            include={"data_selector", "params", "headers", "paginator"}, exclude_none=True
        )
        return dict(given)


def _resource_name(resource: object) -> str:
    name = resource.get("name") if isinstance(resource, Mapping) else resource
    return name if isinstance(name, str) else ""


def _parse(config: dict[str, object]) -> Options:
    model = OneEndpoint if "url" in config else DeclaredApi
    return model.model_validate(config)


def _open(settings: RestApi) -> Source:
    from floe_ingestion_dlt.adapters.sources.rest_api.source import RestApiSource

    return RestApiSource(settings)


REST_API: Final = SourceKind(NAME, _parse, _open, ("requests", "jsonpath_ng"), may_nest=True)
