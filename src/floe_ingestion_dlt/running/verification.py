"""Checks tables and reports damage; nothing is ever written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Fault, Invalid
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.operations import TablesVerified
from floe_ingestion_dlt.domain.ownership import may_be_nested
from floe_ingestion_dlt.domain.text_changes import with_text
from floe_ingestion_dlt.domain.verification.facts import Orphans, TableFacts
from floe_ingestion_dlt.domain.verification.file_findings import Unchecked
from floe_ingestion_dlt.domain.verification.findings import Finding
from floe_ingestion_dlt.domain.verification.load_findings import NestedWithoutRoot, RootMissing
from floe_ingestion_dlt.domain.verification.rules import findings_in, has_sound_files
from floe_ingestion_dlt.ports.destination import Destination
from floe_ingestion_dlt.ports.verification import CursorIn, Verifiable

# dlt's columns of ids: each row's own id and, in nested rows, the ids of the root row and of the parent row.
ROW_ID: Final = "_dlt_id"
ROOT_ID: Final = "_dlt_root_id"
PARENT_ID: Final = "_dlt_parent_id"


@final
@dataclass(frozen=True, slots=True)
class Verification:
    """The result of a check: *faults* are damage, *unchecked* may be. Orphans use space, and are not faults."""

    tables: tuple[str, ...]
    files: int
    bytes: int
    orphans: Orphans
    faults: tuple[Finding, ...]
    unchecked: tuple[Unchecked, ...]

    @property
    def is_sound(self) -> bool:
        """Whether everything was checked and no damage was found."""
        return not self.faults and not self.unchecked

    @property
    def figures(self) -> TablesVerified:
        """The numbers of tables and files that were checked, and of findings."""
        return TablesVerified(len(self.tables), self.files, len(self.faults), len(self.unchecked))


def verification_of(
    name: str, destination: Destination, cursor_in: CursorIn, *, rows: bool
) -> Result[Verification, Fault]:
    """Check the table *name* with its nested or root tables, or all tables of the namespace *name*."""
    levels = tuple(name.split("."))
    chosen = _chosen(levels, destination)
    if isinstance(chosen, Failure):
        return chosen
    wanted, there = chosen.unwrap()
    known: list[TableFacts] = []
    for table in wanted:
        facts = destination.inspect(table, cursor_in, rows=rows)
        if isinstance(facts, Failure):
            return facts
        if (found := facts.unwrap()) is not None:
            known.append(found)
    if not known and TableName(levels[:-1], levels[-1]) in wanted:
        return Failure(_nothing(name))
    nested = _Nesting(destination, there)
    found_in_rows = [finding for facts in known for finding in nested.findings_in(facts, rows=rows)]
    files = {file.path: file.has for facts in known for file in facts.files if file.has is not None}
    return Success(
        Verification(
            tuple(str(facts.table) for facts in known),
            len(files),
            sum(files.values()),
            sum((facts.orphans for facts in known), Orphans()),
            (
                *(finding for facts in known for finding in findings_in(facts)),
                *(one for one in found_in_rows if not isinstance(one, Unchecked)),
            ),
            (
                *(one for facts in known for one in facts.unchecked),
                *(one for one in found_in_rows if isinstance(one, Unchecked)),
            ),
        )
    )


def _chosen(
    levels: tuple[str, ...], destination: Destination
) -> Result[tuple[Sequence[TableName], Sequence[TableName]], Fault]:
    """The tables to check, and all tables of their namespace."""
    if not all(levels):
        return Failure(_nothing(".".join(levels)))
    if len(levels) > 1:
        table = TableName(levels[:-1], levels[-1])
        beside = destination.tables_in(table.namespace)
        if isinstance(beside, Failure):
            return beside
        if table in (there := beside.unwrap()):
            family = (one for one in there if may_be_nested(one, table) or may_be_nested(table, one))
            return Success(((table, *family), there))
    is_there = destination.has_namespace(levels)
    if isinstance(is_there, Failure):
        return is_there
    if not is_there.unwrap():
        return Failure(_nothing(".".join(levels)))
    return destination.tables_in(levels).map(lambda tables: (tables, tables))


def _nothing(name: str) -> Invalid:
    return Invalid("name", name, "a table or a namespace that is in the catalog; the first load makes both")


@final
class _Nesting:
    """Checks that nested rows belong to existing rows, by the tables' recorded owners and names."""

    def __init__(self, destination: Verifiable, there: Iterable[TableName]) -> None:
        self._destination = destination
        self._there = tuple(there)

    def findings_in(self, facts: TableFacts, *, rows: bool) -> Iterator[Finding | Unchecked]:
        root = facts.owner
        if root is None or facts.unreadable is not None or not may_be_nested(facts.table, root):
            return
        if root not in self._there:
            yield RootMissing(str(facts.table), str(root))
        elif rows and has_sound_files(facts):
            above = tuple(
                one
                for one in self._there
                if one == root or (may_be_nested(one, root) and may_be_nested(facts.table, one))
            )
            yield from self._strays(facts, ROOT_ID, (root,))
            yield from self._strays(facts, PARENT_ID, above)

    def _strays(
        self, facts: TableFacts, column: str, homes: tuple[TableName, ...]
    ) -> Iterator[Finding | Unchecked]:
        if column not in facts.columns:
            return
        name = str(facts.table)
        found = self._destination.strays(facts.table, column, homes, ROW_ID)
        if isinstance(found, Failure):
            yield Unchecked(name, f"the rows that its {column} names", found.failure().message)
        elif (strays := found.unwrap()).rows:
            yield NestedWithoutRoot(name, column, ", ".join(map(str, homes)), strays.rows, strays.example)


def redacted(report: Verification, redact: Callable[[str], str]) -> Verification:
    """The report with its texts redacted."""
    faults, unchecked = with_text((report.faults, report.unchecked), redact)
    return replace(report, faults=faults, unchecked=unchecked)
