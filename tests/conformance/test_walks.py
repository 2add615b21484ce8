"""Every destination of ours survives long random walks through the life of a table."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

from floe_ingestion_dlt.testing import IcebergLab, Lab, MemoryLab
from floe_ingestion_dlt.testing.file_walks import FileWalk
from floe_ingestion_dlt.testing.walks import DestinationWalk

# All walks through a catalog with files take ten minutes.
pytestmark = pytest.mark.timeout(3600)

WHOLE: Final = bool(os.environ.get("FULL_SUITE"))
LENGTH: Final = settings(
    max_examples=200 if WHOLE else 4,
    stateful_step_count=50 if WHOLE else 25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


class InMemory:
    def lab_in(self, folder: Path) -> Lab:
        return MemoryLab(folder)


class InSqlCatalog:
    def lab_in(self, folder: Path) -> Lab:
        return IcebergLab(folder)


class TableByTable:
    def lab_in(self, folder: Path) -> Lab:
        return IcebergLab(folder, in_turn=True)


class MemoryWalk(InMemory, DestinationWalk):
    pass


class SqlCatalogWalk(InSqlCatalog, DestinationWalk):
    pass


class TableByTableWalk(TableByTable, DestinationWalk):
    pass


class FilesInMemoryWalk(InMemory, FileWalk):
    pass


class FilesInSqlCatalogWalk(InSqlCatalog, FileWalk):
    pass


TestMemory = MemoryWalk.TestCase
TestSqlCatalog = SqlCatalogWalk.TestCase
TestTableByTable = TableByTableWalk.TestCase
TestFilesInMemory = FilesInMemoryWalk.TestCase
TestFilesInSqlCatalog = FilesInSqlCatalogWalk.TestCase
for case in (TestMemory, TestSqlCatalog, TestTableByTable, TestFilesInMemory, TestFilesInSqlCatalog):
    case.settings = LENGTH
