"""Each way to write a table has a name, under which it is recorded."""

from __future__ import annotations

import pytest

from floe_ingestion_dlt.domain.load import TableMode, TableWrite
from floe_ingestion_dlt.domain.merge import UPSERT, MergeNested, MergeRows, ReplaceFiles, ReplaceWindow
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.table_loads import kind_of_write
from floe_ingestion_dlt.domain.windows import Window
from floe_ingestion_dlt.domain.write_modes import Append, Replace

ORDERS = TableName(("bronze",), "orders")


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        (Append(), "append"),
        (Replace(), "replace"),
        (MergeRows(UPSERT, ("id",)), "merge"),
        (MergeNested(ORDERS, "root"), "merge"),
        (ReplaceWindow(Window("id", 1, 2)), "window"),
        (ReplaceFiles("_floe_file", ("a.csv",)), "reload"),
    ],
)
def test_a_write_is_named_after_its_mode_unless_it_is_a_refresh(mode: TableMode, kind: str) -> None:
    assert kind == kind_of_write(TableWrite(ORDERS, mode, ()))
    assert "refresh" == kind_of_write(TableWrite(ORDERS, mode, (), is_refresh=True))
