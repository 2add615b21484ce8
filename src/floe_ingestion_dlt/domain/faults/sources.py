"""Faults of reading a source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, TypeAlias, final

from floe_ingestion_dlt.domain.faults.category import Category
from floe_ingestion_dlt.domain.faults.kind import FaultKind, RaisedAs


@final
@dataclass(frozen=True, slots=True)
class SchemaChange:
    """A change in words, and the column and type that it concerns; for a new table the column is `*`."""

    words: str
    column: str
    type: str

    def __str__(self) -> str:
        return self.words


@final
@dataclass(frozen=True, slots=True)
class SourceFailed(FaultKind):
    """The source could not be reached, refused the request, or sent data that cannot be read.

    If *retry_after* is set, the source asked to wait for that many seconds. *is_exhausted* means that the request was already
    retried, or cannot be retried.
    """

    raised_as = RaisedAs.SOURCE

    cause: str
    category: Category
    next_step: str
    retry_after: float | None = None
    is_exhausted: bool = False

    @property
    def message(self) -> str:
        return f"the source failed: {self.cause}"

    @classmethod
    def example(cls) -> Self:
        return cls("GET https://shop.example/orders answered 503", Category.TRANSIENT, "Run again later.")


@final
@dataclass(frozen=True, slots=True)
class ContractViolated(FaultKind):
    """The source's schema changed, and the schema contract forbids the change; nothing of the load was written."""

    raised_as = RaisedAs.CONTRACT

    table: str
    changes: tuple[SchemaChange, ...]
    category: Category = Category.PERMANENT

    @property
    def message(self) -> str:
        return f"schema contract 'freeze' of {self.table} forbids: {'; '.join(map(str, self.changes))}"

    @property
    def next_step(self) -> str:
        return (
            "Change the source back, or load once with schema_contract 'evolve' to accept the change,"
            " or use 'discard_value' to load without it."
        )

    @classmethod
    def example(cls) -> Self:
        return cls("bronze.orders", (SchemaChange("new column zip (long)", "zip", "long"),))


@final
@dataclass(frozen=True, slots=True)
class ColumnTypesChanged(FaultKind):
    """The source has values that do not fit into the types in which they were read, and the load replaces all rows of the table."""

    raised_as = RaisedAs.SOURCE
    reads_again = True
    is_final = True

    table: str
    columns: tuple[str, ...]
    category: Category = Category.TRANSIENT

    @property
    def message(self) -> str:
        names = ", ".join(self.columns)
        return f"the source has values that do not fit into the types that {self.table} has for {names}"

    @property
    def next_step(self) -> str:
        return "Run again: rows are read from the source again, in the types that the source has for these columns."

    @classmethod
    def example(cls) -> Self:
        return cls("bronze.orders", ("zip",))


SourceFault: TypeAlias = SourceFailed | ContractViolated | ColumnTypesChanged
