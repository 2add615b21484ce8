"""Names of assets, made of those of sources and resources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

# Dagster's names are made of these alone.
_OTHER: Final = re.compile(r"[^A-Za-z0-9_]")


def asset_name(source: str, resource: str) -> str:
    """The name `ingestion__<source>__<resource>`; characters that Dagster refuses become their code, such as `_xe4_`."""
    return f"ingestion__{escaped(source)}__{escaped(resource)}"


def escaped(text: str) -> str:
    """The text in the letters, digits and underscores that Dagster takes."""
    return _OTHER.sub(lambda found: f"_x{ord(found[0]):x}_", text)


def check_sources(option: str, names: Iterable[str], sources: Iterable[str]) -> None:
    """ValueError names a source that the *option* has and that is not one of the configured *sources*."""
    known = dict.fromkeys(sources)
    for name in names:
        if name not in known:
            raise ValueError(f"{option}: {name!r} is not a source; use one of {', '.join(known) or 'none'}")


def repeated_names(named: Iterable[tuple[str, str]]) -> Mapping[str, tuple[str, ...]]:
    """The names of assets that several places have, each with those places; *named* has a name and its place."""
    places: dict[str, list[str]] = {}
    for name, place in named:
        places.setdefault(name, []).append(place)
    return {name: tuple(found) for name, found in places.items() if len(found) > 1}
