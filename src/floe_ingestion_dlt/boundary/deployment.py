"""The catalog that the platform bound a deployment to.

A binding is free of secrets: `iceberg_catalog_env` has pyiceberg's variables (`PYICEBERG_CATALOG__<NAME>__<PROPERTY>`),
and `env_refs` says which variable of the process holds the value of which of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol, runtime_checkable

from floe_core.plugins.ingestion import RuntimeBinding
from pydantic import BaseModel, ConfigDict, Field
from returns.result import Failure, Result

from floe_ingestion_dlt.boundary.catalog import in_place
from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.secret import Secret, Settings

CATALOG_NAME: Final = "ICEBERG_CATALOG__ICEBERG_CATALOG_NAME"
PREFIX: Final = "PYICEBERG_CATALOG__"


@runtime_checkable
class _HasModelDump(Protocol):
    def model_dump(self, *, mode: str) -> Mapping[str, object]: ...


class _Binding(BaseModel):
    """The part of floe's binding that names the catalog; the platform may say more."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    iceberg_catalog_env: dict[str, str] = Field(default_factory=dict)
    env_refs: dict[str, str] = Field(default_factory=dict)


def bound_properties(binding: RuntimeBinding, environment: Mapping[str, str]) -> Result[Settings, Invalid]:
    """What pyiceberg is given for the bound catalog; its values that are secret come from the *environment*."""
    if not isinstance(binding, (Mapping, _HasModelDump)):
        given = type(binding).__name__
        return Failure(Invalid("runtime_binding", given, "the binding that floe compiles, or nothing"))
    parsed = _Binding.model_validate(
        binding if isinstance(binding, Mapping) else binding.model_dump(mode="python")
    )
    prefix = f"{PREFIX}{parsed.iceberg_catalog_env.get(CATALOG_NAME, '').upper()}__"
    properties: dict[str, str | Secret] = {
        _property(name, prefix): value
        for name, value in parsed.iceberg_catalog_env.items()
        if name.upper().startswith(prefix)
    }
    for target, source in parsed.env_refs.items():
        if target.upper().startswith(prefix):
            if source not in environment:
                return Failure(
                    Invalid("runtime_binding.env_refs", source, f"a variable that is set ({source} is not)")
                )
            properties[_property(target, prefix)] = Secret(environment[source])
    if "uri" not in properties:
        return Failure(Invalid("runtime_binding.iceberg_catalog_env", "", f"at least {prefix}URI"))
    return in_place(properties, "runtime_binding.iceberg_catalog_env")


def _property(name: str, prefix: str) -> str:
    """The property that pyiceberg makes of a variable: `..__S3__ACCESS_KEY_ID` is s3.access-key-id."""
    return name[len(prefix) :].lower().replace("__", ".").replace("_", "-")
