"""Names of tables as the user writes them, names of columns in dlt's snake case."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from floe_ingestion_dlt.adapters.dlt_api.internals import SnakeCase
from floe_ingestion_dlt.domain.column_names import snake_case, unreserved
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.names import TableName, is_plain_name, pipeline_name
from floe_ingestion_dlt.domain.windows import Window


class NamingConvention(SnakeCase):
    """dlt's snake case for columns, with letters of every script; a table's name is not changed if a catalog allows it.

    dlt finds a naming convention by its module, and the class in it by this name.
    """

    def normalize_identifier(self, identifier: str) -> str:
        if not identifier or identifier.isspace() or identifier.isascii():
            return unreserved(super().normalize_identifier(identifier))
        return str(self.shorten_identifier(snake_case(identifier.strip()), identifier, self.max_length))

    def normalize_table_identifier(self, identifier: str) -> str:
        return identifier if is_plain_name(identifier) else self.normalize_identifier(identifier)

    def normalize_tables_path(self, path: str) -> str:
        return path if is_plain_name(path) else str(super().normalize_tables_path(path))


def in_snake_case(window: Window) -> Window:
    """The window with the name that its column has in the table; two underscores are between an object and its field."""
    return replace(window, column=NamingConvention().normalize_path(window.column))


def schema_name(plan: LoadPlan) -> str:
    """The name of the schema of the plan's pipeline."""
    return schema_name_of(plan.table)


def schema_name_of(table: TableName) -> str:
    """The name of the schema of the table's pipeline: for dlt, a lower-case identifier of at most 64 characters.

    Pipelines of one namespace share a table of schema versions, so a digest of the pipeline's name keeps them apart.
    """
    digest = hashlib.sha256(pipeline_name(table).encode()).hexdigest()[:12]
    readable = SnakeCase(max_length=48).normalize_identifier(table.name).strip("_")
    return f"{readable}_{digest}" if readable.isidentifier() else f"table_{digest}"
