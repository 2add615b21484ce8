"""A merge that is written as hints into dlt's schema is read back as it was."""

from __future__ import annotations

from datetime import UTC

import dlt
import pytest
from dlt.common.schema import Schema
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.dlt.merge_hints import (
    BEGINS,
    MergeHints,
    Validity,
    column_hints,
    merge_hints_in,
    table_hints,
)
from floe_ingestion_dlt.adapters.dlt.raised_faults import TerminalFault
from floe_ingestion_dlt.adapters.dlt_api.internals import TTableSchema
from floe_ingestion_dlt.domain.merge import STRATEGIES, ByVersion, DedupSort, Order

COLUMNS = ("id", "part", "gone", "updated_at")


def _table(hints: MergeHints) -> TTableSchema:
    """The table in dlt's schema, after rows with all columns have come."""
    resource = dlt.resource([{}], name="orders")
    resource.apply_hints(columns=column_hints(hints), additional_table_hints=table_hints(hints))
    schema = Schema("orders")
    schema.update_table(resource.compute_table_schema())
    table = schema.to_dict()["tables"]["orders"]
    for name in COLUMNS:
        table["columns"].setdefault(name, {"name": name}).setdefault("data_type", "text")
    return table


moments = st.none() | st.datetimes(timezones=st.just(UTC))
validities = st.builds(Validity, st.just("since"), st.just("until"), st.none(), moments, moments)
merges = st.builds(
    MergeHints,
    st.sampled_from(STRATEGIES),
    st.sampled_from([("id",), ("id", "part")]),
    st.sampled_from([(), ("part",)]),
    st.sampled_from([None, "gone"]),
    st.none() | st.builds(DedupSort, st.just("updated_at"), st.sampled_from(Order)),
    validities,
)


@given(merges)
def test_merge_survives_the_schema(merge: MergeHints) -> None:
    """Every merge is read back as it was written; validity only of a strategy by versions."""
    validity = merge.validity if isinstance(merge.strategy, ByVersion) else Validity()
    found = merge_hints_in(_table(merge))
    assert found == MergeHints(
        merge.strategy, merge.primary_key, merge.merge_key, merge.hard_delete, merge.dedup_sort, validity
    )


def test_versions_without_their_moments_are_refused() -> None:
    """A strategy by versions whose hints name no column for the beginning is an error that names the hint."""
    table = _table(MergeHints(primary_key=("id",)))
    by_version = next(strategy for strategy in STRATEGIES if isinstance(strategy, ByVersion))
    with pytest.raises(TerminalFault, match=BEGINS):
        merge_hints_in({**table, **table_hints(MergeHints(by_version))})  # type: ignore[typeddict-item]
