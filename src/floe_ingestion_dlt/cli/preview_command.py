"""`floe-ingest preview`: the first rows of a source, as they would be in its tables."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from floe_ingestion_dlt.cli import checking, results
from floe_ingestion_dlt.cli.loading import units_of
from floe_ingestion_dlt.cli.opening import AsJson, File, Verbose, chosen, declared, end_if, started
from floe_ingestion_dlt.cli.plan_command import exit_code, planned
from floe_ingestion_dlt.domain.run_plan import RunPlan, TableSample
from floe_ingestion_dlt.domain.safe_texts import shown

# dlt's own columns, which say of a row only in which load it came.
OF_DLT: Final = "_dlt_"
LONGEST_CELL: Final = 60


def preview(
    source: Annotated[str, typer.Argument(help="The name of a source.")],
    file: File = None,
    *,
    rows: Annotated[int, typer.Option(min=1, max=1000, help="How many rows of each table are shown.")] = 10,
    verbose: Verbose = False,
    as_json: AsJson = False,
) -> None:
    """Show the first rows of a source, as a first load would write them, without dlt's own columns: names, types, casts and masks included. No table is written."""
    declaration = declared(file, as_json=as_json)
    end_if(checking.of_sources(declaration), declaration.file, as_json=as_json)
    wanted = chosen(declaration, [source], as_json=as_json)
    with started(declaration, verbose=verbose) as plugin:
        units, outcomes = units_of(plugin, wanted)
        found = [(unit, planned(plugin, unit, sample=rows, refresh=True)) for unit in units]
    plans = {unit.table: made for unit, made in found if isinstance(made, RunPlan)}
    outcomes = [*outcomes, *(made for _, made in found if not isinstance(made, RunPlan))]
    samples = [each for made in plans.values() for each in made.samples]
    errors = {table: made.error for table, made in plans.items() if made.error is not None}
    errors |= {each.table or each.source: each.error or "" for each in outcomes}
    if as_json:
        found_rows = [{"table": str(each.table), "rows": _fields(each)} for each in samples]
        failed = [{"table": table, "error": error} for table, error in errors.items()]
        typer.echo(json.dumps([*found_rows, *failed], indent=2, allow_nan=False))
    else:
        _show(samples, errors)
    raise typer.Exit(exit_code(plans, outcomes))


def _show(samples: list[TableSample], errors: dict[str, str]) -> None:
    console = results.console()
    for each in samples:
        names = _own(each)
        console.print(Text(str(each.table), style="bold"))
        table = Table(box=None, pad_edge=False)
        for name in names:
            table.add_column(Text(shown(name)))
        for row in each.rows:
            values = dict(zip(each.columns, row, strict=True))
            table.add_row(*(Text(_cell(values[name])) for name in names))
        console.print(table)
        console.print(Text("" if each.rows else "no rows\n"))
    for name, error in errors.items():
        console.print(Text(f"{name}\n  {error}"))


def _own(sample: TableSample) -> list[str]:
    return [name for name in sample.columns if not name.startswith(OF_DLT)]


def _fields(sample: TableSample) -> list[dict[str, object]]:
    names = _own(sample)
    rows = (dict(zip(sample.columns, row, strict=True)) for row in sample.rows)
    return [{name: _plain(row[name]) for name in names} for row in rows]


def _cell(value: object) -> str:
    plain = _plain(value)
    text = plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
    return "" if value is None else shown(text, LONGEST_CELL)


def _plain(value: object) -> object:
    """The value as JSON has it; bytes are hexadecimal digits, and the numbers that JSON lacks are texts, as all other values."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case bytes():
            return value.hex()
        case Mapping():
            return {str(key): _plain(held) for key, held in value.items()}
        case list() | tuple():
            return [_plain(held) for held in value]
        case _:
            return str(value)
