"""The option `cursor` of a source: a column's name or a mapping, with `cursor_field` as its short form."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from floe_ingestion_dlt.boundary.validation import Strict, value_or_raise
from floe_ingestion_dlt.domain.cursors import Cursor


class HasCursor(Strict):
    """A model with the options for a cursor."""

    cursor_field: str | None = Field(
        None, description="A column that grows, by which new rows are found, such as updated_at."
    )
    # As it was given, so that the model can be made again of its own fields.
    cursor: object = Field(
        None,
        description="The same as cursor_field, or a mapping with the column and its options, such as lag.",
    )

    @model_validator(mode="after")
    def _has_one_cursor(self) -> Self:
        value_or_raise(Cursor.parse(self.cursor, self.cursor_field))
        return self

    @property
    def known_cursor(self) -> Cursor:
        """The column and its options, wherever they were given."""
        return Cursor.parse(self.cursor, self.cursor_field).unwrap()
