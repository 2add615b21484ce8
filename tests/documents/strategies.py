"""The table of merge strategies in docs/merging.md, written from the code."""

from __future__ import annotations

from floe_ingestion_dlt.domain.merge import DEFAULT_STRATEGY, STRATEGIES, MergeStrategy


def table() -> str:
    """One line for each strategy."""
    head = (
        "| `merge_strategy` | what happens to a row of the load | what happens to the table's row with its key |\n"
        "| --- | --- | --- |\n"
    )
    return head + "".join(map(_line, STRATEGIES))


def _line(strategy: MergeStrategy) -> str:
    default = " (the default)" if strategy == DEFAULT_STRATEGY else ""
    return f"| `{strategy.name}`{default} | {strategy.load_row} | {strategy.table_row} |\n"
