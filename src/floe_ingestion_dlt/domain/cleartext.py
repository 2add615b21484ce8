"""Which settings send requests to other hosts without encryption."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, final

from floe_ingestion_dlt.domain.addresses import configured_origin, is_local

# How the settings end that have addresses of servers in them: in others, such as headers, an address is a mere text.
_NAMES: Final = ("uri", "url", "endpoint", "path", "host")


@final
@dataclass(frozen=True, slots=True)
class CleartextAddress:
    """A setting that has an address of http:// in it, and the origin that is asked."""

    setting: str
    origin: str


def cleartext_addresses(settings: object, name: str = "") -> Iterator[CleartextAddress]:
    """The *settings*, nested as they are, that lead to another host by http://; each is named by its path."""
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
        case _:  # a text that is no address, a number, or a credential
            return
