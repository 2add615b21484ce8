"""Settings of an API that dlt cannot use are named as the user has written them."""

from __future__ import annotations

from typing import Any

import pytest

from floe_ingestion_dlt.domain.faults import Invalid
from tests.unit.adapters.rest_plans import Api, plan_of, plans_of, refused, rows_of


@pytest.mark.parametrize(
    ("paginator", "field", "given", "wanted"),
    [
        ("pages", "paginator", "pages", "one of the types json_link"),
        ({"type": "pages"}, "paginator", "pages", "one of the types json_link"),
        ({"type": "offset"}, "paginator.limit", "", "a value"),
        (
            {"type": "offset", "limit": 3, "total_pth": "x"},
            "paginator",
            "total_pth",
            "total_path, if that is meant",
        ),
        (
            {"type": "offset", "limit": "3"},
            "paginator",
            None,
            "values of the right types for the fields of offset",
        ),
        ({"type": "json_link", "next_url_path": "a b"}, "paginator", None, "values of the right types"),
    ],
)
@pytest.mark.parametrize("form", ["short", "resource", "client"])
def test_a_paginator_that_cannot_be_used_is_named_by_its_field(
    form: str, paginator: Any, field: str, given: str | None, wanted: str
) -> None:
    client = {"base_url": "http://h"}
    config, place = {
        "short": ({"url": "http://h/x", "paginator": paginator}, "source_config."),
        "client": (
            {"client": client | {"paginator": paginator}, "resources": ["x"]},
            "source_config.client.",
        ),
        "resource": (
            {"client": client, "resources": ["a", {"name": "x", "endpoint": {"paginator": paginator}}]},
            "source_config.resources[1].endpoint.",
        ),
    }[form]
    *_, plan = plans_of(config)
    fault = refused(plan)
    assert isinstance(fault, Invalid)
    assert (place + field, given) == (fault.field, fault.given)
    assert fault.wanted.startswith(wanted)


def test_braces_in_a_url_are_filled_by_params_or_doubled(api: Api) -> None:
    api.answers |= {"/7/x": [{"id": 1}], "/{7}/x": [{"id": 2}]}
    assert [{"id": 1}] == rows_of(plan_of({"url": f"{api.url}/{{id}}/x", "params": {"id": 7}}))


@pytest.mark.parametrize(
    ("client", "resource", "place", "given", "wanted"),
    [
        ({"header": {}}, "x", "source_config.client", "header", "headers, if that is meant"),
        (
            {},
            {"name": "x", "endpoint": {"pth": "y"}},
            "source_config.resources[0].endpoint",
            "pth",
            "path, if",
        ),
        ({}, {"name": "x", "qqq": 1}, "source_config.resources[0]", "qqq", "one of "),
    ],
)
def test_an_option_that_dlt_does_not_have_is_named(
    client: dict[str, Any], resource: Any, place: str, given: str, wanted: str
) -> None:
    fault = refused(plan_of({"client": {"base_url": "http://h", **client}, "resources": [resource]}))
    assert isinstance(fault, Invalid)
    assert (place, given) == (fault.field, fault.given)
    assert fault.wanted.startswith(wanted)


@pytest.mark.parametrize(
    ("auth", "field", "given", "wanted"),
    [
        (
            {"type": "bearr", "token": "hush"},
            "auth.type",
            "bearr",
            "bearer, if that is meant, or one of the types",
        ),
        ({"type": "digest", "token": "hush"}, "auth.type", "digest", "one of the types bearer, api_key"),
        ({"type": "bearer", "tokn": "hush"}, "auth", "tokn", "token, if that is meant"),
        (
            {"type": "http_basic", "user": "u", "password": "hush"},
            "auth",
            "user",
            "username, if that is meant",
        ),
        ("hush", "auth.type", None, "one of the types bearer"),
    ],
)
def test_an_auth_that_cannot_be_used_is_named_without_its_secrets(
    auth: Any, field: str, given: str | None, wanted: str
) -> None:
    (plan,) = plans_of({"client": {"base_url": "http://h", "auth": auth}, "resources": ["x"]})
    fault = refused(plan)
    assert isinstance(fault, Invalid)
    assert (f"source_config.client.{field}", given) == (fault.field, fault.given)
    assert fault.wanted.startswith(wanted)
    assert "hush" not in f"{fault.message} {fault.next_step}"
