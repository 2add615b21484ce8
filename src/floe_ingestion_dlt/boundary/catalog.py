"""The catalog's settings, from floe's configuration to pyiceberg's properties."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Final, TypeVar

from pydantic import SecretStr
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.locations import (
    Surroundings,
    parse_catalog_uri,
    parse_warehouse,
    sqlite_path,
)
from floe_ingestion_dlt.domain.secret import Secret, Setting, Settings
from floe_ingestion_dlt.domain.table_places import parse_allowed

# The locations below which tables may be; without it, `domain.table_places.default_allowed` applies.
ALLOWED_LOCATIONS: Final = "allowed_locations"
EMBEDDED_FOLDER: Final = ".floe"
# dlt reads the path of its folder as a template of file names.
DLT_CANNOT: Final = "%"
# The kinds of catalog whose warehouse is a location; for others it is a name, or may be one.
_WITH_LOCATIONS: Final = frozenset({"sql", "glue", "hive", "dynamodb", "in-memory"})

ValueT = TypeVar("ValueT")


def catalog_properties(config: Mapping[str, object]) -> Settings:
    """The properties for pyiceberg: of a REST catalog unless `type` names another, of the embedded catalog if *config* is empty."""
    if not config:
        return embedded_catalog(Path.cwd() / EMBEDDED_FOLDER)
    given = {key: _property(value) for key, value in config.items() if value is not None}
    if isinstance(places := config.get(ALLOWED_LOCATIONS), list | tuple):
        given[ALLOWED_LOCATIONS] = [str(place) for place in places]
    return {"type": "rest", **given}


def embedded_catalog(folder: Path) -> dict[str, str]:
    """The properties of a SQLite catalog in a local folder, for a laptop and for tests."""
    path = folder.as_posix()
    # pyiceberg does not decode escapes in a URL, and cuts it at # and ?; such a folder is written as a path.
    scheme = "" if "#" in path or "?" in path else "file://" if path.startswith("/") else "file:///"
    return {
        "type": "sql",
        "uri": f"sqlite:///{sqlite_path(path)}/catalog.db",
        "warehouse": f"{scheme}{path}/warehouse",
    }


def in_place(
    config: Mapping[str, ValueT], prefix: str = "catalog_config"
) -> Result[Mapping[str, ValueT | str | list[str]], Invalid]:
    """The settings with absolute locations; a location that pyiceberg would read as a different one is refused.

    The warehouse of a REST catalog is a name for the server, and is not changed.
    """
    around = _surroundings()
    kind = config.get("type") or "rest"
    placed: dict[str, ValueT | str | list[str]] = {**config}
    rules: dict[str, Callable[[str, Surroundings, str], Result[str, Invalid]]] = {}
    if kind in _WITH_LOCATIONS:
        rules["warehouse"] = parse_warehouse
    if kind == "sql":
        rules["uri"] = parse_catalog_uri
    for key, parse in rules.items():
        if isinstance(given := config.get(key), str | PathLike):
            parsed = parse(str(given), around, f"{prefix}.{key}")
            if isinstance(parsed, Failure):
                return parsed
            placed[key] = parsed.unwrap()
    return _with_allowed_locations(placed, around, prefix)


def working_folder(path: str, field: str) -> Result[str, Invalid]:
    """The absolute path of the folder in which dlt works."""
    folder = _surroundings().absolute(path, field)
    return folder.bind(
        lambda whole: (
            Failure(Invalid(field, path, "a folder without % in its path, which dlt cannot work in"))
            if DLT_CANNOT in whole
            else Success(whole)
        )
    )


def _surroundings() -> Surroundings:
    return Surroundings(str(Path.cwd()), str(Path.home()))


def default_pipelines_dir(config: Mapping[str, object]) -> str | None:
    """The default folder in which dlt works: beside the embedded catalog if dlt can use that path, else None for dlt's own."""
    beside = str(Path.cwd() / EMBEDDED_FOLDER / "pipelines")
    return None if config or DLT_CANNOT in beside else beside


def destination_config(config: Mapping[str, object]) -> Result[dict[str, object], Invalid]:
    """The settings of dlt's destination `iceberg`: floe's keys, and all other properties of the catalog and its storage."""
    for key in ("uri", "warehouse"):
        if not config.get(key):
            return Failure(Invalid(f"catalog_config.{key}", "", f"the catalog's {key}"))
    return in_place(config).map(_for_dlt)


def _for_dlt(config: Mapping[str, object]) -> dict[str, object]:
    others = {key: _plain(value) for key, value in config.items() if key not in {"uri", "type", "warehouse"}}
    named = {
        "destination": "iceberg",
        "catalog_uri": _plain(config["uri"]),
        "catalog_type": config.get("type", "rest"),
        "warehouse": config["warehouse"],
    }
    return named | others


def _with_allowed_locations(
    config: Mapping[str, ValueT | str | list[str]], around: Surroundings, prefix: str
) -> Result[Mapping[str, ValueT | str | list[str]], Invalid]:
    """The settings with `allowed_locations` as a list of absolute locations."""
    given = config.get(ALLOWED_LOCATIONS)
    if given is None:
        return Success(config)
    field = f"{prefix}.{ALLOWED_LOCATIONS}"
    texts = [text for text in given.split(",") if text.strip()] if isinstance(given, str) else given
    if not (isinstance(texts, list | tuple) and all(isinstance(text, str | PathLike) for text in texts)):
        return Failure(Invalid(field, str(given), "a list of places, such as [s3://bucket/folder]"))
    placed: list[str] = []
    for text in texts:
        parsed = parse_warehouse(str(text).strip(), around, field)
        if isinstance(parsed, Failure):
            return parsed
        placed.append(parsed.unwrap())
    return parse_allowed(placed, field).map(lambda _: {**config, ALLOWED_LOCATIONS: placed})


def _property(value: object) -> Setting:
    """A property for pyiceberg: a text, or a mapping for groups such as `auth` and `ssl`."""
    if isinstance(value, Mapping):
        return {str(key): _inner(held) for key, held in value.items()}
    if isinstance(value, SecretStr):
        return Secret(value.get_secret_value())
    return str(value).lower() if isinstance(value, bool) else str(value)


def _inner(value: object) -> Setting:
    """A setting within a group; it keeps its type."""
    match value:
        case str() | int() | float() | None:
            return value
        case list() | tuple():
            return [_inner(held) for held in value]
        case _:
            return _property(value)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _plain(held) for key, held in value.items()}
    return value.get_secret_value() if isinstance(value, SecretStr) else value
