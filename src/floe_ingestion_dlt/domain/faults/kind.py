"""The base class of all faults, and what each kind declares."""

from __future__ import annotations

from enum import Enum, auto
from typing import ClassVar


class RaisedAs(Enum):
    """The public exception as which a fault is raised."""

    CONFIGURATION = auto()
    SOURCE = auto()
    DESTINATION = auto()
    CONTRACT = auto()
    INGESTION = auto()
    """The base of the others."""


class FaultKind:
    """The base of all faults.

    A fault has a category, a message and a next step. Its class has an example for docs/errors.md. If a kind *reads_again*,
    the run reads the rows of the load from the source again.
    """

    __slots__ = ()

    raised_as: ClassVar[RaisedAs]
    reads_again: ClassVar[bool] = False
