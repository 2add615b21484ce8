"""Outcomes as a table for people, and as JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from floe_ingestion_dlt.cli.findings import Finding
from floe_ingestion_dlt.cli.loading import Outcome
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.load_warnings import warning_text
from floe_ingestion_dlt.errors import IngestionError

OK: Final = 0
SOME_FAILED: Final = 1
WRONG_CONFIGURATION: Final = 2
TRY_AGAIN: Final = 75  # EX_TEMPFAIL of sysexits.h


# Lines are not broken where no person reads them.
WIDE: Final = 240


def console() -> Console:
    """The standard output, for tables."""
    return Console(width=None if sys.stdout.isatty() else WIDE)


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """0 if all landed, 75 if every failure may pass, else 1."""
    failed = [outcome for outcome in outcomes if not outcome.success]
    if not failed:
        return OK
    return TRY_AGAIN if all(outcome.may_pass for outcome in failed) else SOME_FAILED


def code_of(error: IngestionError) -> int:
    """The exit code for an error that ended a command."""
    return TRY_AGAIN if error.category is Category.TRANSIENT else SOME_FAILED


def show(outcomes: Sequence[Outcome], console: Console) -> None:
    """A line for each table, and below them the warnings, and what to do about each failure."""
    table = Table("table", "result", box=None, pad_edge=False)
    for heading in ("rows", "bytes", "seconds", "snapshot"):
        table.add_column(heading, justify="right", no_wrap=True)
    for outcome in outcomes:
        table.add_row(Text(outcome.table or outcome.source), _result(outcome), *_figures(outcome))
    console.print(table)
    for outcome in outcomes:
        name = outcome.table or outcome.source
        for warning in outcome.report.warnings if outcome.report else ():
            console.print(Text(f"\n{name}: {warning_text(warning)}", style="yellow"))
        if outcome.error is not None:
            console.print(Text(f"\n{name}: {outcome.error}", style="red"))


def _result(outcome: Outcome) -> Text:
    if not outcome.success:
        return Text("failed, may pass" if outcome.may_pass else "failed", style="red")
    report = outcome.report
    if report is None or not report.snapshots:
        return Text("nothing new")
    return Text(f"loaded, {report.deleted:,} deleted" if report.deleted else "loaded", style="green")


def _figures(outcome: Outcome) -> tuple[str, ...]:
    report = outcome.report
    if report is None:
        return ("-",) * 4
    newest = str(report.snapshots[-1]) if report.snapshots else "-"
    return (f"{report.rows:,}", f"{report.bytes:,}", f"{report.seconds:.1f}", newest)


def as_json(outcomes: Sequence[Outcome]) -> str:
    """The outcomes as a list of objects."""
    return json.dumps([_fields(outcome) for outcome in outcomes], indent=2)


def _fields(outcome: Outcome) -> dict[str, object]:
    found: dict[str, object] = {
        "source": outcome.source,
        "table": outcome.table,
        "success": outcome.success,
        "error": outcome.error,
        "try_again": outcome.may_pass,
    }
    if (report := outcome.report) is not None:
        found |= {
            "rows": report.rows,
            "deleted": report.deleted,
            "bytes": report.bytes,
            "seconds": round(report.seconds, 3),
            "snapshots": list(report.snapshots),
            "loads": list(report.loads),
            "warnings": [warning_text(warning) for warning in report.warnings],
        }
    return found


def show_findings(findings: Sequence[Finding], file: str, console: Console) -> None:
    for found in findings:
        console.print(Text(found.at(file)), soft_wrap=True)


def findings_as_json(findings: Sequence[Finding]) -> str:
    return json.dumps(
        [{"line": found.line, "field": found.field, "text": found.text} for found in findings], indent=2
    )
