"""The laws of answers: a destination never raises for something missing, and never succeeds while it is unreachable."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa
import pytest
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.faults import Category, CommitFault, Fault, TableDropped
from floe_ingestion_dlt.domain.load import Absent, Load, StagedFile, TableVersion, TableWrite
from floe_ingestion_dlt.domain.resets import Return, TableReturn
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.ports.destination import Destination, FileToStage
from floe_ingestion_dlt.ports.verification import Verifiable
from floe_ingestion_dlt.testing.lab import Lab, append, file_of, replacement, rows_of
from floe_ingestion_dlt.testing.laws import ONE, ORDERS

NOWHERE: Final = ORDERS.sibling("nowhere")
SILVER: Final = ("silver",)
LOAD: Final = Load("1", (TableWrite(NOWHERE, Append(), (StagedFile("floe-1.parquet", 1, 1),)),))
NO_AGE: Final = timedelta(0)

Ask = Callable[[Destination, Path], Result[object, Fault | CommitFault]]

EVERY: Final[dict[str, Ask]] = {
    "reach": lambda to, _: to.reach(1),
    "has_storage": lambda to, _: to.has_storage([NOWHERE], 1),
    "commits_together": lambda to, _: to.commits_together(),
    "describe": lambda to, _: to.describe(NOWHERE),
    "unreadable": lambda to, _: to.unreadable(NOWHERE),
    "evolve": lambda to, _: to.evolve(NOWHERE, TableSchema((Column("id", Scalar.LONG),))),
    "stage": lambda to, path: to.stage(FileToStage(path, NOWHERE, "1", may_discard=False)),
    "look": lambda to, _: to.look(LOAD),
    "commit": lambda to, _: to.commit(LOAD, Absent((TableVersion(NOWHERE, "1"),))),
    "fence": lambda to, _: to.fence(LOAD),
    "take_back": lambda to, _: to.take_back(LOAD),
    "snapshots_of": lambda to, _: to.snapshots_of(NOWHERE),
    "go_back": lambda to, _: to.go_back(Return("reset", (TableReturn(NOWHERE, 1, 2),))),
    "compact": lambda to, _: to.compact(NOWHERE),
    "leftovers": lambda to, _: to.leftovers(NOWHERE, NO_AGE),
    "remove_leftovers": lambda to, _: to.remove_leftovers(NOWHERE, ()),
    "inspect": lambda to, _: to.inspect(NOWHERE, lambda _: Success(None), rows=True),
    "strays": lambda to, _: to.strays(NOWHERE, "_dlt_root_id", (ORDERS,), "_dlt_id"),
    "read_state": lambda to, _: to.read_state(NOWHERE),
    "rows": lambda to, _: to.rows(NOWHERE, {}),
    "scan": lambda to, _: to.scan(NOWHERE),
    "has_namespace": lambda to, _: to.has_namespace(SILVER),
    "tables_in": lambda to, _: to.tables_in(SILVER),
    "create_namespace": lambda to, _: to.create_namespace(SILVER),
    "drop_namespace": lambda to, _: to.drop_namespace(SILVER),
    "drop_table": lambda to, _: to.drop_table(NOWHERE),
}


# These do not use the catalog.
ASK_NOBODY: Final = {"identity", "remembering", "schema_of", "close"}


class PortLaws:
    """Something missing is None, empty or a fault; an unreachable catalog is a fault."""

    def test_every_method_of_the_port_is_held_to_a_law(self) -> None:
        methods = {
            name for port in (Destination, Verifiable) for name in vars(port) if not name.startswith("_")
        }
        assert methods == set(EVERY) | ASK_NOBODY

    @pytest.mark.parametrize("method", EVERY)
    def test_nothing_succeeds_while_the_catalog_cannot_be_reached(self, lab: Lab, method: str) -> None:
        answer = EVERY[method](lab.unreachable, file_of(lab, ONE))
        assert isinstance(answer, Failure)
        assert Category.TRANSIENT is answer.failure().category
        assert answer.failure().next_step

    @pytest.mark.parametrize("method", ["describe", "inspect", "read_state", "rows", "scan", "snapshots_of"])
    def test_what_a_table_has_that_is_not_there_is_none(self, lab: Lab, method: str) -> None:
        assert Success(None) == EVERY[method](lab.destination, lab.folder)

    @pytest.mark.parametrize("method", ["stage", "go_back", "compact", "leftovers", "remove_leftovers"])
    def test_what_needs_a_table_that_is_not_there_is_a_fault(self, lab: Lab, method: str) -> None:
        append(lab, ORDERS, ONE, "1")
        answer = EVERY[method](lab.destination, file_of(lab, ONE))
        assert Category.TRANSIENT is not answer.failure().category

    def test_a_load_of_a_table_that_is_not_there_is_of_a_dropped_one(self, lab: Lab) -> None:
        assert isinstance(commit_once(LOAD, lab.destination).failure(), TableDropped)

    @pytest.mark.parametrize("method", ["fence", "take_back", "drop_table"])
    def test_what_there_is_no_need_for_is_done(self, lab: Lab, method: str) -> None:
        assert Success(None) == EVERY[method](lab.destination, lab.folder)

    def test_a_namespace_that_is_not_there_has_no_tables_and_cannot_be_dropped(self, lab: Lab) -> None:
        assert Success(False) == lab.destination.has_namespace(SILVER)  # noqa: FBT003 - that is the answer
        assert Success(()) == lab.destination.tables_in(SILVER)
        lab.destination.drop_namespace(SILVER).failure()

    def test_a_namespace_is_made_with_its_parents_and_made_again_without_harm(self, lab: Lab) -> None:
        for _ in range(2):
            lab.destination.create_namespace(("silver", "shop")).unwrap()
        for namespace in (SILVER, ("silver", "shop")):
            assert Success(True) == lab.destination.has_namespace(namespace)  # noqa: FBT003 - that is the answer

    def test_a_dropped_namespace_is_gone_with_its_tables(self, lab: Lab) -> None:
        append(lab, ORDERS, ONE, "1")
        lab.destination.drop_namespace(ORDERS.namespace).unwrap()
        assert Success(None) == lab.destination.describe(ORDERS)
        assert Success(False) == lab.destination.has_namespace(ORDERS.namespace)  # noqa: FBT003 - that is the answer

    def test_rows_are_those_in_which_each_column_has_the_given_value(self, lab: Lab) -> None:
        rows = pa.table({"id": [1, 1, 2], "name": ["ann", "bob", "ann"]})
        commit_once(append(lab, ORDERS, rows, "1"), lab.destination).unwrap()
        found = lab.destination.rows(ORDERS, {"id": 1, "name": "ann"}).unwrap()
        assert ({"id": 1, "name": "ann"},) == found
        assert () == lab.destination.rows(ORDERS, {"id": 3}).unwrap()

    def test_a_table_is_described_with_the_rows_that_a_reader_counts(self, lab: Lab) -> None:
        counted = []
        for load in (
            append(lab, ORDERS, pa.table({"id": [1, 2, 3]}), "1"),
            append(lab, ORDERS, pa.table({"id": [3]}), "2"),
            replacement(lab, ORDERS, pa.table({"id": [4, 5]}), "3"),
        ):
            commit_once(load, lab.destination).unwrap()
            described = lab.destination.describe(ORDERS).unwrap()
            counted.append((described and described.rows, len(rows_of(lab, ORDERS))))
        assert [(3, 3), (4, 4), (2, 2)] == counted

    def test_a_destination_that_was_closed_is_opened_by_the_next_question(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        lab.destination.close()
        assert lab.destination.describe(ORDERS).unwrap() is not None
