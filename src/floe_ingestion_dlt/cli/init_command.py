"""`floe-ingest init`: look at what somebody has, and write a declaration that loads it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final, NoReturn
from urllib.parse import urlsplit, urlunsplit

import typer

from floe_ingestion_dlt.cli import results
from floe_ingestion_dlt.cli.drafts import (
    LONGEST_COMMENT,
    Draft,
    DraftCatalog,
    declaration_of,
    plain_name,
    variable,
)
from floe_ingestion_dlt.cli.found_files import drafts_of
from floe_ingestion_dlt.cli.opening import NAMES
from floe_ingestion_dlt.domain.names import is_plain_name
from floe_ingestion_dlt.domain.safe_texts import shown

_VARIABLES: Final = ".env"
_ASK: Final = "What do you load? A folder or file, a database such as postgresql://user:password@host/database, or the address of an API"
_ASK_CATALOG: Final = "Where do tables go? The address of an Iceberg REST catalog such as Polaris, or nothing for a SQLite catalog in this folder"
_BUCKETS: Final = ("s3", "gs", "az", "abfss")


def init(
    place: Annotated[
        str | None, typer.Argument(help="A folder or file, the URL of a database, or the address of an API.")
    ] = None,
    file: Annotated[Path, typer.Option("--file", "-f", help="The declaration to write.")] = Path(NAMES[0]),
    *,
    namespace: Annotated[str, typer.Option(help="The namespace of the tables.")] = "bronze",
    catalog: Annotated[
        str | None, typer.Option(help="The address of an Iceberg REST catalog; without it, SQLite.")
    ] = None,
    warehouse: Annotated[str | None, typer.Option(help="The warehouse of that catalog.")] = None,
) -> None:
    """Write a declaration for a folder of files, a database or an API. What is not given is asked for on a terminal."""
    if file.exists():
        _end(f"{file} is there already. Name another with --file, or remove it.")
    if not all(map(is_plain_name, namespace.split("."))):
        _end(f"--namespace: {namespace!r} cannot be used. Give letters, digits and _, such as bronze.")
    drafts = _drafts(place if place is not None else typer.prompt(_ASK))
    tables = _catalog(catalog, warehouse)
    file.write_text(declaration_of(drafts, namespace, tables), encoding="utf-8")
    secrets = {name: value for part in (*drafts, tables) if part for name, value in part.secrets.items()}
    _keep(secrets, Path(_VARIABLES))
    for draft in drafts:
        typer.echo(f"{namespace}.{draft.name}: {shown(draft.comment, LONGEST_COMMENT)}")
    kept = f", and secrets to {_VARIABLES}" if secrets else ""
    named = "" if file.name in NAMES and file.parent == Path() else f" --file {file}"
    typer.echo(f"\nWritten to {file}{kept}. Now: floe-ingest check{named}, then floe-ingest run{named}")


def _drafts(place: str) -> Sequence[Draft]:
    scheme = urlsplit(place).scheme if "://" in place else ""
    if scheme in {"http", "https"}:
        return [_of_api(place)]
    if scheme in _BUCKETS:
        _end(f"{scheme}:// is a bucket, at which init does not look. Declare it as docs/sources.md shows.")
    if scheme not in {"", "file"}:
        return [_of_database(place)]
    folder = Path(place.removeprefix("file://")).expanduser()
    if not folder.exists():
        _end(f"{place} does not exist. Give a folder or file that is there, or a URL.")
    found = drafts_of(folder, str(folder))
    if not found:
        _end(f"{place} has no files of a known format: csv, json, jsonl, parquet, avro or Excel.")
    return found


def _of_database(url: str) -> Draft:
    """All tables of a database; its URL goes to a variable if there is a password in it."""
    parts = urlsplit(url)
    name = plain_name(Path(parts.path).stem or parts.hostname or "database")
    secret = variable(name, "database_url")
    config: dict[str, object] = {"connection_string": url if parts.password is None else f"${{{secret}}}"}
    config["tables"] = "*"
    comment = f"all tables of {parts.hostname or parts.path}"
    secrets = {} if parts.password is None else {secret: url}
    return Draft(name, "sql_database", config, secrets, comment=comment)


def _of_api(url: str) -> Draft:
    """One resource of an API; a token is asked for on a terminal."""
    parts = urlsplit(url)
    name = plain_name(Path(parts.path).name or parts.hostname or "api")
    plain = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))
    token = _asked("A token, if the API wants one", secret=True)
    secret = variable(name, "token")
    return Draft(
        name,
        "rest_api",
        {"url": plain},
        {secret: token} if token else {},
        f"${{{secret}}}" if token else None,
        comment=f"the records at {plain}",
    )


def _catalog(given: str | None, warehouse: str | None) -> DraftCatalog | None:
    """The REST catalog, if there is one; what it needs beside its address is asked for on a terminal."""
    uri = given if given is not None else _asked(_ASK_CATALOG)
    if not uri:
        return None
    named = warehouse if warehouse is not None else _asked("The warehouse, which Polaris calls the catalog")
    credential = _asked("The credential, client id and secret with : between", secret=True)
    properties = {"type": "rest", "uri": uri, **({"warehouse": named} if named else {})}
    if not credential:
        return DraftCatalog(properties)
    access = {"credential": "${CATALOG_CREDENTIAL}", "scope": "PRINCIPAL_ROLE:ALL"}
    return DraftCatalog({**properties, **access}, {"CATALOG_CREDENTIAL": credential})


def _asked(question: str, *, secret: bool = False) -> str:
    """The answer of a person; empty if nobody is there."""
    if not sys.stdin.isatty():
        return ""
    return str(typer.prompt(question, default="", show_default=False, hide_input=secret)).strip()


def _keep(secrets: Mapping[str, str], file: Path) -> None:
    """Add the variables to a file that only its owner can read."""
    if not secrets:
        return
    with os.fdopen(
        os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8"
    ) as opened:
        if opened.tell() and not file.read_bytes().endswith(b"\n"):
            opened.write("\n")
        for name, value in secrets.items():
            quoted = value.replace("\\", "\\\\").replace("'", "\\'")
            opened.write(f"{name}='{quoted}'\n")


def _end(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(results.WRONG_CONFIGURATION)
