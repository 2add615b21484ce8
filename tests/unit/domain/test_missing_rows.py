"""How many rows of a table may be gone in the source, and which of them are."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure, Success

from floe_ingestion_dlt.domain.faults import DeletesRefused
from floe_ingestion_dlt.domain.merge import (
    DELETE_INSERT,
    INSERT_ONLY,
    UPSERT,
    DedupSort,
    DeleteMissing,
    KeyCounts,
    MaxDeletes,
    MergeRows,
    MissingRows,
    Order,
    SourceKeys,
    are_deleted,
    merged,
    outdated,
)
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.table_settings import TableSettings
from floe_ingestion_dlt.domain.write_modes import Merge, Replace, removes_missing, with_rules, without_windows

TABLE = TableName(("bronze",), "orders")
ALL = MaxDeletes.parse("100%").unwrap()
counts = st.integers(0, 10**9)
ids = st.none() | st.integers(0, 6)
flags = st.none() | st.booleans()
strategies = st.sampled_from([DELETE_INSERT, UPSERT, INSERT_ONLY])
limits = st.one_of(
    counts.map(lambda rows: MaxDeletes(rows=rows)),
    st.decimals(0, 100, places=3).map(lambda share: MaxDeletes.parse(f"{share}%").unwrap()),
)


class TestMaxDeletes:
    @given(limits)
    def test_a_limit_is_written_as_it_is_read(self, limit: MaxDeletes) -> None:
        assert Success(limit) == MaxDeletes.parse(str(limit))

    @given(st.integers(0, 100), counts, counts)
    def test_a_share_is_exact(self, percent: int, gone: int, rows: int) -> None:
        allowed = MaxDeletes.parse(f"{percent}%").unwrap().allows(gone, rows)
        assert (Fraction(gone) <= Fraction(percent, 100) * rows) is allowed

    @given(counts, counts, counts)
    def test_a_number_does_not_depend_on_the_table(self, most: int, gone: int, rows: int) -> None:
        assert (gone <= most) is MaxDeletes(rows=most).allows(gone, rows)

    def test_the_default_is_a_tenth(self) -> None:
        assert (True, False) == (MaxDeletes().allows(1, 10), MaxDeletes().allows(1, 9))

    @pytest.mark.parametrize(
        "given", ["", "x", "101%", "-1", -1, "1.5", True, None, "%", "10 %%", "1e2%", 0.1, "٣"]
    )
    def test_what_is_no_limit_is_refused(self, given: object) -> None:
        refused = MaxDeletes.parse(given).failure()
        assert "max_deletes" == refused.field
        assert '"10%"' in refused.wanted

    @pytest.mark.parametrize(("given", "text"), [(" 7 ", "7"), (0, "0"), ("12.5 %", "12.5%"), ("0%", "0%")])
    def test_blanks_do_not_matter(self, given: object, text: str) -> None:
        assert text == str(MaxDeletes.parse(given).unwrap())


class TestDecision:
    @given(limits, counts, counts, counts)
    def test_rows_go_only_if_there_are_keys_and_up_to_the_limit(
        self, limit: MaxDeletes, keys: int, rows: int, gone: int
    ) -> None:
        decided = are_deleted("t", "1", MissingRows(limit), KeyCounts(keys, rows, gone))
        if not keys:
            assert Success(False) == decided  # noqa: FBT003 - returns takes it by position
        elif limit.allows(gone, rows):
            assert Success(True) == decided  # noqa: FBT003 - as above
        else:
            assert Failure(DeletesRefused("t", "1", gone, rows, str(limit))) == decided

    @given(st.none() | st.text(), st.lists(st.none()))
    def test_keys_are_outdated_if_anything_changed_since_a_known_version(
        self, version: str | None, changes: list[None]
    ) -> None:
        found = outdated("t", "1", MissingRows(read_at=version), changes)
        assert (found is not None) is (version is not None and bool(changes))

    def test_a_load_that_deletes_nothing_is_never_outdated(self) -> None:
        assert None is outdated("t", "1", None, [None])


@given(
    st.lists(st.tuples(ids, flags)),
    st.lists(
        st.tuples(ids.filter(lambda key: key is not None), st.sampled_from([False])),
        unique_by=lambda row: row[0],
    ),
    st.none() | st.sets(st.integers(0, 6)),
    strategies,
    st.sampled_from([None, "gone"]),
)
def test_a_row_of_the_table_is_gone_if_no_key_is_its_own(
    old: list[tuple[Any, Any]],
    new: list[tuple[Any, Any]],
    keys: set[int] | None,
    strategy: Any,
    column: str | None,
) -> None:
    existing = [{"id": key, "gone": flag} for key, flag in old]
    incoming = [{"id": key, "gone": flag} for key, flag in new]
    source = SourceKeys("1", None if keys is None else {(key,) for key in keys})
    how = MergeRows(strategy, ("id",), missing=MissingRows(ALL, column))
    plain = merged(TABLE, existing, incoming, MergeRows(strategy, ("id",))).unwrap()
    found = merged(TABLE, existing, incoming, how, source).unwrap()
    known = {row["id"] for row in incoming} | (keys or set())
    has_keys = bool(incoming if keys is None else keys)

    def is_gone(row: Any) -> bool:
        return has_keys and row["id"] is not None and row["id"] not in known

    def flag_of(row: Any) -> object:
        if is_gone(row):
            return True
        is_back = has_keys and row["id"] is not None and row["gone"] is True
        return False if is_back else row["gone"]

    if column is not None:
        assert [(row["id"], flag_of(row)) for row in plain.kept] == [
            (row["id"], row["gone"]) for row in found.kept
        ]
        assert plain.removed == found.removed
        assert sum(is_gone(row) and row["gone"] is not True for row in existing) == found.deleted
        assert found.flags is (plain.kept != found.kept)
    else:
        assert [row for row in plain.kept if not is_gone(row)] == [*found.kept]
        assert len(existing) == len(found.kept) + len(found.removed)
        assert sum(map(is_gone, existing)) == found.deleted
    assert (plain.added, plain.applied) == (found.added, found.applied)


class TestSettings:
    def settings(self, **given: Any) -> TableSettings:
        return TableSettings(primary_key=("id",), **{"delete_missing": "keys", **given})

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"delete_missing": "rows"}, "delete_missing"),
            ({"delete_missing": None, "soft_delete": "gone"}, "soft_delete"),
            ({"delete_missing": None, "max_deletes": 0}, "max_deletes"),
            ({"max_deletes": "many"}, "max_deletes"),
            ({"soft_delete": "id"}, "soft_delete"),
            ({"soft_delete": "at", "dedup_sort": {"at": "desc"}}, "soft_delete"),
            ({"soft_delete": "gone", "merge_strategy": "scd2"}, "soft_delete"),
            ({"soft_delete": "gone", "hard_delete": "deleted"}, "soft_delete"),
        ],
    )
    def test_settings_that_do_not_fit_are_refused(self, given: dict[str, Any], field: str) -> None:
        assert field == self.settings(**given).mode("merge").failure().field

    @pytest.mark.parametrize("write_mode", ["append", "replace"])
    def test_only_a_merge_deletes_rows_that_are_gone(self, write_mode: str) -> None:
        refused = self.settings().mode(write_mode).failure()
        assert "delete_missing" == refused.field
        assert "delete_missing" == with_rules(Replace(), None, None, DeleteMissing()).failure().field

    @pytest.mark.parametrize(
        "given", [{}, {"soft_delete": "gone"}, {"max_deletes": 3}, {"merge_strategy": "scd2"}]
    )
    def test_the_settings_of_a_mode_make_the_mode(self, given: dict[str, Any]) -> None:
        mode = self.settings(**given).mode("merge").unwrap()
        assert Success(mode) == TableSettings.of(mode, None).mode("merge")

    def test_settings_of_one_place_take_precedence(self) -> None:
        other = self.settings(soft_delete="gone", max_deletes="20%")
        assert 0 == TableSettings(max_deletes=0).over(other).max_deletes
        assert "gone" == TableSettings().over(other).soft_delete

    def test_rows_that_are_gone_need_all_rows_and_allow_windows(self) -> None:
        mode = Merge(UPSERT, ("id",), None, DedupSort("at", Order.ASC), DeleteMissing())
        assert removes_missing(mode)
        assert None is without_windows(mode)
