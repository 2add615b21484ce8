"""Whose a table is: two sources never write one, whatever they are called."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from returns.pipeline import is_successful
from returns.result import Success

from floe_ingestion_dlt.domain.faults import TableTaken
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.ownership import Claim, may_be_nested, no_shared_tables, taken
from tests.unit.domain.strategies import parts, tables

few = st.builds(TableName, st.sampled_from([("n",), ("m",), ("n", "m")]), st.sampled_from("abc"))
claims = st.lists(st.builds(Claim, st.sampled_from("xyz"), few), max_size=5)


def table(text: str) -> TableName:
    *namespace, name = text.split(".")
    return TableName(tuple(namespace), name)


class TestNoSharedTables:
    @given(claims)
    def test_succeeds_exactly_when_every_table_has_one_source(self, given_claims: list[Claim]) -> None:
        owners = {
            claim.table: {c.source for c in given_claims if c.table == claim.table} for claim in given_claims
        }
        assert all(len(names) == 1 for names in owners.values()) is is_successful(
            no_shared_tables(given_claims)
        )

    @given(tables, st.booleans())
    def test_of_one_source_succeeds(self, one: TableName, nests: bool) -> None:  # noqa: FBT001 - drawn
        claim = Claim("x", one, nests)
        assert Success(None) == no_shared_tables([claim]) == no_shared_tables([claim, claim])

    @pytest.mark.parametrize("others", [[], [("z", "n.b", False)]])
    def test_names_the_table_and_those_who_share_it(self, others: list[tuple[str, str, bool]]) -> None:
        fault = no_shared_tables(
            Claim(name, table(text), nests)
            for name, text, nests in [("x", "n.a", False), *others, ("y", "n.a", False)]
        ).failure()
        assert ("destination_table", "n.a") == (fault.field, fault.given)
        assert "x and y" in fault.next_step

    @given(tables, parts, st.booleans())
    def test_a_nested_table_of_one_is_no_table_of_another(
        self,
        root: TableName,
        part: str,
        first: bool,  # noqa: FBT001 - drawn
    ) -> None:
        pair = [Claim("x", root, nests=True), Claim("y", root.sibling(f"{root.name}__{part}"))]
        fault = no_shared_tables(pair if first else reversed(pair)).failure()
        assert ("destination_table", str(pair[1].table)) == (fault.field, fault.given)
        assert "sources x and y" in fault.next_step

    @given(tables, parts)
    def test_a_flat_table_may_stand_beside_one_that_begins_with_its_name(
        self, root: TableName, part: str
    ) -> None:
        pair = [Claim("x", root), Claim("y", root.sibling(f"{root.name}__{part}"))]
        assert Success(None) == no_shared_tables(pair)

    @pytest.mark.parametrize(
        "other",
        [
            "n.orders_items",
            "n.orders",
            "m.orders__items",
            "n.m.orders__items",
            "n.order__s",
            "n.my_orders__x",
        ],
    )
    def test_other_names_are_no_nested_ones(self, other: str) -> None:
        pair = [Claim("x", table("n.orders"), nests=True), Claim("x", table(other), nests=True)]
        assert Success(None) == no_shared_tables(pair)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("m.t", "M.T"),
            ("m.t", "m.T"),
            ("m.t", "M.t"),
            ("m.t", "M.u"),
            ("m.n.t", "m.N.u"),
            ("m.n.t", "M.x.t"),
            ("m.straße", "m.STRASSE"),
            ("m.é", "m.É"),
        ],
    )
    def test_tables_and_namespaces_that_differ_by_case_are_refused(self, one: str, other: str) -> None:
        pair = [Claim("x", table(one)), Claim("y", table(other))]
        for given_pair in (pair, pair[::-1]):
            fault = no_shared_tables(given_pair).failure()
            assert "destination_table" == fault.field
            assert all(word in fault.next_step for word in ("case", "x", "y"))

    @pytest.mark.parametrize(
        ("one", "other"), [("m.t", "T.m"), ("m.t", "m.T.u"), ("a.b.c", "a.B"), ("m.t", "m.u")]
    )
    def test_a_table_and_a_namespace_never_meet(self, one: str, other: str) -> None:
        assert Success(None) == no_shared_tables([Claim("x", table(one)), Claim("y", table(other))])

    def test_case_does_not_hide_a_nested_table(self) -> None:
        pair = [Claim("x", table("n.orders"), nests=True), Claim("y", table("n.Orders__Items"))]
        assert "n.Orders__Items" == no_shared_tables(pair).failure().given


class TestMayBeNested:
    @given(tables)
    def test_never_in_itself(self, root: TableName) -> None:
        assert not may_be_nested(root, root)

    @given(tables, parts, parts)
    def test_at_any_depth(self, root: TableName, one: str, two: str) -> None:
        assert may_be_nested(root.sibling(f"{root.name}__{one}__{two}"), root)


class TestTaken:
    @given(tables, tables)
    def test_a_table_without_an_owner_or_of_its_own_is_free(self, table: TableName, root: TableName) -> None:
        assert taken(table, None, root) is None
        assert taken(table, root, root) is None

    @given(tables, tables)
    def test_a_root_table_takes_nothing_of_another(self, table: TableName, root: TableName) -> None:
        assume(table != root)
        assert TableTaken(str(table), str(table), str(root)) == taken(table, table, root)

    @given(tables, parts, tables)
    def test_a_nested_table_takes_nothing_of_another(
        self, owner: TableName, part: str, root: TableName
    ) -> None:
        assume(owner != root)
        nested = owner.sibling(f"{owner.name}__{part}")
        assert TableTaken(str(nested), str(owner), str(root)) == taken(nested, owner, root)

    @given(tables, tables, tables)
    def test_an_owner_that_does_not_write_under_this_name_is_forgotten(
        self, table: TableName, owner: TableName, root: TableName
    ) -> None:
        assume(owner != table)
        assume(not may_be_nested(table, owner))
        assert taken(table, owner, root) is None
