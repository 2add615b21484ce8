"""Data that was given to a run is read again only if it can be."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, cast

import dlt
import pytest
import requests

from tests.platforms import Platform


class TestGivenData:
    def test_that_is_used_up_by_a_failure_is_not_taken_for_no_data(self, platform: Platform) -> None:
        def rows() -> Iterator[dict[str, int]]:
            yield {"id": 1}
            raise requests.ConnectionError

        pipeline = platform.pipeline()
        result = platform.plugin.run(pipeline, source=dlt.resource(rows(), name="orders"))
        assert not result.success
        assert result.errors[0].startswith("[TRANSIENT]")

    @pytest.mark.parametrize("kind", ["generator", "parent", "async", "iterator"])
    @pytest.mark.parametrize("disposition", ["append", "replace"])
    def test_that_is_used_up_is_never_read_as_if_there_were_less_of_it(
        self, platform: Platform, kind: str, disposition: str
    ) -> None:
        platform.load([{"id": 7}])

        def rows() -> Iterator[dict[str, int]]:
            yield {"id": 1}
            raise requests.ConnectionError

        async def later() -> AsyncIterator[dict[str, int]]:
            yield {"id": 1}
            raise requests.ConnectionError

        def doubled(row: dict[str, int]) -> Iterator[dict[str, int]]:
            yield {"id": row["id"] * 2}

        double: Any = dlt.transformer(doubled, name="orders")
        data: Any = {  # type: ignore[no-untyped-call]  # dlt types it so
            "generator": lambda: dlt.resource(rows(), name="orders"),
            "parent": lambda: dlt.resource(rows(), name="numbers") | double,
            "async": lambda: dlt.resource(cast("Any", later()), name="orders"),
            "iterator": lambda: map(dict, rows()),
        }[kind]()
        result = platform.plugin.run(platform.pipeline(), source=data, write_disposition=disposition)
        assert (False, 0) == (result.success, result.rows_loaded)
        assert [{"id": 7}] == platform.rows()

    def test_that_can_be_read_anew_is_read_anew(self, platform: Platform) -> None:
        readings: list[int] = []

        def rows() -> Iterator[dict[str, int]]:
            readings.append(1)
            yield {"id": 1}
            if len(readings) < 3:
                raise requests.ConnectionError
            yield {"id": 2}

        result = platform.plugin.run(platform.pipeline(), source=dlt.resource(rows, name="orders"))
        assert (True, 2) == (result.success, result.rows_loaded)
        assert [{"id": 1}, {"id": 2}] == platform.rows()
