"""Whose server an address leads to: credentials for one are not sent to another."""

from __future__ import annotations

import re
from typing import Final

# Strict, as readers of URLs differ on what else may stand there: users, backslashes, blanks.
_ADDRESS: Final = re.compile(
    r"(https?)://(\[[0-9a-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?(?:[/?#][^\s\\]*)?", re.IGNORECASE
)
_USER: Final = re.compile(r"(?<=://)[^/?#\\\s]*@")
_PORTS: Final = {"http": "80", "https": "443"}


def origin_of(address: str) -> str | None:
    """The scheme, host and port that an HTTP *address* leads to; None where that cannot be said for certain."""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        return None
    scheme = found[1].lower()
    return f"{scheme}://{found[2].lower()}:{found[3] or _PORTS[scheme]}"


def configured_origin(address: str) -> str | None:
    """The same for an address of our own configuration, which may have a user in it."""
    return origin_of(_USER.sub("", address, count=1))
