"""Links that a test can disturb."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final, final
from urllib.parse import urlsplit

import requests

SECONDS: Final = 10


@final
class Link:
    """A TCP link through toxiproxy to the server at *url*."""

    def __init__(self, toxiproxy: str, url: str) -> None:
        self._name = f"link-{uuid.uuid4().hex[:12]}"
        self._at = f"{toxiproxy}/proxies"
        self._server = urlsplit(url)
        made = self._call(
            "POST",
            "",
            {"name": self._name, "listen": "127.0.0.1:0", "upstream": self._server.netloc, "enabled": True},
        )
        self._listen: str = made["listen"]

    @property
    def url(self) -> str:
        """The server's address by way of this link."""
        return self._server._replace(netloc=self._listen).geturl()

    def disturb(self, kind: str, attributes: Mapping[str, int], stream: str = "downstream") -> None:
        """Add a toxic to the link, by toxiproxy's names."""
        toxic = {"type": kind, "stream": stream, "attributes": dict(attributes)}
        self._call("POST", f"/{self._name}/toxics", toxic)

    def cut(self) -> None:
        """Close all connections and take no new ones."""
        self._call("POST", f"/{self._name}", {"enabled": False})

    def mend(self) -> None:
        """Let the link be as if nothing had been."""
        for toxic in self._call("GET", f"/{self._name}/toxics"):
            self._call("DELETE", f"/{self._name}/toxics/{toxic['name']}")
        self._call("POST", f"/{self._name}", {"enabled": True})

    def close(self) -> None:
        self._call("DELETE", f"/{self._name}")

    def _call(self, verb: str, path: str, body: Any = None) -> Any:
        answer = requests.request(verb, self._at + path, json=body, timeout=SECONDS)
        answer.raise_for_status()
        return answer.json() if answer.content else {}
