"""Polaris keeps the laws that every destination must keep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from floe_ingestion_dlt.testing import DestinationLaws, Lab
from tests.services.polaris_lab import PolarisLab

LABS: Final = (
    pytest.param(PolarisLab, id="polaris"),
    pytest.param(partial(PolarisLab, vends=False), id="static-keys", marks=pytest.mark.some_of_them),
    pytest.param(partial(PolarisLab, in_turn=True), id="table-by-table", marks=pytest.mark.some_of_them),
)


@pytest.fixture(params=LABS)
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lab]:
    make: Callable[[Path], PolarisLab] = request.param
    made = make(tmp_path)
    yield made
    made.close()


class TestDestinations(DestinationLaws):
    pass
