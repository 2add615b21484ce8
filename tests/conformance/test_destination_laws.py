"""Every destination of ours is held to the same laws."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from floe_ingestion_dlt.testing import DestinationLaws, IcebergLab, Lab, MemoryLab
from tests.conformance.rest_lab import RestLab


@pytest.fixture(
    params=[
        MemoryLab,
        partial(MemoryLab, in_turn=True),
        IcebergLab,
        partial(IcebergLab, in_turn=True),
        partial(RestLab, together=True),
        partial(RestLab, together=False),
    ],
    ids=[
        "memory",
        "memory-table-by-table",
        "sql-catalog",
        "table-by-table",
        "rest-together",
        "rest-table-by-table",
    ],
)
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lab]:
    made: Lab = request.param(tmp_path)
    yield made
    if isinstance(made, RestLab):
        made.close()


class TestDestinations(DestinationLaws):
    pass
