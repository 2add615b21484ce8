"""Answers in which the records are not where they are looked for."""

from __future__ import annotations

import pytest

from floe_ingestion_dlt.domain.faults import Category, Invalid
from tests.unit.adapters.rest_plans import Api, failure_of, plan_of, plans_of, refused, rows_of


class TestAnswersWithoutRecords:
    @pytest.mark.parametrize(
        ("answer", "selector", "told"),
        [
            ({"items": [{"id": 1}]}, "results", "an object with items and nothing at results"),
            ({"items": [{"id": 1}]}, "results[*]", "an object with items and nothing at results[*]"),
            ([{"id": 1}], "results", "a list and nothing at results"),
            ({"data": {"id": 1, "name": "x"}}, "data", "one object at data, an object with id, name"),
            ({"error": "gone", "code": 7}, None, "an object with error, code"),
            ({}, None, "an object with no keys"),
        ],
    )
    def test_an_answer_without_a_list_of_records_is_told_by_its_keys(
        self, api: Api, answer: object, selector: str | None, told: str
    ) -> None:
        api.answers["/things"] = answer
        plan = plan_of(
            {"url": f"{api.url}/things?key=hush"} | ({"data_selector": selector} if selector else {})
        )
        fault = failure_of(plan)
        expected = f"the resource things has no list of records: GET {api.url}/things answered with {told}"
        assert (expected, Category.CONFIGURATION) == (fault.cause, fault.category)
        assert "data_selector" in fault.next_step

    @pytest.mark.parametrize(
        ("answer", "selector"),
        [
            ({"results": []}, "results"),
            ({"results": []}, "results[*]"),
            ({"results": [{"id": 0}]}, "results[?(@.id > 0)]"),
            ({"results": None}, "results"),
            ([], None),
            ({"results": []}, None),
        ],
    )
    def test_a_list_without_records_is_no_error(self, api: Api, answer: object, selector: str | None) -> None:
        api.answers["/things"] = answer
        selected = {"data_selector": selector} if selector else {}
        assert rows_of(plan_of({"url": f"{api.url}/things"} | selected)) == []

    @pytest.mark.parametrize("selector", ["$", "[*]", "things[0]", "things[?(@.id > 0)]"])
    def test_one_record_loads_where_it_was_asked_for(self, api: Api, selector: str) -> None:
        record = {"id": 1, "name": "x"}
        api.answers["/thing"] = {"$": record, "[*]": [record]}.get(selector, {"things": [record]})
        assert rows_of(plan_of({"url": f"{api.url}/thing", "data_selector": selector})) == [record]

    def test_a_path_that_ends_in_a_parameter_answers_with_one_record(self, api: Api) -> None:
        api.answers |= {"/posts": [{"id": 7}], "/posts/7": {"id": 7, "text": "x"}}
        resources = ["posts", {"name": "post", "endpoint": {"path": "posts/{resources.posts.id}"}}]
        _, plan = plans_of({"client": {"base_url": api.url}, "resources": resources})
        assert [{"id": 7, "text": "x"}] == rows_of(plan)

    def test_a_later_page_is_looked_at_too(self, api: Api) -> None:
        api.answers |= {"/things": {"items": [{"id": 1}], "next": f"{api.url}/more"}, "/more": {"error": "x"}}
        paginator = {"type": "json_link", "next_url_path": "next"}
        fault = failure_of(plan_of({"url": f"{api.url}/things", "paginator": paginator}))
        assert f"GET {api.url}/more answered with an object with error" in fault.cause

    def test_a_page_that_is_not_json_is_named(self, api: Api) -> None:
        api.answers["/things"] = b"<html>log in</html>"
        fault = failure_of(plan_of({"url": f"{api.url}/things?key=hush"}))
        assert (
            f"GET {api.url}/things answered 200 with application/json, which is not JSON: a web page (HTML)"
            == fault.cause
        )

    def test_a_declared_action_still_ignores_a_status(self, api: Api) -> None:
        api.answers["/things"] = 404
        endpoint = {"path": "things", "response_actions": [{"status_code": 404, "action": "ignore"}]}
        resources = [{"name": "things", "endpoint": endpoint}]
        assert rows_of(plan_of({"client": {"base_url": api.url}, "resources": resources})) == []

    def test_a_selector_that_is_no_path_is_refused_before_anything_is_read(self, api: Api) -> None:
        fault = refused(plan_of({"url": f"{api.url}/things", "data_selector": "a b"}))
        assert isinstance(fault, Invalid)
        assert (fault.field, fault.given) == ("data_selector", "a b")
        assert api.asked == []
