"""All kinds of source: ours, and those that installed packages register."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from threading import Lock
from typing import Any, Final, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.sources.filesystem.kind import FILESYSTEM
from floe_ingestion_dlt.adapters.sources.kinds import AnyKind, Opener, SourceKind
from floe_ingestion_dlt.adapters.sources.rest_api.kind import REST_API
from floe_ingestion_dlt.adapters.sources.sql_database.kind import SQL_DATABASE
from floe_ingestion_dlt.domain.faults import Fault, Invalid
from floe_ingestion_dlt.domain.source_types import kind_for
from floe_ingestion_dlt.domain.sources import SourceSettings
from floe_ingestion_dlt.ports.source import Source

GROUP: Final = "floe_ingestion_dlt.sources"
KINDS: Final[tuple[AnyKind, ...]] = (
    REST_API,
    SQL_DATABASE,
    FILESYSTEM,
)


def source_types() -> tuple[str, ...]:
    """The possible values of `source_type`."""
    return tuple(dict.fromkeys((*(kind.name for kind in KINDS), *entry_points(group=GROUP).names)))


def kind_of(name: str) -> Result[AnyKind, Invalid]:
    """The kind with this *name*; a registered one is imported now, and cannot replace one of ours."""
    for kind in KINDS:
        if kind.name == name:
            return Success(kind)
    registered = tuple(entry_points(group=GROUP, name=name))
    if len(registered) > 1:
        places = " and ".join(entry.value for entry in registered)
        return _unusable(name, f"a kind that one package registers, not {places}")
    return _loaded(registered[0]) if registered else _unusable(name, kind_for(name, source_types()))


def _loaded(entry: EntryPoint) -> Result[AnyKind, Invalid]:
    try:
        found = entry.load()
    except Exception as error:  # noqa: BLE001 - another package may raise anything
        return _unusable(entry.name, f"a kind that can be imported: {entry.value} raises {_in_words(error)}")
    if not isinstance(found, SourceKind) or found.name != entry.name:
        return _unusable(entry.name, f"a kind whose entry point {entry.value} is the SourceKind of that name")
    return Success(found)


def _in_words(error: Exception) -> str:
    """The type of an error, and the missing module; its own text may have anything in it."""
    missing = error.name if isinstance(error, ImportError) else None
    return type(error).__name__ + (f" for {missing}" if missing else "")


def _unusable(name: str, wanted: str) -> Result[AnyKind, Invalid]:
    return Failure(Invalid("source_type", name, wanted))


@final
class RegisteredSources:
    """Opens sources of all kinds; those of one kind may share connections until `close`."""

    def __init__(self) -> None:
        self._openers: dict[str, Opener[Any]] = {}
        self._lock = Lock()

    def check_packages(self, kind: str) -> Result[None, Fault]:
        found = kind_of(kind)
        return found if isinstance(found, Failure) else found.unwrap().check_packages()

    def open(self, settings: SourceSettings) -> Result[Source, Fault]:
        found = kind_of(settings.type)
        return found.map(lambda kind: self._opened(kind, settings))

    def close(self) -> None:
        with self._lock:
            for opener in self._openers.values():
                opener.close()

    def _opened(self, kind: AnyKind, settings: SourceSettings) -> Source:
        if kind.opener is None:
            return kind.open(settings)
        with self._lock:
            if kind.name not in self._openers:
                self._openers[kind.name] = kind.opener()
            opener = self._openers[kind.name]
        return opener.open(settings)
