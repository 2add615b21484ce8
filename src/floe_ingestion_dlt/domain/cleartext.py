"""Which settings send requests to other hosts without encryption."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, final

from floe_ingestion_dlt.domain.addresses import configured_origin, is_local

# The ends of the names of settings with addresses of servers; in others, such as headers, no request goes to an address.
_NAMES: Final = ("uri", "url", "endpoint", "path", "host")


@final
@dataclass(frozen=True, slots=True)
class CleartextAddress:
    """A setting with an http:// address, and the origin to which requests go."""

    setting: str
    origin: str


def cleartext_addresses(settings: object, name: str = "") -> Iterator[CleartextAddress]:
    """All settings, also nested ones, with an http:// address of another host; each is named by its path."""
    match settings:
        case Mapping():
            for key, value in settings.items():
                yield from cleartext_addresses(value, f"{name}.{key}" if name else str(key))
        case list() | tuple():
            for number, value in enumerate(settings):
                yield from cleartext_addresses(value, f"{name}[{number}]")
        case str() if name.lower().endswith(_NAMES):
            origin = configured_origin(settings.strip())
            if origin is not None and origin.scheme == "http" and not is_local(origin.host):
                yield CleartextAddress(name, str(origin))
        case _:  # another text, a number, or a credential
            return
