from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dlt
import pytest
from dlt.common import jsonpath
from jsonpath_ng.ext.parser import parse as parse_path
from returns.result import Success

from floe_ingestion_dlt.domain.faults import Category, Invalid, SourceFailed
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.library_errors.source_errors import source_fault
from tests.sources import open_resource, probe
from tests.unit.adapters.rest_plans import Api, failure_of, plan_of, plans_of, refused, rows_of


@pytest.fixture
def pipeline(tmp_path: Path) -> dlt.Pipeline:
    lake = dlt.destinations.duckdb(str(tmp_path / "lake.duckdb"))
    return dlt.pipeline("rest", pipelines_dir=str(tmp_path / "dlt"), destination=lake, dataset_name="bronze")


def loaded(pipeline: dlt.Pipeline, columns: str) -> list[tuple[Any, ...]]:
    with pipeline.sql_client() as client:
        found: Sequence[Any] = client.execute_sql(f"SELECT {columns} FROM copied ORDER BY ALL") or []
        return [tuple(row) for row in found]


class TestReading:
    def test_the_short_form_is_one_resource(self, api: Api) -> None:
        api.answers["/v1/things"] = {"data": {"rows": [{"id": 1}, {"id": 2}]}}
        plan = plan_of(
            {"url": f"{api.url}/v1/things?a=b", "data_selector": "data.rows", "params": {"limit": 5}}
        )
        assert rows_of(plan) == [{"id": 1}, {"id": 2}]
        assert api.asked == [("/v1/things", {"a": ["b"], "limit": ["5"]}, None)]

    def test_a_resource_is_named_after_the_table(self, api: Api) -> None:
        assert open_resource(plan_of({"url": f"{api.url}/x"}), None).unwrap().name == "Copied"

    def test_a_resource_may_leave_lists_where_they_are(self, api: Api) -> None:
        flat = {"name": "things", "max_table_nesting": 0}
        plan = plan_of({"client": {"base_url": api.url}, "resources": [flat]})
        assert 0 == open_resource(plan, None).unwrap().max_table_nesting

    def test_pages_are_followed_as_declared(self, api: Api) -> None:
        api.answers["/things"] = {"items": [{"id": 1}], "next": f"{api.url}/more"}
        api.answers["/more"] = {"items": [{"id": 2}]}
        plan = plan_of(
            {
                "client": {"base_url": api.url, "paginator": {"type": "json_link", "next_url_path": "next"}},
                "resources": [{"name": "things", "endpoint": {"path": "things", "data_selector": "items"}}],
            }
        )
        assert rows_of(plan) == [{"id": 1}, {"id": 2}]

    @pytest.mark.parametrize("selector", [{}, {"data_selector": "parts[*].items"}])
    def test_more_pages_do_not_have_more_json_paths_parsed(
        self, api: Api, monkeypatch: pytest.MonkeyPatch, selector: dict[str, str]
    ) -> None:
        def parsed(pages: int) -> int:
            texts = list[object]()

            def parse(text: str) -> object:
                texts.append(text)
                return parse_path(text)

            monkeypatch.setattr(jsonpath, "_parse", parse)
            for page in range(pages):
                following = {"next": f"{api.url}/{page + 1}"} if page < pages - 1 else {}
                api.answers[f"/{page}"] = {"parts": [{"items": [{"id": page}]}], **following}
            paginator = {"type": "json_link", "next_url_path": "next"}
            assert pages == len(rows_of(plan_of({"url": f"{api.url}/0", "paginator": paginator, **selector})))
            return len(texts)

        parsed(1)
        assert parsed(2) == parsed(7)

    def test_a_parent_is_read_along_and_not_loaded(self, api: Api, pipeline: dlt.Pipeline) -> None:
        api.answers |= {"/posts": [{"id": 7}], "/posts/7/notes": [{"text": "x"}]}
        plans = plans_of(
            {
                "client": {"base_url": api.url},
                "resources": [
                    "posts",
                    {"name": "notes", "endpoint": {"path": "posts/{resources.posts.id}/notes"}},
                ],
            }
        )
        assert [plan.resource for plan in plans] == ["posts", "notes"]
        pipeline.run(open_resource(plans[1], None).unwrap())
        assert pipeline.default_schema.data_table_names() == ["notes"]

    def test_a_plan_can_be_opened_twice(self, api: Api) -> None:
        api.answers["/things"] = [{"id": 1}]
        plan = plan_of({"client": {"base_url": api.url}, "resources": ["things"]})
        assert [{"id": 1}] == rows_of(plan) == rows_of(plan)

    def test_credentials_become_a_bearer_token(self, api: Api) -> None:
        api.answers["/things"] = []
        plan = plan_of({"url": f"{api.url}/things"}, Secret("hush"))
        rows_of(plan)
        assert api.asked[0][2] == "Bearer hush"
        assert "hush" not in repr(plan)

    def test_credentials_fill_the_auth_that_is_declared(self, api: Api) -> None:
        api.answers["/things"] = []
        auth = {"type": "api_key", "name": "key", "location": "query"}
        rows_of(
            plan_of({"client": {"base_url": api.url, "auth": auth}, "resources": ["things"]}, Secret("hush"))
        )
        assert api.asked[0][1] == {"key": ["hush"]}


