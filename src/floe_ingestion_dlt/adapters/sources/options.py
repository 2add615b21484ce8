"""Options that every source has."""

from __future__ import annotations

from typing import Annotated, Self, TypeAlias

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    SecretStr,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from returns.result import Result

from floe_ingestion_dlt.adapters.sources.column_changes import column_changes
from floe_ingestion_dlt.boundary.delete_options import HasDeletes
from floe_ingestion_dlt.boundary.validation import ONE_OR_MORE, value_or_raise
from floe_ingestion_dlt.domain.column_names import NameStyle
from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.merge import parse_strategy
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.source_columns import ColumnChange, Mask, SourceColumns
from floe_ingestion_dlt.domain.sources import SourceSettings
from floe_ingestion_dlt.domain.table_settings import TableSettings


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("a text that is not empty is needed")
    return text


Text: TypeAlias = Annotated[str, AfterValidator(_not_blank)]
Strategy: TypeAlias = Annotated[str, AfterValidator(lambda text: value_or_raise(parse_strategy(text)).name)]
Names: TypeAlias = Annotated[tuple[Text, ...], ONE_OR_MORE]


class Options(HasDeletes):
    """Options that every source has."""

    model_config = ConfigDict(title="source_config", arbitrary_types_allowed=True, populate_by_name=True)

    resource: Text | None = Field(None, description="The one table or resource of several that is loaded.")
    cursor_field: Text | None = Field(None, description="As beside source_config, which it replaces.")
    primary_key: Names = Field((), description="As beside source_config, which it replaces.")
    merge_strategy: Strategy | None = Field(None, description="As beside source_config, which it replaces.")
    hard_delete: Text | None = Field(None, description="As beside source_config, which it replaces.")
    dedup_sort: dict[str, str] | None = Field(None, description="As beside source_config, which it replaces.")
    columns: Annotated[dict[str, ColumnChange], WithJsonSchema({"type": ["object", "array"]})] = Field(
        default_factory=dict, description="What becomes of columns: another name or type, or left out."
    )
    mask: dict[str, Mask] = Field(
        default_factory=dict, description="Columns whose values are hidden, and how: hash or drop."
    )
    mask_secret: SecretStr | None = Field(None, description="The key of hashed values.")
    column_names: Annotated[str, AfterValidator(lambda text: value_or_raise(NameStyle.parse(text)).value)] = (
        Field(
            NameStyle.SNAKE_CASE.value,
            description="How columns are named in the table.",
            json_schema_extra={"enum": [style.value for style in NameStyle]},
        )
    )

    @property
    def table_settings(self) -> TableSettings:
        """The options for the table."""
        merge = (self.primary_key, self.merge_strategy, self.hard_delete, self.dedup_sort)
        return self.with_deletes(TableSettings(self.known_cursor, *merge))

    @field_validator("columns", mode="before")
    @classmethod
    def _changes(cls, columns: object) -> object:
        return column_changes(columns)

    @model_validator(mode="after")
    def _can_be_masked(self) -> Self:
        value_or_raise(self._changed_columns())
        return self

    @property
    def changed_columns(self) -> SourceColumns:
        """What becomes of the source's columns."""
        return self._changed_columns().unwrap()

    def _changed_columns(self) -> Result[SourceColumns, Invalid]:
        secret = None if self.mask_secret is None else Secret(self.mask_secret.get_secret_value())
        return SourceColumns.make(self.columns, self.mask, secret)

    def source(self, credentials: Secret | None) -> SourceSettings:
        """The settings of a source with these options."""
        raise NotImplementedError
