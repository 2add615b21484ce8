"""Settings that cannot be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, TypeAlias, final

from floe_ingestion_dlt.domain.faults.category import Category
from floe_ingestion_dlt.domain.faults.kind import FaultKind, RaisedAs


@final
@dataclass(frozen=True, slots=True)
class Invalid(FaultKind):
    """A setting that cannot be used."""

    raised_as = RaisedAs.CONFIGURATION

    field: str
    given: str
    wanted: str
    category: Category = Category.CONFIGURATION

    @property
    def message(self) -> str:
        return f"{self.field}: {self.given!r} cannot be used"

    @property
    def next_step(self) -> str:
        return f"Set {self.field} to {self.wanted}."

    @classmethod
    def example(cls) -> Self:
        return cls("write_mode", "upsert", "one of append, replace, merge")


@final
@dataclass(frozen=True, slots=True)
class UnknownOption(FaultKind):
    """A run was given an option that there is not, so that what it asks for would not happen."""

    raised_as = RaisedAs.CONFIGURATION

    field: str
    next_step: str
    category: Category = Category.CONFIGURATION

    @property
    def message(self) -> str:
        return f"run() has no option {self.field!r}"

    @classmethod
    def example(cls) -> Self:
        return cls("idempotencykey", "Did you mean idempotency_key?")


@final
@dataclass(frozen=True, slots=True)
class MissingPackage(FaultKind):
    """A Python package that a configured source or catalog needs is not installed."""

    raised_as = RaisedAs.CONFIGURATION

    package: str
    needed_for: str
    install: str
    category: Category = Category.CONFIGURATION

    @property
    def message(self) -> str:
        return f"{self.needed_for} needs the package {self.package}, which is not installed"

    @property
    def next_step(self) -> str:
        return f"Install it: {self.install}"

    @classmethod
    def example(cls) -> Self:
        return cls("s3fs", "the source", "pip install 'floe-ingestion-dlt[s3]'")


@final
@dataclass(frozen=True, slots=True)
class TableTaken(FaultKind):
    """A load would write a table that belongs to another source; nothing of it was written.

    The table is written by the source of *owner*: as its root table, or with rows that are nested in it. The load is of the source
    that writes *root*.
    """

    raised_as = RaisedAs.CONFIGURATION

    table: str
    owner: str
    root: str
    category: Category = Category.CONFIGURATION

    @property
    def message(self) -> str:
        other = "the table of another source"
        taken = other if self.owner == self.table else f"a nested table of {self.owner}"
        wanted = f"be {other}" if self.root == self.table else f"take rows nested in {self.root}"
        return f"{self.table} is {taken}, and cannot {wanted}"

    @property
    def next_step(self) -> str:
        return (
            "Give one of the two sources another destination_table."
            f" If the rows in {self.table} are not needed any more, drop it in the catalog and run again."
        )

    @classmethod
    def example(cls) -> Self:
        return cls("bronze.orders__items", "bronze.orders", "bronze.orders__items")


SettingFault: TypeAlias = Invalid | UnknownOption | MissingPackage | TableTaken
