"""What is tried again, how often, and that it leaves one copy of the data."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from floe_core.plugins.ingestion import IngestionConfig, IngestionResult

from floe_ingestion_dlt.adapters.memory import ManualClock
from tests.misbehaving.server import Manner, MisbehavingServer, Reset, Status
from tests.platforms import TABLE, Platform
from tests.published import published_events, published_operations
from tests.rest.odd import NAMESPACES, TABLES, Oddity
from tests.rest.server import RestServer

PAGES = 3
BUSY = Status(503)


class HelpfulClock(ManualClock):  # type: ignore[misc]  # a test may look over its shoulder
    """Calls for help each time somebody sleeps."""

    def __init__(self, help_comes: Callable[[int], None]) -> None:
        super().__init__()
        self._help_comes = help_comes

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self._help_comes(len(self.slept))


class Api(MisbehavingServer):
    """Pages of two records each; *odd* says how which request is answered instead, counted from 0."""

    def __init__(self, odd: Mapping[int, Manner]) -> None:
        super().__init__(BUSY)
        self.odd = odd

    def manner_of(self, number: int) -> Manner:
        path = self.requests[number]
        return self.odd.get(number) or self._page(path) if "orders" in path else Status(200)

    def _page(self, path: str) -> Status:
        page = int(path.rpartition("=")[2]) if "=" in path else 1
        records = [{"id": 2 * page - 1}, {"id": 2 * page}]
        more = f"{self.url}/orders?page={page + 1}" if page < PAGES else None
        return Status(200, json.dumps({"results": records, "next": more}).encode())


EVERY_ROW = [{"id": number} for number in range(1, 2 * PAGES + 1)]


def load(
    platform: Platform,
    server: MisbehavingServer,
    *,
    resources: Sequence[Mapping[str, Any]] = (),
    selected: str = "orders",
    **config: Any,
) -> IngestionResult:
    orders = {"name": "orders", "endpoint": {"path": "orders", "data_selector": "results"}}
    source = {
        "client": {"base_url": server.url, "paginator": {"type": "json_link", "next_url_path": "next"}},
        "resources": [{**one, "selected": one["name"] == selected} for one in (orders, *resources)],
    }
    platform.plugin = platform.a_plugin(**config)
    asked = IngestionConfig(source_type="rest_api", source_config=source, destination_table=TABLE)
    pipeline = platform.plugin.create_pipeline(asked)
    server.requests.clear()  # creating a pipeline has asked whether anything answers
    return platform.plugin.run(pipeline)


def retries_told(platform: Platform) -> list[object]:
    events = published_events(platform.telemetry)
    return [event.attributes["step"] for event in events if event.name == "ingestion_retry"]


def run_told(platform: Platform) -> Mapping[str, object]:
    (told,) = (operation for operation in published_operations(platform.telemetry) if operation.name == "run")
    return told.attributes


class TestApi:
    @pytest.mark.parametrize("times", [1, 2, 3])
    @pytest.mark.parametrize(
        "manner",
        [BUSY, Status(429), Status(500), Reset(), Reset(begun=True)],
        ids=lambda manner: str(manner)[:20],
    )
    def test_that_fails_for_a_while_is_loaded_once(
        self, platform: Platform, manner: Manner, times: int
    ) -> None:
        with Api(dict.fromkeys(range(times), manner)) as api:
            result = load(platform, api)
            assert (True, [], 6) == (result.success, result.errors, result.rows_loaded)
            assert times + PAGES == len(api.requests)
        assert EVERY_ROW == platform.rows()
        assert [1.0, 2.0, 4.0][:times] == platform.clock.slept  # type: ignore[attr-defined]
        assert (["request"] * times, times) == (retries_told(platform), run_told(platform)["retries"])

    def test_that_fails_at_a_late_page_is_not_read_from_the_start_again(self, platform: Platform) -> None:
        with Api({2: BUSY, 3: Reset()}) as api:
            assert load(platform, api).success
            pages = [path.partition("=")[2] for path in api.requests]
        assert ["", "2", "3", "3", "3"] == pages
        assert EVERY_ROW == platform.rows()

    def test_that_says_when_to_come_back_is_left_alone_until_then(self, platform: Platform) -> None:
        with Api({1: Status(429, headers={"Retry-After": "17"})}) as api:
            assert load(platform, api).success
        assert [17.0] == platform.clock.slept  # type: ignore[attr-defined]
        assert EVERY_ROW == platform.rows()

    def test_that_wants_to_be_left_alone_for_too_long_ends_the_run(self, platform: Platform) -> None:
        with Api({1: Status(429, headers={"Retry-After": "3600"})}) as api:
            result = load(platform, api)
            assert 2 == len(api.requests)
        assert (False, []) == (result.success, platform.clock.slept)  # type: ignore[attr-defined]
        assert result.errors[0].startswith("[TRANSIENT] SourceFailed")

    @pytest.mark.parametrize("manner", [BUSY, Reset()], ids=["busy", "reset"])
    def test_that_fails_for_good_is_tried_as_often_as_configured_and_no_more(
        self, platform: Platform, manner: Manner
    ) -> None:
        with Api(dict.fromkeys(range(99), manner)) as api:
            result = load(platform, api, retry_config={"max_retries": 2, "initial_delay_seconds": 5.0})
            assert 3 == len(api.requests)
        assert [5.0, 10.0] == platform.clock.slept  # type: ignore[attr-defined]
        assert result.errors[0].startswith("[TRANSIENT] SourceFailed")
        assert "bronze" not in {".".join(name) for name in platform.catalog.list_namespaces()}

    @pytest.mark.parametrize(
        ("status", "category"),
        [(400, "CONFIGURATION"), (401, "PERMANENT"), (403, "PERMANENT"), (404, "CONFIGURATION")],
    )
    def test_that_says_no_is_asked_once(self, platform: Platform, status: int, category: str) -> None:
        with Api({0: Status(status)}) as api:
            result = load(platform, api)
            assert 1 == len(api.requests)
        assert ([], []) == (platform.clock.slept, retries_told(platform))  # type: ignore[attr-defined]
        assert result.errors[0].startswith(f"[{category}] SourceFailed")

    def test_whose_token_expires_while_it_is_read_is_read_again(self, platform: Platform) -> None:
        with Api({2: Status(401)}) as api:
            result = load(platform, api)
        assert (True, ["extract"]) == (result.success, retries_told(platform))
        assert EVERY_ROW == platform.rows()

    def test_that_refuses_a_child_of_what_it_shows_is_not_read_again(self, platform: Platform) -> None:
        """Another resource's good answers say nothing of this one's credentials."""
        with Api({2: Status(401)}) as api:
            child = {
                "name": "details",
                "endpoint": {"path": "orders/{resources.orders.id}", "data_selector": "results"},
            }
            result = load(platform, api, resources=[child], selected="details")
        assert ([], True) == (retries_told(platform), result.errors[0].startswith("[PERMANENT]"))

    def test_that_sends_elsewhere_and_refuses_there_is_asked_once(self, platform: Platform) -> None:
        with Api({0: Status(301, headers={"Location": "/orders?page=1"}), 1: Status(401)}) as api:
            result = load(platform, api)
            assert 2 == len(api.requests)
        assert ([], True) == (retries_told(platform), result.errors[0].startswith("[PERMANENT]"))

    def test_that_is_read_for_long_is_tried_again_all_the_same(self, platform: Platform) -> None:
        class SlowApi(Api):
            def manner_of(self, number: int) -> Manner:
                platform.clock.slept.append(400.0)  # type: ignore[attr-defined]  # as long as a page takes
                return super().manner_of(number)

        with SlowApi({2: Status(401)}) as api:
            assert load(platform, api).success
        assert ["extract"] == retries_told(platform)

    def test_a_policy_of_the_source_itself_comes_before_the_plugins(self, platform: Platform) -> None:
        own = {
            "name": "orders",
            "source_type": "rest_api",
            "destination_table": TABLE,
            "retry_config": {"max_retries": 1, "initial_delay_seconds": 9.0},
        }
        with Api(dict.fromkeys(range(99), BUSY)) as api:
            load(platform, api, sources=[own], retry_config={"max_retries": 7})
            assert 2 == len(api.requests)
        assert [9.0] == platform.clock.slept  # type: ignore[attr-defined]


class TestDatabase:
    @pytest.fixture
    def shop(self, tmp_path: Path) -> Path:
        path = tmp_path / "shop.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript("CREATE TABLE orders (id INTEGER); INSERT INTO orders VALUES (1), (2);")
        return path

    def load(
        self, platform: Platform, shop: Path, clock: ManualClock, lock: Callable[[], object]
    ) -> IngestionResult:
        source = {"connection_string": f"sqlite:///{shop}?timeout=0.01", "table": "orders"}
        platform.clock = clock
        platform.plugin = platform.a_plugin()
        asked = IngestionConfig(source_type="sql_database", source_config=source, destination_table=TABLE)
        pipeline = platform.plugin.create_pipeline(asked)
        lock()
        return platform.plugin.run(pipeline)

    @pytest.mark.parametrize("times", [1, 2, 3])
    def test_that_is_locked_for_a_while_is_loaded_once(
        self, platform: Platform, shop: Path, times: int
    ) -> None:
        with closing(sqlite3.connect(shop)) as other:
            clock = HelpfulClock(lambda slept: other.rollback() if slept == times else None)
            result = self.load(platform, shop, clock, lambda: other.execute("BEGIN EXCLUSIVE"))
        assert (True, 2) == (result.success, result.rows_loaded)
        assert ([{"id": 1}, {"id": 2}], ["extract"] * times) == (platform.rows(), retries_told(platform))

    def test_that_lost_its_table_is_asked_once(self, platform: Platform, shop: Path) -> None:
        def drop() -> None:
            with closing(sqlite3.connect(shop)) as other:
                other.execute("DROP TABLE orders")

        result = self.load(platform, shop, ManualClock(), drop)
        assert result.errors[0].startswith("[CONFIGURATION] SourceFailed")
        assert [] == retries_told(platform)


class TestCatalog:
    @pytest.fixture
    def server(self, tmp_path: Path) -> Iterator[RestServer]:
        made = RestServer(tmp_path)
        yield made
        made.stop()

    @pytest.mark.parametrize("times", [1, 2, 3])
    @pytest.mark.parametrize("path", [NAMESPACES, TABLES], ids=["namespace", "table"])
    def test_that_is_busy_for_a_while_gets_one_copy(
        self, server: RestServer, tmp_path: Path, path: str, times: int
    ) -> None:
        platform = Platform(tmp_path, server.properties)
        server.will_answer([Oddity(is_done=False, status=503)] * times, path)
        result = platform.load([{"id": 1}, {"id": 2}])
        assert (True, 2, []) == (result.success, result.rows_loaded, result.errors)
        assert [{"id": 1}, {"id": 2}] == platform.rows()
        assert (["load"] * times, times) == (retries_told(platform), run_told(platform)["retries"])

    # After a 401 it is asked once more, with a new token.
    @pytest.mark.parametrize("status", [400, 403])
    def test_that_says_no_is_asked_once(self, server: RestServer, tmp_path: Path, status: int) -> None:
        platform = Platform(tmp_path, server.properties)
        server.will_answer([Oddity(is_done=False, status=status)] * 99, TABLES)
        assert not platform.load([{"id": 1}]).success
        assert (1, []) == (server.posted.count("namespaces/bronze/tables"), retries_told(platform))
