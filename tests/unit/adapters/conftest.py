from __future__ import annotations

from pathlib import Path

import dlt
import pytest


@pytest.fixture
def pipeline(tmp_path: Path) -> dlt.Pipeline:
    database = dlt.destinations.duckdb(str(tmp_path / "lake.duckdb"))
    return dlt.pipeline(
        "files", pipelines_dir=str(tmp_path / "dlt"), destination=database, dataset_name="bronze"
    )
