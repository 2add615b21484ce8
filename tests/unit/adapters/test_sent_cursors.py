"""The values of cursors are sent in the form that the API wants, and kept as they came."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import dlt
import pytest
from pydantic import ValidationError

from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.library_errors.source_errors import source_fault
from tests.sources import open_resource
from tests.unit.adapters.rest_plans import Api, plan_of, plans_of, rows_of

CURSOR: dict[str, Any] = {"cursor_path": "at"}
ROWS = [{"id": 1, "at": "2024-01-31T10:00:00.9Z"}]


@pytest.fixture
def active(pipeline: dlt.Pipeline) -> Iterator[dlt.Pipeline]:
    """A pipeline whose state the next test does not see."""
    yield pipeline
    pipeline.deactivate()


def long(api: Api | None = None, **endpoint: Any) -> dict[str, Any]:
    resource = {"name": "things", "endpoint": {"path": "things", **endpoint}}
    return {"client": {"base_url": api.url if api else "https://h/"}, "resources": [resource]}


def sent_by(api: Api, config: dict[str, Any]) -> dict[str, list[str]]:
    api.answers["/things"] = []
    rows_of(plan_of(config))
    return api.asked[-1][1]


def refusal_of(config: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        plan_of(config)
    return str(caught.value)


@pytest.mark.parametrize(
    ("settings", "since", "until"),
    [
        ({"format": "epoch_s"}, "1706695200", "1706781601"),
        ({"format": "epoch_ms"}, "1706695200900", "1706781600001"),
        ({"format": "date"}, "2024-01-31", "2024-02-02"),
        ({"format": "date", "timezone": "-11:00"}, "2024-01-30", "2024-02-01"),
        ({"format": "iso"}, "2024-01-31T10:00:00.9Z", "2024-02-01T10:00:00.0001Z"),
        (
            {"format": "iso", "timezone": "Europe/Berlin"},
            "2024-01-31T11:00:00.900+01:00",
            "2024-02-01T11:00:00.000100+01:00",
        ),
    ],
)
def test_a_start_is_rounded_down_and_an_end_up(
    api: Api, settings: dict[str, Any], since: str, until: str
) -> None:
    ends = {"initial_value": "2024-01-31T10:00:00.9Z", "end_value": "2024-02-01T10:00:00.0001Z"}
    incremental = {**CURSOR, **ends, **settings, "start_param": "since", "end_param": "until"}
    assert {"since": [since], "until": [until]} == sent_by(api, long(api, incremental=incremental))


def test_equal_ends_are_told_apart(api: Api) -> None:
    ends = {"initial_value": 1706695200.5, "end_value": 1706695200.5, "range_end": "closed"}
    incremental = {**CURSOR, **ends, "format": "epoch_s", "start_param": "since", "end_param": "until"}
    assert {"since": ["1706695200"], "until": ["1706695201"]} == sent_by(
        api, long(api, incremental=incremental)
    )


def test_a_cursor_that_goes_down_begins_at_a_bound_that_is_rounded_up(api: Api) -> None:
    incremental = {**CURSOR, "initial_value": 1706695200.5, "last_value_func": min}
    sent = {"format": "epoch_s", "start_param": "until"}
    assert {"until": ["1706695201"]} == sent_by(api, long(api, incremental=incremental | sent))


@pytest.mark.parametrize(
    "end", [date(2024, 2, 1), 1706745600, "2024-02-01", datetime(2024, 2, 1, tzinfo=UTC)]
)
def test_an_end_of_any_type_is_sent(api: Api, end: object) -> None:
    start = "2024-01-01" if not isinstance(end, int) else 0
    incremental = {**CURSOR, "initial_value": start, "end_value": end, "end_param": "until"}
    config = long(api, incremental={**incremental, "format": "epoch_s"})
    assert {"until": ["1706745600"]} == sent_by(api, config)


def test_what_is_no_cursor_is_not_changed() -> None:
    resources: list[Any] = ["a", {"name": "b"}, {"name": "c", "endpoint": "path"}]
    resources += [{"name": "d", "endpoint": {"params": {"format": "json"}, "path": "d"}}]
    config = {"client": {"base_url": "https://h/"}, "resources": resources}
    assert tuple(resources) == plans_of(config)[0].source.config["resources"]  # type: ignore[attr-defined]


def test_placeholders_have_the_form_too(api: Api) -> None:
    ends = {"initial_value": "2024-01-31T10:00:00Z", "end_value": "2024-02-01T10:00:00Z"}
    params = {"from": "{incremental.start_value}", "q": "until:{incremental.end_value}"}
    config = long(api, params=params, incremental={**CURSOR, **ends, "format": "date"})
    assert {"from": ["2024-01-31"], "q": ["until:2024-02-02"]} == sent_by(api, config)


def test_a_path_has_the_form_too(api: Api) -> None:
    api.answers["/things/2024-01-31"] = ROWS
    incremental = {**CURSOR, "initial_value": "2024-01-31T10:00:00Z", "format": "date"}
    resource = {
        "name": "t",
        "endpoint": {"path": "things/{incremental.start_value}", "incremental": incremental},
    }
    assert ROWS == rows_of(plan_of({"client": {"base_url": api.url}, "resources": [resource]}))


@pytest.mark.parametrize("form", ["short", "short params", "params", "defaults"])
def test_a_cursor_has_a_form_wherever_it_is_declared(api: Api, form: str) -> None:
    incremental = {**CURSOR, "initial_value": 1706695200500, "format": "epoch_s"}
    in_param = {"params": {"since": {"type": "incremental", **incremental}}}
    as_param = {"incremental": {**incremental, "start_param": "since"}}
    config = {
        "short": {"url": f"{api.url}/things", **as_param},
        "short params": {"url": f"{api.url}/things", **in_param},
        "params": long(api, **in_param),
        "defaults": {
            "client": {"base_url": api.url},
            "resource_defaults": {"endpoint": as_param},
            "resources": ["things"],
        },
    }[form]
    assert {"since": ["1706695200"]} == sent_by(api, config)


def test_the_first_load_sends_no_start(api: Api) -> None:
    incremental = {**CURSOR, "format": "epoch_s", "start_param": "since"}
    assert {} == sent_by(api, long(api, incremental=incremental))


def test_what_is_kept_is_the_value_as_it_came(api: Api, active: dlt.Pipeline) -> None:
    plan = plan_of(long(api, incremental={**CURSOR, "format": "date", "start_param": "since"}))
    api.answers["/things"] = ROWS
    for _ in range(2):
        active.run(open_resource(plan, None).unwrap())
    assert [{}, {"since": ["2024-01-31"]}] == [params for _, params, _ in api.asked]
    (source,) = active.state["sources"].values()
    (state,) = source["resources"]["Copied"]["incremental"].values()
    assert "2024-01-31T10:00:00.9Z" == state["last_value"]


def test_a_value_that_is_no_time_is_refused_without_showing_it(api: Api, active: dlt.Pipeline) -> None:
    plan = plan_of(long(api, incremental={**CURSOR, "format": "epoch_s", "start_param": "since"}))
    api.answers["/things"] = [{"id": 1, "at": "n/a"}]
    active.run(open_resource(plan, None).unwrap())
    with pytest.raises(Exception) as caught:  # noqa: PT011 - dlt wraps it
        active.run(open_resource(plan, None).unwrap())
    fault = source_fault(caught.value)
    assert Category.CONFIGURATION is fault.category
    assert "resources[0].endpoint.incremental has a value that is no time" in fault.message
    assert "Remove format" in fault.next_step
    assert "n/a" not in fault.message + fault.next_step


def test_dates_that_yaml_has_read_are_texts_for_dlt(api: Api) -> None:
    incremental = {**CURSOR, "initial_value": date(2024, 1, 1), "format": "epoch_s", "start_param": "since"}
    api.answers["/things"] = ROWS
    assert ROWS == rows_of(plan_of(long(api, incremental=incremental)))
    assert {"since": ["1704067200"]} == api.asked[-1][1]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (
            {"format": "unix"},
            "format: 'unix' cannot be used. Set {}.format to one of iso, epoch_s, epoch_ms, date",
        ),
        ({"format": ["iso"]}, "format: \"['iso']\" cannot be used"),
        ({"timezone": "UTC"}, "format is missing. Set {}.format to one of iso, epoch_s"),
        (
            {"format": "iso", "timezone": "Berlin"},
            "timezone: 'Berlin' cannot be used. Set {}.timezone to UTC",
        ),
        ({"format": "iso", "timezone": 600}, "timezone: '600' cannot be used. Set {}.timezone to UTC"),
        ({"format": "date", "initial_value": "soon"}, "initial_value: 'soon' cannot be used"),
        (
            {"format": "date", "initial_value": 0, "end_value": "9999-12-31T01:00:00Z"},
            "end_value: '9999-12-31T01:00:00Z' cannot be used",
        ),
        ({"format": "date", "convert": str}, "convert cannot be used here"),
    ],
)
@pytest.mark.parametrize(
    ("place", "config"),
    [
        ("resources[0].endpoint.incremental", lambda settings: long(incremental=settings)),
        ("incremental", lambda settings: {"url": "https://h/t", "incremental": settings}),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    settings: dict[str, Any], told: str, place: str, config: Any
) -> None:
    refused = refusal_of(config({**CURSOR, **settings}))
    assert f"{place}.{told.format(place)}" in refused
