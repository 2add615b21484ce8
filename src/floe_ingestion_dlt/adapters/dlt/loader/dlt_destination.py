"""The dlt destination over a `Destination` port, and its capabilities."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Final, cast

from floe_ingestion_dlt.adapters.dlt.loader.binding import Binding
from floe_ingestion_dlt.adapters.dlt.loader.configuration import CatalogCredentials, PortConfiguration
from floe_ingestion_dlt.adapters.dlt.loader.job_client import PortClient
from floe_ingestion_dlt.adapters.dlt.naming import NamingConvention
from floe_ingestion_dlt.adapters.dlt_api.internals import (
    Destination,
    DestinationCapabilitiesContext,
    ParquetFormatConfiguration,
    PreparedTableSchema,
    Schema,
    TColumnSchema,
    TColumnType,
    TLoaderMergeStrategy,
    TypeMapperImpl,
    escape_duckdb_literal,
    escape_postgres_identifier,
    format_datetime_literal,
    get_column_type_from_py_arrow,
    get_py_arrow_datatype,
)
from floe_ingestion_dlt.adapters.dlt_api.internals import NamingConvention as AnyNamingConvention
from floe_ingestion_dlt.adapters.dlt_api.reading_order import keep_reading_order
from floe_ingestion_dlt.domain.file_sizes import LOADED_BYTES
from floe_ingestion_dlt.domain.merge import STRATEGIES

LONGEST_NAME: Final = 255
LONGEST_TEXT: Final = 2**31 - 1


class ArrowTypeMapper(TypeMapperImpl):
    """dlt's types as Arrow's, and back."""

    def to_destination_type(self, column: TColumnSchema, table: PreparedTableSchema) -> Any:  # noqa: ARG002 - dlt's signature
        return get_py_arrow_datatype(column, self.capabilities, "UTC")

    def from_destination_type(
        self,
        db_type: Any,
        precision: int | None = None,  # noqa: ARG002 - dlt's signature
        scale: int | None = None,  # noqa: ARG002 - dlt's signature
    ) -> TColumnType:
        return get_column_type_from_py_arrow(db_type)


class PortDestination(Destination[PortConfiguration, PortClient]):
    """A dlt destination over a `Destination` port; a subclass opens the port of a configuration."""

    spec = PortConfiguration

    def __repr__(self) -> str:
        """Without the configuration that dlt would show, because it has credentials."""
        return f"{type(self).__name__}(...)"

    def __init__(  # noqa: PLR0913 - dlt makes destinations with keyword arguments
        self,
        *,
        binding: Binding | None = None,
        catalog_uri: str | None = None,
        catalog_type: str = "rest",
        warehouse: str | None = None,
        credentials: CatalogCredentials | Mapping[str, object] | None = None,
        catalog_properties: Mapping[str, object] | None = None,
        destination_name: str | None = None,
        environment: str | None = None,
        **properties: object,
    ) -> None:
        keep_reading_order()
        super().__init__(
            binding=binding,
            catalog_uri=catalog_uri,
            catalog_type=catalog_type,
            warehouse=warehouse,
            credentials=credentials,
            catalog_properties={**(catalog_properties or {}), **properties} or None,
            destination_name=destination_name,
            environment=environment,
        )

    @classmethod
    @abstractmethod
    def bind(cls, configuration: PortConfiguration) -> Binding:
        """The binding of a destination that was made from its name and configuration."""

    @property
    def client_class(self) -> type[PortClient]:
        return PortClient

    def capabilities(
        self, config: PortConfiguration | None = None, naming: AnyNamingConvention | None = None
    ) -> DestinationCapabilitiesContext:
        # Ours do not depend on the configuration, which dlt would resolve anew for each of the many times that it asks.
        return super().capabilities(config or self.spec(), naming)

    def client(self, schema: Schema, initial_config: PortConfiguration | None = None) -> PortClient:
        # dlt makes a client for every job: the port is opened once, and kept among dlt's explicit settings.
        if self.config_params.get("binding") is None:
            self.config_params["binding"] = self.bind(self.configuration(self.spec(), accept_partial=True))
        config = initial_config or self.spec()
        if config.binding is None:
            config.binding = self.config_params["binding"]
        client: PortClient = super().client(schema, config)
        return client

    def _raw_capabilities(self) -> DestinationCapabilitiesContext:
        caps = DestinationCapabilitiesContext()
        caps.preferred_loader_file_format = "parquet"
        caps.supported_loader_file_formats = ["parquet"]
        caps.preferred_table_format = "iceberg"
        caps.supported_table_formats = ["iceberg"]
        caps.naming_convention = NamingConvention
        caps.has_case_sensitive_identifiers = True
        caps.type_mapper = ArrowTypeMapper
        caps.decimal_precision = (38, 9)
        caps.wei_precision = (38, 0)
        caps.timestamp_precision = 6
        caps.max_identifier_length = caps.max_column_identifier_length = LONGEST_NAME
        caps.max_query_length = caps.max_text_data_type_length = LONGEST_TEXT
        caps.is_max_query_length_in_bytes = caps.is_max_text_data_type_length_in_bytes = False
        caps.supports_ddl_transactions = caps.supports_transactions = False
        caps.supports_nested_types = True
        caps.supported_replace_strategies = ["truncate-and-insert", "insert-from-staging"]
        caps.supported_merge_strategies = cast(
            "list[TLoaderMergeStrategy]", [strategy.name for strategy in STRATEGIES]
        )
        binding: Binding | None = self.config_params.get("binding")
        caps.recommended_file_size = binding.file_bytes if binding else LOADED_BYTES
        # Parts of a microsecond are refused, not cut off.
        caps.parquet_format = ParquetFormatConfiguration(
            arrow_concat_promote_options="default",
            compression="zstd",
            coerce_timestamps="us",
            allow_truncated_timestamps=False,
            write_page_index=True,
        )
        caps.sqlglot_dialect = "duckdb"
        caps.escape_identifier = escape_postgres_identifier
        caps.escape_literal = escape_duckdb_literal
        caps.format_datetime_literal = format_datetime_literal
        return caps
