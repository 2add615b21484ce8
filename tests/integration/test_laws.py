"""Polaris keeps the laws that every destination must keep, with the same verdicts as the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from floe_ingestion_dlt.testing import DestinationLaws, IcebergLab, Lab, MemoryLab
from tests.services.polaris_lab import PolarisLab

LABS: Final[Mapping[str, Callable[[Path], Lab]]] = {
    "memory": MemoryLab,
    "sql-catalog": IcebergLab,
    "polaris": PolarisLab,
    "polaris-static-keys": partial(PolarisLab, vends=False),
    "polaris-table-by-table": partial(PolarisLab, in_turn=True),
}


@pytest.fixture(params=LABS)
def lab(
    request: pytest.FixtureRequest, tmp_path: Path, record_property: Callable[[str, object], None]
) -> Iterator[Lab]:
    record_property("lab", request.param)
    made = LABS[request.param](tmp_path)
    yield made
    if isinstance(made, PolarisLab):
        made.close()


class TestDestinations(DestinationLaws):
    pass
