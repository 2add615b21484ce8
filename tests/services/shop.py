"""A database of a shop, and the way from it into Polaris by the command alone."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from pyiceberg.catalog import load_catalog

from tests.cli.terminal import at_a_terminal
from tests.services.environment import Services, with_driver
from tests.services.polaris import Polaris


@contextmanager
def shop_in(services: Services) -> Iterator[str]:
    """The URL of a database with two tables."""
    name = f"shop_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(services.postgres, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = services.postgres.rpartition("/")[0] + f"/{name}"
    with psycopg.connect(url) as connection:
        connection.execute(
            "CREATE TABLE orders AS SELECT n AS id, now() AS at FROM generate_series(1, 500) n"
        )
        connection.execute("CREATE TABLE customers AS SELECT 1 AS id, 'Ada' AS name")
    yield url
    with psycopg.connect(services.postgres, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def into_polaris(shop: str, services: Services, folder: Path, command: str | None = None) -> list[int]:
    """The rows of both tables, after a person at a terminal has loaded them."""
    catalog, credential = Polaris(services).catalog(), services.polaris_credential
    answers = [with_driver(shop), catalog["uri"], catalog["warehouse"], credential]
    code, shown = at_a_terminal(folder, ["init"], answers, command)
    assert code == 0, shown
    secrets = (credential.partition(":")[2], shop.partition("://")[2].partition("@")[0].partition(":")[2])
    for secret in secrets:
        assert secret not in (folder / "floe.yaml").read_text()
    for arguments, expected in (
        (["check"], "1 source, nothing wrong"),
        (["plan"], "new table bronze.orders"),
        (["run", "--jobs", "2"], "500"),
        (["plan", "--json"], '"is_new": false'),
        (["status"], "bronze.customers"),
    ):
        code, shown = at_a_terminal(folder, arguments, [], command)
        assert code == 0, shown
        assert expected in shown
    opened = load_catalog("floe", **catalog)
    tables = ("bronze.orders", "bronze.customers")
    return [opened.load_table(table).scan().to_arrow().num_rows for table in tables]
