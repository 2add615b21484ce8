"""The entry point of `floe-ingest`: it reads `.env`, and starts the command."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values


def main() -> None:
    """Run the command, with the variables of the file `.env` in the working folder; those that are set already stay."""
    added = new_variables(Path(".env"), os.environ)
    if added:
        # Libraries read variables, too, also while they are imported: so the program starts again with all of them.
        command = [sys.executable, "-m", "floe_ingestion_dlt.cli", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, **added})  # noqa: S606  # nosec B606 - this very program
    from floe_ingestion_dlt.cli.app import app  # noqa: PLC0415 - its imports take seconds, which would be taken twice

    app(prog_name="floe-ingest")


def new_variables(file: Path, known: Mapping[str, str]) -> dict[str, str]:
    """The variables in a file that are not *known*."""
    found = dotenv_values(file) if file.is_file() else {}
    return {name: value for name, value in found.items() if value is not None and name not in known}
