"""The destination in dlt pipelines that the plugin knows nothing of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed
from pyiceberg.catalog import load_catalog

from floe_ingestion_dlt.destination import iceberg

Row = dict[str, Any]


class Shop:
    """A dlt pipeline into a catalog in a folder."""

    def __init__(self, folder: Path) -> None:
        self.settings = {
            "uri": f"sqlite:///{folder}/catalog.db",
            "warehouse": (folder / "warehouse").as_uri(),
        }
        destination = iceberg(
            catalog_type="sql", catalog_uri=self.settings["uri"], warehouse=self.settings["warehouse"]
        )
        self.pipeline = dlt.pipeline(
            "shop", pipelines_dir=str(folder / "pipelines"), destination=destination, dataset_name="bronze"
        )

    def merge(self, rows: list[Row], strategy: str = "delete-insert", **hints: Any) -> None:
        disposition: Any = {"disposition": "merge", "strategy": strategy}
        resource = dlt.resource(rows, name="orders", write_disposition=disposition, **hints)
        self.pipeline.run(resource, loader_file_format="parquet")

    @property
    def rows(self) -> list[int]:
        table = load_catalog("floe", type="sql", **self.settings).load_table("bronze.orders")
        return sorted(row["n"] for row in table.scan().to_arrow().to_pylist())


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    if made.pipeline.is_active:
        made.pipeline.deactivate()


def test_flagged_rows_without_a_key_are_not_added_and_remove_nothing(shop: Shop) -> None:
    columns = {"gone": {"hard_delete": True}}
    shop.merge([{"n": 1, "gone": False}, {"n": 2, "gone": True}], columns=columns)
    shop.merge([{"n": 1, "gone": True}, {"n": 3, "gone": None}], columns=columns)
    assert [1, 3] == shop.rows


def test_rows_without_a_key_are_added_by_delete_insert(shop: Shop) -> None:
    for _ in range(2):
        shop.merge([{"n": 1}])
    assert [1, 1] == shop.rows


@pytest.mark.parametrize("strategy", ["upsert", "insert-only"])
def test_a_strategy_that_knows_rows_by_a_key_is_refused_without_one(shop: Shop, strategy: str) -> None:
    with pytest.raises(PipelineStepFailed, match=f"primary_key is missing.*{strategy} recognises"):
        shop.merge([{"n": 1}], strategy)


def test_the_state_of_a_source_outlives_the_pipelines_folder(shop: Shop, tmp_path: Path) -> None:
    def orders(since: Any = dlt.sources.incremental("n")) -> Iterator[Row]:  # noqa: B008 - that is how dlt takes it
        yield from ({"n": n} for n in range(since.last_value or 0, 4))

    shop.pipeline.run(dlt.resource(orders, name="orders"))
    shop.pipeline.drop()
    other = Shop(tmp_path)
    other.pipeline.run(dlt.resource(orders, name="orders"))
    assert [0, 1, 2, 3] == other.rows
    other.pipeline.deactivate()
