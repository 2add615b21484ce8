"""Explore all stories in memory: `python -m floe_ingestion_dlt.testing.explorer [PAGE]` writes what was found to PAGE."""

from __future__ import annotations

import sys
from pathlib import Path

from floe_ingestion_dlt.testing.explorer.explore import Verdict
from floe_ingestion_dlt.testing.explorer.proof import prove


def main(pages: list[str]) -> int:
    """Return 0 if no schedule is bad and every guard is needed."""
    proof = prove(_print)
    for page in pages:
        Path(page).write_text(proof.page)
    _out(f"{len(proof.mutants)} guards were taken away, one by one")
    for fault in proof.faults:
        _out(fault)
    return 1 if proof.faults else 0


def _print(verdict: Verdict) -> None:
    _out(f"{verdict.story.name}: {verdict.schedules:,} schedules, {verdict.bad} bad")


def _out(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
