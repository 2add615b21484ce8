"""Sources and catalogs that fail in many ways, with a secret planted wherever one can stand."""

from __future__ import annotations

import json
import os
import random
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import trustme
from pyiceberg.catalog import load_catalog

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.adapters.memory import ManualClock
from floe_ingestion_dlt.config import DltIngestionConfig
from tests.discretion.planted import (
    secret,
)
from tests.discretion.seen import Seen
from tests.misbehaving.databases import RESET
from tests.misbehaving.server import Echo, Manner, MisbehavingServer, Reset, Status

ORDERS: Final = json.dumps([{"id": 1}, {"id": 2}]).encode()
ISSUED: Final = json.dumps(
    {"access_token": secret("token that was issued"), "expires_in": 3600, "token_type": "bearer"}
).encode()


class Server(MisbehavingServer):
    """Issues tokens as it should, and misbehaves towards everyone else."""

    def manner_of(self, number: int) -> Manner:
        asked = self.requests[number].partition("?")[0]
        if asked.endswith(("/token", "/v1/oauth/tokens")):
            return Status(200, ISSUED)
        return super().manner_of(number)


def untrusted() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return context


@dataclass(frozen=True)
class Failure:
    """How servers and databases misbehave; *spoils* a source's configuration before it is used."""

    http: Manner = Status(200, ORDERS)  # noqa: RUF009 - it is frozen
    database: str = "57P01"
    number: str = "1053"
    connects: bool = True
    good_first: int = 0
    tls: bool = False
    nobody: bool = False
    spoils: Callable[[dict[str, Any]], None] = lambda _config: None


def no_such_option(config: dict[str, Any]) -> None:
    config["no_such_option"] = config.get("connection_string", "nothing")


def wrong_paginator(config: dict[str, Any]) -> None:
    for resource in config.get("resources", ()):
        resource["endpoint"]["paginator"] = {"type": "no_such_paginator", "token": secret("parameter token")}


def wrong_selector(config: dict[str, Any]) -> None:
    for resource in config.get("resources", ()):
        resource["endpoint"]["data_selector"] = "no.such[0].place"


FAILURES: Final[Mapping[str, Failure]] = {
    "nothing fails": Failure(),
    "400": Failure(Echo(400), "42601", "1064"),
    "401": Failure(Echo(401), "28P01", "1045", connects=False),
    "403": Failure(Echo(403), "42501", "1142"),
    "404": Failure(Echo(404), "42P01", "1146"),
    "429": Failure(Echo(429, {"Retry-After": "1"}), "53300", "1040", connects=False),
    "500": Failure(Echo(500), "XX000", "1105"),
    "503": Failure(Echo(503), "57P03", "1053"),
    "reset": Failure(Reset(), RESET, RESET),
    "cut": Failure(Reset(begun=True), RESET, RESET, connects=False),
    "elsewhere": Failure(
        Status(302, b"", {"Location": f"http://nowhere.invalid/?token={secret('parameter token')}"})
    ),
    "a page": Failure(Status(200, b"<html>" + secret("cookie").encode(), {"Content-Type": "text/html"})),
    "no records": Failure(Echo(200)),
    "expired": Failure(Echo(401), good_first=3),
    "untrusted": Failure(tls=True),
    "nobody": Failure(nobody=True),
    "an option": Failure(spoils=no_such_option),
    "a paginator": Failure(spoils=wrong_paginator),
    "a selector": Failure(spoils=wrong_selector),
}
LOADS_SOMETHING: Final = {"nothing fails", "expired", "a selector", "a paginator"}
CATALOG_FAILURES: Final[Mapping[str, Manner]] = {
    "400": Echo(400),
    "401": Echo(401),
    "403": Echo(403),
    "500": Echo(500),
    "reset": Reset(),
    "a page": Status(200, b"<html>" + secret("bearer token of a catalog").encode()),
}


def sampled(names: Mapping[str, object], count: int) -> list[str]:
    """All of them, or a few that each commit draws for itself."""
    if os.environ.get("FULL_SUITE"):
        return list(names)
    return random.Random(os.environ.get("SAMPLE_SEED", "")).sample(sorted(names), count)


def a_plugin(
    seen: Seen, folder: Path, catalog: Mapping[str, Any], sources: list[dict[str, Any]]
) -> DltIngestionPlugin:
    plugin = DltIngestionPlugin(telemetry=seen.telemetry, clock=ManualClock())
    config = DltIngestionConfig(
        sources=sources,
        catalog_config=dict(catalog),
        pipelines_dir=str(folder / "pipelines"),
        retry_config={"max_retries": 1},
        progress="lines",
    )
    seen.text("configuration", f"{config!r} {config!s}")
    plugin.configure(config)
    plugin.startup()
    return plugin


def run_each(plugin: DltIngestionPlugin, seen: Seen, names: list[str]) -> list[bool]:
    """Whether each source was loaded; whatever is raised or answered is kept."""
    loaded = []
    for name in names:
        try:
            asked = plugin.ingestion_config(name)
            seen.text("asked", repr(asked))
            pipeline = plugin.create_pipeline(asked)
            seen.text("pipeline", f"{pipeline!r} {pipeline!s} {vars(pipeline)}")
            seen.pickled("pickled plan", pipeline.plan)
            result = plugin.run(pipeline)
            seen.text("result", repr(result))
            seen.pickled("pickled result", result)
            loaded.append(result.success)
        except Exception as error:  # noqa: BLE001 - all of them are looked at
            seen.error(error)
            loaded.append(False)
    return loaded


def wait_for_probes() -> None:
    """A probe that took too long is left to its thread; what that logs after a shutdown is nobody's to clean."""
    for thread in threading.enumerate():
        if thread.name.startswith("floe-"):
            thread.join(60)


def look_at_tables(seen: Seen, catalog: Mapping[str, Any]) -> None:
    """What stands in the metadata of every table."""
    opened = load_catalog("floe", **catalog)
    for namespace in opened.list_namespaces():
        for name in opened.list_tables(namespace):
            seen.text("table", opened.load_table(name).metadata.model_dump_json())
