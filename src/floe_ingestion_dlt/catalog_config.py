"""The catalog's settings: floe's plain words and pyiceberg's vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.secret import Secret, Setting, Settings

EMBEDDED_FOLDER: Final = ".floe"


def catalog_properties(config: Mapping[str, Any]) -> Settings:
    """What pyiceberg is given: a REST catalog unless `type` says otherwise, the embedded one without any settings."""
    if not config:
        return embedded_catalog(Path.cwd() / EMBEDDED_FOLDER)
    given = {key: _property(value) for key, value in config.items() if value is not None}
    return {"type": "rest", **given}


def embedded_catalog(folder: Path) -> dict[str, str]:
    """A SQLite catalog over a local folder: enough for a laptop and for tests."""
    return {
        "type": "sql",
        "uri": f"sqlite:///{folder}/catalog.db",
        "warehouse": (folder / "warehouse").as_uri(),
    }


def default_pipelines_dir(config: Mapping[str, Any]) -> str | None:
    """Where dlt works unless told: beside the embedded catalog, else (None) in dlt's own folder."""
    return None if config else str(Path.cwd() / EMBEDDED_FOLDER / "pipelines")


def destination_config(config: Mapping[str, Any]) -> Result[dict[str, Any], Invalid]:
    """What dlt is given for its destination `iceberg`: floe's keys, and whatever else the catalog or storage needs."""
    for key in ("uri", "warehouse"):
        if not config.get(key):
            return Failure(Invalid(f"catalog_config.{key}", "", f"the catalog's {key}"))
    others = {key: _plain(value) for key, value in config.items() if key not in {"uri", "type", "warehouse"}}
    named = {
        "destination": "iceberg",
        "catalog_uri": _plain(config["uri"]),
        "catalog_type": config.get("type", "rest"),
        "warehouse": config["warehouse"],
    }
    return Success(named | others)


def _property(value: object) -> Setting:
    """One of pyiceberg's properties, which are texts, but for the few that are groups: `auth`, `ssl`."""
    if isinstance(value, Mapping):
        return {str(key): _inner(held) for key, held in value.items()}
    if isinstance(value, SecretStr):
        return Secret(value.get_secret_value())
    return str(value).lower() if isinstance(value, bool) else str(value)


def _inner(value: Any) -> Setting:
    """A setting within a group, in the type that it has."""
    if isinstance(value, SecretStr | Mapping):
        return _property(value)
    setting: Setting = value
    return setting


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _plain(held) for key, held in value.items()}
    return value.get_secret_value() if isinstance(value, SecretStr) else value
