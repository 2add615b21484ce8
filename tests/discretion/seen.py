"""All that leaves a plugin, gathered to be searched."""

from __future__ import annotations

import gzip
import logging
import pickle
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from floe_ingestion_dlt.adapters.telemetry.combined import CombinedTelemetry
from floe_ingestion_dlt.adapters.telemetry.logs import LogTelemetry
from floe_ingestion_dlt.adapters.telemetry.metrics import MetricTelemetry
from floe_ingestion_dlt.adapters.telemetry.spans import SpanTelemetry
from floe_ingestion_dlt.ports.telemetry import Telemetry
from tests.discretion.planted import KINDS, forms


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        told = record.exc_text or ""
        self.lines.append(f"{record.name} {record.getMessage()} {told} {record.exc_info}")


class Seen:
    """Listens to everything, and keeps what is raised, answered and written down."""

    def __init__(self) -> None:
        self._spans = InMemorySpanExporter()
        tracing = TracerProvider()
        tracing.add_span_processor(SimpleSpanProcessor(self._spans))
        self._reader = InMemoryMetricReader()
        meter = MeterProvider([self._reader]).get_meter("secrets")
        self.telemetry: Telemetry = CombinedTelemetry(
            SpanTelemetry(tracing.get_tracer("secrets")), LogTelemetry(), MetricTelemetry(meter)
        )
        self._records = _Kept()
        self._levels: dict[str, tuple[int, bool]] = {}
        self._handlers: list[logging.Handler] = []
        self._texts: list[tuple[str, bytes]] = []

    def begin(self) -> None:
        """Have every logger of the process tell us everything; structlog writes to them, too."""
        structlog.configure(
            processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
            logger_factory=structlog.stdlib.LoggerFactory(),
            wrapper_class=structlog.stdlib.BoundLogger,
            cache_logger_on_first_use=False,
        )
        root = logging.getLogger()
        root.addHandler(self._records)
        # dlt keeps its logger to itself, and makes it anew with each pipeline, but keeps the handler that it finds there.
        self._handlers = logging.getLogger("dlt").handlers
        logging.getLogger("dlt").handlers = [self._records]
        for name in ("", *logging.root.manager.loggerDict):
            logger = logging.getLogger(name)
            self._levels[name] = (logger.level, logger.propagate)
            logger.setLevel(logging.DEBUG)
            logger.propagate = True

    def end(self) -> None:
        logging.getLogger().removeHandler(self._records)
        logging.getLogger("dlt").handlers = self._handlers
        for name, (level, propagate) in self._levels.items():
            logger = logging.getLogger(name)
            logger.setLevel(level)
            logger.propagate = propagate
        structlog.reset_defaults()

    def error(self, error: BaseException) -> None:
        told = "".join(traceback.format_exception(error))
        self.text("error", f"{error!s} {error!r} {told} {vars(error)}")
        self.pickled("pickled error", error)

    def text(self, place: str, text: str) -> None:
        self._texts.append((place, text.encode()))

    def pickled(self, place: str, value: object) -> None:
        """What a pickle of the value has in it; one that cannot be pickled gives nothing away."""
        with suppress(Exception):
            self._texts.append((place, pickle.dumps(value)))

    def folder(self, place: str, folder: Path) -> None:
        """Every file, and the insides of those that are compressed."""
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            content = file.read_bytes()
            self._texts.append((f"{place}: {file.name}", content))
            with suppress(OSError, EOFError):
                self._texts.append((f"{place}: {file.name}", gzip.decompress(content)))

    def leaks(self) -> set[tuple[str, str]]:
        """The kinds of secrets that were found, with where they were."""
        return {
            (kind, place)
            for kind in KINDS
            for form in forms(kind)
            for place, text in self._all()
            if form in text
        }

    def lines_with_leaks(self) -> list[str]:
        """Where they were, for whoever mends it."""
        found = []
        for kind in KINDS:
            for form in forms(kind):
                for place, text in self._all():
                    at = text.find(form)
                    if at >= 0:
                        found.append(f"{kind} in {place}: {text[max(0, at - 80) : at + 80]!r}")
        return found

    def _all(self) -> Iterator[tuple[str, bytes]]:
        yield from self._texts
        yield from (("log", line.encode()) for line in self._records.lines)
        yield from (("span", span.to_json().encode()) for span in self._spans.get_finished_spans())
        data = self._reader.get_metrics_data()
        if data is not None:
            yield "metric", data.to_json().encode()

    @property
    def origins(self) -> set[str]:
        """Whose records were seen."""
        return {line.partition(" ")[0].partition(".")[0] for line in self._records.lines}

    @property
    def figures(self) -> dict[str, int]:
        """How much was seen, so that a search of nothing is not taken for nothing found."""
        counted: dict[str, int] = {}
        for place, _ in self._all():
            key: Any = place.partition(":")[0]
            counted[key] = counted.get(key, 0) + 1
        return counted
