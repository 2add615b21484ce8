"""The one place where dlt's internals are imported, beside those of its REST source (`rest_internals`), so that an upgrade of dlt is one file.

dlt documents how to write resources and pipelines; how to write a destination it shows only by its own ones, and the
names below move between its minor versions.
"""

from collections.abc import Iterator
from typing import Any, TypeAlias

from dlt.common.configuration import configspec, resolve_configuration, with_config
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs import (
    ConnectionStringCredentials,
    CredentialsConfiguration,
    known_sections,
)
from dlt.common.configuration.specs.base_configuration import NotResolved
from dlt.common.data_writers.escape import (
    escape_duckdb_literal,
    escape_postgres_identifier,
    format_datetime_literal,
)
from dlt.common.destination import Destination, DestinationCapabilitiesContext
from dlt.common.destination.client import (
    DestinationClientDwhConfiguration,
    FollowupJobRequest,
    HasFollowupJobs,
    JobClientBase,
    LoadJob,
    RunnableLoadJob,
    StateInfo,
    StorageSchemaInfo,
    WithStateSync,
)
from dlt.common.destination.configuration import ParquetFormatConfiguration
from dlt.common.destination.exceptions import (
    DestinationTerminalException,
    DestinationTransientException,
    DestinationUndefinedEntity,
)
from dlt.common.destination.reference import DestinationReference
from dlt.common.destination.typing import PreparedTableSchema
from dlt.common.destination.utils import prepare_load_table
from dlt.common.json import json as dlt_json
from dlt.common.json import may_have_pua
from dlt.common.libs.pyarrow import (
    columns_to_arrow,
    get_column_type_from_py_arrow,
    get_py_arrow_datatype,
)
from dlt.common.normalizers.json.helpers import get_nested_row_hash, get_row_hash
from dlt.common.normalizers.json.relational import DataItemNormalizer as RelationalNormalizer
from dlt.common.normalizers.naming import NamingConvention
from dlt.common.normalizers.naming.snake_case import NamingConvention as SnakeCase
from dlt.common.normalizers.utils import generate_dlt_ids as new_row_ids
from dlt.common.pipeline import (
    ExtractInfo,
    NormalizeInfo,
    SupportsPipeline,
    get_dlt_pipelines_dir,
)
from dlt.common.runtime import signals
from dlt.common.runtime.collector_base import Collector
from dlt.common.schema import Schema, TSchemaTables
from dlt.common.schema.typing import (
    TColumnSchema,
    TColumnType,
    TLoaderMergeStrategy,
    TTableSchema,
    TTableSchemaColumns,
    TWriteDisposition,
)
from dlt.common.schema.utils import (
    get_active_record_timestamp,
    get_columns_names_with_prop,
    get_dedup_sort_tuple,
    get_first_column_name_with_prop,
    get_nested_tables,
    get_root_table,
    get_validity_column_names,
    has_table_seen_data,
    is_nested_table,
)
from dlt.common.storages import LoadStorage, NormalizeStorage
from dlt.common.storages.configuration import FilesystemConfiguration
from dlt.common.storages.fsspec_filesystem import fsspec_from_config
from dlt.common.storages.load_package import (
    JOB_EXCEPTION_EXTENSION,
    LoadPackageStateInjectableContext,
    PackageStorage,
    ParsedLoadJobFileName,
    TLoadPackageState,
    TPackageJobState,
    TPipelineStateDoc,
)
from dlt.common.storages.load_package import (
    WORKING_FOLDERS as JOB_FOLDERS,
)
from dlt.common.time import ensure_datetime_in_tz, get_context_timezone_name, to_py_datetime
from dlt.common.typing import TSecretStrValue
from dlt.common.versioned_state import (
    TVersionedState,
    compress_state,
    decompress_state,
    generate_state_version_hash,
)
from dlt.destinations.exceptions import DatabaseUndefinedRelation
from dlt.destinations.impl.duckdb.sql_client import WithTableScanners
from dlt.destinations.sql_client import SqlClientBase, WithSqlClient
from dlt.destinations.type_mapping import TypeMapperImpl
from dlt.extract import DltResource
from dlt.extract.items_transform import ItemTransform
from dlt.extract.pipe import Pipe
from dlt.normalize.exceptions import NormalizeJobFailed
from dlt.pipeline.exceptions import PipelineStepFailed
from dlt.pipeline.pipeline import Pipeline
from dlt.pipeline.trace import TRACE_FILE_NAME

