"""The spans of one run, as a tree."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from floe_core.plugins.ingestion import IngestionConfig
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.adapters.memory import ManualClock
from floe_ingestion_dlt.adapters.telemetry.spans import SpanTelemetry
from floe_ingestion_dlt.config import DltIngestionConfig
from tests.catalogs import sqlite_catalog
from tests.misbehaving.server import Manner, MisbehavingServer, Status

# What is the same in every run of this kind; ids, sizes and times are not.
SHOWN: Final = ("table", "tables", "rows", "files", "attempts", "rows_loaded", "write_mode", "retries")
ORDERS: Final = [
    {"id": 1, "customer": "ann", "lines": [{"sku": "a", "quantity": 2}, {"sku": "b", "quantity": 1}]},
    {"id": 2, "customer": "bob", "lines": [{"sku": "a", "quantity": 1}]},
]


class _Shop(MisbehavingServer):
    """Is busy when it is first asked for orders."""

    def manner_of(self, number: int) -> Manner:
        asked = [path for path in self.requests[: number + 1] if "orders" in path]
        return Status(503) if len(asked) == 1 else Status(200, json.dumps(ORDERS).encode())


def spans_of_a_run(folder: Path) -> Sequence[ReadableSpan]:
    """The spans of a pipeline that is created and run once, over an API whose orders have nested lines."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    telemetry = SpanTelemetry(provider.get_tracer("docs"))
    plugin = DltIngestionPlugin(telemetry=telemetry, clock=ManualClock())
    plugin.configure(
        DltIngestionConfig(catalog_config=sqlite_catalog(folder), pipelines_dir=str(folder / "pipelines"))
    )
    plugin.startup()
    with _Shop(Status(200)) as shop:
        source = {"client": {"base_url": shop.url, "paginator": "single_page"}, "resources": ["orders"]}
        config = IngestionConfig(
            source_type="rest_api", source_config=source, destination_table="bronze.orders"
        )
        result = plugin.run(plugin.create_pipeline(config))
    assert result.success, result.errors
    plugin.shutdown()
    return exporter.get_finished_spans()


def tree_of_a_run(folder: Path) -> str:
    """The same as a text: each span under its parent, with what is the same in every such run."""
    spans = spans_of_a_run(folder)
    roots = [span for span in spans if span.parent is None]
    return "".join(f"{line}\n" for root in roots for line in _lines(root, spans, 0))


def _lines(span: ReadableSpan, spans: Sequence[ReadableSpan], depth: int) -> Iterator[str]:
    attributes = dict(span.attributes or {})
    shown = ((key, attributes.get(f"ingestion.{key}")) for key in SHOWN)
    told = "  ".join(f"{key}={value}" for key, value in shown if value is not None)
    yield f"{'    ' * depth}{span.name}  {told}".rstrip()
    for event in span.events:
        what = (event.attributes or {}).get("ingestion.change") or (event.attributes or {}).get(
            "ingestion.step"
        )
        yield f"{'    ' * (depth + 1)}* {event.name}: {what}"
    assert span.context is not None
    own = span.context.span_id
    children = [child for child in spans if child.parent is not None and child.parent.span_id == own]
    # Files are staged by threads, in any order.
    for child in sorted(
        children, key=lambda child: (_rank(child), str((child.attributes or {}).get("ingestion.table")))
    ):
        yield from _lines(child, spans, depth + 1)


def _rank(span: ReadableSpan) -> int:
    return ["extract", "normalize", "stage", "commit"].index(span.name.removeprefix("ingestion."))
