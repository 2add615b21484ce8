"""Real sources into Polaris: an API, and a Postgres that is read by a cursor from one fresh host after another."""

from __future__ import annotations

import io
import json
import secrets
import shutil
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import Any, Final

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import s3fs
from examples.flights.api import serving
from floe_core.plugins.ingestion import IngestionConfig, IngestionResult
from psycopg import sql

from tests.integration.pipelines import PIPELINES, load_one
from tests.platforms import Platform
from tests.services.environment import Services, with_driver

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_an_api_of_thousands_of_records_is_in_polaris_within_thirty_seconds(lake: Platform) -> None:
    hours = [NOON + timedelta(hours=n) for n in range(5_000)]
    records = pa.table({"origin": ["JFK"] * 5_000, "time_hour": hours, "temp": range(5_000)})
    with serving(records) as api:
        source = {
            "client": {"base_url": api, "paginator": {"type": "json_link", "next_url_path": "next"}},
            "resources": [
                {
                    "name": "weather",
                    "endpoint": {
                        "path": "weather",
                        "params": {"page_size": 1000},
                        "data_selector": "results",
                    },
                }
            ],
        }
        start = time.monotonic()
        plugin = lake.a_plugin()
        result = plugin.run(plugin.create_pipeline(IngestionConfig("rest_api", source, "bronze.weather")))
        took = time.monotonic() - start
    assert result.success, result.errors
    assert 5_000 == result.rows_loaded
    assert took < 30
    assert set(range(5_000)) == {row["temp"] for row in lake.rows("temp", table="bronze.weather")}


@dataclass(frozen=True)
class Shop:
    """A table of orders in Postgres."""

    url: str
    table: str
    options: tuple[tuple[str, str], ...] = (("cursor_field", "updated_at"),)

    def sell(self, orders: dict[int, datetime]) -> None:
        with psycopg.connect(self.url) as connection, connection.cursor() as cursor:
            insert = sql.SQL(
                "INSERT INTO {} VALUES (%s, %s) ON CONFLICT (id) DO UPDATE SET updated_at = excluded.updated_at"
            )
            cursor.executemany(insert.format(sql.Identifier(self.table)), list(orders.items()))

    @property
    def source(self) -> dict[str, Any]:
        return {
            "connection_string": with_driver(self.url),
            "table": self.table,
            **dict(self.options),
        }


@pytest.fixture
def shop(services: Services) -> Iterator[Shop]:
    made = Shop(services.postgres, f"orders_{uuid.uuid4().hex[:12]}")
    name = sql.Identifier(made.table)
    with psycopg.connect(services.postgres, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE TABLE {} (id bigint PRIMARY KEY, updated_at timestamptz NOT NULL)").format(name)
        )
        yield made
        connection.execute(sql.SQL("DROP TABLE {}").format(name))


def on_a_fresh_host(lake: Platform, shop: Shop, **options: Any) -> IngestionResult:
    shutil.rmtree(lake.folder / "pipelines", ignore_errors=True)
    plugin = lake.a_plugin()
    config = IngestionConfig("sql_database", shop.source, "bronze.orders", **options)
    return plugin.run(plugin.create_pipeline(config))


def test_each_fresh_host_reads_only_what_is_new_in_postgres(lake: Platform, shop: Shop) -> None:
    shop.sell({n: NOON + timedelta(minutes=n) for n in range(100)})
    assert 100 == on_a_fresh_host(lake, shop).rows_loaded
    # Two of the last moment, and one that comes at the moment of the last load's end.
    shop.sell({100: NOON + timedelta(minutes=99), 101: NOON + timedelta(minutes=200)})
    assert 2 == on_a_fresh_host(lake, shop).rows_loaded
    assert 0 == on_a_fresh_host(lake, shop).rows_loaded
    assert list(range(102)) == sorted(row["id"] for row in lake.rows("id"))


def test_rows_that_change_in_postgres_are_merged_by_each_fresh_host(lake: Platform, shop: Shop) -> None:
    merge = {"write_mode": "merge"}
    upsert = (("primary_key", "id"), ("merge_strategy", "upsert"))
    merging = replace(shop, options=shop.options + upsert)
    shop.sell(dict.fromkeys(range(10), NOON))
    assert on_a_fresh_host(lake, merging, **merge).success
    later = NOON + timedelta(hours=1)
    shop.sell({3: later, 10: later})
    assert 2 == on_a_fresh_host(lake, merging, **merge).rows_loaded
    expected = dict.fromkeys(range(11), NOON) | {3: later, 10: later}
    assert expected == {row["id"]: row["updated_at"] for row in lake.rows("id", "updated_at")}


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
@pytest.mark.parametrize("how", ["table", "query"])
def test_a_cursor_without_a_zone_is_compared_without_one_whatever_the_sessions_zone(
    lake: Platform, shop: Shop, zone: str, how: str
) -> None:
    with psycopg.connect(shop.url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("ALTER TABLE {} ALTER updated_at TYPE timestamp").format(sql.Identifier(shop.table))
        )
    named = {"table": shop.table} if how == "table" else {"query": f"SELECT * FROM {shop.table}"}
    url = f"{shop.source['connection_string']}?options=-c%20timezone%3D{zone}"
    config = IngestionConfig(
        "sql_database", {"connection_string": url, "cursor_field": "updated_at"} | named, "bronze.orders"
    )
    for number in range(4):
        shop.sell({number: NOON + timedelta(minutes=number)})
        shutil.rmtree(lake.folder / "pipelines", ignore_errors=True)
        plugin = lake.a_plugin()
        assert 1 == plugin.run(plugin.create_pipeline(config)).rows_loaded


