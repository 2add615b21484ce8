"""What the table has already: the types in which values are read whose source does not type them, where they fit.

Otherwise a file whose numbers happen to be whole would not go into the column of floats that the last file made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final

import pyarrow as pa

from floe_ingestion_dlt.adapters.arrow.types import to_arrow
from floe_ingestion_dlt.adapters.dlt.naming import NamingConvention
from floe_ingestion_dlt.domain.schema import Decimal, Scalar, TableSchema


@final
@dataclass(frozen=True, slots=True)
class Expected:
    """The types of a table's columns, by the names that dlt gives them; none while there is no table."""

    types: Mapping[str, pa.DataType] = field(default_factory=dict)
    naming: NamingConvention = field(default_factory=NamingConvention)

    @classmethod
    def by(cls, table: TableSchema | None) -> Expected:
        columns = table.columns if table else ()
        plain = (c for c in columns if isinstance(c.type, Scalar | Decimal) and c.type is not Scalar.UUID)
        return cls({column.name: to_arrow(column.type) for column in plain})

    def type_of(self, column: str) -> pa.DataType | None:
        """The type of the table's column for that of the source, which may be written otherwise."""
        return self.types.get(self.naming.normalize_path(column))
