"""Rows of any size are not held in memory until there are 5,000 of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dlt

from floe_ingestion_dlt.domain.memory import DEFAULT_MEMORY
from floe_ingestion_dlt.ports.milestones import Milestone
from tests.platforms import Platform

MB = 1_000_000
ROWS = 100


def test_large_rows_are_written_a_few_at_once(platform: Platform) -> None:
    lines: list[int] = []

    def look(milestone: Milestone, _: str) -> None:
        if milestone is Milestone.EXTRACTED:
            files = Path(platform.folder, "pipelines").rglob("orders.*.typed-jsonl")
            lines.extend(len(line) for file in files for line in file.read_bytes().splitlines())

    def rows() -> Iterator[dict[str, object]]:
        for number in range(ROWS):
            yield {"id": number, "text": chr(ord("a") + number % 26) * MB, "tags": [number]}

    platform.plugin = platform.a_plugin(milestones=look)
    result = platform.plugin.run(platform.pipeline(), source=dlt.resource(rows, name="orders"))
    assert result.success, result.errors
    assert max(lines) <= DEFAULT_MEMORY.table // 2 + MB
    assert sum(lines) >= ROWS * MB
    found = {row["id"]: (row["text"][0], len(row["text"])) for row in platform.rows("id", "text")}
    assert {number: (chr(ord("a") + number % 26), MB) for number in range(ROWS)} == found