def test_a_namespace_of_several_levels_is_kept_as_it_is_written(lake: Platform) -> None:
    table = "lake.Bronze.shop_1.Orders"
    assert lake.load([{"id": 1}], table=table).success
    assert lake.load([{"id": 2}], table=table).success
    assert [{"id": 1}, {"id": 2}] == lake.rows(table=table)
    assert ("lake", "Bronze", "shop_1", "Orders") in lake.catalog.list_tables(("lake", "Bronze", "shop_1"))


@pytest.mark.timeout(300)
def test_twenty_pipelines_at_once_in_one_namespace_all_land(lake: Platform) -> None:
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.integration.pipelines"])
    processes = [
        context.Process(target=load_one, args=(lake.folder, lake.settings, number))
        for number in range(PIPELINES)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [0] * PIPELINES == [process.exitcode for process in processes]
    for number in range(PIPELINES):
        assert [{"id": number}] == lake.rows("id", table=f"bronze.orders_{number}")
        assert 1 == lake.snapshots(f"bronze.orders_{number}")
    loads = lake.rows("load_id", "status", table="bronze._dlt_loads")
    assert PIPELINES == len(loads)


@dataclass
class Bucket:
    """A folder of a bucket, and the config of a source that reads it."""

    store: s3fs.S3FileSystem
    folder: str
    credentials: str

    def source(self, name: str, file_format: str) -> dict[str, Any]:
        return {
            "name": name,
            "source_type": "filesystem",
            "source_config": {"bucket_url": f"s3://{self.folder}", "format": file_format},
            "credentials": self.credentials,
            "destination_table": f"bronze.{name}",
        }


@pytest.fixture
def bucket(services: Services) -> Bucket:
    keys, endpoint = (services.s3_key, services.s3_secret), services.s3_endpoint
    store = s3fs.S3FileSystem(key=keys[0], secret=keys[1], endpoint_url=endpoint, skip_instance_cache=True)
    credentials = {
        "aws_access_key_id": keys[0],
        "aws_secret_access_key": keys[1],
        "endpoint_url": endpoint,
    }
    return Bucket(store, f"{services.bucket}/arriving-{uuid.uuid4().hex}", json.dumps(credentials))


def test_a_bucket_that_anybody_may_read_needs_no_keys(lake: Platform, services: Services) -> None:
    keys, endpoint = (services.s3_key, services.s3_secret), services.s3_endpoint
    store = s3fs.S3FileSystem(key=keys[0], secret=keys[1], endpoint_url=endpoint, skip_instance_cache=True)
    name = f"open-{uuid.uuid4().hex}"
    store.mkdir(name)
    anybody = {"Effect": "Allow", "Principal": {"AWS": ["*"]}}
    statements = [
        {
            **anybody,
            "Action": ["s3:ListBucket", "s3:GetBucketLocation"],
            "Resource": [f"arn:aws:s3:::{name}"],
        },
        {**anybody, "Action": ["s3:GetObject"], "Resource": [f"arn:aws:s3:::{name}/*"]},
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    store.call_s3("put_bucket_policy", Bucket=name, Policy=policy)
    store.pipe(f"{name}/in/a.csv", b"id\n1\n2\n")
    credentials = {"anonymous": True, "endpoint_url": endpoint}
    source = Bucket(store, f"{name}/in", "").source("open_data", "csv") | {"credentials": credentials}
    plugin = lake.a_plugin(sources=[source])
    assert plugin.run(plugin.create_pipeline(plugin.ingestion_config("open_data"))).rows_loaded == 2


def test_each_object_of_a_bucket_is_loaded_once_as_long_as_its_bytes_are_the_same(
    lake: Platform, bucket: Bucket
) -> None:
    """A store gives an object another time when the same bytes are written again."""
    plugin = lake.a_plugin(sources=[bucket.source("arriving", "csv")])
    pipeline = plugin.create_pipeline(plugin.ingestion_config("arriving"))
    rows = []
    for content in ("id\n1\n", "id\n1\n", "id\n1\n2\n"):
        bucket.store.pipe_file(f"{bucket.folder}/a.csv", content.encode())
        report = plugin.load(pipeline)
        assert report.fault is None
        rows.append((report.rows, len(report.warnings)))
        time.sleep(1.1)  # times of objects have seconds
    assert [(1, 0), (0, 0), (2, 1)] == rows


def test_a_large_parquet_file_of_a_bucket_becomes_a_file_of_the_table(lake: Platform, bucket: Bucket) -> None:
    table = pa.table({"id": range(100_000), "v": [secrets.token_bytes(200) for _ in range(100_000)]})
    pq.write_table(table, file := io.BytesIO(), use_dictionary=False, compression="zstd")
    bucket.store.pipe_file(f"{bucket.folder}/a.parquet", file.getvalue())
    plugin = lake.a_plugin(sources=[bucket.source("large", "parquet")])
    report = plugin.load(plugin.create_pipeline(plugin.ingestion_config("large")))
    assert (None, len(table)) == (report.fault, report.rows)
    loaded = lake.catalog.load_table("bronze.large")
    assert table.equals(loaded.scan().to_arrow().sort_by("id").cast(table.schema))
    (path,) = loaded.inspect.files()["file_path"].to_pylist()
    assert (
        pq.read_metadata(file).row_group(0).to_dict() == footer_of(bucket, str(path)).row_group(0).to_dict()
    )
    assert plugin.verify("bronze.large").is_sound


def footer_of(bucket: Bucket, path: str) -> pq.FileMetaData:
    with bucket.store.open(path) as file:
        return pq.read_metadata(file)
