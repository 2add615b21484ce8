from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from returns.result import Success

from floe_ingestion_dlt.domain.cursors import Cursor, CursorOptions
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.merge import STRATEGIES
from floe_ingestion_dlt.domain.table_settings import TableSettings
from floe_ingestion_dlt.domain.write_modes import name_of
from tests.unit.domain.strategies import plans, words

said = st.builds(
    TableSettings,
    st.just(Cursor())
    | st.builds(Cursor, words, st.builds(CursorOptions, initial_value=st.none() | st.integers(0, 9))),
    st.lists(words, max_size=2).map(tuple),
    st.none() | st.sampled_from([strategy.name for strategy in STRATEGIES]),
    st.none() | words,
    st.none() | st.dictionaries(words, st.sampled_from(["asc", "desc"]), min_size=1, max_size=1),
)


class TestOver:
    @given(said, said, said)
    def test_places_are_put_in_one_order(
        self, run: TableSettings, source: TableSettings, table: TableSettings
    ) -> None:
        assert run.over(source).over(table) == run.over(source.over(table))

    @given(said)
    def test_nothing_said_changes_nothing(self, settings: TableSettings) -> None:
        assert (
            settings
            == settings.over(TableSettings())
            == TableSettings().over(settings)
            == settings.over(settings)
        )

    @given(said, said)
    def test_what_is_said_first_holds(self, first: TableSettings, second: TableSettings) -> None:
        both = first.over(second)
        assert both.primary_key == (first.primary_key or second.primary_key)
        assert both.cursor == (first.cursor if first.cursor.column else second.cursor)
        assert both.dedup_sort == (first.dedup_sort or second.dedup_sort)


class TestMode:
    @given(plans)
    def test_the_settings_of_a_mode_lead_to_it(self, plan: LoadPlan) -> None:
        settings = TableSettings.of(plan.mode, plan.cursor)
        assert Success(plan.mode) == settings.mode(name_of(plan.mode))
        assert plan.cursor == settings.cursor.column

    @given(said, st.sampled_from(["append", "replace"]))
    def test_how_rows_merge_says_nothing_to_a_load_that_does_not(
        self, settings: TableSettings, write_mode: str
    ) -> None:
        assert write_mode == name_of(settings.for_mode(write_mode).mode(write_mode).unwrap())
