"""The laws of tables that grow by a load: columns are added with the rows that need them, or not at all."""

from __future__ import annotations

import pyarrow as pa
import pytest
from returns.result import Success

from floe_ingestion_dlt.adapters.memory import Answer
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.faults import StagedFilesGone
from floe_ingestion_dlt.domain.load import Absent, Discarded, Load, StagedFile, TableMode, TableWrite
from floe_ingestion_dlt.domain.merge import UPSERT, MergeRows
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import NO_COLUMNS, Column, ListOf, Scalar, StructOf, TableSchema
from floe_ingestion_dlt.domain.write_modes import Append, Replace
from floe_ingestion_dlt.ports.destination import FileToStage
from floe_ingestion_dlt.testing.lab import Lab, file_of, rows_of

ORDERS = TableName(("bronze",), "orders")
FIRST = TableSchema((Column("id", Scalar.LONG), Column("size", Scalar.INT)))
TOWN = StructOf((Column("name", Scalar.STRING), Column("zips", ListOf(Scalar.LONG))))
MORE = TableSchema((Column("size", Scalar.LONG), Column("town", TOWN)))
SIZE_AS_TEXT = TableSchema((Column("size", Scalar.STRING),))
ANN = {"id": 1, "size": 1}
BOB = {"id": 2, "size": 2**40, "town": {"name": "Łódź", "zips": [1, None]}}
UPSERT_BY_ID = MergeRows(UPSERT, ("id",))
MODES = pytest.mark.parametrize(
    "mode", [Append(), Replace(), UPSERT_BY_ID], ids=["append", "replace", "merge"]
)


class GrowthLaws:
    """A load that grows its table shows its rows and columns together; a refused one shows neither."""

    def test_staging_adds_no_column(self, lab: Lab) -> None:
        growing(lab, Append())
        assert FIRST == schema_of(lab)

    @MODES
    def test_rows_come_with_the_columns_that_they_need(self, lab: Lab, mode: TableMode) -> None:
        commit_once(growing(lab, mode), lab.destination).unwrap()
        older = [] if isinstance(mode, Replace) else [ANN | {"town": None}]
        assert [*older, BOB] == rows_of(lab, ORDERS)
        assert TableSchema((FIRST.columns[0], *MORE.columns)) == schema_of(lab)
        assert 2 == lab.snapshots(ORDERS)

    def test_a_field_without_a_place_is_discarded_alone_and_counted_or_refused(self, lab: Lab) -> None:
        lab.destination.evolve(ORDERS, TableSchema((FIRST.columns[0], *MORE.columns))).unwrap()
        town = pa.array([{"name": "Łódź", "mayor": "x"}, {"name": "Oslo", "mayor": None}, None])
        path = file_of(lab, pa.table({"id": [2, 3, 4], "town": town}))
        refused = lab.destination.stage(FileToStage(path, ORDERS, "2", may_discard=False))
        assert "town" in refused.failure().message
        (file,) = lab.destination.stage(FileToStage(path, ORDERS, "2", may_discard=True)).unwrap()
        assert (Discarded("town.mayor", 1),) == file.discarded
        commit_once(Load("2", (TableWrite(ORDERS, Append(), (file,)),)), lab.destination).unwrap()
        towns = [{"name": "Łódź", "zips": None}, {"name": "Oslo", "zips": None}, None]
        assert towns == [row["town"] for row in rows_of(lab, ORDERS)[-3:]]

    @MODES
    def test_a_refused_load_changes_no_schema(self, lab: Lab, mode: TableMode) -> None:
        load = growing(lab, mode)
        with lab.answering(Answer.REFUSE):
            commit_once(load, lab.destination).failure()
        assert FIRST == schema_of(lab)
        assert [ANN] == rows_of(lab, ORDERS)

    @pytest.mark.parametrize("answer", [Answer.LAND_AND_LOSE_THE_ANSWER, Answer.LOSE_THE_REQUEST])
    def test_a_lost_answer_neither_loses_nor_doubles_columns(self, lab: Lab, answer: Answer) -> None:
        load = growing(lab, Append())
        with lab.answering(answer):
            commit_once(load, lab.destination).unwrap()
        assert [ANN | {"town": None}, BOB] == rows_of(lab, ORDERS)

    def test_a_lost_race_with_rows_is_built_anew(self, lab: Lab) -> None:
        load = growing(lab, Append())
        lab.foreign_commit(ORDERS)
        commit_once(load, lab.destination).unwrap()
        assert [ANN | {"town": None}, BOB] == rows_of(lab, ORDERS)

    def test_columns_come_where_a_load_has_no_rows(self, lab: Lab) -> None:
        growing(lab, Append())
        commit_once(Load("2", (TableWrite(ORDERS, Append(), (), MORE),)), lab.destination).unwrap()
        assert [ANN | {"town": None}] == rows_of(lab, ORDERS)

    @pytest.mark.parametrize(
        "theirs",
        [
            Column("theirs", Scalar.STRING),
            Column("town", TOWN),
            Column("theirs", TOWN),
            Column("theirs", StructOf((Column("town", TOWN),))),
        ],
        ids=str,
    )
    def test_another_writers_column_gets_none_of_the_loads_values(self, lab: Lab, theirs: Column) -> None:
        """It may have got the ids that were planned for the load's columns."""
        load = growing(lab, Append())
        lab.destination.evolve(ORDERS, TableSchema((theirs,))).unwrap()
        answer = commit_once(load, lab.destination)
        if isinstance(answer, Success):
            assert {**BOB, theirs.name: BOB.get(theirs.name)} in rows_of(lab, ORDERS)
        else:
            assert isinstance(answer.failure(), StagedFilesGone)
            assert [1] == [row["id"] for row in rows_of(lab, ORDERS)]
            files = staged(lab, BOB_ROWS, "2", MORE)
            again = Load("2", (TableWrite(ORDERS, Append(), files, MORE),))
            commit_once(again, lab.destination).unwrap()
            assert {**BOB, theirs.name: BOB.get(theirs.name)} in rows_of(lab, ORDERS)

    def test_a_column_that_another_writer_made_of_another_type_refuses_the_files(self, lab: Lab) -> None:
        load = growing(lab, Append())
        lab.destination.evolve(ORDERS, TableSchema((Column("town", Scalar.STRING),))).unwrap()
        assert isinstance(commit_once(load, lab.destination).failure(), StagedFilesGone)
        assert [ANN | {"town": None}] == rows_of(lab, ORDERS)

    def test_rows_that_replace_all_others_may_give_a_column_another_type(self, lab: Lab) -> None:
        load = retyping(lab)
        assert FIRST == schema_of(lab)
        commit_once(load, lab.destination).unwrap()
        assert TableSchema((FIRST.columns[0], *SIZE_AS_TEXT.columns)) == schema_of(lab)
        assert [{"id": 2, "size": "XL"}] == rows_of(lab, ORDERS)
        assert 2 == lab.snapshots(ORDERS)

    def test_a_refused_load_keeps_the_type_and_the_values(self, lab: Lab) -> None:
        load = retyping(lab)
        with lab.answering(Answer.REFUSE):
            commit_once(load, lab.destination).failure()
        assert FIRST == schema_of(lab)
        assert [ANN] == rows_of(lab, ORDERS)

    def test_rows_that_are_added_never_change_a_type(self, lab: Lab) -> None:
        write = retyping(lab).writes[0]
        load = Load("2", (TableWrite(ORDERS, Append(), write.files, write.grows),))
        assert isinstance(commit_once(load, lab.destination).failure(), StagedFilesGone)
        assert FIRST == schema_of(lab)
        assert [ANN] == rows_of(lab, ORDERS)

    def test_a_column_of_another_type_is_as_wide_as_any_for_later_loads(self, lab: Lab) -> None:
        commit_once(retyping(lab), lab.destination).unwrap()
        more = pa.table({"id": [3], "size": ["S"]})
        later = Load("3", (TableWrite(ORDERS, Append(), staged(lab, more, "3", NO_COLUMNS)),))
        commit_once(later, lab.destination).unwrap()
        assert [{"id": 2, "size": "XL"}, {"id": 3, "size": "S"}] == rows_of(lab, ORDERS)

    def test_a_commit_on_an_older_version_adds_no_column(self, lab: Lab) -> None:
        load = growing(lab, Append())
        base = lab.destination.look(load).unwrap()
        assert isinstance(base, Absent)
        lab.foreign_commit(ORDERS)
        lab.destination.commit(load, base).failure()
        assert FIRST == schema_of(lab)