class TestIncremental:
    def test_rows_that_share_the_last_value_load_once(self, api: Api, pipeline: dlt.Pipeline) -> None:
        rows = [{"id": 1, "ts": "a"}, {"id": 2, "ts": "b"}]
        plan = plan_of({"client": {"base_url": api.url}, "resources": ["things"]})
        for more in ([], [], [{"id": 3, "ts": "b"}, {"id": 4, "ts": "c"}, {"id": 0, "ts": "0"}]):
            rows += more
            api.answers["/things"] = rows
            pipeline.run(open_resource(plan, "ts").unwrap())
        assert loaded(pipeline, "id, ts") == [(1, "a"), (2, "b"), (3, "b"), (4, "c")]

    def test_a_missing_cursor_is_named_with_the_keys_there_are(self, api: Api) -> None:
        api.answers["/things"] = [{"id": 1, "name": "x"}]
        plan = plan_of({"url": f"{api.url}/things"})
        with pytest.raises(Exception) as caught:  # noqa: PT011 - dlt wraps it
            list(open_resource(plan, "ts").unwrap())
        fault = source_fault(caught.value)
        assert fault.cause == "the column ts is not in a row, which has id, name"

    def test_a_resource_keeps_its_own_incremental(self, api: Api, pipeline: dlt.Pipeline) -> None:
        own = {"cursor_path": "ts", "initial_value": "a", "start_param": "since"}
        plan = plan_of(
            {
                "client": {"base_url": api.url},
                "resources": [{"name": "things", "endpoint": {"path": "things", "incremental": own}}],
            }
        )
        api.answers["/things"] = [{"id": 1, "ts": "b"}]
        for _ in range(2):
            pipeline.run(open_resource(plan, "ts").unwrap())
        assert [asked[1]["since"] for asked in api.asked] == [["a"], ["b"]]
        fault = refused(plan, "other")
        assert isinstance(fault, Invalid)
        assert fault.field == "cursor_field"


class TestFailing:
    @pytest.mark.parametrize(
        ("status", "category"),
        [
            (401, Category.PERMANENT),
            (403, Category.PERMANENT),
            (404, Category.CONFIGURATION),
            (429, Category.TRANSIENT),
            (503, Category.TRANSIENT),
        ],
    )
    def test_a_status_says_whether_to_retry(self, api: Api, status: int, category: Category) -> None:
        api.answers["/things"] = status
        fault = failure_of(plan_of({"url": f"{api.url}/things?api_key=hush"}))
        assert category is fault.category
        assert f"GET {api.url}/things answered {status}" == fault.cause

    def test_a_setting_that_dlt_does_not_know_is_refused_without_its_value(self, api: Api) -> None:
        plan = plan_of({"client": {"base_url": api.url, "tokn": "hush"}, "resources": ["things"]})
        fault = refused(plan)
        assert isinstance(fault, Invalid)
        assert "tokn" in fault.message
        assert "hush" not in fault.message + fault.next_step

    def test_any_answer_counts_as_reached(self, api: Api) -> None:
        assert Success(None) == probe(plan_of({"url": f"{api.url}/things"}).source, 5)
        assert [path for path, _, _ in api.asked] == ["/"]

    def test_a_refused_connection_is_transient(self) -> None:
        fault = probe(plan_of({"url": "http://127.0.0.1:9/x?token=hush"}).source, 5).failure()
        assert isinstance(fault, SourceFailed)
        assert Category.TRANSIENT is fault.category
        assert fault.cause == "GET http://127.0.0.1:9/: the connection was refused"

    def test_silence_is_transient(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            plan = plan_of({"url": f"http://127.0.0.1:{server.getsockname()[1]}/"})
            assert Category.TRANSIENT is probe(plan.source, 0.2).failure().category
