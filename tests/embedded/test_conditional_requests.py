"""An API that has not changed since the rows of its answer were committed sends them once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from floe_core.plugins.ingestion import IngestionConfig

from floe_ingestion_dlt import LoadReport
from tests.platforms import TABLE, Platform
from tests.rest.validating import ValidatingApi


@pytest.fixture
def api() -> Iterator[ValidatingApi]:
    made = ValidatingApi()
    yield made
    made.close()


class Loads:
    """Loads of one API into one table."""

    def __init__(self, platform: Platform, api: ValidatingApi) -> None:
        self.platform, self.api = platform, api

    def run(self, mode: str = "append", schema_contract: str = "evolve", **options: Any) -> LoadReport:
        config = {"url": f"{self.api.url}/things", **options}
        pipeline = self.platform.plugin.create_pipeline(
            IngestionConfig(
                source_type="rest_api",
                source_config=config,
                destination_table=TABLE,
                write_mode=mode,
                schema_contract=schema_contract,
            )
        )
        return self.platform.plugin.load(pipeline)

    def rows(self, **options: Any) -> int:
        report = self.run(**options)
        assert report.fault is None
        return report.rows


@pytest.fixture
def loads(platform: Platform, api: ValidatingApi) -> Loads:
    return Loads(platform, api)


MERGE = {"mode": "merge", "primary_key": "id"}
BY_CURSOR = {"cursor_field": "at"}


@pytest.mark.parametrize("options", [{}, MERGE, BY_CURSOR, MERGE | BY_CURSOR])
@pytest.mark.parametrize("by_time", [False, True])
def test_an_answer_is_loaded_once_until_it_changes(
    loads: Loads, platform: Platform, api: ValidatingApi, options: dict[str, Any], *, by_time: bool
) -> None:
    api.by_time = by_time
    api.put({"id": 1, "at": 1})
    assert 1 == loads.rows(**options)
    platform.forget_local_state()
    assert 0 == loads.rows(**options)
    assert [200, 304] == api.statuses
    assert 1 == platform.snapshots()
    api.by_time = False
    api.put({"id": 1, "at": 1}, {"id": 2, "at": 2})
    loads.rows(**options)
    assert 200 == api.statuses[-1]
    assert 0 == loads.rows(**options)
    assert 304 == api.statuses[-1]
    assert {1, 2} == {row["id"] for row in platform.rows("id")}


@pytest.mark.parametrize("options", [{}, MERGE, BY_CURSOR])
def test_a_roll_back_forgets_the_answer(
    loads: Loads, platform: Platform, api: ValidatingApi, options: dict[str, Any]
) -> None:
    api.put({"id": 1, "at": 1})
    loads.rows(**options)
    api.put({"id": 2, "at": 2})
    loads.rows(**options)
    platform.roll_back()
    assert [1] == [row["id"] for row in platform.rows("id")]
    assert 1 == loads.rows(**options)
    assert [1, 2] == [row["id"] for row in platform.rows("id")]


def test_a_table_that_was_dropped_or_emptied_gets_the_rows_again(
    loads: Loads, platform: Platform, api: ValidatingApi
) -> None:
    api.put({"id": 1})
    loads.rows()
    platform.catalog.drop_table(TABLE)
    assert 1 == loads.rows()
    platform.catalog.load_table(TABLE).delete()
    assert 1 == loads.rows()
    assert [1] == [row["id"] for row in platform.rows("id")]


def test_rows_that_were_refused_are_not_known(loads: Loads, api: ValidatingApi) -> None:
    api.put({"id": 1})
    loads.rows()
    api.put({"id": 2, "new": 1})
    assert loads.run(schema_contract="freeze").fault is not None
    assert 1 == loads.rows()
    assert [200, 200, 200] == api.statuses


def test_replace_reads_everything_and_is_not_asked_about(
    loads: Loads, platform: Platform, api: ValidatingApi
) -> None:
    api.put({"id": 1})
    loads.rows()
    for _ in range(2):
        assert 1 == loads.rows(mode="replace")
    assert [1] == [row["id"] for row in platform.rows("id")]
    assert 1 == loads.rows()
    assert [None] * 4 == api.asked


def test_an_answer_is_forgotten_if_its_rows_are_replaced_by_others(
    loads: Loads, platform: Platform, api: ValidatingApi
) -> None:
    api.put({"id": 1})
    loads.rows()
    assert platform.load([{"id": 9}], write_mode="replace").success
    assert 1 == loads.rows()
    assert [1, 9] == [row["id"] for row in platform.rows("id")]


def test_another_address_or_header_or_setting_is_another_answer(loads: Loads, api: ValidatingApi) -> None:
    api.put({"id": 1, "at": 1})
    loads.rows(**MERGE)
    changes: list[dict[str, Any]] = [
        {"params": {"tenant": "north"}},
        {"headers": {"X-Tenant": "north"}},
        {"columns": {"at": "drop"}},
        {"cursor_field": "at"},
    ]
    for change in changes:
        loads.rows(**MERGE, **change)
        assert (None, 200) == (api.asked[-1], api.statuses[-1])


def test_with_a_cursor_in_the_address_an_answer_belongs_to_its_address(
    loads: Loads, api: ValidatingApi
) -> None:
    api.put({"id": 1, "at": 1})
    incremental = {"cursor_path": "at", "start_param": "since"}
    for _ in range(3):
        loads.rows(incremental=incremental)
    assert [200, 200, 200] == api.statuses


def test_several_pages_are_read_each_time(loads: Loads, api: ValidatingApi) -> None:
    paging = {"paginator": {"type": "json_link", "next_url_path": "next"}, "data_selector": "rows"}
    api.pages["/things"] = [[{"id": 1}], [{"id": 2}]]
    for _ in range(2):
        assert 2 == loads.rows(**MERGE, **paging)
    api.pages["/things"] = [[{"id": 1}]]
    loads.rows(**MERGE, **paging)
    assert [None] * 5 == api.asked
    loads.rows(**MERGE, **paging)
    assert 304 == api.statuses[-1]
    api.pages["/things"] = [[{"id": 1}], [{"id": 2}]]
    assert 2 == loads.rows(**MERGE, **paging)
    assert 2 == loads.rows(**MERGE, **paging)
    assert [200, 200] == api.statuses[-2:]


def test_a_redirect_is_followed_without_a_condition(loads: Loads, api: ValidatingApi) -> None:
    api.put({"id": 1})
    loads.rows(**MERGE)
    api.redirects["/things"] = f"{api.url}/moved"
    api.put({"id": 1}, path="/moved")
    for _ in range(2):
        assert 1 == loads.rows(**MERGE)
    assert [200, 302, 200, 302, 200] == api.statuses
    assert [None, None] == api.asked[2::2]


@pytest.mark.parametrize(
    "headers",
    [
        {"Vary": "*"},
        {"Cache-Control": "private, no-store"},
    ],
)
def test_an_answer_that_must_not_be_kept_is_not_kept(
    loads: Loads, api: ValidatingApi, headers: dict[str, str]
) -> None:
    api.headers = headers
    api.put({"id": 1})
    for _ in range(2):
        assert 1 == loads.rows(**MERGE)


def test_conditional_requests_can_be_switched_off(loads: Loads, api: ValidatingApi) -> None:
    api.put({"id": 1})
    for _ in range(2):
        loads.rows(**MERGE)
    for _ in range(2):
        assert 1 == loads.rows(**MERGE, conditional_requests="off")
    assert [200, 304, 200, 200] == api.statuses


@pytest.mark.parametrize("mode", ["append", "replace"])
def test_not_modified_is_an_error_if_it_was_not_asked(
    loads: Loads, platform: Platform, api: ValidatingApi, mode: str
) -> None:
    api.put({"id": 1})
    loads.rows(mode=mode, conditional_requests="off")
    api.always = True
    fault = loads.run(mode=mode, conditional_requests="off").fault
    assert fault is not None
    assert "answered 304, not modified, to a request that did not ask" in fault.message
    assert [1] == [row["id"] for row in platform.rows("id")]


def test_no_credential_is_in_the_table_in_clear(loads: Loads, platform: Platform, api: ValidatingApi) -> None:
    api.put({"id": 1})
    for token in ("hush-hush", "hush-hush", "other"):
        loads.rows(**MERGE, headers={"Authorization": f"Bearer {token}"})
    assert [200, 304, 200] == api.statuses
    written = b"".join(file.read_bytes() for file in platform.folder.rglob("*") if file.is_file())
    assert b"hush-hush" not in written


def test_an_answer_whose_rows_are_known_adds_no_snapshot(
    loads: Loads, platform: Platform, api: ValidatingApi
) -> None:
    api.put({"id": 1, "at": 1})
    loads.rows(**BY_CURSOR)
    for number in range(3):
        api.put({"id": 1, "at": 1}, {"id": 0, "at": 0, "n": number})
        assert 0 == loads.rows(**BY_CURSOR)
    assert 1 == platform.snapshots()


def test_a_state_whose_file_is_gone_has_its_cursor_and_no_answer(
    loads: Loads, platform: Platform, api: ValidatingApi
) -> None:
    api.put(*({"id": number, "at": 5} for number in range(1000)))
    declared: dict[str, Any] = {"incremental": {"cursor_path": "at"}}
    assert 1000 == loads.rows(**declared)
    for file in platform.folder.rglob("floe-state-*"):
        file.unlink()
    platform.forget_local_state()
    report = loads.run(**declared)
    assert [200, 200] == api.statuses
    assert report.before is not None
    assert report.before.cursor is not None
    assert 5 == report.before.cursor.value
    assert 1000 == len(platform.rows("id"))


def test_a_condition_of_the_user_is_answered_as_the_user_asked(loads: Loads, api: ValidatingApi) -> None:
    api.put({"id": 1})
    api.always = True
    assert 0 == loads.rows(headers={"If-None-Match": '"own"'})
    assert ['"own"'] == api.asked
