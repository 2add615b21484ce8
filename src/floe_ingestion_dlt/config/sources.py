"""The configuration of one source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Self

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from returns.result import Result

from floe_ingestion_dlt.adapters.sources.registry import kind_of
from floe_ingestion_dlt.boundary.delete_options import HasDeletes
from floe_ingestion_dlt.boundary.validation import ONE_OR_MORE, ONE_TEXT, value_or_raise
from floe_ingestion_dlt.boundary.variables import WithVariables
from floe_ingestion_dlt.config.retries import RetryConfig
from floe_ingestion_dlt.domain.contracts import SchemaContract
from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.merge import STRATEGIES
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.table_settings import TableSettings
from floe_ingestion_dlt.domain.write_modes import WRITE_MODES, WriteMode

# They may stand in source_config instead.
_MERGE_SETTINGS: Final = frozenset({"primary_key", "merge_strategy", "hard_delete", "dedup_sort"})
_STRATEGIES: Final = tuple(strategy.name for strategy in STRATEGIES)


def without_merge_settings(source_config: object) -> object:
    """A source_config without the settings of merges that may stand in it; what is no mapping stays as it is."""
    if not isinstance(source_config, Mapping):
        return source_config
    return {name: value for name, value in source_config.items() if name not in _MERGE_SETTINGS}


class IngestionSourceConfig(WithVariables, HasDeletes):
    """One source: where it is, which table it fills, and how.

    `source_config` is not validated here, because the platform stores its own keys in it. It is validated as strictly as the
    other fields when a pipeline is created.
    """

    name: str = Field(description="A name of its own, by which commands and Dagster know the source.")
    source_type: str = Field(
        description="The kind of source.", examples=["rest_api", "sql_database", "filesystem"]
    )
    source_config: dict[str, object] = Field(
        default_factory=dict, repr=False, description="The options of the kind of source."
    )
    destination_table: str = Field(description="The table that is filled: namespace.table.")
    write_mode: str = Field(
        "append",
        description="append adds rows, replace replaces all of them, merge replaces those with the same primary_key.",
        json_schema_extra={"enum": [*WRITE_MODES]},
    )
    schema_contract: str = Field(
        "evolve",
        description="What becomes of new columns and types: evolve takes them, freeze refuses the load, discard_value leaves the values out.",
        json_schema_extra={"enum": [contract.value for contract in SchemaContract]},
    )
    primary_key: Annotated[tuple[str, ...], ONE_OR_MORE] = Field(
        (), description="The column or columns that identify a row, for write_mode merge."
    )
    merge_strategy: str | None = Field(
        None, description="How rows are merged.", json_schema_extra={"enum": [*_STRATEGIES, None]}
    )
    hard_delete: str | None = Field(
        None, description="A column that is true, or not null, in rows to be deleted from the table."
    )
    dedup_sort: dict[str, str] | None = Field(
        None, description="Which of several rows with one key stays: a column with asc or desc."
    )
    credentials: Annotated[SecretStr | None, ONE_TEXT] = Field(
        None,
        description="What must not stand in source_config: a token, a database's password or URL, or a mapping with the keys of a bucket.",
    )
    retry_config: RetryConfig | None = Field(None, description="Retries of this source alone.")

    @field_validator("name")
    @classmethod
    def _has_a_name(cls, name: str) -> str:
        if not name.strip():
            raise ValueError("the name is missing: give each source a name of its own")
        return name

    @field_validator("source_type")
    @classmethod
    def _is_known(cls, source_type: str) -> str:
        return value_or_raise(kind_of(source_type)).name

    @field_validator("destination_table")
    @classmethod
    def _is_a_table(cls, destination_table: str) -> str:
        return str(value_or_raise(TableName.parse(destination_table)))

    @field_validator("schema_contract")
    @classmethod
    def _is_a_contract(cls, schema_contract: str) -> str:
        return value_or_raise(SchemaContract.parse(schema_contract)).value

    @field_validator("cursor_field", "hard_delete", "soft_delete")
    @classmethod
    def _is_a_column(cls, column: str | None, field: ValidationInfo) -> str | None:
        if column is not None and not column.strip():
            raise ValueError(f"the column's name is missing: name a column, or remove {field.field_name}")
        return column

    @field_validator("primary_key")
    @classmethod
    def _has_columns(cls, primary_key: tuple[str, ...]) -> tuple[str, ...]:
        if not all(column.strip() for column in primary_key):
            raise ValueError("a column's name is missing: name each column of the key, or remove primary_key")
        return primary_key

    @model_validator(mode="after")
    def _can_be_written(self) -> Self:
        # With some of them in source_config, all are checked together when that is parsed.
        if not _MERGE_SETTINGS & self.source_config.keys():
            value_or_raise(self.mode())
        return self

    @property
    def table(self) -> TableName:
        """The table that the source fills."""
        return TableName.parse(self.destination_table).unwrap()

    @property
    def table_settings(self) -> TableSettings:
        """The settings of the table's cursor, key and merges."""
        merge = (self.primary_key, self.merge_strategy, self.hard_delete, self.dedup_sort)
        return self.with_deletes(TableSettings(self.known_cursor, *merge))

    def mode(self) -> Result[WriteMode, Invalid]:
        """The write mode with its strategy, key and merge rules."""
        return self.table_settings.mode(self.write_mode)
