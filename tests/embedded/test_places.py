"""A catalog is where its configuration says, whatever that folder is called and wherever the process runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from floe_ingestion_dlt import DltIngestionPlugin

ODD = ["a b", "w#h", "w?h", "a%20b", "50%off", "é☃", "a;b,c@d:e", "x\\y", "[z]*{q}"]
SOURCE = {
    "name": "orders",
    "source_type": "filesystem",
    "source_config": {"path": "none", "format": "csv"},
    "destination_table": "bronze.orders",
}


def load(row: int, **config: Any) -> None:
    """One row, by a plugin that starts anew."""
    plugin = DltIngestionPlugin()
    plugin.configure({"sources": [SOURCE], "progress": "off"} | config)
    plugin.startup()
    result = plugin.run(plugin.create_pipeline(plugin.ingestion_config("orders")), source=[{"id": row}])
    plugin.shutdown()
    assert result.success, result.errors


def data_files(folder: Path) -> list[Path]:
    return list(folder.rglob("bronze/orders/data/*.parquet"))


@pytest.mark.parametrize("name", ODD)
def test_the_embedded_catalog_is_in_the_folder_whatever_that_is_called(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path_factory.mktemp("dlt")))
    (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / name)
    for row in (1, 2):
        load(row)
    assert 2 == len(data_files(tmp_path / name / ".floe" / "warehouse"))
    assert (tmp_path / name / ".floe" / "catalog.db").is_file()
    assert [tmp_path / name] == list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ODD)
def test_a_warehouse_is_in_the_folder_whatever_that_is_called(tmp_path: Path, name: str) -> None:
    settings = {"type": "sql", "uri": f"sqlite:///{tmp_path}/catalog.db", "warehouse": str(tmp_path / name)}
    for row in (1, 2):
        load(row, catalog_config=settings, pipelines_dir=str(tmp_path / "pipelines"))
    assert 2 == len(data_files(tmp_path / name))


@pytest.mark.parametrize("prefix", ["", "./", "~/"])
def test_a_relative_place_is_the_same_for_a_process_that_moves_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    for name in ("home", "there"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "home")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    plugin = DltIngestionPlugin()
    settings = {"type": "sql", "uri": f"sqlite:///{prefix}catalog.db", "warehouse": f"{prefix}lake"}
    plugin.configure(
        {
            "sources": [SOURCE],
            "catalog_config": settings,
            "pipelines_dir": f"{prefix}pipelines",
            "progress": "off",
        }
    )
    for row in (1, 2):
        plugin.startup()
        pipeline = plugin.create_pipeline(plugin.ingestion_config("orders"))
        assert plugin.run(pipeline, source=[{"id": row}]).success
        plugin.shutdown()
        monkeypatch.chdir(tmp_path / "there")
    assert 2 == len(data_files(tmp_path / "home" / "lake"))
    assert ["catalog.db", "lake", "pipelines"] == sorted(path.name for path in (tmp_path / "home").iterdir())
    assert [] == list((tmp_path / "there").iterdir())


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"warehouse": "file:///lake/w#h"}, "catalog_config.warehouse"),
        ({"warehouse": "s3://lake/w?h"}, "catalog_config.warehouse"),
        ({"warehouse": "file://lake"}, "catalog_config.warehouse"),
        ({"warehouse": "C:\\lake"}, "catalog_config.warehouse"),
        ({"uri": "sqlite:///:memory:"}, "catalog_config.uri"),
        ({"uri": "sqlite:////lake?/catalog.db"}, "catalog_config.uri"),
        ({"type": "glue", "warehouse": "s3:///lake"}, "catalog_config.warehouse"),
    ],
)
def test_a_place_that_would_be_another_is_refused_when_it_is_configured(
    changed: dict[str, str], field: str
) -> None:
    settings = {"type": "sql", "uri": "sqlite:////lake/catalog.db", "warehouse": "/lake"} | changed
    with pytest.raises(ValidationError, match=field) as refused:
        DltIngestionPlugin().configure({"catalog_config": settings})
    assert field in str(refused.value)
    with pytest.raises(ValueError, match=field):
        DltIngestionPlugin().get_destination_config(settings)


@pytest.mark.parametrize("folder", ["/lake/50%off", "pipelines%20", "$HOME/pipelines", "~bob/x"])
def test_a_working_folder_in_which_dlt_cannot_work_is_refused(folder: str) -> None:
    with pytest.raises(ValidationError, match="pipelines_dir"):
        DltIngestionPlugin().configure({"pipelines_dir": folder})


def test_what_a_rest_catalog_calls_its_warehouse_is_a_name() -> None:
    plugin = DltIngestionPlugin()
    plugin.configure({"catalog_config": {"uri": "http://polaris/api?x=1#y", "warehouse": "lake#1?"}})
    assert plugin.is_configured
