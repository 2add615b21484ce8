"""dlt's declarative configuration of an API, in its long forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final, TypeAlias, final

from pydantic import SecretStr

from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.text_cursors import latest

Settings: TypeAlias = dict[str, object]

# The field of each kind of `auth` that holds its credential; a bare credential is a bearer token.
_AUTH_FIELDS: Final[Mapping[str, str]] = {
    "bearer": "token",
    "api_key": "api_key",
    "http_basic": "password",
    "oauth2_client_credentials": "client_secret",
}


@final
@dataclass(frozen=True, slots=True)
class ApiResource:
    """A resource that the configuration describes, and its endpoint."""

    settings: Settings
    endpoint: Settings


@final
@dataclass(frozen=True, slots=True)
class ApiConfig:
    """A configuration that may be changed before dlt reads it.

    *client*, *resources* (by name) and *defaults*, those of all endpoints, are parts of the *whole*. A resource that the user
    made with dlt is only in the *whole*.
    """

    whole: Settings
    client: Settings
    resources: Mapping[str, ApiResource]
    defaults: Settings

    @classmethod
    def of(cls, given: Mapping[str, object]) -> ApiConfig:
        """A copy of the configuration; an object in it that the user made is not copied."""
        whole = _settings(_copy(given))
        listed = [_in_long_form(resource) for resource in as_list(whole.get("resources"))]
        whole["resources"] = listed
        described = (
            ApiResource(resource, resource["endpoint"])
            for resource in listed
            if isinstance(resource, dict) and isinstance(resource["endpoint"], dict)
        )
        return cls(
            whole,
            _settings(whole.get("client")),
            {str(resource.settings.get("name")): resource for resource in described},
            _settings(_settings(whole.get("resource_defaults")).get("endpoint")),
        )

    @property
    def base_url(self) -> str:
        return str(self.client["base_url"])

    def add_credentials(self, credentials: Secret) -> None:
        """Put the credential into the client's `auth`, unless that has one."""
        auth = self.client.get("auth") or "bearer"
        auth = {"type": auth} if isinstance(auth, str) else auth
        if isinstance(auth, dict):
            auth.setdefault(_AUTH_FIELDS.get(auth.get("type", "bearer"), "token"), credentials.reveal())
        self.client["auth"] = auth

    def cursor_of(self, name: str) -> str | None:
        """The cursor that the resource of this *name* declares, else the defaults."""
        resource = self.resources.get(name)
        own = _declared_cursor(resource.endpoint) if resource else None
        return own or _declared_cursor(self.defaults)

    def is_parallel(self, name: str) -> bool:
        """Whether pages of the resource are requested while rows of others are read."""
        said = (
            self.resources[name].settings if name in self.resources else {},
            self.whole.get("resource_defaults"),
        )
        return any(_settings(settings).get("parallelized") for settings in said)

    def compare_times(self) -> None:
        """Compare the values of declared cursors as `latest` does, unless they say how."""
        endpoints = [self.defaults, *(resource.endpoint for resource in self.resources.values())]
        for incremental in chain.from_iterable(map(_incrementals, endpoints)):
            incremental.setdefault("last_value_func", latest)


def as_list(value: object) -> list[object]:
    """The items of a list; None has none, and anything else is the only one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _settings(value: object) -> Settings:
    return value if isinstance(value, dict) else {}


def _copy(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_copy(item) for item in value]
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return value.reveal() if isinstance(value, Secret) else value


def _in_long_form(resource: object) -> object:
    """A resource with an object for its endpoint, where dlt accepts a name or a path."""
    long = {"name": resource} if isinstance(resource, str) else resource
    if not isinstance(long, dict):
        return long
    endpoint = long.get("endpoint") or {}
    return {**long, "endpoint": {"path": endpoint} if isinstance(endpoint, str) else endpoint}


def _declared_cursor(endpoint: Settings) -> str | None:
    return next((str(incremental.get("cursor_path")) for incremental in _incrementals(endpoint)), None)


def _incrementals(endpoint: Settings) -> Iterator[Settings]:
    """The incrementals that an endpoint declares, by itself and in its parameters."""
    params = endpoint.get("params")
    of_params = params.values() if isinstance(params, dict) else ()
    declared = (item for item in of_params if isinstance(item, dict) and item.get("type") == "incremental")
    yield from (each for each in (endpoint.get("incremental"), *declared) if isinstance(each, dict))
