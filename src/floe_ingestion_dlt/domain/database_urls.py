"""What to write in place of a database URL that SQLAlchemy has no dialect for."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from floe_ingestion_dlt.domain.faults import Fault, Invalid, MissingPackage

FIELD: Final = "connection_string"
EXAMPLE: Final = "a URL such as postgresql://user:password@host:5432/database"
OWN: Final = ("mariadb", "mssql", "mysql", "oracle", "postgresql", "sqlite")
# Other programs' names of databases.
_OTHER_NAMES: Final = {
    "postgres": "postgresql",
    "pgsql": "postgresql",
    "sqlserver": "mssql",
    "sqlite3": "sqlite",
}
# The package with the dialect of that name.
PACKAGES: Final = {
    "awsathena": "PyAthena[SQLAlchemy]",
    "bigquery": "sqlalchemy-bigquery",
    "clickhouse": "clickhouse-sqlalchemy",
    "clickhousedb": "clickhouse-connect",
    "cockroachdb": "sqlalchemy-cockroachdb",
    "crate": "sqlalchemy-cratedb",
    "databricks": "databricks-sqlalchemy",
    "db2": "ibm-db-sa",
    "druid": "pydruid[sqlalchemy]",
    "exa": "sqlalchemy-exasol",
    "firebird": "sqlalchemy-firebird",
    "hana": "sqlalchemy-hana",
    "hive": "PyHive[hive]",
    "ibm_db_sa": "ibm-db-sa",
    "presto": "PyHive[presto]",
    "redshift": "sqlalchemy-redshift",
    "singlestoredb": "sqlalchemy-singlestoredb",
    "snowflake": "snowflake-sqlalchemy",
    "teradatasql": "teradatasqlalchemy",
    "trino": "trino[sqlalchemy]",
    "vertica": "sqlalchemy-vertica-python",
}
# Drivers that wait for no answer, and the one to use.
_DRIVERS: Final = {"postgresql": "psycopg", "mysql": "pymysql", "mariadb": "pymysql", "mssql": "pyodbc"}


def without_dialect(url: str) -> Fault:
    """The fault of a *url* whose dialect or driver SQLAlchemy does not know; of the URL, it has only the scheme."""
    scheme = url.partition("://")[0]
    backend, _, driver = scheme.partition("+")
    if (unreadable := unreadable_dialect(scheme)) is not None:
        return unreadable
    if backend in PACKAGES:
        package = PACKAGES[backend]
        return MissingPackage(package, f"the dialect {backend} of SQLAlchemy", f"pip install '{package}'")
    if driver and backend in OWN:
        known = f"{backend}+{_DRIVERS[backend]}" if backend in _DRIVERS else backend
        return Invalid(
            FIELD, f"{scheme}://...", f"a URL that begins with {known}://: there is no driver {driver}"
        )
    if backend.startswith("jdbc:"):
        return Invalid(
            FIELD, f"{backend}://...", f"a URL of SQLAlchemy, not of JDBC: {EXAMPLE.removeprefix('a URL ')}"
        )
    meant = _OTHER_NAMES.get(backend) or _like(backend, (*OWN, *PACKAGES))
    if meant is not None:
        return Invalid(FIELD, f"{scheme}://...", f"a URL that begins with {meant}://")
    wanted = (
        f"a URL whose scheme is a dialect of SQLAlchemy: {', '.join(OWN)}, or that of an installed package"
    )
    return Invalid(FIELD, f"{scheme}://...", wanted)


def unreadable_dialect(scheme: str) -> Invalid | None:
    """The fault of a URL whose tables no dialect of SQLAlchemy can describe; None if one can."""
    backend = scheme.partition("+")[0]
    if backend != "duckdb":
        return None
    # duckdb-engine asks for catalogs of PostgreSQL that DuckDB does not have.
    export = "EXPORT DATABASE 'folder' (FORMAT parquet)"
    wanted = f"a database other than DuckDB, or use source_type filesystem with the files of {export}"
    return Invalid(FIELD, f"{scheme}://...", wanted)


def asynchronous(backend: str, driver: str) -> Invalid:
    """The fault of a URL with a driver for asynchronous programs."""
    other = f"{backend}+{_DRIVERS[backend]}" if backend in _DRIVERS else backend
    wanted = f"a URL that begins with {other}://: {driver} is for asynchronous programs only"
    return Invalid(FIELD, f"{backend}+{driver}://...", wanted)


def _like(name: str, known: Sequence[str]) -> str | None:
    return next(iter(get_close_matches(name, known, n=1, cutoff=0.75)), None)
