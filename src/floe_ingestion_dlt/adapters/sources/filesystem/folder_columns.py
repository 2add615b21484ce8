"""Columns whose values are in the names of the files' folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import pyarrow as pa
import pyarrow.compute as pc

from floe_ingestion_dlt.adapters.arrow.exact_casts import cast_exactly
from floe_ingestion_dlt.adapters.arrow.types import to_arrow
from floe_ingestion_dlt.adapters.sources.expected_types import Expected, settled
from floe_ingestion_dlt.adapters.sources.filesystem.files import SourceFile
from floe_ingestion_dlt.domain.hive_folders import folder_values, type_of_values
from floe_ingestion_dlt.domain.redaction import redacted
from floe_ingestion_dlt.domain.safe_texts import LONGEST_PATH, is_text, shown
from floe_ingestion_dlt.ports.source import unreadable


@final
@dataclass(frozen=True, slots=True)
class FolderColumns:
    """The columns and their *types*, which are those of all files, so that they do not depend on which file comes first."""

    types: Mapping[str, pa.DataType]

    @classmethod
    def of(cls, files: Sequence[SourceFile], expected: Expected) -> FolderColumns:
        """The columns in the folders of the files; a column that is null for all of them has no type yet, and waits for a value.

        Raises SourceError for folders whose names are no text.
        """
        values = [folder_values(file.below) for file in files]
        for file, each in zip(files, values, strict=True):
            _check_texts(file, each)
        names = dict.fromkeys(name for each in values for name in each)
        fixed, found = expected.fixed(), {n: type_of_values(each.get(n) for each in values) for n in names}
        return cls(
            {
                name: fixed.get(name) or settled(to_arrow(kind), expected.type_of(name))
                for name, kind in found.items()
                if kind is not None
            }
        )

    def added_to(self, table: pa.Table, file: SourceFile) -> pa.Table:
        """The table with these columns; a row's own value counts, so that blocks with and without the column are read alike."""
        own = {name.casefold(): place for place, name in enumerate(table.column_names)}
        values = folder_values(file.below)
        for name, kind in self.types.items():
            texts = pa.array([values.get(name)] * table.num_rows, pa.string())
            place = own.get(name.casefold())
            if place is None:
                table = table.append_column(name, cast_exactly(texts, kind))
            elif table[place].null_count and table[place].type == kind:
                filled = pc.if_else(pc.is_null(table[place]), cast_exactly(texts, kind), table[place])
                table = table.set_column(place, table.field(place).name, filled)
        return table

    def values_of(self, file: SourceFile) -> dict[str, object]:
        """The values of the columns for the file."""
        values = folder_values(file.below)
        return {
            name: cast_exactly(pa.array([values.get(name)], pa.string()), kind)[0].as_py()
            for name, kind in self.types.items()
        }


def _check_texts(file: SourceFile, values: Mapping[str, str | None]) -> None:
    """Refuse values in the names of folders that are no text, because no column can have them."""
    if not all(is_text(f"{name}{value}") for name, value in values.items()):
        raise unreadable(
            f"the folders of {shown(redacted(file.path), LONGEST_PATH)} are not in UTF-8, so their values cannot be stored",
            "Rename the folders, or set hive_partitioning to off.",
        )
