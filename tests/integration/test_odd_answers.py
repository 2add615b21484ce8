"""Odd answers of Polaris, as far as it is known behind a gateway."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.platforms import Platform
from tests.rest.gateway import Gateway
from tests.rest.odd import OddServer
from tests.rest.odd_answers import OddAnswersToCommits, OddAnswersToRuns, Shop

pytestmark = pytest.mark.some_of_them


class TestCommits(OddAnswersToCommits):
    @pytest.fixture
    def shop(self, gateway: Gateway, tmp_path: Path) -> Shop:
        return Shop(tmp_path, gateway)


class TestRuns(OddAnswersToRuns):
    @pytest.fixture
    def served(self, gateway: Gateway, tmp_path: Path) -> Iterator[tuple[Platform, OddServer]]:
        platform = Platform(tmp_path, gateway.properties)
        yield platform, gateway
        platform.plugin.shutdown()
