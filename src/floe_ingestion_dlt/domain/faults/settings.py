"""Settings that are wrong, and what they need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, TypeAlias, final

from floe_ingestion_dlt.domain.faults.category import Category
from floe_ingestion_dlt.domain.faults.kind import FaultKind, RaisedAs


@final
@dataclass(frozen=True, slots=True)
class Invalid(FaultKind):
    """A setting is missing or has a value that cannot be used.

    No error shows a value that may be a credential.
    """

    raised_as = RaisedAs.CONFIGURATION

    field: str
    given: str | None
    wanted: str
    category: Category = Category.CONFIGURATION
    is_superfluous: bool = False

    @property
    def message(self) -> str:
        if self.given is None:
            return (
                f"{self.field} cannot be used here" if self.is_superfluous else f"{self.field} is not valid"
            )
        return f"{self.field}: {self.given!r} cannot be used" if self.given else f"{self.field} is missing"

    @property
    def next_step(self) -> str:
        return (
            f"Remove {self.field}: {self.wanted}."
            if self.is_superfluous
            else f"Set {self.field} to {self.wanted}."
        )

    @classmethod
    def example(cls) -> Self:
        return cls("write_mode", "upsert", "one of append, replace, merge")


@final
@dataclass(frozen=True, slots=True)
class UnknownOption(FaultKind):
    """run() was called with an option that does not exist; nothing was loaded."""

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
        return cls("s3fs", "the source", "pip install s3fs")


@final
@dataclass(frozen=True, slots=True)
class TableTaken(FaultKind):
    """The load would write to a table that belongs to another source; nothing of the load was written.

    *owner* is the root table of the source to which *table* belongs. *root* is the root table of the source that is loaded.
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
