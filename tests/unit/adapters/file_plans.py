"""Plans over files, and what comes of reading them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
import pytest

from floe_ingestion_dlt.adapters.sources.filesystem.kind import FILESYSTEM
from floe_ingestion_dlt.adapters.sources.parsing import parse_source
from floe_ingestion_dlt.domain.faults import SourceFailed
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.library_errors.source_errors import source_fault
from tests.sources import open_resource


def plan_of(path: Path | str, kind: str = "csv", **config: object) -> LoadPlan:
    parsed = parse_source(FILESYSTEM, {"path": str(path), "format": kind, **config}, None)
    return LoadPlan(parsed.source, "files", TableName(("bronze",), "things"), Append())


def tables_of(plan: LoadPlan) -> list[pa.Table]:
    return list(open_resource(plan, None).unwrap())


def rows_of(plan: LoadPlan) -> list[dict[str, Any]]:
    return [row for table in tables_of(plan) for row in table.to_pylist()]


def failure_of(plan: LoadPlan, cursor: str | None = None) -> SourceFailed:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - dlt wraps it
        list(open_resource(plan, cursor).unwrap())
    return source_fault(caught.value)


def load(pipeline: dlt.Pipeline, plan: LoadPlan, cursor: str | None = None, **how: Any) -> None:
    pipeline.run(open_resource(plan, cursor).unwrap(), **how)


def loaded(pipeline: dlt.Pipeline, columns: str) -> list[tuple[Any, ...]]:
    with pipeline.sql_client() as client:
        found: Sequence[Any] = client.execute_sql(f"SELECT {columns} FROM things ORDER BY ALL") or []
        return [tuple(row) for row in found]
