"""REST APIs, SQL databases and files into Apache Iceberg through dlt, each load all-or-nothing and exactly once."""

from floe_ingestion_dlt.plugin import DltIngestionPlugin

__all__ = ["DltIngestionPlugin"]
