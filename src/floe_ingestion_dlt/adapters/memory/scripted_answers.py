"""The answers of a scripted catalog to commits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import final

from floe_ingestion_dlt.adapters.memory.tables import BuiltOn
from floe_ingestion_dlt.adapters.memory.writes import Outcome
from floe_ingestion_dlt.domain.load import Load
from floe_ingestion_dlt.domain.names import TableName


class Answer(Enum):
    """What a scripted catalog does with a commit, or with one table's part of it if tables are committed one by one."""

    LAND = "land"
    LAND_AND_LOSE_THE_ANSWER = "land and lose the answer"
    LAND_AND_SAY_CONFLICT = "land and answer that another writer was first"
    LAND_AND_SAY_REFUSED = "land and answer with a refusal"
    LOSE_THE_REQUEST = "lose the request"
    ARRIVE_LATE = "lose the answer, and let the request arrive later"
    CONFLICT = "conflict"
    REFUSE = "refuse"

    @property
    def lands(self) -> bool:
        """Whether the request is carried out before the answer, if the tables still are as it requires."""
        return self.name.startswith("LAND")


@final
@dataclass(frozen=True, eq=False, slots=True)
class Request:
    """A commit in flight. It is refused unless each table still is as it was when the request was built."""

    load: Load
    built_on: Mapping[TableName, BuiltOn]
    outcomes: Mapping[TableName, Outcome]
