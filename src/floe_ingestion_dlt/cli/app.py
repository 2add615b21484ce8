"""The commands of `floe-ingest`."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, NoReturn

import structlog
import typer
from returns.result import Failure
from rich.console import Console

from floe_ingestion_dlt.cli import checking, results
from floe_ingestion_dlt.cli.declarations import Declaration, read
from floe_ingestion_dlt.cli.findings import Finding
from floe_ingestion_dlt.cli.loading import Loading, Outcome
from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.plugin import DltIngestionPlugin

app = typer.Typer(
    help="Load REST APIs, SQL databases and files into Iceberg tables, as a file declares them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
NAMES: Final = ("floe.yaml", "manifest.yaml", "ingestion.yaml")

File = Annotated[
    Path | None,
    typer.Option(
        "--file", "-f", help=f"The declaration. Without it: {', '.join(NAMES)}, the first that is there."
    ),
]
Sources = Annotated[list[str] | None, typer.Argument(help="The sources; without names, all of them.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


@app.command()
def check(
    file: File = None,
    *,
    offline: Annotated[bool, typer.Option(help="Contact nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say all that is wrong with the declaration, and whether the catalog and the sources answer. No row is read."""
    declaration = _declaration(file, as_json=as_json)
    found = list(checking.of_sources(declaration))
    if not found and not offline:
        with _started(declaration) as plugin:
            found += checking.of_catalog(plugin)
            found += () if found else checking.of_answers(plugin, declaration)
    _end_with(found, declaration.file, as_json=as_json)
    if not as_json:
        count = len(declaration.settings.sources)
        Console().print(f"{declaration.file}: {count} {'source' if count == 1 else 'sources'}, nothing wrong")


@app.command()
def run(  # noqa: PLR0913 - an option each
    sources: Sources = None,
    file: File = None,
    *,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="How many tables are loaded at once.")] = 1,
    refresh: Annotated[bool, typer.Option(help="Replace all rows by those that the source has now.")] = False,
    fail_fast: Annotated[bool, typer.Option(help="Begin nothing more after a failure.")] = False,
    as_json: AsJson = False,
) -> None:
    """Load new rows. Exit codes: 0 all landed, 1 some failed, 2 wrong configuration, 75 try again."""
    declaration = _declaration(file, as_json=as_json)
    _end_with(checking.of_sources(declaration), declaration.file, as_json=as_json)
    wanted = _chosen(declaration, sources or (), as_json=as_json)
    options = {"refresh": True} if refresh else {}
    with _started(declaration) as plugin:
        outcomes = list(Loading(jobs, fail_fast, options).of(plugin, wanted))
    _show(outcomes, as_json=as_json)
    raise typer.Exit(results.exit_code(outcomes))


@app.command()
def schema() -> None:
    """Print the JSON schema of the configuration, with which editors complete and check the file."""
    typer.echo(json.dumps(DltIngestionConfig.model_json_schema(), indent=2))


def _declaration(file: Path | None, *, as_json: bool) -> Declaration:
    """The declaration; the program ends if it cannot be used."""
    named = file or next((found for name in NAMES if (found := Path(name)).is_file()), Path(NAMES[0]))
    declared = read(named)
    if isinstance(declared, Failure):
        _end(declared.failure(), named, as_json=as_json)
    return declared.unwrap()


def _chosen(declaration: Declaration, names: Sequence[str], *, as_json: bool) -> list[str]:
    known = [source.name for source in declaration.settings.sources]
    missing = [name for name in names if name not in known]
    if missing:
        texts = [f"there is no source {name}. Name one of {', '.join(known)}." for name in missing]
        _end([Finding(text) for text in texts], declaration.file, as_json=as_json)
    return list(names) or known


@contextmanager
def _started(declaration: Declaration) -> Iterator[DltIngestionPlugin]:
    """The plugin with the settings. It logs nothing: the command shows errors and warnings itself."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    plugin = DltIngestionPlugin()
    plugin.configure(declaration.settings)
    try:
        plugin.startup()
        yield plugin
    finally:
        plugin.shutdown()


def _show(outcomes: Sequence[Outcome], *, as_json: bool) -> None:
    if as_json:
        typer.echo(results.as_json(outcomes))
    else:
        results.show(outcomes, Console())


def _end_with(found: Sequence[Finding], file: Path, *, as_json: bool) -> None:
    """End the program if something was found."""
    if found:
        _end(found, file, as_json=as_json)


def _end(found: Sequence[Finding], file: Path, *, as_json: bool) -> NoReturn:
    if as_json:
        typer.echo(results.findings_as_json(found))
    else:
        results.show_findings(found, str(file), Console(stderr=True))
    raise typer.Exit(results.WRONG_CONFIGURATION)
