"""Several tables reach Polaris in one request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rest.transactions import TransactionsOverRest
from tests.services.polaris_lab import PolarisLab


class TestTransactions(TransactionsOverRest):
    @pytest.fixture
    def lab(self, tmp_path: Path) -> Iterator[PolarisLab]:
        made = PolarisLab(tmp_path)
        yield made
        made.close()
