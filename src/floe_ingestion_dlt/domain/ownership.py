"""Which source a table belongs to: no two may write one, be it as a root or with nested rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Final, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Invalid, TableTaken
from floe_ingestion_dlt.domain.names import DLT_PREFIX, TableName

# What dlt puts between the name of a table and that of a list in its rows.
SEPARATOR: Final = "__"


@final
@dataclass(frozen=True, slots=True)
class Claim:
    """A *table* that a *source* writes, and whether its rows may have nested ones, which go to `table__list`."""

    source: str
    table: TableName
    nests: bool = False


def may_be_nested(table: TableName, root: TableName) -> bool:
    """Whether rows that are nested in those of *root* may go to *table*, by its name."""
    return table.namespace == root.namespace and table.name.startswith(root.name + SEPARATOR)


def taken(table: TableName, owner: TableName | None, root: TableName) -> TableTaken | None:
    """The fault, if *table* belongs to another source than the one that writes *root*.

    A root table is its own *owner*, and a table of which nobody knows one is free. So is a nested table that was renamed since its
    owner was written down: its owner's rows cannot come to it any more.
    """
    if owner is None or owner == root or not (owner == table or may_be_nested(table, owner)):
        return None
    return TableTaken(str(table), str(owner), str(root))


def no_shared_tables(claims: Iterable[Claim]) -> Result[None, Invalid]:
    """Refuse claims that meet in one table, now or once nested rows come, or in one of dlt's own; sources are named."""
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
    """What would be right where *nested* has the name of a table that rows of *root* may fill."""
    prefix = root.table.name + SEPARATOR
    return (
        f"a name that does not begin with {prefix}: lists in the rows of {root.table} go to such tables"
        f" (sources {root.source} and {nested.source};"
        f" if {root.source} has no lists, give its resource max_table_nesting: 0)"
    )


def _same_but_for_case(one: TableName, other: TableName) -> str | None:
    """The table or namespace of *one* that *other* spells in another case."""
    ours, theirs = (*one.namespace, one.name), (*other.namespace, other.name)
    for depth in range(1, min(len(ours), len(theirs)) + 1):
        left, right = ours[:depth], theirs[:depth]
        are_both_tables = (depth == len(ours)) is (depth == len(theirs))
        if left != right and are_both_tables and [*map(str.casefold, left)] == [*map(str.casefold, right)]:
            return ".".join(left)
    return None


def _folded(table: TableName) -> TableName:
    return TableName(tuple(map(str.casefold, table.namespace)), table.name.casefold())
