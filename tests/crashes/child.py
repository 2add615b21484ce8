"""One load in a process of its own, which may be told to die on the way."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import cast

import dlt
import requests
from floe_core.plugins.ingestion import IngestionConfig
from pyiceberg.catalog import Catalog, load_catalog
from sqlalchemy import event
from sqlalchemy.orm import Session

from floe_ingestion_dlt import DltIngestionPlugin, Window
from floe_ingestion_dlt.adapters.iceberg.destination import IcebergDestination
from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.ports.milestones import Milestone
from floe_ingestion_dlt.testing import TableByTable
from tests.crashes.story import MODES, Files, Mode, Row, new_places, sent
from tests.rest.gateway import REFUSE_NEXT_COMMIT

TABLE = "bronze.orders"
# What processes end with, by the signal that they get.
BY_CTRL_C = 130
EXIT_CODES = {signal.SIGKILL: -signal.SIGKILL, signal.SIGTERM: 143, signal.SIGINT: BY_CTRL_C}


@dataclass(frozen=True)
class Cell:
    """A moment to die at, a way to write, and whether the next process finds the disk of the dead one."""

    moment: Milestone
    mode: str
    fresh_host: bool

    def __str__(self) -> str:
        return f"{self.moment.name.lower()}-{self.mode}-{'fresh-host' if self.fresh_host else 'same-disk'}"


class Fate:
    """Sends the process a signal at *moment*; SIGKILL ends it as the power does: nothing is flushed, closed or told."""

    def __init__(
        self, moment: Milestone | None, number: signal.Signals, refuse_the_next_commit: Callable[[], None]
    ) -> None:
        self._moment, self._signal = moment, number
        self._refuse_the_next_commit = refuse_the_next_commit

    def __call__(self, moment: Milestone, of: str) -> None:
        if moment is Milestone.STAGED and self._moment is Milestone.REFUSED:
            self._refuse_the_next_commit()
        # dlt's own tables are made and committed too; only what happens to the user's tables counts.
        if moment is self._moment and "_dlt_" not in of:
            self._moment = None
            os.kill(os.getpid(), self._signal)


def _refuse_the_next_sql_commit() -> None:
    def refuse(_session: Session) -> None:
        event.remove(Session, "before_commit", refuse)
        raise PermissionError(13, "Permission denied")

    event.listen(Session, "before_commit", refuse)


def _refuse_by_gateway(uri: str) -> None:
    requests.post(uri + REFUSE_NEXT_COMMIT, timeout=10).raise_for_status()


def _load(folder: Path, settings: dict[str, str], cell: Cell, step: int, fate: Fate) -> None:
    # Programs in the background of a shell ignore it, and so do their children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        _load_once(folder, settings, cell, step, fate)
    except KeyboardInterrupt:
        # As Python itself ends, which multiprocessing does not let it.
        raise SystemExit(BY_CTRL_C) from None


def _fate(settings: dict[str, str], moment: Milestone | None, number: signal.Signals) -> Fate:
    is_sql = settings["type"] == "sql"
    refuse = _refuse_the_next_sql_commit if is_sql else partial(_refuse_by_gateway, settings["uri"])
    return Fate(moment, number, refuse)


def _load_once(folder: Path, settings: dict[str, str], cell: Cell, step: int, fate: Fate) -> None:
    # Every load of a cell goes through the catalog that its moment needs: it must repair what it did.
    destination = (
        IcebergDestination(
            lambda: cast("Catalog", TableByTable(load_catalog("floe", **settings))), "in-turn", fate
        )
        if cell.moment is Milestone.BETWEEN_TABLES
        else None
    )
    plugin = DltIngestionPlugin(destination=destination, milestones=fate)
    plugin.configure(DltIngestionConfig(catalog_config=settings, pipelines_dir=str(folder / "pipelines")))
    plugin.startup()
    mode = MODES[cell.mode]
    _write_files(folder / "data", mode, step)
    pipeline = plugin.create_pipeline(
        IngestionConfig(
            source_type="filesystem",
            source_config={"path": str(folder / "data"), "format": "csv"} | mode.source_config,
            destination_table=TABLE,
            write_mode=mode.write_mode,
        )
    )
    rows = None if mode.files else dlt.resource(_pages(sent(mode, step)), name="orders")
    window = Window("seq", *new_places(step)) if mode.window else None
    result = plugin.run(pipeline, source=rows, refresh=mode.refresh, window=window)
    (folder / "errors").write_text("\n".join(result.errors))


def _write_files(folder: Path, mode: Mode, step: int) -> None:
    """Write the files of the load number *step*, unless they are there: a repeated run finds the same files."""
    folder.mkdir(exist_ok=True)
    if mode.files is None:
        return
    first, end = new_places(step)
    is_new = mode.files is Files.NEW
    rows = [row for row in sent(mode, step) if not is_new or first <= row["seq"] < end]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    file = folder / f"orders-{step if is_new else 1}.jsonl"
    if not file.exists() or file.read_text() != text:
        file.write_text(text)


def _pages(rows: list[Row]) -> Iterator[list[Row]]:
    half = len(rows) // 2
    yield rows[:half]
    yield rows[half:]


def load(
    folder: Path,
    settings: dict[str, str],
    cell: Cell,
    step: int,
    ends: tuple[Milestone, signal.Signals] | None = None,
) -> int | None:
    """Run one load into the catalog of *settings* to its end, or to a signal at a moment; the exit code of its process."""
    moment, number = ends or (None, signal.SIGKILL)
    # Forked from a server that has imported everything and has no threads yet.
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.crashes.child"])
    process = context.Process(
        target=_load, args=(folder, settings, cell, step, _fate(settings, moment, number))
    )
    process.start()
    process.join(60)
    return process.exitcode
