"""The options of a source for rows that are gone in it, beside those of its cursor."""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field, StrictInt, StrictStr

from floe_ingestion_dlt.boundary.cursor_option import HasCursor
from floe_ingestion_dlt.domain.table_settings import TableSettings


class HasDeletes(HasCursor):
    """A model with the options for rows that are gone in the source."""

    delete_missing: str | None = Field(
        None,
        description="keys: a merge deletes rows whose keys the source has no more.",
        json_schema_extra={"enum": ["keys", None]},
    )
    soft_delete: str | None = Field(
        None, description="A column that is set to true in rows that are gone, which are then not deleted."
    )
    max_deletes: StrictInt | StrictStr | None = Field(
        None, description="How many rows a load may delete, as a number or as a share such as 10%."
    )

    def with_deletes(self, settings: TableSettings) -> TableSettings:
        """The *settings* of a table, with these."""
        return replace(
            settings,
            delete_missing=self.delete_missing,
            soft_delete=self.soft_delete,
            max_deletes=self.max_deletes,
        )
