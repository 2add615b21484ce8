from __future__ import annotations

from typing import Final

from floe_ingestion_dlt.domain.merge.strategy import ByKey, Matched

DELETE_INSERT: Final = ByKey(
    "delete-insert",
    load_row="it is added",
    table_row="it is removed",
    matched=Matched.REPLACE,
    needs_key=False,
    uses_merge_key=True,
)
