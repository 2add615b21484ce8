"""The answer of an API whose rows a table has, in dlt's state: it is committed with the rows, and goes with them."""

from __future__ import annotations

from typing import Final

import dlt

from floe_ingestion_dlt.adapters.dlt.state import ANSWER
from floe_ingestion_dlt.adapters.dlt_api.states import State
from floe_ingestion_dlt.domain.known_answers import KnownAnswer, known_answer_in
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.write_modes import removes_missing
from floe_ingestion_dlt.ports.destination import TableState
from floe_ingestion_dlt.ports.source import AnswerLedger

_OF_PLAN: Final = ("resource", "mode", "contract", "cursor", "names", "columns")


def answers_of(state: State, schema: str, plan: LoadPlan, table: TableState | None) -> AnswerLedger | None:
    """The ledger of the plan's answers in dlt's pipeline *state*; None for the rows of a window or a part, which have no state.

    If rows of the table would be removed because they are not read, no answer is known, and none is kept. So is it if the table is
    empty: its rows were removed by others.
    """
    if plan.window is not None or plan.part is not None:
        return None
    reads_all = removes_missing(plan.mode)

    def keep(answer: KnownAnswer | None) -> None:
        kept = dlt.current.resource_state(plan.table.name)
        kept.pop(ANSWER, None)
        if answer is not None and not reads_all:
            kept[ANSWER] = answer.text()

    resources = state.get("sources", {}).get(schema, {}).get("resources", {})
    known = known_answer_in(resources.get(plan.table.name, {}).get(ANSWER))
    has_rows = table is not None and not table.being_created and table.rows != 0
    return AnswerLedger(keep, _settings(plan), known if has_rows and not reads_all else None)


def _settings(plan: LoadPlan) -> str:
    """The settings by which rows are made of an answer and written; they have a secret, and are only kept as a digest."""
    secret = plan.columns.secret
    return repr([*(getattr(plan, name) for name in _OF_PLAN), secret and secret.reveal()])
