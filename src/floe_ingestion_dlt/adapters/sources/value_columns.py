"""The columns of one load whose values have no types: those of the table, else one type for all values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import final

import pyarrow as pa
from returns.result import Result, Success

from floe_ingestion_dlt.adapters.arrow.types import from_arrow
from floe_ingestion_dlt.adapters.sources.columns import Column, Misfit, column_of
from floe_ingestion_dlt.adapters.sources.expected_types import Expected
from floe_ingestion_dlt.adapters.sources.json_columns import Nesting, checked, columns_of


@final
@dataclass(slots=True)
class ValueColumns:
    """Makes columns of values.

    *types* are those of *named* columns, of other slices, and of columns that the table lacks. Those that are named, and those of slices, are *fixed*:
    they hold for all values.
    """

    expected: Expected
    named: Mapping[str, pa.DataType]
    types: dict[str, pa.DataType] = field(default_factory=dict)
    has_structs: bool = False
    fixed: dict[str, pa.DataType] = field(init=False)

    def __post_init__(self) -> None:
        self.fixed = {**self.expected.fixed(), **self.named}
        self.types |= self.fixed

    def columns(
        self, name: str, values: Sequence[object], names: Collection[str]
    ) -> Result[dict[str, Column], Misfit]:
        """The column *name*, and others for values that do not fit into it, unless its type holds for all of them."""
        if name in self.fixed:
            asked = column_of(values, self.fixed[name], from_text=name in self.named)
            return asked.map(lambda column: _named(name, column)).bind(lambda made: checked(made, values))
        known, wanted = self.types.get(name), self.expected.column_type(name)
        if wanted is None and known is not None and not pa.types.is_string(known):
            # Whole numbers of a column of floats are floats, so that files are not begun anew.
            alone = columns_of(name, values, from_arrow(known), names, Nesting(self.has_structs))
            if isinstance(alone, Success) and alone.unwrap().keys() <= {name}:
                return alone
        made = columns_of(name, values, wanted, names, Nesting(self.has_structs, self._has_parts(name)))
        if wanted is None and isinstance(made, Success) and name in (columns := made.unwrap()):
            self.types[name] = columns[name].type
        return made

    def _has_parts(self, name: str) -> bool:
        """Whether fields that the table's column cannot hold are discarded: no other column of the table has them."""
        variants = (self.expected.column_type(f"{name}__v_{word}") for word in ("json", "text"))
        is_known = self.expected.column_type(name) is not None
        return self.expected.discards and is_known and not any(variants)

    def has_decimals(self, name: str) -> bool:
        """Whether the column has decimals, alone or in lists and structs."""
        return "decimal" in str(self.fixed.get(name) or self.expected.column_type(name))


def table_of(columns: Mapping[str, Column], names: Collection[str], rows: int) -> pa.Table:
    """A table with so many rows: those without a value are rows, too."""
    return pa.table(dict(columns) if columns else {name: pa.nulls(rows) for name in names or ("_empty",)})


def _named(name: str, column: Column | None) -> dict[str, Column]:
    return {} if column is None else {name: column}
