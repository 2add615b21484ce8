"""The destination table's types, in which untyped values are read if they fit.

Otherwise a file with only whole numbers would not fit into a column of floats that an earlier file made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import pyarrow as pa

from floe_ingestion_dlt.adapters.arrow.types import to_arrow
from floe_ingestion_dlt.ports.source import TypeOf, untyped


@final
@dataclass(frozen=True, slots=True)
class Expected:
    """The types of a table's columns in Arrow."""

    known: TypeOf = untyped

    def type_of(self, column: str) -> pa.DataType | None:
        """The type of the table's column for a column of the source, whose name may be spelled differently."""
        found = self.known(column)
        return None if found is None else to_arrow(found)
