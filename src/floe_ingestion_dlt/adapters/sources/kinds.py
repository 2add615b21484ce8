"""A kind of source as one record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Generic, Protocol, TypeAlias, TypeVar, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.sources.options import Options
from floe_ingestion_dlt.domain.faults import Fault, MissingPackage
from floe_ingestion_dlt.domain.sources import SourceSettings
from floe_ingestion_dlt.domain.table_patterns import TablePatterns
from floe_ingestion_dlt.ports.source import Source


def without_patterns(_settings: SourceSettings) -> None:
    """The patterns of settings that name all resources: None."""


SettingsT = TypeVar("SettingsT", bound=SourceSettings)


SettingsT_contra = TypeVar("SettingsT_contra", bound=SourceSettings, contravariant=True)


class Opener(Protocol[SettingsT_contra]):
    """Opens the sources of one kind for one plugin; they share what stays open between two reads."""

    def open(self, settings: SettingsT_contra) -> Source:
        """The source with these settings; nothing is read yet."""
        ...

    def close(self) -> None:
        """Close what is not in use; it is opened again when it is needed."""
        ...


@final
@dataclass(frozen=True, slots=True)
class SourceKind(Generic[SettingsT]):
    """A kind of source.

    Its *name* is its `source_type`. *parse* reads a `source_config`, and *open* makes a source from the parsed settings:
    *packages* are not imported earlier. *may_nest* says whether rows of such a source may have lists. *patterns_of* are the patterns of
    settings whose resources only the opened source can name; None if the settings name them.
    *opener* makes what opens the sources of one plugin, if they share connections.
    *options* are the forms of a `source_config`, by which editors complete it.
    """

    name: str
    parse: Callable[[dict[str, object]], Options]
    open: Callable[[SettingsT], Source]
    packages: tuple[str, ...] = ()
    may_nest: bool = False
    patterns_of: Callable[[SettingsT], TablePatterns | None] = without_patterns
    opener: Callable[[], Opener[SettingsT]] | None = None
    options: tuple[type[Options], ...] = ()

    def check_packages(self) -> Result[None, Fault]:
        """Whether the packages of every such source are installed; `probe` checks the driver of a database."""
        for package in self.packages:
            if find_spec(package) is None:
                return Failure(MissingPackage(package, f"a {self.name} source", f"pip install {package}"))
        return Success(None)


# A kind with settings of any type.
AnyKind: TypeAlias = SourceKind[Any]
