"""Whether the services that the environment names answer: `python -m tests.services.reachable`, before the tests that need them."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

PLACES: Final = {
    "AWS_ENDPOINT_URL": "S3",
    "DATABASE_URL": "Postgres",
    "POLARIS_URI": "Polaris",
    "TOXIPROXY_URL": "toxiproxy",
}
ADVICE: Final = "Start them with `make up`, or set the variables of services.env to where they are."


def unreachable(environment: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with each service that is not there; passwords in URLs are not shown."""
    for variable, service in PLACES.items():
        if not environment.get(variable):
            yield f"{service}: {variable} is not set"
            continue
        url = urlsplit(environment[variable])
        try:
            socket.create_connection((url.hostname, url.port or 443), timeout=5).close()
        except OSError as error:
            yield f"{service}: nothing answers at {url.hostname}:{url.port} ({variable}): {error.strerror or error}"


if __name__ == "__main__":
    missing = list(unreachable(os.environ))
    if missing:
        sys.exit("\n".join(["The services for these tests are not there.", *missing, ADVICE]))
