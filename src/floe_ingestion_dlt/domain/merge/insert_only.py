from __future__ import annotations

from typing import Final

from floe_ingestion_dlt.domain.merge.strategy import ByKey, Matched, Nested

INSERT_ONLY: Final = ByKey(
    "insert-only",
    load_row="it is added if its key is new",
    table_row="it stays",
    matched=Matched.KEEP,
    nested=Nested.FOLLOW_AND_ADD,
)
