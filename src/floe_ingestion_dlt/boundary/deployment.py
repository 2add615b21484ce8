"""The catalog in the platform's runtime binding of a deployment.

A binding contains no secrets. `iceberg_catalog_env` has pyiceberg's variables (`PYICEBERG_CATALOG__<NAME>__<PROPERTY>`), and
`env_refs` names, for some of them, the variable of the process that has the value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol, runtime_checkable

from floe_core.plugins.ingestion import RuntimeBinding
from pydantic import BaseModel, ConfigDict, Field
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.boundary.catalog import in_place
from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.secret import Secret, Settings

CATALOG_NAME: Final = "ICEBERG_CATALOG__ICEBERG_CATALOG_NAME"
CATALOG_TYPE: Final = "ICEBERG_CATALOG__ICEBERG_CATALOG_TYPE"
PREFIX: Final = "PYICEBERG_CATALOG__"
# If these are not set, tokens are requested from the catalog's own server, with the binding's scope, if there is one.
OPTIONAL: Final = {"oauth2-server-uri", "scope"}


@runtime_checkable
class _HasModelDump(Protocol):
    def model_dump(self, *, mode: str) -> Mapping[str, object]: ...


class _Binding(BaseModel):
    """The part of floe's binding that describes the catalog; other fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    iceberg_catalog_env: dict[str, str] = Field(default_factory=dict)
    env_refs: dict[str, str] = Field(default_factory=dict)


def bound_properties(binding: RuntimeBinding, environment: Mapping[str, str]) -> Result[Settings, Invalid]:
    """The properties for pyiceberg of the bound catalog; secret values are read from the *environment*."""
    if not isinstance(binding, (Mapping, _HasModelDump)):
        given = type(binding).__name__
        return Failure(Invalid("runtime_binding", given, "the binding that floe compiles, or to None"))
    parsed = _Binding.model_validate(
        binding if isinstance(binding, Mapping) else binding.model_dump(mode="python")
    )
    prefix = f"{PREFIX}{parsed.iceberg_catalog_env.get(CATALOG_NAME, '').upper()}__"
    written: Settings = _named(parsed.iceberg_catalog_env, prefix)
    referred = _referred(_named(parsed.env_refs, prefix), environment)
    if isinstance(referred, Failure):
        return referred
    properties = {**written, **referred.unwrap()}
    if "uri" not in properties and properties.get("type", "rest") == "rest":
        return Failure(Invalid("runtime_binding.iceberg_catalog_env", "", f"at least {prefix}URI"))
    return in_place(_with_credential(properties), "runtime_binding.iceberg_catalog_env")


def _named(variables: Mapping[str, str], prefix: str) -> dict[str, str]:
    """The values of the catalog's variables, by the names of pyiceberg's properties."""
    return {
        _property(name, prefix): value for name, value in variables.items() if name.upper().startswith(prefix)
    }


def _referred(references: Mapping[str, str], environment: Mapping[str, str]) -> Result[Settings, Invalid]:
    """The values of the variables that properties refer to."""
    properties: dict[str, str | Secret] = {}
    for name, variable in references.items():
        value = environment.get(variable)
        if value is not None:
            properties[name] = value if name in OPTIONAL else Secret(value)
        elif name not in OPTIONAL:
            wanted = f"a variable that is set ({variable} is not)"
            return Failure(Invalid("runtime_binding.env_refs", variable, wanted))
    return Success(properties)


def _with_credential(properties: Settings) -> Settings:
    """The properties in pyiceberg's form: the client's id and secret are one credential."""
    held = dict(properties)
    match held.pop("client-id", None), held.pop("client-secret", None):
        case Secret() as client, Secret() as secret:
            return {**held, "credential": Secret(f"{client.reveal()}:{secret.reveal()}")}
        case _:
            return properties


def variable_of(catalog: str, name: str) -> str:
    """The variable from which pyiceberg reads the property *name* of the *catalog*."""
    return f"{PREFIX}{catalog.upper()}__{name.upper().replace('.', '__').replace('-', '_')}"


def _property(name: str, prefix: str) -> str:
    """The property for a variable, as pyiceberg names it: `..__S3__ACCESS_KEY_ID` is s3.access-key-id."""
    return name[len(prefix) :].lower().replace("__", ".").replace("_", "-")
