"""The dlt destination `iceberg`.

Importing this module registers it with dlt, so that `dlt.pipeline(destination="iceberg")` finds it.
"""

from __future__ import annotations

from typing import Any

from floe_ingestion_dlt.adapters.dlt.loader.binding import Binding
from floe_ingestion_dlt.adapters.dlt.loader.configuration import PortConfiguration
from floe_ingestion_dlt.adapters.dlt.loader.dlt_destination import PortDestination
from floe_ingestion_dlt.adapters.dlt_api.internals import DestinationReference
from floe_ingestion_dlt.adapters.iceberg.destination import IcebergDestination
from floe_ingestion_dlt.adapters.system.clock import WallClock
from floe_ingestion_dlt.adapters.telemetry.combined import standard_telemetry
from floe_ingestion_dlt.boundary.catalog import catalog_properties, in_place
from floe_ingestion_dlt.boundary.validation import value_or_raise
from floe_ingestion_dlt.domain.secret import Settings
from floe_ingestion_dlt.secrets.redacting_telemetry import RedactingTelemetry
from floe_ingestion_dlt.secrets.redactor import Redactor


class iceberg(PortDestination):  # noqa: N801 - dlt names a destination after its class
    """Iceberg tables in any catalog that pyiceberg loads."""

    @classmethod
    def bind(cls, configuration: PortConfiguration) -> Binding:
        properties = _properties(configuration)
        redactor = Redactor()
        redactor.add_from(properties)
        telemetry = RedactingTelemetry(standard_telemetry(), redactor.redact)
        return Binding(IcebergDestination.from_properties(properties), telemetry, WallClock())


def _properties(configuration: PortConfiguration) -> Settings:
    credentials = configuration.credentials
    named: dict[str, Any] = {
        "type": configuration.catalog_type,
        "uri": configuration.catalog_uri,
        "warehouse": configuration.warehouse,
        "credential": credentials.credential if credentials else None,
        "token": credentials.token if credentials else None,
    }
    given = {key: value for key, value in named.items() if value is not None}
    return catalog_properties(value_or_raise(in_place({**(configuration.catalog_properties or {}), **given})))


DestinationReference.register(iceberg, "iceberg")
