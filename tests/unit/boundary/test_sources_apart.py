"""Sources of one configuration that would write each other's tables, and tables that are dlt's own."""

from __future__ import annotations

from typing import Any

import pytest
from floe_core.plugins.ingestion import IngestionConfig
from pydantic import ValidationError

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.adapters.sources.filesystem.kind import FILESYSTEM
from floe_ingestion_dlt.adapters.sources.kinds import AnyKind
from floe_ingestion_dlt.adapters.sources.parsing import parse_source
from floe_ingestion_dlt.adapters.sources.rest_api.kind import REST_API
from floe_ingestion_dlt.adapters.sources.sql_database.kind import SQL_DATABASE
from floe_ingestion_dlt.config import DltIngestionConfig

API: dict[str, Any] = {"url": "https://shop.example/orders"}
CLIENT: dict[str, Any] = {"base_url": "https://shop.example"}
FILES: dict[str, Any] = {"path": "data", "format": "jsonl"}
DATABASE: dict[str, Any] = {"connection_string": "sqlite://", "table": "orders"}


def source(table: str, options: dict[str, Any], name: str | None = None, **others: Any) -> dict[str, Any]:
    kind = (
        "filesystem"
        if "path" in options
        else "sql_database"
        if "connection_string" in options
        else "rest_api"
    )
    named = {"name": name or f"s_{table}", "source_type": kind, "source_config": options}
    return named | {"destination_table": table} | others


def api(*resources: object, **others: Any) -> dict[str, Any]:
    return {"client": CLIENT, "resources": list(resources)} | others


def refusal(*sources: dict[str, Any]) -> str:
    plugin = DltIngestionPlugin()
    with pytest.raises(ValidationError) as refused:
        plugin.configure({"sources": list(sources)})
    assert not plugin.is_configured
    return str(refused.value)


class TestTwoSources:
    @pytest.mark.parametrize(
        ("one", "two", "table"),
        [
            (source("b.orders", API), source("b.orders", FILES, "files"), "b.orders"),
            (source("b.orders", API), source("b.orders__items", FILES), "b.orders__items"),
            (source("b.orders", API), source("b.orders__items__tags", API), "b.orders__items__tags"),
            (source("b.orders", API), source("b.orders____x", DATABASE), "b.orders____x"),
            (source("b.shop", api("orders", "items")), source("b.items", FILES), "b.items"),
            (source("b.shop", api("orders", "x")), source("b.orders__lines", FILES), "b.orders__lines"),
            (source("b.all", DATABASE | {"table": None, "tables": ["a", "c"]}), source("b.c", FILES), "b.c"),
            (source("b.all", api("a", "c")), source("b.other", api("c", "d")), "b.c"),
            (source("b.orders", {"not": "yet"}), source("b.orders__items", FILES), "b.orders__items"),
            (source("m.t", FILES), source("M.T", FILES), "M.T"),
            (source("m.t", FILES), source("M.u", FILES), "M.u"),
            (source("b.all", api("Orders", "x")), source("b.orders", FILES), "b.orders"),
        ],
    )
    @pytest.mark.parametrize("first", [True, False])
    def test_that_write_one_table_are_refused_by_name(
        self, one: dict[str, Any], two: dict[str, Any], table: str, *, first: bool
    ) -> None:
        told = refusal(*((one, two) if first else (two, one)))
        assert "destination_table" in told
        assert table in told or one["destination_table"] in told
        assert one["name"] in told
        assert two["name"] in told

    @pytest.mark.parametrize(
        "sources",
        [
            (source("b.orders", DATABASE), source("b.orders__archive", DATABASE)),
            (source("b.orders", FILES), source("b.orders__archive", API)),
            (source("b.orders", API), source("b.orders_items", API)),
            (source("b.orders", API), source("c.orders__items", API)),
            (source("b.orders", API), source("b.c.orders__items", API)),
            (source("b.o", api({"name": "o", "max_table_nesting": 0})), source("b.o__archive", FILES)),
            (
                source("b.o", api("o", resource_defaults={"max_table_nesting": 0})),
                source("b.o__archive", FILES),
            ),
        ],
    )
    def test_that_never_meet_are_taken(self, sources: tuple[dict[str, Any], ...]) -> None:
        assert len(DltIngestionConfig(sources=list(sources)).sources) == len(sources)


class TestMayNest:
    @pytest.mark.parametrize(
        ("kind", "options", "nests"),
        [
            (REST_API, API, True),
            (REST_API, api("a"), True),
            (REST_API, api({"name": "a", "max_table_nesting": 1}), True),
            (REST_API, api({"name": "a", "max_table_nesting": 0}), False),
            (REST_API, api({"name": "a", "max_table_nesting": 0}, "b"), True),
            (
                REST_API,
                api({"name": "a", "max_table_nesting": 0}, {"name": "b", "selected": False}),
                False,
            ),
            (
                REST_API,
                api({"name": "a", "max_table_nesting": 2}, resource_defaults={"max_table_nesting": 0}),
                True,
            ),
            (FILESYSTEM, FILES, False),
            (SQL_DATABASE, DATABASE, False),
        ],
    )
    def test_is_what_a_source_can_bring(self, kind: AnyKind, options: dict[str, Any], *, nests: bool) -> None:
        assert nests is parse_source(kind, options, None).source.may_nest


class TestDltsOwnTables:
    @pytest.mark.parametrize(
        "name",
        ["_dlt_loads", "_dlt_version", "_dlt_pipeline_state", "_dlt", "_dltx", "_DLT_LOADS", "_dlt_mine"],
    )
    def test_are_no_destination(self, name: str) -> None:
        told = refusal(source(f"b.{name}", FILES))
        assert all(word in told for word in ("destination_table", name, "dlt's own"))
        with pytest.raises(ValidationError, match="destination_table"):
            DltIngestionPlugin().create_pipeline(IngestionConfig("filesystem", FILES, f"b.{name}"))

    @pytest.mark.parametrize("table", ["b.dlt_loads", "b.__dlt", "_dlt_x.loads", "b._dl"])
    def test_are_told_from_others(self, table: str) -> None:
        assert table == DltIngestionConfig(sources=[source(table, FILES)]).sources[0].destination_table

    @pytest.mark.parametrize("resources", [["orders", "_dlt_loads"], ["_dlt_version", "x"]])
    def test_are_no_resource_of_several(self, resources: list[str]) -> None:
        told = refusal(source("b.all", api(*resources), name="shop"))
        assert all(word in told for word in ("_dlt", "shop", "resource"))
