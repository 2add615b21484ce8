"""The counts of one of dlt's steps."""

from __future__ import annotations

from floe_ingestion_dlt.adapters.dlt.state import load_id_of
from floe_ingestion_dlt.adapters.dlt_api.internals import ExtractInfo, NormalizeInfo
from floe_ingestion_dlt.domain.known_rows import OWN_PREFIX
from floe_ingestion_dlt.domain.operations import RowsHandled


def rows_handled(info: ExtractInfo | NormalizeInfo) -> RowsHandled:
    """The loads of the step, and the rows of all their tables except dlt's own."""
    tables = (one["table_metrics"] for parts in info.metrics.values() for one in parts)
    rows = sum(
        counted.items_count
        for table in tables
        for name, counted in table.items()
        if not name.startswith(OWN_PREFIX)
    )
    return RowsHandled(tuple(map(load_id_of, info.loads_ids)), rows)
