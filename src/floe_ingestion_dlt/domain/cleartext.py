"""Which settings send requests to other hosts without encryption."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import final

from floe_ingestion_dlt.domain.addresses import configured_origin, is_local


@final
@dataclass(frozen=True, slots=True)
class InTheClear:
    """A setting that has an address of http:// in it, and the origin that is asked."""

    setting: str
    origin: str


def in_the_clear(settings: object, name: str = "") -> Iterator[InTheClear]:
    """The *settings*, nested as they are, that lead to another host by http://; each is named by its path."""
    match settings:
        case Mapping():
            for key, value in settings.items():
                yield from in_the_clear(value, f"{name}.{key}" if name else str(key))
        case list() | tuple():
            for number, value in enumerate(settings):
                yield from in_the_clear(value, f"{name}[{number}]")
        case str():
            origin = configured_origin(settings.strip())
            if origin is not None and origin.scheme == "http" and not is_local(origin.host):
                yield InTheClear(name, str(origin))
        case _:  # a number, or a credential
            return
