"""Health checks: dlt is installed, the catalog answers, and so does the storage of its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final, final

from floe_core.plugin_metadata import HealthState, HealthStatus
from returns.result import Failure, Result

from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.domain.faults import Context, Fault, Invalid, describe
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.ports.clock import Clock
from floe_ingestion_dlt.ports.destination import Catalogs, Destination

# Seconds that a health check may take.
MIN_TIMEOUT: Final = 0.1
MAX_TIMEOUT: Final = 10.0
DEFAULT_TIMEOUT: Final = 5.0
OK: Final = "ok"
NO_CATALOG: Final = "not checked, because the catalog does not answer"
NO_TABLE: Final = "not checked: there is no table yet, and the storage cannot be checked without one"


@final
@dataclass(frozen=True, slots=True)
class Health:
    """The result of a check; *parts* has the result for each part that was checked: ok, or the problem."""

    state: HealthState
    message: str
    parts: Mapping[str, str | bool | None] = field(default_factory=dict)

    def with_text(self, change: Callable[[str], str]) -> Health:
        """The same result with each text changed."""
        parts = {name: change(part) if isinstance(part, str) else part for name, part in self.parts.items()}
        return Health(self.state, change(self.message), parts)

    def status(self, *, took: float, timeout: float) -> HealthStatus:
        """The result as floe's status; *took* and *timeout* are seconds."""
        times = {"response_time_ms": took * 1000, "checked_at": datetime.now(UTC), "timeout_s": timeout}
        return HealthStatus(state=self.state, message=self.message, details={**times, **self.parts})


def checked_timeout(timeout: float | None) -> float:
    """The seconds that a health check may take; a ValueError if they are out of range."""
    seconds = DEFAULT_TIMEOUT if timeout is None else timeout
    if not MIN_TIMEOUT <= seconds <= MAX_TIMEOUT:
        raise ValueError(
            f"timeout: {timeout} cannot be used. Set timeout to a number from 0.1 to 10 (seconds)."
        )
    return seconds


def without_catalog(*, is_started: bool) -> Health:
    """The health of a plugin without a catalog, for which only dlt is checked."""
    if not is_started:
        return Health(HealthState.UNHEALTHY, "not started: call startup() first")
    return Health(HealthState.HEALTHY, "dlt can be imported; no catalog is configured yet", _dlt())


def of_settings(
    read: Result[DltIngestionConfig, Invalid], catalogs: Catalogs, seconds: float, clock: Clock
) -> Health:
    """The health of the configured catalog, if the settings that were *read* are valid."""
    if isinstance(read, Failure):
        return misconfigured(read.failure())
    tables = [source.table for source in read.unwrap().sources]
    return of_catalog(catalogs.destination, tables, seconds, clock)


def misconfigured(fault: Fault) -> Health:
    """The health of a plugin whose configuration is invalid."""
    return _unhealthy(fault, {})


def of_catalog(destination: Destination, tables: Iterable[TableName], seconds: float, clock: Clock) -> Health:
    """Check the catalog, and then the storage of the first of *tables* that exists; both together take at most *seconds*."""
    start = clock.now()
    reached = destination.reach(seconds)
    if isinstance(reached, Failure):
        failed = {"catalog": reached.failure().message, "warehouse": NO_CATALOG}
        return _unhealthy(reached.failure(), failed)
    answering = {"catalog": OK, "commits_together": destination.commits_together().value_or(None)}
    stored = destination.has_storage(tables, max(0.0, seconds - (clock.now() - start)))
    if isinstance(stored, Failure):
        failed = {"warehouse": stored.failure().message}
        return _unhealthy(stored.failure(), answering | failed)
    is_checked = stored.unwrap()
    message = "dlt can be imported, the catalog answers" + (", and its storage does" if is_checked else "")
    return Health(
        HealthState.HEALTHY, message, _dlt() | answering | {"warehouse": OK if is_checked else NO_TABLE}
    )


def _unhealthy(fault: Fault, parts: Mapping[str, str | bool | None]) -> Health:
    """The health after a *fault*, whose category says whether a later check may succeed."""
    category = {"category": fault.category.value}
    return Health(HealthState.UNHEALTHY, describe(fault, Context()), {**_dlt(), **parts, **category})


def _dlt() -> dict[str, str | bool | None]:
    return {"dlt": version("dlt")}
