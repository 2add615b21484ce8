"""From an empty environment to tables, by the real command at a terminal."""

from __future__ import annotations

from pathlib import Path

from tests.cli.terminal import at_a_terminal
from tests.packages.environments import Environment


def rows_of_files(made: Environment, folder: Path) -> list[int]:
    """The rows of a table, after a person has loaded two files in the *folder*."""
    (folder / "in").mkdir()
    for month in (1, 2):
        (folder / "in" / f"orders-{month}.csv").write_text(f"id,customer\n{month},Ada\n")
    steps = [
        (["init"], ["in", ""], "floe.yaml"),
        (["check"], [], "1 source, nothing wrong"),
        (["plan"], [], "new table bronze.orders"),
        (["run"], [], "loaded"),
        (["run"], [], "nothing new"),
        (["status"], [], "bronze.orders"),
    ]
    for arguments, answers, expected in steps:
        code, shown = at_a_terminal(folder, arguments, answers, made.command)
        assert code == 0, shown
        assert expected in shown
    rows: list[int] = made.run(f"""
import json
from pyiceberg.catalog import load_catalog
places = {{"uri": "sqlite:///{folder}/.floe/catalog.db", "warehouse": "file://{folder}/.floe/warehouse"}}
table = load_catalog("floe", type="sql", **places).load_table("bronze.orders")
print(json.dumps(sorted(table.scan().to_arrow()["id"].to_pylist())))
""")
    return rows
