"""Commands about tables that are there."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from floe_ingestion_dlt.cli import results
from floe_ingestion_dlt.cli.loading import units_of
from floe_ingestion_dlt.cli.opening import AsJson, File, Sources, chosen, declared, failing, started
from floe_ingestion_dlt.cli.values import bound_of
from floe_ingestion_dlt.domain.load_state import LoadState
from floe_ingestion_dlt.domain.resets import ToCursor, ToSnapshot
from floe_ingestion_dlt.domain.safe_texts import shown
from floe_ingestion_dlt.errors import PipelineConfigurationError
from floe_ingestion_dlt.plugin import DltIngestionPlugin


def status(sources: Sources = None, file: File = None, *, as_json: AsJson = False) -> None:
    """Show each table: its cursor, the files that it knows, and its last load. Nothing is written."""
    declaration = declared(file, as_json=as_json)
    wanted = chosen(declaration, sources or (), as_json=as_json)
    with started(declaration) as plugin, failing(as_json=as_json):
        units, refused = units_of(plugin, wanted)
        states = {unit.table: _state_of(plugin, unit.table) for unit in units}
    if as_json:
        typer.echo(json.dumps([_fields(table, state) for table, state in states.items()], indent=2))
    else:
        _show(states)
    for outcome in refused:
        typer.echo(f"{outcome.source}: {outcome.error}", err=True)
    if refused:
        raise typer.Exit(results.exit_code(refused))


def reset(
    table: Annotated[str, typer.Argument(help="A table of a source, namespace.name.")],
    file: File = None,
    *,
    to_snapshot: Annotated[
        int | None, typer.Option(help="The snapshot to which the table goes back.")
    ] = None,
    to_cursor: Annotated[
        str | None, typer.Option(help="The value from which the next load reads again.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take a table back to an earlier load, or its cursor to an earlier value. No file is deleted."""
    if (to_snapshot is None) == (to_cursor is None):
        raise typer.BadParameter("give one of --to-snapshot and --to-cursor; floe-ingest status shows both")
    target = ToCursor(bound_of(to_cursor)) if to_cursor is not None else ToSnapshot(to_snapshot or 0)
    declaration = declared(file, as_json=False)
    if not yes:
        typer.confirm(f"Reset {table}?", abort=True)
    with started(declaration) as plugin, failing(as_json=False):
        done = plugin.reset(table, to=target)
    typer.echo(f"{done.table}: {done.loads} loads undone, with {done.rows:,} rows")
    for cursor in done.cursors:
        typer.echo(f"the next load reads from {cursor.column} = {shown(str(cursor.value))}")
    if done.files:
        typer.echo(f"the next load reads {done.files:,} files again")


def verify(
    name: Annotated[str, typer.Argument(help="A table, namespace.name, or a namespace.")],
    file: File = None,
    *,
    rows: Annotated[bool, typer.Option(help="Read data files, too.")] = True,
    as_json: AsJson = False,
) -> None:
    """Look for damage in tables; nothing is written. The exit code is 1 if there is any."""
    with started(declared(file, as_json=as_json)) as plugin, failing(as_json=as_json):
        found = plugin.verify(name, rows=rows)
    if as_json:
        faults = [{"fault": fault.message, "next_step": fault.next_step} for fault in found.faults]
        unchecked = [{"unchecked": one.message, "next_step": one.next_step} for one in found.unchecked]
        typer.echo(
            json.dumps({"tables": list(found.tables), "faults": faults, "unchecked": unchecked}, indent=2)
        )
    else:
        for one in (*found.faults, *found.unchecked):
            typer.echo(f"{one.message}. {one.next_step}")
        typer.echo(f"{len(found.tables)} tables, {found.files} files, {len(found.faults)} faults")
    raise typer.Exit(results.OK if found.is_sound else results.SOME_FAILED)


def leftovers(
    namespace: Annotated[str, typer.Argument(help="The namespace of the tables.")],
    file: File = None,
    *,
    days: Annotated[
        float, typer.Option(help="How many days older than the newest snapshot files must be.")
    ] = 3,
    delete: Annotated[
        bool, typer.Option("--delete", help="Delete them; without this, they are only listed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the files that killed and refused loads left at tables, and delete them if asked."""
    with started(declared(file, as_json=as_json)) as plugin, failing(as_json=as_json):
        found = plugin.remove_leftovers(namespace, older_than=timedelta(days=days), dry_run=not delete)
    if as_json:
        typer.echo(json.dumps([{"path": one.path, "bytes": one.bytes} for one in found], indent=2))
        return
    for one in found:
        typer.echo(f"{one.bytes:>14,}  {one.path}")
    typer.echo(
        f"{len(found)} files, {sum(one.bytes for one in found):,} bytes{', deleted' if delete else ''}"
    )


def _state_of(plugin: DltIngestionPlugin, table: str) -> LoadState | None:
    """The state of a table; None if there is no such table."""
    try:
        return plugin.state(table)
    except PipelineConfigurationError:
        return None


def _show(states: dict[str, LoadState | None]) -> None:
    table = Table("table", "cursor", box=None, pad_edge=False)
    for heading in ("files", "last load", "rows", "snapshot"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, state in states.items():
        table.add_row(Text(name), *_cells(state))
    results.console().print(table)


def _cells(state: LoadState | None) -> tuple[Text | str, ...]:
    if state is None:
        return (Text("not loaded yet"), "-", "-", "-", "-")
    cursors = ", ".join(f"{cursor.column} = {shown(str(cursor.value))}" for cursor in state.cursors)
    last = state.loads[0] if state.loads else None
    when = f"{last.at:%Y-%m-%d %H:%M}" if last else "-"
    rows = f"{last.rows:,}" if last and last.rows is not None else "-"
    return (Text(cursors or "-"), str(state.files or "-"), when, rows, str(state.snapshot_id or "-"))


def _fields(table: str, state: LoadState | None) -> dict[str, object]:
    if state is None:
        return {"table": table, "exists": False}
    return {
        "table": table,
        "exists": True,
        "snapshot": state.snapshot_id,
        "files": state.files,
        "cursors": [
            {"resource": cursor.resource, "column": cursor.column, "value": str(cursor.value)}
            for cursor in state.cursors
        ],
        "loads": [
            {
                "id": load.load_id,
                "snapshot": load.snapshot_id,
                "at": load.at.isoformat(),
                "rows": load.rows,
                "kind": load.kind,
            }
            for load in state.loads
        ],
    }
