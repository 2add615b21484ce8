"""How the destination's configuration looks to dlt."""

import dataclasses
from typing import Any, ClassVar, Final

from floe_ingestion_dlt.adapters.dlt_api.internals import (
    CredentialsConfiguration,
    DestinationClientDwhConfiguration,
    TSecretStrValue,
    configspec,
)
from floe_ingestion_dlt.domain.redaction import redacted


@configspec
class CatalogCredentials(CredentialsConfiguration):
    """What a catalog asks for; pyiceberg's own environment variables serve as well."""

    credential: TSecretStrValue | None = None
    token: TSecretStrValue | None = None


@configspec
class PortConfiguration(DestinationClientDwhConfiguration):
    """Where the catalog is; the names are those of floe's destination configuration."""

    destination_type: Final[str] = dataclasses.field(  # type: ignore[misc]  # dlt fixes it this way
        default="iceberg", init=False, repr=False, compare=False
    )
    credentials: CatalogCredentials | None = None
    catalog_uri: str | None = None
    catalog_type: str = "rest"
    warehouse: str | None = None
    catalog_properties: dict[str, Any] | None = None
    enable_dataset_name_normalization: bool = False
    binding: Any = dataclasses.field(default=None, repr=False, compare=False)

    __config_gen_annotations__: ClassVar[list[str]] = ["catalog_uri", "warehouse"]

    def data_location(self) -> str:
        """The catalog's address as dlt may show it: without who logs in."""
        address = redacted(self.catalog_uri or "")
        return f"{self.catalog_type} catalog {address}, warehouse {self.warehouse}"

    def __str__(self) -> str:
        return self.data_location()
