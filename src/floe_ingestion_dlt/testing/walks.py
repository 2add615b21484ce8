"""Long random walks through the life of one table: loads, crashes, second hosts, roll-backs, expiry, commits of others.

It needs hypothesis.
"""

from __future__ import annotations

import tempfile
from contextlib import AbstractContextManager, nullcontext
from enum import Enum
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from returns.result import Result, Success

from floe_ingestion_dlt.adapters.memory import Answer
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.load import Load, StagedFile, StateCursor, TableMode, TableWrite
from floe_ingestion_dlt.domain.merge import ReplaceWindow
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema
from floe_ingestion_dlt.domain.verification.rules import findings_in
from floe_ingestion_dlt.domain.windows import Window
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.testing.lab import Lab, rows_of, staged, state_after
from floe_ingestion_dlt.testing.merge_laws import UPSERT_BY_ID

ORDERS = TableName(("bronze",), "orders")
HOSTS = ("one host", "another host")


class Ending(Enum):
    """How a run ends."""

    LANDS = "it lands"
    LOSES_AN_ANSWER = "the answer to the first commit is lost"
    LOSES_A_REQUEST = "the first commit is lost"
    IS_REFUSED = "the catalog says no"
    DIES_BEFORE_THE_COMMIT = "the process dies when all is staged"
    DIES_AFTER_THE_COMMIT = "the process dies when the commit has landed and its answer is unread"
    DIES_AND_THE_COMMIT_IS_LOST = "the process dies, and the commit never arrives"


ANSWERS = {
    Ending.LOSES_AN_ANSWER: Answer.LAND_AND_LOSE_THE_ANSWER,
    Ending.DIES_AFTER_THE_COMMIT: Answer.LAND_AND_LOSE_THE_ANSWER,
    Ending.LOSES_A_REQUEST: Answer.LOSE_THE_REQUEST,
    Ending.DIES_AND_THE_COMMIT_IS_LOST: Answer.LOSE_THE_REQUEST,
    Ending.IS_REFUSED: Answer.REFUSE,
}
DEATHS = (Ending.DIES_AFTER_THE_COMMIT, Ending.DIES_AND_THE_COMMIT_IS_LOST)


class TableWalk(RuleBasedStateMachine):
    """After each step the table has the rows that its state says, each once.

    Subclass it, make the laboratory in `lab_in`, and let pytest collect the subclass's `TestCase`.
    """

    columns: ClassVar[TableSchema]

    def lab_in(self, folder: Path) -> Lab:
        raise NotImplementedError(f"a walk through {folder} needs a laboratory")

    def run_once(self, host: str) -> None:
        """One run that lands."""
        raise NotImplementedError(f"a walk needs a run on {host}")

    def the_rows_are_those_of_the_state(self) -> None:
        raise NotImplementedError("a walk needs to know the rows")

    def cursor_in(self, state: str) -> Result[StateCursor | None, str]:
        """The cursor in a state, for the checks of the table's health."""
        raise NotImplementedError(f"a walk needs to know the cursor in {state}")

    @initialize()
    def an_empty_table(self) -> None:
        self.disk = tempfile.TemporaryDirectory(prefix="floe-walk-")
        self.lab = self.lab_in(Path(self.disk.name))
        self.schema = self.columns
        self.lab.destination.evolve(ORDERS, self.schema).unwrap()
        self.pending: dict[str, Load] = {}
        self.loads = 0
        self.rolled_back = False

    def teardown(self) -> None:
        if hasattr(self, "disk"):
            for host in HOSTS:
                self.run_once(host)
                assert host not in self.pending
            self.the_rows_are_those_of_the_state()
            self.the_table_is_healthy()
            self.lab.destination.close()
            self.disk.cleanup()

    def begin(self, host: str, load: Load, ending: Ending) -> None:
        """Commit the load, or leave it pending."""
        self.pending[host] = load
        if ending is not Ending.DIES_BEFORE_THE_COMMIT:
            self.commit(host, ending)

    def finish_pending(self, host: str) -> None:
        if host in self.pending:
            self.commit(host, Ending.LANDS)

    def new_id(self) -> str:
        self.loads += 1
        return f"load-{self.loads}"

    def commit(self, host: str, ending: Ending) -> None:
        scripted: AbstractContextManager[object] = (
            self.lab.answering(ANSWERS[ending]) if ending in ANSWERS else nullcontext()
        )
        with scripted:
            answer = commit_once(
                self.pending[host], self.lab.destination, attempts=1 if ending in DEATHS else 20
            )
        if isinstance(answer, Success):
            self.rolled_back = False
        if isinstance(answer, Success) or answer.failure().reads_again or ending is Ending.IS_REFUSED:
            del self.pending[host]

    @rule(host=st.sampled_from(HOSTS))
    def a_host_loses_its_disk(self, host: str) -> None:
        self.pending.pop(host, None)

    @rule()
    def the_source_gets_a_column(self) -> None:
        self.schema = self.schema.with_column(Column(f"c{len(self.schema.columns)}", Scalar.LONG))
        self.lab.destination.evolve(ORDERS, self.schema).unwrap()

    @rule()
    def somebody_else_commits(self) -> None:
        self.lab.foreign_commit(ORDERS)

    @precondition(lambda self: self.lab.snapshots(ORDERS) > 1)
    @rule()
    def the_table_is_rolled_back(self) -> None:
        self.lab.roll_back(ORDERS)
        self.rolled_back = True

    # The next load removes the records of what was rolled back. If the snapshots expire before, it cannot be told from what
    # expired in the ordinary way.
    @precondition(lambda self: self.lab.snapshots(ORDERS) > 0 and not self.rolled_back)
    @rule()
    def snapshots_expire(self) -> None:
        self.lab.expire(ORDERS)

    def the_table_is_healthy(self) -> None:
        facts = self.lab.destination.inspect(ORDERS, self.cursor_in, rows=True).unwrap()
        assert facts is not None
        assert ((), ()) == (findings_in(facts), facts.unchecked)

    @property
    def state(self) -> str:
        return self.lab.destination.read_state(ORDERS).unwrap() or ""

    @invariant()
    def all_is_well(self) -> None:
        self.the_rows_are_those_of_the_state()


