"""Opens a catalog, and identifies it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Final, final
from urllib.parse import urlsplit

from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.typedef import Properties
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError, ProgrammingError

from floe_ingestion_dlt.adapters.iceberg.catalog_errors import (
    CatalogUnusableError,
    cause_of,
    has_rule,
)
from floe_ingestion_dlt.adapters.iceberg.catalog_kinds import kind_of
from floe_ingestion_dlt.adapters.iceberg.rest_internals import GuardedRestCatalog
from floe_ingestion_dlt.adapters.system.private_folders import make_private_folder
from floe_ingestion_dlt.domain.secret import Settings, revealed

# A SQL catalog keys its tables by the catalog's name, so the name is fixed: another name would see no tables.
CATALOG_NAME: Final = "floe"
SQLITE: Final = "sqlite:///"
DIGEST_LENGTH: Final = 12


@final
class OpenedCatalog:
    """A catalog that is opened by *open_it* when it is first asked for, and again after it was closed."""

    def __init__(self, open_it: Callable[[], Catalog]) -> None:
        self._open = open_it
        self._lock = Lock()
        self._catalog: Catalog | None = None

    def get(self) -> Catalog:
        """The open catalog. Raises pyiceberg's error if it cannot be opened."""
        with self._lock:
            if self._catalog is None:
                self._catalog = self._open()
            return self._catalog

    def close(self) -> None:
        with self._lock:
            if self._catalog is not None:
                self._catalog.close()
            self._catalog = None


def open_catalog(properties: Settings) -> Catalog:
    """Open the catalog that *properties* describe, in pyiceberg's own names. Raises pyiceberg's errors."""
    plain: Properties = {key: revealed(value) for key, value in properties.items()}
    name = plain.pop("name", CATALOG_NAME)
    if plain.get("type") == "sql":
        if not plain.get("warehouse"):
            raise CatalogUnusableError("a catalog of type sql needs a warehouse, where its tables are kept")
        _make_sqlite_folder(plain.get("uri", ""))
    try:
        if GuardedRestCatalog.is_configured(name, plain):
            return GuardedRestCatalog.load(name, plain)
        catalog = _load_anew(lambda: load_catalog(name, **plain))
        kind_of(catalog).prepare()
    except Exception as error:
        if has_rule(error):
            raise
        raise CatalogUnusableError(cause_of(error, has_rows=False)) from error
    return catalog


def _load_anew(load: Callable[[], Catalog]) -> Catalog:
    """Load a catalog, and try again once: a SQL catalog creates its tables when it is first opened, and fails if another process does so too."""
    try:
        return load()
    except (OperationalError, ProgrammingError):
        return load()


def identity_of(properties: Settings) -> str:
    """A digest that identifies the catalog. Users and passwords are not part of it, because they may change."""
    plain = {key: value for key, value in properties.items() if isinstance(value, str)}
    place = _without_user(str(revealed(properties.get("uri", ""))))
    parts = (plain.get("name", CATALOG_NAME), plain.get("type", ""), place, plain.get("warehouse", ""))
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:DIGEST_LENGTH]


def _without_user(uri: str) -> str:
    if uri.startswith(SQLITE):
        return str(Path(uri.removeprefix(SQLITE)).absolute())
    try:
        address = urlsplit(uri)
    except ValueError:  # opening the catalog reports what is wrong
        return uri
    return address._replace(netloc=address.netloc.rpartition("@")[2]).geturl()


def _make_sqlite_folder(uri: str) -> None:
    """Create the folder of a SQLite file, which SQLite does not do. Only this user can read it, because it may hold rows too."""
    if uri.startswith(SQLITE) and (file := make_url(uri).database):
        make_private_folder(Path(file).absolute().parent)
