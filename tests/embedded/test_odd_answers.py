"""Odd answers of a REST catalog on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.platforms import Platform
from tests.rest.odd import OddServer
from tests.rest.odd_answers import OddAnswersToCommits, OddAnswersToRuns, Shop
from tests.rest.server import RestServer

pytestmark = pytest.mark.some_of_them


class TestCommits(OddAnswersToCommits):
    @pytest.fixture
    def shop(self, tmp_path: Path) -> Iterator[Shop]:
        server = RestServer(tmp_path)
        yield Shop(tmp_path, server)
        server.stop()


class TestRuns(OddAnswersToRuns):
    @pytest.fixture
    def served(self, tmp_path: Path) -> Iterator[tuple[Platform, OddServer]]:
        server = RestServer(tmp_path)
        platform = Platform(tmp_path, server.properties)
        yield platform, server
        platform.plugin.shutdown()
        server.stop()
