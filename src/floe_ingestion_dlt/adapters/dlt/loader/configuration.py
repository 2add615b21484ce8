"""The destination's configuration in dlt's terms."""

import dataclasses
from typing import Annotated, Any, ClassVar

from floe_ingestion_dlt.adapters.dlt_api.internals import (
    CredentialsConfiguration,
    DestinationClientDwhConfiguration,
    NotResolved,
    TSecretStrValue,
    configspec,
)
from floe_ingestion_dlt.domain.redaction import redacted


@configspec
class CatalogCredentials(CredentialsConfiguration):
    """The credentials of a catalog; pyiceberg's own environment variables work, too."""

    credential: TSecretStrValue | None = None
    token: TSecretStrValue | None = None


@configspec
class PortConfiguration(DestinationClientDwhConfiguration):
    """The catalog's address and properties, named as in floe's destination configuration."""

    destination_type: Annotated[str, NotResolved()] = dataclasses.field(
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
        """The catalog's address for dlt's messages, without credentials."""
        address = redacted(self.catalog_uri or "")
        return f"{self.catalog_type} catalog {address}, warehouse {self.warehouse}"

    def __str__(self) -> str:
        return self.data_location()
