"""What a workload is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, final


@final
@dataclass(frozen=True, slots=True)
class Load:
    """One load by the plugin, into the table bronze.t."""

    kind: str
    source: Mapping[str, Any]
    write_mode: str = "append"
    rows: int | None = None


@dataclass
class Workload(ABC):
    """Work on the *data*, which has this *scale*; *address* is that of an API, if there is one."""

    folder: Path
    scale: float
    address: str = ""
    name: ClassVar[str]
    title: ClassVar[str]
    # The most CPU seconds over those of the limit, or seconds on the clock where a load waits, and the most memory in MB, that are wanted.
    cpu: ClassVar[float]
    mb: ClassVar[int]
    waits: ClassVar[bool] = False
    # Whether dlt alone does the same in a time that can be waited for.
    by_dlt: ClassVar[bool] = False

    @abstractmethod
    def make(self) -> None:
        """Make the data, once."""

    @property
    def base(self) -> Load | None:
        """What is loaded before, and is not measured."""
        return None

    @property
    @abstractmethod
    def load(self) -> Load | None:
        """What is measured; None if no rows are loaded."""

    def limit_base(self, place: Path) -> None:  # noqa: B027 - most need nothing
        """What the plainest program does before, and is not measured."""

    @abstractmethod
    def limit(self, place: Path) -> None:
        """The plainest program, with a catalog of its own at the *place*."""

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve what the workload reads, in this process, which is not measured; the address is empty if nothing is served."""
        yield ""
