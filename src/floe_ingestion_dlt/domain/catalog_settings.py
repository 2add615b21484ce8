"""Misspelled settings of a catalog: names that are almost those of known properties, and unknown kinds of catalogs."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.catalog_properties import (
    CATALOG,
    CODE,
    CREDENTIALS,
    LOGIN,
    OF_CONFIGURATION,
    SAME_ORIGIN,
    STORAGE,
)
from floe_ingestion_dlt.domain.faults import Invalid

TYPES: Final = ("rest", "sql", "hive", "glue", "dynamodb", "in-memory", "bigquery")
# What is meant by names of databases.
_SQL: Final = frozenset({"sqlite", "postgres", "postgresql", "mysql", "mariadb", "jdbc"})
_OTHERS: Final = [
    "adls.blob-storage-scheme",
    "adls.client-id",
    "adls.dfs-storage-scheme",
    "adls.tenant-id",
    "allowed_locations",
    "auth",
    "client.role-session-name",
    "dynamodb.access-key-id",
    "dynamodb.profile-name",
    "dynamodb.region",
    "dynamodb.secret-access-key",
    "dynamodb.session-token",
    "echo",
    "gcp.bigquery.credential-file",
    "gcp.bigquery.credentials-info",
    "gcp.bigquery.location",
    "gcp.bigquery.project-id",
    "gcs.access",
    "gcs.cache-timeout",
    "gcs.consistency",
    "glue.access-key-id",
    "glue.endpoint",
    "glue.id",
    "glue.max-retries",
    "glue.region",
    "glue.retry-mode",
    "glue.secret-access-key",
    "glue.session-token",
    "glue.skip-archive",
    "hdfs.host",
    "hdfs.kerberos_ticket",
    "hdfs.port",
    "hdfs.user",
    "hf.token",
    "hive.hive2-compatible",
    "hive.kerberos-authentication",
    "hive.kerberos-service-name",
    "init_catalog_tables",
    "lock-check-max-wait-time",
    "lock-check-min-wait-time",
    "lock-check-retries",
    "name",
    "oauth2-server-uri",
    "pool_pre_ping",
    "rest.signing-name",
    "rest.signing-region",
    "rest.sigv4-enabled",
    "rest.sigv4.max-retries",
    "s3.connect-timeout",
    "s3.proxy-uri",
    "s3.request-timeout",
    "s3.role-session-name",
    "scan-planning-mode",
    "snapshot-loading-mode",
    "ssl",
    "table-default",
    "table-override",
    "token",
    "type",
    "uri",
]
KNOWN: Final = tuple(
    sorted({*CATALOG, *STORAGE, *SAME_ORIGIN, *OF_CONFIGURATION, *CREDENTIALS, *CODE, *LOGIN, *_OTHERS})
)
# Of two names that are this much alike, one is a misspelling of the other.
_ALIKE: Final = 0.9
_BY_SPELLING: Final = {name.replace("_", "-"): name for name in KNOWN}


def check_spelling(config: Mapping[str, object], prefix: str) -> Result[None, Invalid]:
    """Refuse an unknown `type`, and a name that is almost that of a known property; other names may be for the file system."""
    kind = config.get("type")
    if isinstance(kind, str) and kind.lower() not in TYPES:
        hint = (
            "sql, with a uri such as sqlite:///catalog.db" if kind in _SQL else f"one of {', '.join(TYPES)}"
        )
        return Failure(Invalid(f"{prefix}.type", kind, hint))
    for name in config:
        meant = _meant_by(name)
        if meant is not None:
            why = f"it is no setting of a catalog, but {meant} is"
            return Failure(Invalid(f"{prefix}.{name}", None, why, is_superfluous=True))
    return Success(None)


def _meant_by(name: str) -> str | None:
    """The known property that is meant by a name which is none."""
    if name in KNOWN:
        return None
    spelled = name.lower().replace("_", "-")
    near = get_close_matches(spelled, _BY_SPELLING, n=1, cutoff=_ALIKE)
    return _BY_SPELLING[near[0]] if near else None
