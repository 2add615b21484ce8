"""Rows to merge, drawn at random: few keys, so that they meet often, and an `n` that tells every row apart."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import strategies as st

from floe_ingestion_dlt.domain.merge import (
    DELETE_INSERT,
    INSERT_ONLY,
    UPSERT,
    ByKey,
    DedupSort,
    MergeRows,
    Order,
)
from floe_ingestion_dlt.domain.merge.strategy import Matched, Missing, New
from floe_ingestion_dlt.domain.names import TableName

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
    st.sampled_from([DELETE_INSERT, UPSERT]),
    st.sampled_from([("a",), ("a", "b")]),
    st.sampled_from([(), ("day",)]),
    st.sampled_from([None, "gone"]),
    sorts,
    st.sampled_from([None, "n"]),
)
scoped: Final = st.just(MergeRows(DELETE_INSERT, (), ("day",)))
inserting: Final = st.builds(
    MergeRows, st.just(INSERT_ONLY), st.just(("a",)), dedup_sort=sorts, row_id=st.just("n")
)
keyless: Final = st.just(MergeRows(DELETE_INSERT, (), hard_delete="gone"))
merges: Final = keyed | scoped | inserting | keyless

# Whatever a strategy can say, be there one that says it or not.
any_strategy: Final = st.builds(
    ByKey,
    st.just("any"),
    st.just(""),
    st.just(""),
    st.sampled_from(Matched),
    st.sampled_from(New),
    st.sampled_from(Missing),
)
by_any_strategy: Final = st.builds(
    MergeRows,
    any_strategy,
    st.sampled_from([(), ("a",), ("a", "b")]),
    st.sampled_from([(), ("day",)]),
    st.sampled_from([None, "gone"]),
    sorts,
    st.sampled_from([None, "n"]),
)

# Nested rows, each with a place of its own, of root rows that may be in the table, in the load, in both or in neither.
roots: Final = st.none() | st.builds(
    "{}{}".format, st.sampled_from(["old", "new", "gone"]), st.integers(0, 8)
)
strays: Final = st.lists(roots, max_size=12).map(
    lambda found: [{"root": root, "own": f"{root}-{place}"} for place, root in enumerate(found)]
)
