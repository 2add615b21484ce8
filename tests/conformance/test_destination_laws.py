"""Every destination of ours is held to the same laws."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from floe_ingestion_dlt.testing import (
    CommitLaws,
    HousekeepingLaws,
    IcebergLab,
    Lab,
    MemoryLab,
    MergeLaws,
    NestedMergeLaws,
    Scd2Laws,
    SchemaLaws,
    StateLaws,
)


@pytest.fixture(
    params=[MemoryLab, IcebergLab, partial(IcebergLab, in_turn=True)],
    ids=["memory", "sql-catalog", "table-by-table"],
)
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> Lab:
    made: Lab = request.param(tmp_path)
    return made


class TestCommits(CommitLaws):
    pass


class TestStates(StateLaws):
    pass


class TestHousekeeping(HousekeepingLaws):
    pass


class TestSchemas(SchemaLaws):
    pass


class TestMerges(MergeLaws):
    pass


class TestNestedMerges(NestedMergeLaws):
    pass


class TestVersions(Scd2Laws):
    pass
