"""A catalog that commits table by table, and refuses a load in the middle of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.platforms import Platform
from tests.rest.odd import Oddity, Request
from tests.rest.server import RestServer

FIRST = {"id": 1, "lines": [{"sku": "a"}]}
SECOND = {"id": 2, "lines": [{"sku": "b"}, {"sku": "c"}]}


class RootKeeper(RestServer):
    """Refuses new snapshots of the root table while *keeps*; nested tables it changes."""

    keeps = False

    def oddity(self, request: Request) -> Oddity | None:
        is_root = request.verb == "POST" and request.path.endswith("tables/orders")
        if self.keeps and is_root and b"add-snapshot" in request.body:
            return Oddity(is_done=False, status=403)
        return super().oddity(request)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RootKeeper]:
    made = RootKeeper(tmp_path)
    yield made
    made.stop()


def test_a_load_that_landed_in_part_is_told_as_such_and_taken_back_by_the_next(
    server: RootKeeper, tmp_path: Path
) -> None:
    platform = Platform(tmp_path, server.properties)
    assert platform.load([FIRST]).success
    server.keeps = True
    (error,) = platform.load([SECOND]).errors
    assert error.startswith("[PARTIAL] LoadInParts: load ")
    assert "is in bronze.orders__lines, and not in bronze.orders:" in error
    assert 1 == len(platform.rows("id"))
    server.keeps = False
    assert platform.load([SECOND]).success
    assert [{"id": 1}, {"id": 2}] == platform.rows("id")
    assert [{"sku": sku} for sku in "abc"] == platform.rows("sku", table="bronze.orders__lines")
