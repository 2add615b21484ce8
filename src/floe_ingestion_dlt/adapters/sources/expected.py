"""The types in which values are read whose source does not type them, where they fit: those of the table that is there.

Otherwise a file whose numbers happen to be whole would not go into the column of floats that the last file made.
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
        """The type of the table's column for that of the source, which may be written otherwise."""
        found = self.known(column)
        return None if found is None else to_arrow(found)
