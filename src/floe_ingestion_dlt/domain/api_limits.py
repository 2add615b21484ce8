"""What an API may ask of us: where requests go, and how much is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from floe_ingestion_dlt.domain.addresses import Place

# Rows of Python take about ten times the bytes of their JSON.
MOST_BYTES: Final = 256 * 2**20


@final
@dataclass(frozen=True, slots=True)
class ApiLimits:
    """Hosts besides that of the API, those of them that get credentials, and how much an answer and a walk may be."""

    allowed_hosts: tuple[Place, ...] = ()
    send_credentials_to: tuple[Place, ...] = ()
    max_response_bytes: int = MOST_BYTES
    max_pages: int | None = None
    allow_repeated_requests: bool = False
