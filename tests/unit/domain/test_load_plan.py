from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from returns.pipeline import is_successful
from returns.result import Success

from floe_ingestion_dlt.adapters.sources.rest_api.settings import RestApi
from floe_ingestion_dlt.domain.load_plan import LoadPlan, split, the_only_unit
from tests.unit.domain.strategies import parts, plans


class TestSplit:
    @given(plans)
    def test_gives_one_unit_for_each_resource(self, plan: LoadPlan) -> None:
        assert plan.source.resources == tuple(unit.resource for unit in split(plan))

    @given(plans)
    def test_gives_units_with_tables_and_pipelines_of_their_own(self, plan: LoadPlan) -> None:
        units = split(plan)
        assert len(units) == len({unit.table for unit in units}) == len({u.pipeline_name for u in units})

    @given(plans)
    def test_changes_nothing_but_resource_and_table(self, plan: LoadPlan) -> None:
        expected = [replace(plan, resource=unit.resource, table=unit.table) for unit in split(plan)]
        assert expected == list(split(plan))

    @given(plans)
    def test_leaves_an_only_resource_its_table(self, plan: LoadPlan) -> None:
        only = replace(plan, source=RestApi({}, ("only",)))
        assert (replace(only, resource="only"),) == split(only)

    @given(plans, st.lists(parts, min_size=2, max_size=4, unique=True))
    def test_names_the_tables_of_several_resources_after_them(self, plan: LoadPlan, names: list[str]) -> None:
        several = replace(plan, source=RestApi({}, tuple(names)))
        assert [plan.table.sibling(name) for name in names] == [unit.table for unit in split(several)]


class TestTheOnlyUnit:
    @given(plans)
    def test_is_there_exactly_when_there_is_one_resource(self, plan: LoadPlan) -> None:
        assert (len(plan.source.resources) == 1) is is_successful(the_only_unit(plan))

    @given(plans)
    def test_of_a_unit_is_itself(self, plan: LoadPlan) -> None:
        (unit, *_) = split(replace(plan, source=RestApi({}, ("only",))))
        assert Success(unit) == the_only_unit(unit)

    @given(plans, st.lists(parts, min_size=2, max_size=4, unique=True))
    def test_of_several_is_refused_by_name(self, plan: LoadPlan, names: list[str]) -> None:
        fault = the_only_unit(replace(plan, source=RestApi({}, tuple(names)))).failure()
        assert ("source_config", ", ".join(names)) == (fault.field, fault.given)


class TestLoadPlan:
    @given(plans)
    def test_tells_errors_where_they_happened(self, plan: LoadPlan) -> None:
        where = plan.context
        expected = (plan.source.type, str(plan.table), plan.pipeline_name)
        assert expected == (where.source_type, where.destination_table, where.pipeline_name)
