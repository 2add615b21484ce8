"""The HTTP session of an API: where its requests may go, and with which credentials."""

from __future__ import annotations

import copy
import time
from typing import Any, Final, final
from urllib.parse import urlsplit

import requests
from requests.structures import CaseInsensitiveDict
from returns.result import Failure, Result

from floe_ingestion_dlt.adapters.dlt_api.rest_internals import HttpSession
from floe_ingestion_dlt.adapters.sources.rest_api.conditional import Conditions
from floe_ingestion_dlt.adapters.sources.rest_api.http_adapter import RetryingAdapter, busy_fault
from floe_ingestion_dlt.adapters.sources.rest_api.pages import Walks
from floe_ingestion_dlt.adapters.sources.rest_api.pages_ahead import PagesAhead
from floe_ingestion_dlt.domain.addresses import Address
from floe_ingestion_dlt.domain.api_limits import ApiLimits
from floe_ingestion_dlt.domain.faults import Category, Fault, SourceFailed
from floe_ingestion_dlt.domain.request_targets import CHECK, Passage, Reach, Refusal
from floe_ingestion_dlt.domain.retry_policy import exhausted
from floe_ingestion_dlt.domain.secret_names import is_secret_name
from floe_ingestion_dlt.library_errors.source_errors import address_in_words, place_of
from floe_ingestion_dlt.ports.retries import Retries
from floe_ingestion_dlt.ports.source import SourceError, unreadable

# No browser keeps more cookies of one host, but a server may send new ones with each answer.
MOST_COOKIES: Final = 180
EXPIRED: Final = (
    "Run again: a new token is requested if the source allows it. Otherwise renew the source's credentials."
)
_BASE: Final = "Set it to an address without that."
_NO_BODY: Final = "If that host may receive it, add the host to client.send_credentials_to, too."


class ApiSession(HttpSession):
    """A session for dlt's REST client that keeps for which resources its credentials were accepted."""

    def __init__(self, reach: Reach | None, limits: ApiLimits, retries: Retries) -> None:
        super().__init__(raise_for_status=False)
        self._reach, self._retries = reach, retries
        self._walks = Walks(limits)
        self._accepted: set[str] = set()
        self.conditions: Conditions | None = None
        adapter = RetryingAdapter(retries, limits.max_response_bytes, limits.parallel_requests)
        self.mount("https://", adapter)
        self.mount("http://", adapter)
        self.ahead = adapter.ahead = PagesAhead(self._prepared, adapter.once, limits.parallel_requests)

    def __deepcopy__(self, _: object) -> ApiSession:
        """The session itself: dlt copies what it checks."""
        return self

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """The request, which is the next page of its reading."""
        prepared = self._prepared(request)
        page = self._walks.step(request, prepared)
        if self.conditions is not None:
            self.conditions.ask(prepared, page)
        return prepared

    def _prepared(self, request: requests.Request) -> requests.PreparedRequest:
        """The request, with credentials only if its host may have them."""
        passage = self._passage(request.url)
        copied = copy.copy(request)
        copied.url = passage.address.url
        if not passage.with_credentials:
            params = copied.params if isinstance(copied.params, dict) else {}
            copied.params = {name: value for name, value in params.items() if not is_secret_name(str(name))}
            copied.headers, copied.cookies, copied.auth = {}, None, _no_credentials
        return super().prepare_request(copied)

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """The answer to a request, also to that of a redirect, which requests prepares by itself."""
        passage = self._passage(request.url)
        request.url = passage.address.url
        if not passage.is_home:
            request.headers.pop("Cookie", None)
        if self.conditions is not None:
            self.conditions.only_where_asked(request)
        if not passage.with_credentials:
            request.headers = CaseInsensitiveDict(self.headers)
            if request.body:
                raise unreadable(
                    f"{place_of(request)} would be sent a body, which may hold credentials",
                    _NO_BODY,
                    Category.CONFIGURATION,
                )
        answer: requests.Response = super().send(request, **options)  # type: ignore[no-untyped-call]  # dlt's
        if len(self.cookies) > MOST_COOKIES:
            self.cookies.clear()
        return answer

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """The target of a redirect; raises if it is no address, because requests would fail in other ways."""
        try:
            target = super().get_redirect_target(resp)
            urlsplit(target or "")
        except ValueError:
            raise unreadable(
                f"{place_of(resp.request)} redirects to a text that is not an address", CHECK
            ) from None
        return target

    def resolve_redirects(self, *args: Any, **options: Any) -> Any:
        """The answers to redirects, which must all begin within the time of one answer."""
        ends = time.monotonic() + self._retries.deadline
        for answer in super().resolve_redirects(*args, **options):
            if time.monotonic() > ends:
                cause = f"redirects led to {place_of(answer.request)}, and on, for {self._retries.deadline:g} seconds"
                raise SourceError(SourceFailed(cause, Category.TRANSIENT, CHECK, is_exhausted=True))
            yield answer

    def should_strip_auth(self, old_url: str, new_url: str) -> bool:  # noqa: ARG002 - that of requests
        """Whether credentials are removed from a redirect; requests knows no other hosts that may have them."""
        return not self._passage(new_url).with_credentials

    def _passage(self, url: object) -> Passage:
        address = address_of(url)
        if isinstance(address, Failure):
            raise _refused(url, Refusal(address.failure(), CHECK))
        passage = (self._reach or Reach(address.unwrap())).admit(address.unwrap())
        if isinstance(passage, Failure):
            raise _refused(url, passage.failure())
        return passage.unwrap()

    def look_at(self, resource: str, response: requests.Response) -> None:
        """Remember a good answer of the resource; raise for a bad one that a retry may fix."""
        if response.is_redirect:
            return
        if response.ok:
            self._accepted.add(resource)
            if self.conditions is not None:
                self.conditions.look_at(response)
            return
        if (busy := busy_fault(response)) is not None:
            raise SourceError(exhausted(busy))
        if response.status_code == requests.codes.unauthorized and resource in self._accepted:
            cause = f"{place_of(response.request)} answered 401 after it had answered before: the credentials expired"
            raise SourceError(SourceFailed(cause, Category.TRANSIENT, EXPIRED))


