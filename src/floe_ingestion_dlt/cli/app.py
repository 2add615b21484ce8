"""The commands of `floe-ingest`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from floe_ingestion_dlt.cli import checking, results
from floe_ingestion_dlt.cli.init_command import init
from floe_ingestion_dlt.cli.loading import Loading
from floe_ingestion_dlt.cli.opening import (
    AsJson,
    File,
    Sources,
    Verbose,
    at_once,
    chosen,
    declared,
    end_if,
    started,
)
from floe_ingestion_dlt.cli.plan_command import plan
from floe_ingestion_dlt.cli.preview_command import preview
from floe_ingestion_dlt.cli.table_commands import leftovers, reset, status, verify
from floe_ingestion_dlt.cli.values import range_of
from floe_ingestion_dlt.config.json_schema import json_schema

app = typer.Typer(
    help="Load REST APIs, SQL databases and files into Iceberg tables, as a file declares them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


app.command()(init)


@app.command()
def check(
    file: File = None,
    *,
    offline: Annotated[bool, typer.Option(help="Contact nothing.")] = False,
    verbose: Verbose = False,
    as_json: AsJson = False,
) -> None:
    """Say all that is wrong with the declaration, and whether the catalog and the sources answer. No row is read. Exit codes: 0 nothing is wrong, 2 something is, 75 something does not answer now."""
    declaration = declared(file, as_json=as_json)
    found = list(checking.of_sources(declaration))
    if not found and not offline:
        with started(declaration, verbose=verbose) as plugin:
            found += checking.of_catalog(plugin)
            found += () if found else checking.of_answers(plugin, declaration)
    end_if(found, declaration.file, as_json=as_json)
    count = len(declaration.settings.sources)
    right = f"{declaration.file}: {count} {'source' if count == 1 else 'sources'}, nothing wrong"
    typer.echo("[]" if as_json else right)


@app.command()
def run(  # noqa: PLR0913 - an option each
    sources: Sources = None,
    file: File = None,
    *,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="How many tables are loaded at once, in place of parallel_sources."),
    ] = None,
    refresh: Annotated[bool, typer.Option(help="Replace all rows by those that the source has now.")] = False,
    window: Annotated[
        str | None,
        typer.Option(help="Replace the rows from one value of the cursor on to another: start..end."),
    ] = None,
    fail_fast: Annotated[bool, typer.Option(help="Begin nothing more after a failure.")] = False,
    verbose: Verbose = False,
    as_json: AsJson = False,
) -> None:
    """Load new rows. Exit codes: 0 all landed, 1 some failed, 2 wrong configuration, 75 try again."""
    declaration = declared(file, as_json=as_json)
    end_if(checking.of_sources(declaration), declaration.file, as_json=as_json)
    wanted = chosen(declaration, sources or (), as_json=as_json)
    between = None if window is None else range_of(window)
    declaration = at_once(declaration, jobs, as_json=as_json)
    with started(declaration, verbose=verbose) as plugin:
        loading = Loading(declaration.settings.parallel_sources, fail_fast, refresh, between)
        outcomes = list(loading.of(plugin, wanted))
    if as_json:
        typer.echo(results.as_json(outcomes))
    else:
        results.show(outcomes, results.console())
    raise typer.Exit(results.exit_code(outcomes))


@app.command()
def schema(file: Annotated[Path | None, typer.Argument(help="Where to write it.")] = None) -> None:
    """Print the JSON schema of the configuration, with which editors complete and check the file."""
    text = json.dumps(json_schema(), indent=2)
    if file is None:
        typer.echo(text)
    else:
        file.write_text(f"{text}\n")


app.command()(plan)
app.command()(preview)
app.command()(status)
app.command()(reset)
app.command()(verify)
app.command()(leftovers)
