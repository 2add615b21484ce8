"""Which kind of source reads what a user may have named in its place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final

_DATABASES: Final = frozenset(
    (  # noqa: SIM905 - a list of thirty would be thirty lines
        "postgres postgresql pg psql mysql mariadb sqlite sqlite3 mssql sqlserver oracle snowflake duckdb redshift bigquery "
        "cockroachdb cockroach databricks clickhouse trino db2 hana teradata db database databases rdbms sql sqlalchemy jdbc odbc"
    ).split()
)
_FORMATS: Final[Mapping[str, str]] = {
    **{name: name for name in ("csv", "parquet", "json", "jsonl", "excel", "avro")},
    **dict.fromkeys(("xlsx", "xls", "xlsm", "xlsb", "ods", "spreadsheet", "workbook"), "excel"),
    **dict.fromkeys(("ndjson", "jsonlines", "json_lines"), "jsonl"),
    "tsv": "csv",
    "txt": "csv",
}
_PLACES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("s3", "aws", "aws_s3", "minio", "bucket", "object_storage"), "s3://bucket/folder"),
    **dict.fromkeys(("gs", "gcs", "google_cloud_storage"), "gs://bucket/folder"),
    **dict.fromkeys(("az", "azure", "abfs", "abfss", "adls", "azure_blob", "blob"), "az://container/folder"),
    **dict.fromkeys(
        ("file", "files", "folder", "directory", "local", "fs", "path", "file_system"), "/data/folder"
    ),
}
_APIS: Final = frozenset(
    {"http", "https", "api", "apis", "rest", "restapi", "rest_apis", "web_api", "http_api", "url", "odata"}
)
_WORD: Final = re.compile(r"[^a-z0-9]+")


def kind_for(given: str, known: Sequence[str]) -> str:
    """What to set `source_type` to instead of what was *given*, by what it names; else one of all that are *known*."""
    name = _WORD.sub("_", given.partition("+")[0].lower()).strip("_")
    if name in _DATABASES:
        return f"sql_database, and connection_string in its source_config to a URL: {given} is a database"
    if name in _FORMATS:
        return f"filesystem, and format in its source_config to {_FORMATS[name]}"
    if name in _PLACES:
        return f"filesystem, and path in its source_config to a place such as {_PLACES[name]}"
    if name in _APIS:
        return "rest_api, and url in its source_config to the address"
    near = get_close_matches(name, known, n=1)
    return near[0] if near else f"one of {', '.join(known)}"