@final
class TokenSession(ApiSession):
    """A session that requests tokens: the secret is sent to the token's URL only, and redirects to other hosts are refused."""

    def __init__(self, limits: ApiLimits, retries: Retries) -> None:
        super().__init__(None, limits, retries)

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        self._reach = address_of(request.url).map(Reach).value_or(None)
        return super().prepare_request(request)


def reach_of(base_url: str, limits: ApiLimits) -> Result[Reach, Fault]:
    """Where requests to the API may go; a fault if the address is ambiguous."""
    parsed = address_of(base_url)
    reaches = parsed.map(lambda base: Reach(base, limits.allowed_hosts, limits.send_credentials_to))
    return reaches.alt(
        lambda reason: SourceFailed(f"client.base_url {reason}", Category.CONFIGURATION, _BASE)
    )


def address_of(url: object) -> Result[Address, str]:
    """The address, with its host in ASCII as requests writes it; or why it is refused."""
    if not isinstance(url, str):
        return Failure(f"is no text but a {type(url).__name__}")
    return Address.parse(url if url.isascii() else _in_ascii(url))


def _in_ascii(url: str) -> str:
    try:
        address = urlsplit(url)
        host = address.hostname or ""
        if host.isascii():
            return url
        prepared = requests.PreparedRequest()
        prepared.prepare_url(f"https://{host}/", None)
        encoded = urlsplit(prepared.url or "").hostname or ""
    except (ValueError, requests.RequestException):
        return url
    return url.replace(host, encoded, 1)


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """No credentials, not even those of .netrc."""
    return request


def _refused(url: object, refusal: Refusal) -> SourceError:
    named = address_in_words(url) if isinstance(url, str) else "an address"
    cause = f"{named} {refusal.reason}: nothing was sent there"
    return unreadable(cause, refusal.next_step, Category.CONFIGURATION)
