"""Environment variables in the settings of sources, from the configuration to the rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from floe_core.plugins.ingestion import IngestionConfig
from pydantic import ValidationError

from tests.platforms import TABLE, Platform

ODD = "in ${HOME}$${x}"


@pytest.fixture
def data(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose name looks like variables."""
    folder = platform.folder / ODD
    folder.mkdir()
    (folder / "1.csv").write_text("id\n1\n")
    monkeypatch.setenv("DATA", str(folder))
    return folder


def configured(platform: Platform, path: str) -> None:
    declared: dict[str, Any] = {
        "name": "orders",
        "source_type": "filesystem",
        "source_config": {"path": path, "format": "csv"},
        "destination_table": TABLE,
    }
    platform.plugin = platform.a_plugin(sources=[declared])


@pytest.mark.usefixtures("data")
def test_a_pipeline_gets_them_from_the_config_that_the_platform_gives(platform: Platform) -> None:
    given = IngestionConfig("filesystem", {"path": "${DATA}", "format": "csv"}, TABLE)
    result = platform.plugin.run(platform.plugin.create_pipeline(given))
    assert result.success, result.errors
    assert [{"id": 1}] == platform.rows()


@pytest.mark.usefixtures("data")
def test_the_values_of_a_configured_source_are_not_searched_again(platform: Platform) -> None:
    configured(platform, "${DATA}")
    (unit,) = platform.plugin.units("orders")
    for config in (unit.config, platform.plugin.ingestion_config("orders")):
        result = platform.plugin.run(platform.plugin.create_pipeline(config))
        assert result.success, result.errors
    assert [{"id": 1}] == platform.rows()


def test_a_path_with_a_dollar_can_be_written(platform: Platform, data: Path) -> None:
    configured(platform, str(data).replace("${", "$${"))
    result = platform.plugin.run(platform.plugin.create_pipeline(platform.plugin.ingestion_config("orders")))
    assert result.success, result.errors


def test_no_other_setting_of_a_configured_source_is_searched_again(platform: Platform, data: Path) -> None:
    (data / "1.csv").write_text("${HOME},v\n1,a\n1,b\n")
    declared: dict[str, Any] = {
        "name": "orders",
        "source_type": "filesystem",
        "source_config": {"path": "${DATA}", "format": "csv", "column_names": "as_is"},
        "destination_table": TABLE,
        "write_mode": "merge",
        "primary_key": "$${HOME}",
    }
    platform.plugin = platform.a_plugin(sources=[declared])
    result = platform.plugin.run(platform.plugin.create_pipeline(platform.plugin.ingestion_config("orders")))
    assert result.success, result.errors
    assert [{"${HOME}": 1, "v": "b"}] == platform.rows()


def test_a_variable_that_is_not_set_is_refused_before_anything_is_read(platform: Platform) -> None:
    given = IngestionConfig("filesystem", {"path": "${NOWHERE}", "format": "csv"}, TABLE)
    with pytest.raises(ValidationError, match="the variable NOWHERE is not set") as refused:
        platform.plugin.create_pipeline(given)
    assert [("path",)] == [error["loc"] for error in refused.value.errors()]
