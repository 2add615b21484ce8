from __future__ import annotations

from typing import Final

from floe_ingestion_dlt.domain.merge.strategy import ByKey, Matched

UPSERT: Final = ByKey(
    "upsert",
    load_row="it is added, with a `_dlt_id` made of its key",
    table_row="it is removed",
    matched=Matched.REPLACE,
)
