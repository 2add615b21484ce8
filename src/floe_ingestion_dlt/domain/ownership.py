"""Which source owns a table: no two sources may write to the same table, as a root table or with nested rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Final, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Invalid, TableTaken
from floe_ingestion_dlt.domain.names import DLT_PREFIX, TableName

# dlt puts it between the name of a table and the name of a list in its rows.
SEPARATOR: Final = "__"


@final
@dataclass(frozen=True, slots=True)
class Claim:
    """A *table* that a *source* writes; if it *nests*, its rows may have lists, which go to tables named `table__list`."""

    source: str
    table: TableName
    nests: bool = False


def may_be_nested(table: TableName, root: TableName) -> bool:
    """Whether *table* may be a nested table of *root*, by its name."""
    return table.namespace == root.namespace and table.name.startswith(root.name + SEPARATOR)


def taken(table: TableName, owner: TableName | None, root: TableName) -> TableTaken | None:
    """The fault if *table* belongs to another source than the one that writes *root*; None if it does not.

    A root table is its own *owner*. A table without a recorded owner is free. A nested table that was renamed after its owner was
    recorded is free, too, because the owner's rows no longer go to it.
    """
    if owner is None or owner == root or not (owner == table or may_be_nested(table, owner)):
        return None
    return TableTaken(str(table), str(owner), str(root))


def no_shared_tables(claims: Iterable[Claim]) -> Result[None, Invalid]:
    """Refuse two claims of the same table, also as a possible nested table, and claims of dlt's own tables."""
    once = tuple(dict.fromkeys(claims))
    own = (_taken_by_dlt(claim) for claim in once if claim.table.is_dlts_own)
    shared = (found for pair in combinations(once, 2) for found in _conflicts(*pair))
    wrong = next(chain(own, shared), None)
    return Success(None) if wrong is None else Failure(wrong)


def _taken_by_dlt(claim: Claim) -> Invalid:
    wanted = (
        f"resources that do not begin with {DLT_PREFIX}: such tables are dlt's own (source {claim.source})"
    )
    return Invalid("source_config", claim.table.name, wanted)


def _conflicts(one: Claim, other: Claim) -> Iterator[Invalid]:
    both = f"{one.source} and {other.source}"
    if one.table == other.table:
        yield Invalid("destination_table", str(one.table), f"a table of its own for each source (now {both})")
    elif same := _same_but_for_case(one.table, other.table):
        wanted = f"names that differ by more than case from {same}, because many catalogs and engines ignore case ({both})"
        yield Invalid("destination_table", str(other.table), wanted)
    for root, nested in ((one, other), (other, one)):
        if root.nests and may_be_nested(_folded(nested.table), _folded(root.table)):
            yield Invalid("destination_table", str(nested.table), _apart(root, nested))


def _apart(root: Claim, nested: Claim) -> str:
    """What is expected if the table of *nested* has the name of a possible nested table of *root*."""
    prefix = root.table.name + SEPARATOR
    return (
        f"a name that does not begin with {prefix}: lists in the rows of {root.table} go to such tables"
        f" (sources {root.source} and {nested.source};"
        f" if {root.source} has no lists, give its resource max_table_nesting: 0)"
    )


def _same_but_for_case(one: TableName, other: TableName) -> str | None:
    """The table or namespace of *one* that differs from that of *other* only by case; None if there is none."""
    ours, theirs = (*one.namespace, one.name), (*other.namespace, other.name)
    for depth in range(1, min(len(ours), len(theirs)) + 1):
        left, right = ours[:depth], theirs[:depth]
        are_both_tables = (depth == len(ours)) is (depth == len(theirs))
        if left != right and are_both_tables and [*map(str.casefold, left)] == [*map(str.casefold, right)]:
            return ".".join(left)
    return None


def _folded(table: TableName) -> TableName:
    return TableName(tuple(map(str.casefold, table.namespace)), table.name.casefold())
