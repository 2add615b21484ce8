"""A check of the names in the header of a CSV file."""

from __future__ import annotations

from collections.abc import Sequence

from floe_ingestion_dlt.adapters.sources.filesystem.header_checks import check_distinct, check_typed
from floe_ingestion_dlt.adapters.sources.filesystem.reader_options import CsvOptions
from floe_ingestion_dlt.domain.not_json import found_in_place_of_csv
from floe_ingestion_dlt.domain.safe_texts import listed
from floe_ingestion_dlt.ports.source import unreadable


def check_names(names: Sequence[str], path: str, options: CsvOptions) -> None:
    """Raise for names that a table cannot have, and for columns with a type that are not there."""
    if found := found_in_place_of_csv(names[0]):
        raise unreadable(f"{path} is {found.words}, and not CSV", found.next_step)
    check_distinct(names, path)
    if any("\0" in name for name in names):
        raise unreadable(
            f"{path} has zero bytes in the names of its columns, {listed(names)}",
            "Set reader_options.encoding to the file's encoding (utf-16, ...), then run again.",
        )
    check_typed(names, path, options.column_types)
