"""`floe-ingest plan`: what a run would do, before it does it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import typer
from pydantic import ValidationError
from rich.text import Text

from floe_ingestion_dlt.cli import checking, results
from floe_ingestion_dlt.cli.loading import Outcome, refused_outcome, units_of
from floe_ingestion_dlt.cli.opening import AsJson, File, Sources, Verbose, chosen, declared, end_if, started
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.load_warnings import warning_text
from floe_ingestion_dlt.domain.run_plan import RunPlan
from floe_ingestion_dlt.domain.safe_texts import shown
from floe_ingestion_dlt.domain.write_modes import Append, name_of
from floe_ingestion_dlt.errors import IngestionError
from floe_ingestion_dlt.plugin import DltIngestionPlugin
from floe_ingestion_dlt.running.planning import Unit


def plan(
    sources: Sources = None, file: File = None, *, verbose: Verbose = False, as_json: AsJson = False
) -> None:
    """Say what a run would do to each table: columns, rows, the cursor, and why it would fail. A sample of each source is read; nothing is written."""
    declaration = declared(file, as_json=as_json)
    end_if(checking.of_sources(declaration), declaration.file, as_json=as_json)
    wanted = chosen(declaration, sources or (), as_json=as_json)
    with started(declaration, verbose=verbose) as plugin:
        units, refused = units_of(plugin, wanted)
        found = [(unit, planned(plugin, unit)) for unit in units]
    plans = {unit.table: made for unit, made in found if isinstance(made, RunPlan)}
    outcomes = [*refused, *(made for _, made in found if isinstance(made, Outcome))]
    if as_json:
        fields = [_fields(made) for made in plans.values()]
        others = [{"table": each.table or each.source, "error": each.error} for each in outcomes]
        typer.echo(json.dumps([*fields, *others], indent=2, default=str))
    else:
        for table, made in plans.items():
            results.console().print(Text("\n".join((table, *(f"  {line}" for line in lines_of(made))))))
        for outcome in outcomes:
            results.console().print(Text(f"{outcome.table or outcome.source}\n  {outcome.error}"))
    raise typer.Exit(exit_code(plans, outcomes))


def planned(
    plugin: DltIngestionPlugin, unit: Unit, *, sample: int = 0, **options: object
) -> RunPlan | Outcome:
    """The plan of a run; the outcome, if no pipeline could be created."""
    try:
        return plugin.plan(plugin.create_pipeline(unit.config), sample=sample, **options)
    except (IngestionError, ValidationError) as refused:
        return refused_outcome(unit.source, unit.table, refused)


def lines_of(made: RunPlan) -> Iterator[str]:
    """The plan in words."""
    if made.error is not None:
        yield f"would fail: {made.error}"
        return
    rows = f"{made.rows:,} {'row' if made.rows == 1 else 'rows'}" + (" or more" if made.has_more else "")
    yield f"{name_of(made.settings.mode)}: {rows}" if made.rows or made.changes else "nothing new"
    for change in made.changes:
        where = "" if change.table == made.table else f"{change.table}: "
        yield f"{where}{'left out by the contract: ' if change.is_discarded else ''}{change.change}"
    for lost in made.discarded:
        yield f"{lost.column}: {lost.rows:,} values would be left out"
    before = {found.column: shown(str(found.value)) for found in made.before}
    for found in made.after:
        start = f"from {before[found.column]} to" if found.column in before else "up to"
        yield f"cursor {found.column}: {start} {shown(str(found.value))}"
    if made.files and not isinstance(made.settings.mode, Append):
        yield f"the table has {made.files:,} files, which may be written again"
    yield from (f"warning: {warning_text(warning)}" for warning in made.warnings)


def exit_code(plans: Mapping[str, RunPlan], outcomes: list[Outcome]) -> int:
    """As that of a run."""
    failed = [made for made in plans.values() if made.fault is not None]
    passing = [made.fault is not None and made.fault.category is Category.TRANSIENT for made in failed]
    passing += [outcome.may_pass for outcome in outcomes]
    if not passing:
        return results.OK
    return results.TRY_AGAIN if all(passing) else results.SOME_FAILED


def _fields(made: RunPlan) -> dict[str, object]:
    return {
        "table": str(made.table),
        "success": made.success,
        "error": made.error,
        "write_mode": name_of(made.settings.mode),
        "is_new": made.is_new,
        "rows": made.rows,
        "read": made.read,
        "has_more": made.has_more,
        "files": made.files,
        "changes": [
            {"table": str(each.table), "change": str(each.change), "is_discarded": each.is_discarded}
            for each in made.changes
        ],
        "discarded": {lost.column: lost.rows for lost in made.discarded},
        "cursor": {
            "from": {found.column: found.value for found in made.before},
            "to": {found.column: found.value for found in made.after},
        },
        "warnings": [warning_text(warning) for warning in made.warnings],
    }
