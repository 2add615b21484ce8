"""A product with sources in a folder, and an instance of Dagster that keeps its runs in memory."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance

from tests.dagster_assets.products import Product


@pytest.fixture
def product(tmp_path: Path) -> Product:
    return Product(tmp_path)


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture(autouse=True)
def _own_signals() -> Iterator[None]:
    """Dagster lets SIGTERM do what SIGINT does, and leaves it so when a run is over."""
    former = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in former.items():
        signal.signal(number, handler)
