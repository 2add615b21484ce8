"""Limits for reading an API: the hosts of requests, and the sizes of answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from floe_ingestion_dlt.domain.addresses import Place

# Rows as Python objects take about ten times the bytes of their JSON.
MOST_BYTES: Final = 256 * 2**20


@final
@dataclass(frozen=True, slots=True)
class ApiLimits:
    """Other hosts to which requests may go, those of them that get credentials, and limits for answers and pages.

    With *asks_for_changes*, an answer that has not changed since it was loaded is not sent again. So many *parallel_requests* for
    pages are open at once, where it is known how many pages there are.
    """

    allowed_hosts: tuple[Place, ...] = ()
    send_credentials_to: tuple[Place, ...] = ()
    max_response_bytes: int = MOST_BYTES
    max_pages: int | None = None
    allow_repeated_requests: bool = False
    asks_for_changes: bool = True
    parallel_requests: int = 1
