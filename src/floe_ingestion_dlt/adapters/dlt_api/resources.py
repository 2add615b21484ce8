"""Sources that dlt reads by itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import dlt
import pyarrow as pa
from dlt.extract import DltResource
from returns.result import Result

from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.ports.source import Reading, Source

# dlt reads the type of a cursor's values from the parameter, and checks none for this one.
Incremental: TypeAlias = dlt.sources.incremental[Any]
DeduplicationKey: TypeAlias = tuple[str, ...] | Callable[[object], list[str]]


class DltReadSource(Source, ABC):
    """A source that is a dlt resource: its hints, its requests and its incremental loading are dlt's own."""

    @abstractmethod
    def resource(self, unit: str, reading: Reading, *, is_compared: bool) -> Result[DltResource, Fault]:
        """The unit, ready to be read; *is_compared* says whether rows at the last cursor value are compared with those of the table."""

    @abstractmethod
    def declared_cursor(self, unit: str) -> str | None:
        """The cursor that the unit's own configuration has."""


def deduplication_key(*, is_compared: bool) -> DeduplicationKey:
    """The key by which dlt skips rows at the last cursor value: none if they are compared with the table's."""
    return () if is_compared else every_column


def every_column(item: object) -> list[str]:
    """All columns of a batch or a row, so that rows with the same cursor are compared whole.

    By a key alone, dlt would skip the new version of a row whose cursor is the last value, and with a key of one column
    later rows with that key, too.
    """
    if isinstance(item, pa.Table | pa.RecordBatch):
        return list(item.schema.names)
    return list(item) if isinstance(item, Mapping) else []