TYPES = pa.struct([("name", pa.string()), ("zips", pa.list_(pa.int64()))])
BOB_ROWS = pa.table(
    {"id": [2], "size": pa.array([2**40], pa.int64()), "town": pa.array([BOB["town"]], TYPES)}
)


def growing(lab: Lab, mode: TableMode) -> Load:
    """A load that needs more columns than the table has, which has a row."""
    add_ann(lab)
    return Load("2", (TableWrite(ORDERS, mode, staged(lab, BOB_ROWS, "2", MORE), MORE),))


def retyping(lab: Lab) -> Load:
    """A load that replaces the table's row, and has texts for a column of numbers."""
    add_ann(lab)
    rows = pa.table({"id": [2], "size": ["XL"]})
    files = staged(lab, rows, "2", SIZE_AS_TEXT, replaces=True)
    return Load("2", (TableWrite(ORDERS, Replace(), files, SIZE_AS_TEXT),))


def add_ann(lab: Lab) -> None:
    lab.destination.evolve(ORDERS, FIRST).unwrap()
    ann = pa.table({"id": [1], "size": pa.array([1], pa.int32())})
    files = staged(lab, ann, "1", NO_COLUMNS)
    commit_once(Load("1", (TableWrite(ORDERS, Append(), files),)), lab.destination).unwrap()


def staged(
    lab: Lab, rows: pa.Table, load_id: str, grows: TableSchema, *, replaces: bool = False
) -> tuple[StagedFile, ...]:
    file = FileToStage(file_of(lab, rows), ORDERS, load_id, may_discard=False, grows=grows, replaces=replaces)
    return lab.destination.stage(file).unwrap()


def schema_of(lab: Lab) -> TableSchema:
    state = lab.destination.describe(ORDERS).unwrap()
    assert state is not None
    return state.schema
