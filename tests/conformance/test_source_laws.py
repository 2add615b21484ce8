"""Every source of ours is held to the same laws."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from floe_ingestion_dlt.testing.source_laws import SourceLab, SourceLaws
from tests.conformance.source_labs import (
    CsvLab,
    JsonlLab,
    MemorySourceLab,
    ParquetLab,
    RestLab,
    SqliteLab,
)


@pytest.fixture(params=[CsvLab, JsonlLab, ParquetLab, SqliteLab, RestLab, MemorySourceLab])
def source_lab(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SourceLab]:
    made: SourceLab = request.param(tmp_path)
    yield made
    if isinstance(made, RestLab):
        made.close()


class TestSources(SourceLaws):
    pass
