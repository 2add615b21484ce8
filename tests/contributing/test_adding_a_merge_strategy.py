"""The walk of CONTRIBUTING.md: a new merge strategy is one file and the registry."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contributing.copies import PackageCopy, code_in

REGISTRY = "domain/merge/strategies.py"

LAWS = """
    import pytest
    from floe_ingestion_dlt.domain.merge import STRATEGIES
    from floe_ingestion_dlt.testing import IcebergLab, MemoryLab, MergeLaws, NestedMergeLaws
    from floe_ingestion_dlt.testing.merge_laws import ORDERS, append, commit_once, in_table, merge, orders
    from floe_ingestion_dlt.domain.merge import MergeRows
    from tests.platforms import Platform


    @pytest.fixture(params=[MemoryLab, IcebergLab])
    def lab(request, tmp_path):
        return request.param(tmp_path)


    class TestMerges(MergeLaws):
        def test_the_new_strategy_updates_and_adds_nothing(self, lab):
            (new,) = (strategy for strategy in STRATEGIES if strategy.name == "update-only")
            commit_once(append(lab, ORDERS, orders((1, "new"), (2, "new")), "1"), lab.destination).unwrap()
            load = merge(lab, orders((2, "paid"), (3, "new")), "2", MergeRows(new, ("id",)))
            (receipt,) = commit_once(load, lab.destination).unwrap()
            assert [(1, "new"), (2, "paid")] == in_table(lab)
            assert 1 == receipt.rows


    class TestNestedMerges(NestedMergeLaws):
        pass


    def test_a_pipeline_can_use_it(tmp_path):
        platform = Platform(tmp_path)
        assert "update-only" in platform.plugin.capabilities["merge_strategies"]
        source = {"primary_key": "id"}
        for strategy, rows in (
            ("upsert", [{"id": 1, "state": "new", "tags": [{"t": "a"}]}]),
            ("update-only", [{"id": 1, "state": "paid", "tags": [{"t": "b"}]}, {"id": 2, "state": "new"}]),
        ):
            told = source | {"merge_strategy": strategy}
            result = platform.load(rows, write_mode="merge", source_config=told)
            assert (True, 1) == (result.success, result.rows_loaded), result.errors
        assert [{"id": 1, "state": "paid"}] == platform.rows("id", "state")
        assert ["b"] == [row["t"] for row in platform.rows("t", table="bronze.orders__tags")]
        platform.plugin.shutdown()
"""


@pytest.mark.one_of("walks of CONTRIBUTING.md")
def test_it_is_one_file_and_a_line_in_the_registry(tmp_path: Path) -> None:
    copy = PackageCopy(tmp_path)
    (strategy,) = code_in("CONTRIBUTING.md", "### A merge strategy")
    copy.add("domain/merge/update_only.py", strategy)
    copy.replace(
        REGISTRY,
        "from floe_ingestion_dlt.domain.merge.upsert import UPSERT\n",
        "from floe_ingestion_dlt.domain.merge.update_only import UPDATE_ONLY\n"
        "from floe_ingestion_dlt.domain.merge.upsert import UPSERT\n",
    )
    copy.replace(REGISTRY, "INSERT_ONLY, SCD2)", "INSERT_ONLY, SCD2, UPDATE_ONLY)")
    assert [REGISTRY, "domain/merge/update_only.py"] == copy.changed()
    copy.test(LAWS)
