"""A lineage server is told what was committed, and none that fails costs a load more than two seconds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dagster import DagsterInstance, materialize

from floe_ingestion_dagster import create_ingestion_assets, ingestion_resource
from floe_ingestion_dagster.lineage import LineageServer, lineage_run_id
from tests.dagster_assets.products import Product
from tests.misbehaving.server import Manner, MisbehavingServer, Reset, Silence, Status


def loaded(product: Product, instance: DagsterInstance, url: str, **source: Any) -> Any:
    settings = product.settings(product.files(**source))
    server = LineageServer({"type": "http", "url": url, "timeout": 1.0}, "lake")
    return materialize(
        create_ingestion_assets(settings),
        resources={"ingestion": ingestion_resource(settings, server)},
        instance=instance,
        raise_on_error=False,
    )


def events(server: MisbehavingServer) -> list[dict[str, Any]]:
    return [json.loads(body) for body in server.bodies]


def test_the_start_and_the_end_of_a_load_are_sent_with_its_snapshot(
    product: Product, instance: DagsterInstance
) -> None:
    product.csv("a.csv", "id,name\n1,ann\n")
    with MisbehavingServer(Status(200)) as server:
        loaded(product, instance, server.url)
        start, complete = events(server)
    table = product.table("bronze.orders")
    current = table.current_snapshot()
    assert current is not None
    assert ("START", "COMPLETE") == (start["eventType"], complete["eventType"])
    assert start["run"]["runId"] == complete["run"]["runId"]
    assert "ingestion.orders.files" == start["job"]["name"] == complete["job"]["name"]
    assert ("filesystem", "orders.files") == (start["inputs"][0]["namespace"], start["inputs"][0]["name"])
    (output,) = complete["outputs"]
    assert ("lake", "bronze.orders") == (output["namespace"], output["name"])
    assert str(current.snapshot_id) == output["facets"]["version"]["datasetVersion"]
    assert [{"name": field.name, "type": str(field.field_type)} for field in table.schema().fields] == output[
        "facets"
    ]["schema"]["fields"]


def test_a_failed_load_is_sent_with_its_error(product: Product, instance: DagsterInstance) -> None:
    product.csv("a.csv", "id\n1\n")
    with MisbehavingServer(Status(200)) as server:
        loaded(product, instance, server.url)
        product.csv("b.csv", "id,city\n2,Rome\n")
        loaded(product, instance, server.url, schema_contract="freeze")
        failed = events(server)[-1]
    assert "FAIL" == failed["eventType"]
    assert "city" in failed["run"]["facets"]["errorMessage"]["message"]


@pytest.mark.parametrize("manner", [Status(500), Status(302, headers={"Location": "/"}), Reset(), Silence()])
def test_a_server_that_fails_costs_one_warning_and_no_load(
    product: Product, instance: DagsterInstance, manner: Manner, capfd: pytest.CaptureFixture[str]
) -> None:
    product.csv("a.csv", "id\n1\n")
    with MisbehavingServer(manner) as server:
        result = loaded(product, instance, server.url)
        asked = len(server.requests)
    assert (True, 1, 1) == (result.success, product.rows("bronze.orders"), asked)
    assert 1 == capfd.readouterr().err.count("the lineage of bronze.orders was not recorded")


def test_a_server_that_is_not_there_costs_one_warning_and_no_load(
    product: Product, instance: DagsterInstance, capfd: pytest.CaptureFixture[str]
) -> None:
    product.csv("a.csv", "id\n1\n")
    with MisbehavingServer(Status(200)) as server:
        gone = server.url
    assert loaded(product, instance, gone).success
    assert 1 == capfd.readouterr().err.count("the lineage of bronze.orders was not recorded: ConnectError")


@pytest.mark.parametrize("endpoint", ["marquez:5000", "http://", "ftp://x/y", "http://user:hush-hush@[bad"])
def test_an_address_that_cannot_be_used_costs_one_warning_and_no_load(
    product: Product, instance: DagsterInstance, endpoint: str, capfd: pytest.CaptureFixture[str]
) -> None:
    product.csv("a.csv", "id\n1\n")
    assert loaded(product, instance, endpoint).success
    said = capfd.readouterr().err
    assert (1, False) == (said.count("lineage is not recorded"), "hush-hush" in said)


def test_a_retry_belongs_to_the_run_that_it_retries() -> None:
    assert lineage_run_id("run/asset") == lineage_run_id("run/asset")
    assert lineage_run_id("run/asset") != lineage_run_id("run/asset/2026-01-01")