__all__ = [
    "JOB_EXCEPTION_EXTENSION",
    "JOB_FOLDERS",
    "TRACE_FILE_NAME",
    "AnyDestination",
    "Collector",
    "ConnectionStringCredentials",
    "CredentialsConfiguration",
    "DatabaseUndefinedRelation",
    "Destination",
    "DestinationCapabilitiesContext",
    "DestinationClientDwhConfiguration",
    "DestinationReference",
    "DestinationTerminalException",
    "DestinationTransientException",
    "DestinationUndefinedEntity",
    "ExtractInfo",
    "FilesystemConfiguration",
    "FollowupJobRequest",
    "HasFollowupJobs",
    "ItemTransform",
    "JobClientBase",
    "LoadJob",
    "LoadPackageStateInjectableContext",
    "LoadStorage",
    "NamingConvention",
    "NormalizeInfo",
    "NormalizeJobFailed",
    "NormalizeStorage",
    "NotResolved",
    "PackageStorage",
    "ParquetFormatConfiguration",
    "ParsedLoadJobFileName",
    "Pipe",
    "Pipeline",
    "PipelineStepFailed",
    "PreparedTableSchema",
    "RelationalNormalizer",
    "RunnableLoadJob",
    "Schema",
    "SnakeCase",
    "SqlClient",
    "StateInfo",
    "StorageSchemaInfo",
    "SupportsPipeline",
    "TColumnSchema",
    "TColumnType",
    "TLoadPackageState",
    "TLoaderMergeStrategy",
    "TPackageJobState",
    "TPipelineStateDoc",
    "TSchemaTables",
    "TSecretStrValue",
    "TTableSchema",
    "TTableSchemaColumns",
    "TVersionedState",
    "TWriteDisposition",
    "TypeMapperImpl",
    "WithSqlClient",
    "WithStateSync",
    "WithTableScanners",
    "ask_to_stop",
    "columns_to_arrow",
    "compress_state",
    "configspec",
    "current_package",
    "decompress_state",
    "dlt_json",
    "ensure_datetime_in_tz",
    "escape_duckdb_literal",
    "escape_postgres_identifier",
    "format_datetime_literal",
    "fsspec_from_config",
    "generate_state_version_hash",
    "get_active_record_timestamp",
    "get_column_type_from_py_arrow",
    "get_columns_names_with_prop",
    "get_context_timezone_name",
    "get_dedup_sort_tuple",
    "get_dlt_pipelines_dir",
    "get_first_column_name_with_prop",
    "get_nested_row_hash",
    "get_nested_tables",
    "get_py_arrow_datatype",
    "get_root_table",
    "get_row_hash",
    "get_validity_column_names",
    "has_table_seen_data",
    "is_nested_table",
    "known_sections",
    "may_have_pua",
    "new_row_ids",
    "normalize_by",
    "pipes_of",
    "prepare_load_table",
    "raise_if_asked_to_stop",
    "reopen",
    "resolve_configuration",
    "to_py_datetime",
    "with_config",
]


# dlt's own alias takes no destination with another configuration, because the parameter is invariant.
AnyDestination: TypeAlias = Destination[Any, Any]
# A client over any type of connection.
SqlClient: TypeAlias = SqlClientBase[Any]


def current_package() -> LoadPackageStateInjectableContext | None:
    """The load package that dlt is loading, None outside of a load."""
    container = Container()
    if LoadPackageStateInjectableContext not in container:
        return None
    package: LoadPackageStateInjectableContext = container[LoadPackageStateInjectableContext]
    return package


def pipes_of(resource: DltResource) -> Iterator[Pipe]:
    """The pipe of the resource, and of each resource that it transforms."""
    pipe = resource._pipe  # noqa: SLF001 - dlt has no public way
    while pipe is not None:
        yield pipe
        pipe = pipe.parent


def reopen(pipeline: Pipeline) -> None:
    """Make the pipeline, which is not active then, read its working folder again, as a new pipeline does."""
    if pipeline.is_active:
        pipeline.deactivate()
    schemas = pipeline._schema_storage.config  # noqa: SLF001 - dlt does the same to itself when it is dropped
    Pipeline.__init__(
        pipeline,
        pipeline.pipeline_name,
        pipeline.pipelines_dir,
        pipeline.pipeline_salt,
        pipeline._destination,  # noqa: SLF001 - see above
        pipeline._staging,  # noqa: SLF001 - see above
        pipeline.dataset_name,
        schemas.import_schema_path or "",
        schemas.export_schema_path or "",
        pipeline.dev_mode,
        pipeline.collector,
        must_attach_to_local_pipeline=False,
        config=pipeline.config,
    )


def ask_to_stop(number: int) -> None:
    """Make dlt start no more pages and files, because of the signal of this *number*; 0 ends that."""
    signals.set_received_signal(number)


def raise_if_asked_to_stop() -> None:
    """Raise a KeyboardInterrupt where dlt has been asked to stop."""
    signals.raise_if_signalled()


def normalize_by(schema: Schema, normalizer: type[RelationalNormalizer]) -> None:
    """Make dlt normalize rows of the schema by this class, which it finds by its module."""
    schema._normalizers_config["json"]["module"] = normalizer.__module__  # noqa: SLF001 - dlt reads it from its configuration only
    if not isinstance(schema.data_item_normalizer, normalizer):
        schema.data_item_normalizer = normalizer(schema)
