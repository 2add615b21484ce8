"""Whatever an API answers, its credentials go to its own host, and no other host is asked that was not named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from returns.result import Failure

from floe_ingestion_dlt.adapters.sources.rest_api.http import address_of
from floe_ingestion_dlt.domain.faults import Category
from tests.misbehaving.apis import SECRET, Exchange, HostileApi, fault_of, plan_of, rows_of

AUTHS: Final[Mapping[str, dict[str, Any]]] = {
    "bearer": {"auth": {"type": "bearer", "token": SECRET}},
    "key in a header": {
        "auth": {"type": "api_key", "name": "X-Key", "api_key": SECRET, "location": "header"}
    },
    "key in the query": {"auth": {"type": "api_key", "name": "key", "api_key": SECRET, "location": "query"}},
    "basic": {"auth": {"type": "http_basic", "username": "u", "password": SECRET}},
    "own headers": {"headers": {"X-Tenant": SECRET, "Cookie": f"c={SECRET}", "User-Agent": SECRET}},
}
Lead = Callable[[Exchange, str], None]


def in_body(exchange: Exchange, url: str) -> None:
    exchange.say({"results": [{"id": 1}], "next": url}, Set_Cookie="sid=cookie-of-the-api")


def in_header(exchange: Exchange, url: str) -> None:
    exchange.say({"results": [{"id": 1}]}, Link=f'<{url}>; rel="next"', Set_Cookie="sid=cookie-of-the-api")


def redirect(status: int) -> Lead:
    return lambda exchange, url: exchange.say({}, status, Location=url, Set_Cookie="sid=cookie-of-the-api")


LEADS: Final[Mapping[str, tuple[Lead, dict[str, Any]]]] = {
    "a next link": (in_body, {"paginator": {"type": "json_link", "next_url_path": "next"}}),
    "a detected next link": (in_body, {}),
    "a Link header": (in_header, {"paginator": {"type": "header_link"}}),
    "a detected Link header": (in_header, {}),
    **{f"a redirect {status}": (redirect(status), {}) for status in (301, 302, 303, 307, 308)},
}


@pytest.fixture
def other() -> Iterator[HostileApi]:
    with HostileApi(lambda exchange: exchange.say({"results": [{"id": 99}]})) as server:
        yield server


@pytest.fixture(params=LEADS)
def lead(request: pytest.FixtureRequest, other: HostileApi) -> Iterator[tuple[HostileApi, dict[str, Any]]]:
    leads, client = LEADS[request.param]
    with HostileApi(lambda exchange: leads(exchange, f"{other.url}/page2")) as api:
        yield api, {"base_url": api.url, **client}


class TestOtherHosts:
    @pytest.mark.parametrize("auth", AUTHS)
    def test_a_host_that_was_not_named_is_not_asked(
        self, lead: tuple[HostileApi, dict[str, Any]], other: HostileApi, auth: str
    ) -> None:
        api, client = lead
        fault = fault_of(plan_of(client | AUTHS[auth]))
        assert f"{other.url}/page2 is not at {api.url}, where base_url is" in fault.cause
        assert Category.CONFIGURATION is fault.category
        assert "client.allowed_hosts" in fault.next_step
        assert SECRET not in fault.message
        assert other.asked == []

    @pytest.mark.parametrize("auth", AUTHS)
    def test_a_host_that_is_allowed_gets_no_credentials(
        self, lead: tuple[HostileApi, dict[str, Any]], other: HostileApi, auth: str
    ) -> None:
        api, client = lead
        rows = rows_of(plan_of(client | AUTHS[auth] | {"allowed_hosts": [other.place]}))
        assert {"id": 99} in rows
        assert [False] == [asked.has_secret for asked in other.asked]
        assert api.asked[0].has_secret

    @pytest.mark.parametrize("auth", sorted(AUTHS.keys() - {"own headers", "key in the query"}))
    def test_a_host_that_is_trusted_gets_credentials_but_no_cookies(
        self, lead: tuple[HostileApi, dict[str, Any]], other: HostileApi, auth: str
    ) -> None:
        trusted = {"allowed_hosts": "127.0.0.1", "send_credentials_to": "127.0.0.1"}
        rows_of(plan_of(lead[1] | AUTHS[auth] | trusted))
        assert [True] == [asked.has_secret for asked in other.asked]
        assert "Cookie" not in other.asked[0].headers

    def test_a_resource_of_another_host_is_not_asked(self, other: HostileApi) -> None:
        resource = {
            "name": "t",
            "endpoint": {"path": f"{other.url}/t", "params": {"api_key": SECRET, "n": 1}},
        }
        client = {"base_url": "http://127.0.0.1:9/"}
        assert "is not at http://127.0.0.1:9" in fault_of(plan_of(client, resource)).cause
        assert other.asked == []
        rows_of(plan_of(client | {"allowed_hosts": [other.place]}, resource))
        assert ["/t?n=1"] == [asked.path for asked in other.asked]

    def test_a_body_goes_only_where_credentials_may(self, other: HostileApi) -> None:
        with HostileApi(lambda exchange: redirect(307)(exchange, f"{other.url}/x")) as api:
            endpoint = {"path": "t", "method": "POST", "json": {"pin": SECRET}}
            client = {"base_url": api.url, "allowed_hosts": [other.place]}
            fault = fault_of(plan_of(client, {"name": "t", "endpoint": endpoint}))
        assert "would be sent a body" in fault.cause
        assert "client.send_credentials_to" in fault.next_step
        assert other.asked == []

    def test_redirects_of_an_api_to_itself_are_followed_with_credentials(self) -> None:
        def moved(exchange: Exchange) -> None:
            if exchange.path == "/t":
                exchange.say({}, 302, Location=f"{api.url}/moved")
            else:
                exchange.say({"results": [{"id": 1}]})

        with HostileApi(moved) as api:
            assert [{"id": 1}] == rows_of(plan_of({"base_url": api.url} | AUTHS["bearer"]))
        assert [True, True] == [asked.has_secret for asked in api.asked]


class TestTokens:
    @pytest.mark.parametrize("status", [302, 307, 308])
    @pytest.mark.parametrize("place", ["client", "endpoint"])
    def test_a_token_server_keeps_the_secret_to_itself(
        self, other: HostileApi, status: int, place: str
    ) -> None:
        with HostileApi(lambda exchange: redirect(status)(exchange, f"{other.url}/token")) as tokens:
            auth = {
                "type": "oauth2_client_credentials",
                "access_token_url": f"{tokens.url}/token",
                "client_id": "me",
                "client_secret": SECRET,
            }
            endpoint: dict[str, Any] = {"path": "t", "data_selector": "results"}
            client: dict[str, Any] = {"base_url": other.url, "allowed_hosts": [tokens.place]}
            (client if place == "client" else endpoint)["auth"] = auth
            fault = fault_of(plan_of(client, {"name": "t", "endpoint": endpoint}))
        assert f"{other.url}/token is not at {tokens.url}" in fault.cause
        assert other.asked == []
        assert [True] == [asked.has_secret for asked in tokens.asked]


ODD: Final = (
    "//127.0.0.2:{port}/x",
    "http://127.0.0.1:{own}@127.0.0.2:{port}/x",
    "http://127.0.0.1:{own}\\@127.0.0.2:{port}/x",
    "\thttp://127.0.0.2:{port}/x",
    "HTTP://127.0.0.2:{port}/x",
    "http://2130706434:{port}/x",
    "http://0x7f000002:{port}/x",
    "http://127.0.0.2.:{port}/x",
    "http://[::ffff:127.0.0.2]:{port}/x",
    "http://u:p@127.0.0.1:{own}/x",
    "http://169.254.169.254/latest/meta-data/",
    "http://metadata.google.internal/",
    "http://[fe80::1]/",
    "http://2852039166/",
    "file:///etc/passwd",
    "gopher://127.0.0.2/",
    "http://[::1",
)


@pytest.mark.parametrize("lead", ["a next link", "a redirect 302"])
@pytest.mark.parametrize("odd", ODD)
def test_an_address_is_asked_as_it_was_checked_or_not_at_all(lead: str, odd: str) -> None:
    """However an address is written, nobody but the API itself is asked."""
    leads, client = LEADS[lead]
    with HostileApi(lambda exchange: exchange.say({"results": [{"id": 99}]})) as other:

        def behave(exchange: Exchange) -> None:
            leads(exchange, odd.format(own=api.server_port, port=other.server_port))

        with HostileApi(behave) as api:
            fault = fault_of(plan_of({"base_url": api.url} | client))
    assert 1 == len(api.asked)
    assert other.asked == []
    assert fault.category in {Category.CONFIGURATION, Category.PERMANENT}


def test_a_name_that_leads_to_a_link_local_address_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "floe_ingestion_dlt.adapters.sources.rest_api.http_connections.is_never_asked",
        lambda host: host == "127.0.0.1",
    )
    with HostileApi(lambda exchange: exchange.say({"results": []})) as api:
        client = {"base_url": f"http://localhost:{api.server_port}"} | AUTHS["bearer"]
        fault = fault_of(plan_of(client))
    assert "localhost is at 127.0.0.1" in fault.cause
    assert api.asked == []


@pytest.mark.parametrize("path", ["posts/{resources.posts.id}/notes", "posts/{id}/notes"])
@pytest.mark.parametrize(
    "value",
    ["../../admin", "..", "%2e%2e/x", "..%2f..%2fx", "7/%252e%252e/x", "..;/x", "a\\..\\b"],
)
def test_a_value_of_a_row_does_not_lead_out_of_its_part_of_a_path(path: str, value: str) -> None:
    with HostileApi(lambda exchange: exchange.say([{"id": value}])) as api:
        params = {} if "." in path else {"id": {"type": "resolve", "resource": "posts", "field": "id"}}
        notes = {"name": "notes", "endpoint": {"path": path, "params": params}}
        fault = fault_of(plan_of({"base_url": f"{api.url}/v1/"}, "posts", notes))
    assert "part of the path of the resource notes" in fault.cause
    assert value not in fault.message
    assert ["/v1/posts"] == [asked.path for asked in api.asked]


@pytest.mark.parametrize("path", ["posts/{resources.posts.id}/notes", "posts/{id}/notes"])
@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("7?a=1", "7%3Fa=1"),
        ("7#", "7%23"),
        ("100%", "100%25"),
        ("%41", "%2541"),
        ("x y", "x%20y"),
        ("é", "%C3%A9"),
        ("a&b", "a&b"),
        ("octo/repo", "octo/repo"),
        ("a\\b", "a%5Cb"),
        ("{id}", "%7Bid%7D"),
        (7, "7"),
    ],
)
def test_a_value_of_a_row_is_quoted_in_a_path_and_nowhere_else(path: str, value: object, sent: str) -> None:
    def behave(exchange: Exchange) -> None:
        exchange.say([{"id": value}] if exchange.path == "/v1/posts" else [{"text": "x"}])

    with HostileApi(behave) as api:
        params = {} if "." in path else {"id": {"type": "resolve", "resource": "posts", "field": "id"}}
        endpoint = {"path": path, "params": {**params, "same": "{resources.posts.id}"}}
        notes = {"name": "notes", "endpoint": endpoint, "include_from_parent": ["id"]}
        rows = rows_of(plan_of({"base_url": f"{api.url}/v1/"}, "posts", notes))
    assert [{"text": "x", "_posts_id": value}] == rows
    _, asked = api.asked
    assert f"/v1/posts/{sent}/notes" == asked.path.partition("?same=")[0]
    assert str(value) == parse_qs(urlsplit(asked.path).query)["same"][0]


@pytest.mark.parametrize("value", ["//evil.example/x", "@evil.example", "http://evil.example/", "a/b", "7"])
def test_a_value_of_a_row_does_not_change_the_host(value: str) -> None:
    with HostileApi(lambda exchange: exchange.say([{"id": value}])) as api:
        notes = {"name": "notes", "endpoint": {"path": "{resources.posts.id}"}}
        try:
            rows_of(plan_of({"base_url": f"{api.url}/v1/"}, "posts", notes))
        except Exception as error:  # noqa: BLE001 - dlt wraps it
            assert "evil.example" in value and "nothing was sent there" in str(error)  # noqa: PT017, PT018
    assert all(asked.path.startswith("/v1/") for asked in api.asked)


def test_the_cursors_last_value_does_not_lead_out_of_its_part_of_a_path() -> None:
    with HostileApi(lambda exchange: exchange.say([{"ts": "../admin"}])) as api:
        incremental = {"cursor_path": "ts", "initial_value": "../admin"}
        endpoint = {"path": "since/{incremental.start_value}", "incremental": incremental}
        fault = fault_of(plan_of({"base_url": api.url}, {"name": "t", "endpoint": endpoint}))
    assert "the cursor's last value, which is part of the path of the resource t" in fault.cause
    assert api.asked == []


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("http://bücher.example/é b", "http://xn--bcher-kva.example/é b"),
        ("http://xn--bcher-kva.example/", "http://xn--bcher-kva.example/"),
        ("http://api.example/é", "http://api.example/é"),
    ],
)
def test_a_name_in_other_letters_is_asked_as_requests_writes_it(url: str, sent: str) -> None:
    assert sent == address_of(url).unwrap().url


@pytest.mark.parametrize("url", ["http://\u2100.example/", "http://b\u200bad.example/", 7, None])
def test_a_name_that_has_no_ascii_form_is_refused(url: object) -> None:
    assert isinstance(address_of(url), Failure)
