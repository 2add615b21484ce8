"""Names that stand twice in a list, with their positions."""

from __future__ import annotations

from collections.abc import Iterable


def repeated(names: Iterable[str]) -> str:
    """The names that are there more than once, and where, as pydantic counts: the first is 0; empty if each is there once."""
    places: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        places.setdefault(name, []).append(place)
    return "; ".join(
        f"{name} is at the positions {', '.join(map(str, found[:-1]))} and {found[-1]}"
        for name, found in sorted(places.items())
        if len(found) > 1
    )