class DestinationWalk(TableWalk):
    """After each step the table has the rows 1 … cursor, each once, where the cursor is the table's state.

    The source has a row for each number; a run reads some after the cursor, and a merge some before it again. A window reads some
    rows again.
    """

    columns = TableSchema((Column("id", Scalar.LONG), Column("name", Scalar.STRING)))

    def run_once(self, host: str) -> None:
        self.run(host, new=1, again=0, ending=Ending.LANDS)

    @rule(
        host=st.sampled_from(HOSTS),
        new=st.integers(0, 3),
        again=st.none() | st.integers(0, 2),
        ending=st.sampled_from(Ending),
    )
    def run(self, host: str, new: int, again: int | None, ending: Ending) -> None:
        """Commit what is pending, then load *new* rows: append them, or merge them with some that are read *again*."""
        self.finish_pending(host)
        cursor = self.cursor
        ids = list(range(max(1, cursor + 1 - (again or 0)), cursor + new + 1))
        self.begin(host, self.load(ids, cursor + new, Append() if again is None else UPSERT_BY_ID), ending)

    def load(self, ids: list[int], cursor: int, mode: TableMode) -> Load:
        load_id = self.new_id()
        writes = (TableWrite(ORDERS, mode, self.staged_rows(ids, load_id)),) if ids else ()
        return Load(load_id, writes, state_after(self.lab, ORDERS, f"{cursor} by {load_id}"))

    def staged_rows(self, ids: list[int], load_id: str) -> tuple[StagedFile, ...]:
        named = {"id": pa.array(ids, pa.int64()), "name": pa.array([f"row {i}" for i in ids], pa.string())}
        later = {column.name: pa.array(ids, pa.int64()) for column in self.schema.columns[2:]}
        return (staged(self.lab, ORDERS, pa.table(named | later), load_id),) if ids else ()

    @rule(host=st.sampled_from(HOSTS), start=st.integers(0, 9), ending=st.sampled_from(Ending))
    def load_a_window(self, host: str, start: int, ending: Ending) -> None:
        """Commit what is pending, then replace the rows of a window by those that the source has up to the cursor."""
        self.finish_pending(host)
        described = self.lab.destination.describe(ORDERS).unwrap()
        assert described is not None
        window, last = Window("id", start, start + 4), min(start + 3, self.cursor)
        files = self.staged_rows(list(range(max(1, start), last + 1)), load_id := self.new_id())
        mode = ReplaceWindow(window, read_at=described.version)
        self.begin(host, Load(load_id, (TableWrite(ORDERS, mode, files),)), ending)

    @property
    def cursor(self) -> int:
        return int(self.state.split()[0]) if self.state else 0

    def cursor_in(self, state: str) -> Result[StateCursor | None, str]:
        return Success(StateCursor("id", int(state.split(maxsplit=1)[0]) or None))

    def the_rows_are_those_of_the_state(self) -> None:
        rows = sorted(rows_of(self.lab, ORDERS), key=lambda row: int(row["id"]))
        assert list(range(1, self.cursor + 1)) == [row["id"] for row in rows]
        for row in rows:
            assert f"row {row['id']}" == row["name"]
            assert {value for name, value in row.items() if name != "name"} <= {row["id"], None}
