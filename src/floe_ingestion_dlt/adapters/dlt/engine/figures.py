"""What dlt counted in one of its steps."""

from __future__ import annotations

from floe_ingestion_dlt.adapters.dlt.internals import ExtractInfo, NormalizeInfo
from floe_ingestion_dlt.adapters.dlt.state import load_id_of
from floe_ingestion_dlt.ports.telemetry import Attribute

DLTS_OWN = "_dlt_"


def figures_of(info: ExtractInfo | NormalizeInfo | None) -> dict[str, Attribute]:
    """The loads that the step worked for, and the rows of all their tables but dlt's own; nothing of a step without work."""
    if info is None:
        return {}
    tables = (one["table_metrics"] for parts in info.metrics.values() for one in parts)
    rows = sum(
        counted.items_count
        for table in tables
        for name, counted in table.items()
        if not name.startswith(DLTS_OWN)
    )
    return {"load_id": ", ".join(map(load_id_of, info.loads_ids)), "rows": rows}
