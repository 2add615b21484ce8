"""Which addresses the requests of a source may have, and whether they carry credentials."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.addresses import PORTS, Address, Origin, Place, is_never_asked

CHECK: Final = "Check what the API answers, or ask its owner."
ALLOW: Final = (
    "If requests may go to that host, add it to client.allowed_hosts. If it may receive the credentials, add it to"
    " client.send_credentials_to, too."
)
NEVER: Final = "No option allows this: such an address may return the credentials of this machine."


@final
@dataclass(frozen=True, slots=True)
class Refusal:
    """Why no request goes to an address; *reason* continues a sentence that starts with the address."""

    reason: str
    next_step: str


@final
@dataclass(frozen=True, slots=True)
class Passage:
    """An address to which a request may go: *with_credentials* or without; cookies only if it *is_home*, the API itself."""

    address: Address
    with_credentials: bool
    is_home: bool


@final
@dataclass(frozen=True, slots=True)
class Reach:
    """The API's *base* address, other *allowed* places, and those of them that are *trusted* with credentials."""

    base: Address
    allowed: tuple[Place, ...] = field(default=())
    trusted: tuple[Place, ...] = field(default=())

    def admit(self, address: Address) -> Result[Passage, Refusal]:
        """How a request may go to *address*, wherever it was found; a failure says why not."""
        if self._is_sent_in_the_clear(address):
            address = address.over_tls()
        origin, home = address.origin, self.base.origin
        if is_never_asked(origin.host):
            return Failure(Refusal("is link-local, or may return the credentials of this machine", NEVER))
        if address.userinfo and (address.userinfo, origin) != (self.base.userinfo, home):
            return Failure(Refusal("has a user name that is not the one in base_url", CHECK))
        if origin.scheme == "http" and home.scheme == "https":
            return Failure(Refusal(f"is not encrypted, and {home} is", CHECK))
        if origin == home or _is_encrypted(home, origin):
            return Success(Passage(address, with_credentials=True, is_home=True))
        if not any(place.has(origin) for place in self.allowed):
            return Failure(Refusal(f"is not at {home}, where base_url is", ALLOW))
        trusted = any(place.has(origin) for place in self.trusted)
        return Success(Passage(address, with_credentials=trusted, is_home=False))

    def _is_sent_in_the_clear(self, address: Address) -> bool:
        """Whether an API behind a proxy that terminates TLS returned its own address with http."""
        return address.origin == Origin("http", self.base.origin.host, PORTS["http"]) and _is_encrypted(
            address.origin, self.base.origin
        )


def _is_encrypted(origin: Origin, other: Origin) -> bool:
    """Whether *other* is *origin* over TLS, both at their usual ports."""
    usual = tuple(Origin(scheme, origin.host, port) for scheme, port in PORTS.items())
    return (origin, other) == usual
