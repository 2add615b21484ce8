"""Links that a test can disturb."""

from __future__ import annotations

import os
import random
import uuid
from collections.abc import Mapping
from contextlib import suppress
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
        self._port = self._opened()

    def _opened(self) -> str:
        """The port on which the link listens: any, or one of those that a container has published."""
        first, _, last = os.environ.get("TOXIPROXY_PORTS", "").partition("-")
        if not first:
            return self._listening("127.0.0.1:0")
        ports = list(range(int(first), int(last) + 1))
        random.shuffle(ports)
        for port in ports:
            with suppress(requests.HTTPError):  # another link has it
                return self._listening(f"0.0.0.0:{port}")
        raise RuntimeError(f"no port is free for a link: {first} to {last}")

    def _listening(self, address: str) -> str:
        wanted = {"name": self._name, "listen": address, "upstream": self._server.netloc, "enabled": True}
        listen: str = self._call("POST", "", wanted)["listen"]
        return listen.rpartition(":")[2]

    @property
    def url(self) -> str:
        """The server's address by way of this link."""
        return self._server._replace(netloc=f"127.0.0.1:{self._port}").geturl()

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
