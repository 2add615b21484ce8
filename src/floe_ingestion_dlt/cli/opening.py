"""What all commands begin and end with: the declaration, the plugin, and the way a command ends."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final, NoReturn

import structlog
import typer
from returns.result import Failure
from rich.console import Console

from floe_ingestion_dlt.cli import results
from floe_ingestion_dlt.cli.declarations import Declaration, read
from floe_ingestion_dlt.cli.findings import Finding
from floe_ingestion_dlt.errors import IngestionError
from floe_ingestion_dlt.plugin import DltIngestionPlugin

NAMES: Final = ("floe.yaml", "manifest.yaml", "ingestion.yaml")

File = Annotated[
    Path | None,
    typer.Option(
        "--file", "-f", help=f"The declaration. Without it: {', '.join(NAMES)}, the first that is there."
    ),
]
Sources = Annotated[list[str] | None, typer.Argument(help="The sources; without names, all of them.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Log each step to the standard error, with its figures.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def declared(file: Path | None, *, as_json: bool) -> Declaration:
    """The declaration; the command ends if it cannot be used."""
    named = file or next((found for name in NAMES if (found := Path(name)).is_file()), Path(NAMES[0]))
    declaration = read(named)
    if isinstance(declaration, Failure):
        end(declaration.failure(), named, as_json=as_json)
    return declaration.unwrap()


def chosen(declaration: Declaration, names: Sequence[str], *, as_json: bool) -> list[str]:
    """The sources with these *names*, or all; the command ends if one is not declared."""
    known = [source.name for source in declaration.settings.sources]
    missing = [name for name in names if name not in known]
    if missing:
        texts = [f"there is no source {name}. Name one of {', '.join(known)}." for name in missing]
        end([Finding(text) for text in texts], declaration.file, as_json=as_json)
    return list(names) or known


def at_once(declaration: Declaration, jobs: int | None, *, as_json: bool) -> Declaration:
    """The declaration with so many *jobs* at once, if they are given; the command ends if the memory is not enough for them."""
    if jobs is None:
        return declaration
    settings = declaration.settings.model_copy(update={"parallel_sources": jobs})
    if isinstance(settings.memory, Failure):
        found = Finding(f"{settings.memory.failure()}. Increase it, or set fewer --jobs.", "memory_limit")
        end([found], declaration.file, as_json=as_json)
    return replace(declaration, settings=settings)


@contextmanager
def started(declaration: Declaration, *, verbose: bool = False) -> Iterator[DltIngestionPlugin]:
    """The plugin with the settings; the command ends if a package is missing.

    Unless the command is *verbose*, nothing is logged: it shows errors and warnings itself.
    """
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.CRITICAL),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    plugin = DltIngestionPlugin()
    plugin.configure(declaration.settings)
    # dlt sets the level of its logger with each pipeline, so a level would not stay.
    of_dlt = logging.getLogger("dlt")
    of_dlt.addFilter(_is_critical)
    try:
        _start(plugin)
        yield plugin
    finally:
        plugin.shutdown()
        of_dlt.removeFilter(_is_critical)


def _is_critical(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.CRITICAL


def _start(plugin: DltIngestionPlugin) -> None:
    try:
        plugin.startup()
    except ImportError as missing:  # it says how the package is installed
        typer.echo(str(missing), err=True)
        raise typer.Exit(results.WRONG_CONFIGURATION) from None


@contextmanager
def failing(*, as_json: bool) -> Iterator[None]:
    """A block whose error ends the command: with 75 if the same may succeed later, else with 1."""
    try:
        yield
    except IngestionError as error:
        if as_json:
            typer.echo(results.findings_as_json([Finding(str(error))]))
        else:
            typer.echo(str(error), err=True)
        raise typer.Exit(results.code_of(error)) from None


def end_if(found: Sequence[Finding], file: Path, *, as_json: bool) -> None:
    """End the command if something was found."""
    if found:
        end(found, file, as_json=as_json)


def end(found: Sequence[Finding], file: Path, *, as_json: bool) -> NoReturn:
    """End the command because of what is wrong in the *file*."""
    if as_json:
        typer.echo(results.findings_as_json(found))
    else:
        results.show_findings(found, str(file), Console(stderr=True))
    is_passing = all(each.may_pass for each in found)
    raise typer.Exit(results.TRY_AGAIN if is_passing else results.WRONG_CONFIGURATION)
