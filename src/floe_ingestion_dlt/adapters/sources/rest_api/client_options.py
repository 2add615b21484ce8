"""Our own options of an API's client; the others are dlt's and are not changed."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    model_validator,
)
from returns.result import Failure

from floe_ingestion_dlt.adapters.sources.options import Text
from floe_ingestion_dlt.boundary.validation import ONE_OR_MORE, Strict
from floe_ingestion_dlt.domain.addresses import Place
from floe_ingestion_dlt.domain.api_limits import MOST_BYTES, ApiLimits


def _host(text: str) -> str:
    match Place.parse(text):
        case Failure(reason):
            raise ValueError(f"a host such as cdn.example or cdn.example:8443 is needed; this one {reason}")
    return text


Host: TypeAlias = Annotated[Text, AfterValidator(_host)]
Hosts: TypeAlias = Annotated[tuple[Host, ...], ONE_OR_MORE]


class OfClient(Strict):
    """Other hosts to which requests may go, and how much is read."""

    allowed_hosts: Hosts = Field((), description="Other hosts to which requests may go.")
    send_credentials_to: Hosts = Field((), description="Those of them that may see the credentials.")
    max_response_bytes: StrictInt = Field(MOST_BYTES, ge=1, description="The largest answer.")
    max_pages: StrictInt | None = Field(None, ge=1, description="How many pages a read may have.")
    allow_repeated_requests: StrictBool = Field(
        default=False, description="Whether a read may send the same request twice."
    )
    conditional_requests: Literal["auto", "off"] = Field(
        "auto", description="Whether an answer that has not changed is not read again."
    )
    parallel_requests: StrictInt = Field(1, ge=1, le=32, description="How many pages are requested at once.")

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        missing = set(_places(self.send_credentials_to)) - set(_places(self.allowed_hosts))
        if missing:
            hosts = ", ".join(sorted(place.host for place in missing))
            raise ValueError(f"send_credentials_to: {hosts} must be among allowed_hosts, too, written alike")
        return self

    @property
    def limits(self) -> ApiLimits:
        return ApiLimits(
            _places(self.allowed_hosts),
            _places(self.send_credentials_to),
            self.max_response_bytes,
            self.max_pages,
            self.allow_repeated_requests,
            self.conditional_requests == "auto",
            self.parallel_requests,
        )


class Client(OfClient):
    """dlt's client with our options in it."""

    model_config = ConfigDict(extra="allow")

    @model_validator(mode="after")
    def _sends_itself(self) -> Self:
        own = self.model_fields_set & OURS
        if self.of_dlt.get("session") is not None and own:
            raise ValueError(
                f"{', '.join(sorted(own))}: not with a session of your own, which decides by itself what it sends"
            )
        return self

    @property
    def of_dlt(self) -> dict[str, object]:
        return dict(self.model_extra or {})


OURS: Final = frozenset(OfClient.model_fields)


def _places(hosts: tuple[str, ...]) -> tuple[Place, ...]:
    return tuple(Place.parse(host).unwrap() for host in hosts)
