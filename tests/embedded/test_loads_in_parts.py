"""A catalog that commits table by table, and refuses a load in the middle of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dlt
import pytest

from tests.platforms import TABLE, Platform
from tests.rest.odd import Oddity, Request
from tests.rest.server import RestServer

FIRST = {"id": 1, "lines": [{"sku": "a"}]}
SECOND = {"id": 2, "lines": [{"sku": "b"}, {"sku": "c"}]}
OTHER = {"id": 2, "lines": [{"sku": "c"}, {"sku": "d"}]}


class RootKeeper(RestServer):
    """Refuses new snapshots of the root table while *keeps*, and going back to old ones while *holds*."""

    keeps = holds = False

    def oddity(self, request: Request) -> Oddity | None:
        is_change = request.verb == "POST" and "/tables/orders" in request.path
        is_root = request.path.endswith("tables/orders")
        adds = b"add-snapshot" in request.body
        goes_back = not adds and b"set-snapshot-ref" in request.body
        if is_change and ((self.keeps and is_root and adds) or (self.holds and goes_back)):
            return Oddity(is_done=False, status=403)
        return super().oddity(request)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RootKeeper]:
    made = RootKeeper(tmp_path)
    yield made
    made.stop()


def skus(platform: Platform) -> list[str]:
    """Of the lines, each with the order that it belongs to."""
    orders = {
        row["_dlt_id"]: row["id"] for row in platform.catalog.load_table(TABLE).scan().to_arrow().to_pylist()
    }
    lines = platform.catalog.load_table(f"{TABLE}__lines").scan().to_arrow().to_pylist()
    return sorted(f"{orders[line['_dlt_parent_id']]}{line['sku']}" for line in lines)


@pytest.mark.parametrize("key", [None, "monday"])
def test_a_load_that_landed_in_part_is_taken_back_at_once(
    server: RootKeeper, tmp_path: Path, key: str | None
) -> None:
    platform = Platform(tmp_path, server.properties)
    assert platform.load([FIRST]).success
    server.keeps = True
    data = dlt.resource([SECOND], name="orders")
    (error,) = platform.plugin.run(platform.pipeline(), source=data, idempotency_key=key).errors
    assert error.startswith("[PERMANENT] CommitRefused: ")
    assert ["1a"] == skus(platform)
    server.keeps = False
    data = dlt.resource([OTHER], name="orders")
    assert platform.plugin.run(platform.pipeline(), source=data, idempotency_key=key).success
    assert ["1a", "2c", "2d"] == skus(platform)


@pytest.mark.parametrize("key", [None, "monday"])
def test_one_that_cannot_be_taken_back_is_told_as_such_and_finished_by_the_next_run(
    server: RootKeeper, tmp_path: Path, key: str | None
) -> None:
    platform = Platform(tmp_path, server.properties)
    assert platform.load([FIRST]).success
    server.keeps = server.holds = True
    data = dlt.resource([SECOND], name="orders")
    (error,) = platform.plugin.run(platform.pipeline(), source=data, idempotency_key=key).errors
    assert error.startswith("[PARTIAL] LoadInParts: load ")
    assert "is in bronze.orders__lines, and not in bronze.orders:" in error
    assert [{"id": 1}] == platform.rows("id")
    server.keeps = server.holds = False
    # With a key, this run is the one that was not finished; without, it brings its own rows, too.
    data = dlt.resource([{"id": 3}], name="orders")
    assert platform.plugin.run(platform.pipeline(), source=data, idempotency_key=key).success
    assert [1, 2] == [row["id"] for row in platform.rows("id") if row["id"] < 3]
    assert ["1a", "2b", "2c"] == skus(platform)
