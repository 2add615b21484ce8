"""Spark, started once, and a lake of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.spark.engine import Spark, needed_spark, spark_of
from tests.spark.lake import Lake


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spark]:
    python, jars = needed_spark()
    with spark_of(python, jars, tmp_path_factory.mktemp("spark")) as started:
        yield started


@pytest.fixture
def lake(spark: Spark, tmp_path: Path) -> Iterator[Lake]:
    made = Lake(spark, tmp_path)
    yield made
    made.platform.plugin.shutdown()
