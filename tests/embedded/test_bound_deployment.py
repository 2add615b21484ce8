"""A deployment that the platform has bound to a catalog loads into that, whatever is configured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from floe_ingestion_dlt.worker_processes import WorkerProcesses
from tests.embedded.sliced import ORDERS, content, source
from tests.platforms import Platform


def binding_in(folder: Path) -> dict[str, Any]:
    """The platform's binding to a catalog in the folder."""
    prefix = "PYICEBERG_CATALOG__LAKE__"
    return {
        "iceberg_catalog_env": {
            "ICEBERG_CATALOG__ICEBERG_CATALOG_NAME": "lake",
            f"{prefix}TYPE": "sql",
            f"{prefix}URI": f"sqlite:///{folder}/bound.db",
            f"{prefix}WAREHOUSE": (folder / "bound").as_uri(),
        }
    }


def test_a_bound_deployment_loads_into_its_own_catalog(platform: Platform, tmp_path: Path) -> None:
    platform.csv("a.csv", "id,name\n1,ann\n")
    assert platform.load(runtime_binding=binding_in(tmp_path)).success
    assert not platform.catalog.namespace_exists("bronze")
    platform.settings["uri"] = f"sqlite:///{tmp_path}/bound.db"
    assert [{"id": 1, "name": "ann"}] == platform.rows()


def test_workers_in_other_processes_load_into_the_bound_catalog(platform: Platform, tmp_path: Path) -> None:
    """They read it from the binding, as the run does, and not from the configuration."""
    plugin = platform.a_plugin(sources=[source(platform, "sqlite")])
    config = replace(plugin.ingestion_config("shop"), runtime_binding=binding_in(tmp_path))
    with WorkerProcesses(2) as workers:
        report = plugin.load_in_slices(plugin.create_pipeline(config), 4, workers)
    assert (None, len(ORDERS)) == (report.error, report.rows)
    assert not platform.catalog.namespace_exists("bronze")
    platform.settings["uri"] = f"sqlite:///{tmp_path}/bound.db"
    assert len(ORDERS) == len(content(platform)[1])
