"""What a lineage server is told of a load, in OpenLineage's events; a server that fails never fails a load."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias, final
from uuid import NAMESPACE_URL, UUID, uuid5

from floe_ingestion_dlt.domain.load_report import LoadReport, TableView
from floe_ingestion_dlt.running.planning import Unit

if TYPE_CHECKING:
    # Imported when a step begins: whoever loads definitions does without the clients of lineage servers.
    from floe_core.lineage import LineageDataset, SyncLineageEmitter
    from floe_core.schemas.compiled_artifacts import ObservabilityConfig

Facet: TypeAlias = Mapping[str, object]

PRODUCER: Final = "https://pypi.org/project/floe-ingestion-dagster"
# How long a step waits for the server's answer to one event; there are two of them.
EVENT_SECONDS: Final = 1.0
_SPEC: Final = "https://openlineage.io/spec/facets"


class Log(Protocol):
    """Where the one warning goes."""

    def warning(self, msg: str, /) -> object: ...


@final
@dataclass(frozen=True, slots=True)
class LineageServer:
    """Where events go: floe's settings of a transport, and the namespace of jobs and tables."""

    transport: Mapping[str, object]
    namespace: str

    @classmethod
    def of(cls, observability: ObservabilityConfig) -> LineageServer | None:
        """The server that the compiled artifacts name, if they name one."""
        endpoint = observability.lineage_endpoint
        if not observability.lineage or endpoint is None:
            return None
        kind = observability.lineage_transport or "http"
        transport = {"type": kind, "url": endpoint, "timeout": EVENT_SECONDS}
        return cls(transport, observability.lineage_namespace)

    def emitter(self, log: Log) -> SyncLineageEmitter | None:
        """What sends events there, to be closed when the step ends; None, and a warning, if its settings cannot be used."""
        from floe_core.lineage import create_sync_emitter

        try:
            return create_sync_emitter(dict(self.transport), self.namespace, PRODUCER)
        except Exception as error:  # noqa: BLE001 - whatever a transport raises, the load goes on
            # The text of the error may quote an address with credentials.
            lost = f"lineage is not recorded: {type(error).__name__}: lineage_endpoint must be an address of http:// or https://"
            log.warning(lost)
            return None


@final
@dataclass
class LoadLineage:
    """The events of one load: its start, and that it was completed or failed.

    The table is the dataset `<namespace>.<table>`, and its version the snapshot that shows the load. The first event that the server
    does not take is reported in a warning, and no other one is sent. Without an *emitter* nothing is sent.
    """

    emitter: SyncLineageEmitter | None
    unit: Unit
    run_id: UUID
    log: Log
    _is_down: bool = field(default=False, init=False)

    def start(self) -> None:
        """Say that the load begins."""
        self._send(
            lambda emitter: emitter.emit_start(
                self._job, self.run_id, inputs=[self._source], outputs=[self._table(emitter, {})]
            )
        )

    def complete(self, report: LoadReport) -> None:
        """Say what the load brought to the table."""
        facets = dict(_facets(report))
        self._send(
            lambda emitter: emitter.emit_complete(
                self.run_id, self._job, outputs=[self._table(emitter, facets)]
            )
        )

    def fail(self, error: str) -> None:
        """Say that the load failed, and why."""
        self._send(lambda emitter: emitter.emit_fail(self.run_id, self._job, error_message=error))

    @property
    def _job(self) -> str:
        return f"ingestion.{self.unit.source}.{self.unit.resource}"

    @property
    def _source(self) -> LineageDataset:
        return _dataset(self.unit.declared.source_type, f"{self.unit.source}.{self.unit.resource}", {})

    def _table(self, emitter: SyncLineageEmitter, facets: Mapping[str, Facet]) -> LineageDataset:
        return _dataset(emitter.default_namespace, self.unit.table, facets)

    def _send(self, emit: Callable[[SyncLineageEmitter], object]) -> None:
        emitter = self.emitter
        if emitter is None or self._is_down:
            return
        failed: list[str] = []

        def attempt() -> None:
            try:
                emit(emitter)
            except Exception as error:  # noqa: BLE001 - whatever a transport raises, the load goes on
                failed.append(type(error).__name__)

        # A server that sends its answer byte by byte keeps each time limit of its client.
        thread = Thread(target=attempt, name="lineage", daemon=True)
        thread.start()
        thread.join(EVENT_SECONDS)
        if thread.is_alive():
            failed.append(f"no answer within {EVENT_SECONDS:g} s")
        if failed:
            self._is_down = True
            lost = f"the lineage of {self.unit.table} was not recorded: {failed[0]}; the load goes on"
            self.log.warning(lost)


def lineage_run_id(key: str) -> UUID:
    """The id of a load's run in lineage: the same for each attempt at the same load."""
    return uuid5(NAMESPACE_URL, f"floe-ingestion:{key}")


def _facets(report: LoadReport) -> Mapping[str, Facet]:
    facets: dict[str, Facet] = {}
    if report.snapshots:
        facets["version"] = _facet(
            "1-0-1/DatasetVersionDatasetFacet", datasetVersion=str(report.snapshots[-1])
        )
    if report.after is not None:
        facets["schema"] = _facet("1-1-1/SchemaDatasetFacet", fields=_fields(report.after))
    return facets


def _fields(view: TableView) -> list[dict[str, str]]:
    return [{"name": column.name, "type": str(column.type)} for column in view.schema.columns]


def _facet(name: str, **values: object) -> Facet:
    version, _, kind = name.partition("/")
    return {
        "_producer": PRODUCER,
        "_schemaURL": f"{_SPEC}/{version}/{kind}.json#/$defs/{kind}",
        **values,
    }


def _dataset(namespace: str, name: str, facets: Mapping[str, Facet]) -> LineageDataset:
    from floe_core.lineage import LineageDataset

    return LineageDataset(namespace=namespace, name=name, facets=dict(facets))
