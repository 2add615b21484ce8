from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from floe_ingestion_dlt.adapters.sources.parsing import parse_source
from floe_ingestion_dlt.adapters.sources.rest_api.kind import REST_API
from floe_ingestion_dlt.adapters.sources.rest_api.settings import RestApi
from floe_ingestion_dlt.domain.addresses import Place
from floe_ingestion_dlt.domain.api_limits import ApiLimits


def parsed(config: dict[str, Any]) -> RestApi:
    source = parse_source(REST_API, config, None).source
    assert isinstance(source, RestApi)
    return source


def client(**options: Any) -> dict[str, Any]:
    return {"client": {"base_url": "https://h/", **options}, "resources": ["t"]}


GIVEN = {
    "allowed_hosts": ["cdn.example", "other.example:8443"],
    "send_credentials_to": "cdn.example",
    "max_response_bytes": 1000,
    "max_pages": 7,
    "allow_repeated_requests": True,
    "conditional_requests": "off",
}
LIMITS = ApiLimits(
    allowed_hosts=(Place("cdn.example"), Place("other.example", 8443)),
    send_credentials_to=(Place("cdn.example"),),
    max_response_bytes=1000,
    max_pages=7,
    allow_repeated_requests=True,
    asks_for_changes=False,
)


def test_options_of_ours_do_not_reach_dlt() -> None:
    source = parsed(client(auth={"token": "hush"}, **GIVEN))
    assert LIMITS == source.limits
    assert {"base_url": "https://h/", "auth": {"token": "hush"}} == source.config["client"]


def test_the_short_form_has_them_too() -> None:
    assert LIMITS == parsed({"url": "https://h/t", **GIVEN}).limits


def test_what_is_not_said_is_bounded() -> None:
    assert ApiLimits() == parsed(client()).limits == parsed({"url": "https://h/t"}).limits


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"allowed_hosts": ["*.example"]}, "allowed_hosts"),
        ({"allowed_hosts": ["https://u:hush@h"]}, "allowed_hosts"),
        ({"allowed_hosts": 7}, "allowed_hosts"),
        ({"send_credentials_to": ["cdn.example"]}, "cdn.example must be among allowed_hosts"),
        ({"max_response_bytes": 0}, "max_response_bytes"),
        ({"max_response_bytes": "1000"}, "max_response_bytes"),
        ({"max_pages": 0}, "max_pages"),
        ({"allow_repeated_requests": "yes"}, "allow_repeated_requests"),
        ({"conditional_requests": True}, "conditional_requests"),
        ({"session": object(), "max_pages": 1}, "max_pages: not with a session of your own"),
    ],
)
def test_an_option_that_cannot_be_used_is_named_without_what_was_given(
    options: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        parsed(client(**options))
    assert told in str(caught.value)
    assert "hush" not in str(caught.value)
