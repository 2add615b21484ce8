"""Rows to merge, drawn at random: few keys, so that they meet often, and an `n` that tells every row apart."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import strategies as st

from floe_ingestion_dlt.domain.merge import MergeRows
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.write_modes import DedupSort, MergeStrategy, Order

ORDERS: Final = TableName(("bronze",), "orders")

few: Final = st.integers(0, 4)


def rows(letter: str, keys: st.SearchStrategy[int | None] = few) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Rows whose ids are *letter* and their place."""
    row = st.fixed_dictionaries(
        {
            "a": keys,
            "b": few,
            "day": st.none() | few,
            "at": st.none() | few,
            "gone": st.none() | st.booleans(),
        }
    )
    return st.lists(row, max_size=8).map(lambda all_: [r | {"n": f"{letter}{i}"} for i, r in enumerate(all_)])


sorts: Final = st.none() | st.builds(DedupSort, st.just("at"), st.sampled_from(Order))
keyed: Final = st.builds(
    MergeRows,
    st.sampled_from([MergeStrategy.DELETE_INSERT, MergeStrategy.UPSERT]),
    st.sampled_from([("a",), ("a", "b")]),
    st.sampled_from([(), ("day",)]),
    st.sampled_from([None, "gone"]),
    sorts,
    st.sampled_from([None, "n"]),
)
scoped: Final = st.just(MergeRows(MergeStrategy.DELETE_INSERT, (), ("day",)))
inserting: Final = st.builds(
    MergeRows, st.just(MergeStrategy.INSERT_ONLY), st.just(("a",)), dedup_sort=sorts, row_id=st.just("n")
)
keyless: Final = st.just(MergeRows(MergeStrategy.DELETE_INSERT, (), hard_delete="gone"))
merges: Final = keyed | scoped | inserting | keyless

# Nested rows, each with a place of its own, of root rows that may be in the table, in the load, in both or in neither.
roots: Final = st.none() | st.builds(
    "{}{}".format, st.sampled_from(["old", "new", "gone"]), st.integers(0, 8)
)
strays: Final = st.lists(roots, max_size=12).map(
    lambda found: [{"root": root, "own": f"{root}-{place}"} for place, root in enumerate(found)]
)
