"""A deployment that the platform has bound to a catalog loads into that, whatever is configured."""

from __future__ import annotations

from pathlib import Path

from tests.platforms import Platform


def test_a_bound_deployment_loads_into_its_own_catalog(platform: Platform, tmp_path: Path) -> None:
    prefix = "PYICEBERG_CATALOG__LAKE__"
    binding = {
        "iceberg_catalog_env": {
            "ICEBERG_CATALOG__ICEBERG_CATALOG_NAME": "lake",
            f"{prefix}TYPE": "sql",
            f"{prefix}URI": f"sqlite:///{tmp_path}/bound.db",
            f"{prefix}WAREHOUSE": (tmp_path / "bound").as_uri(),
        }
    }
    platform.csv("a.csv", "id,name\n1,ann\n")
    assert platform.load(runtime_binding=binding).success
    assert not platform.catalog.namespace_exists("bronze")
    platform.settings["uri"] = f"sqlite:///{tmp_path}/bound.db"
    assert [{"id": 1, "name": "ann"}] == platform.rows()
