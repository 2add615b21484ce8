"""Connections that ask nobody who is link-local, and that wait for a whole answer until a deadline only."""

from __future__ import annotations

import http.client
import io
import socket
import time
from functools import partial
from typing import Any, Final, final

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from floe_ingestion_dlt.domain.addresses import is_never_asked
from floe_ingestion_dlt.domain.reach import CHECK, NEVER
from floe_ingestion_dlt.domain.shown import shown
from floe_ingestion_dlt.ports.source import unreadable

BUFFER: Final = 64 * 1024


class PromptAdapter(HTTPAdapter):
    """Sends by such connections, also through a proxy."""

    def __init__(self, seconds: float) -> None:
        self._pools = _pools_within(seconds)
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(*args, **options)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _pools_within(seconds: float) -> dict[str, Any]:
    """urllib3's pools by scheme, with connections on which an answer must be whole *seconds* after its request."""
    plain = {"ConnectionCls": partial(_PlainConnection, seconds)}
    over_tls = {"ConnectionCls": partial(_TlsConnection, seconds)}
    return {
        "http": type("PlainPool", (HTTPConnectionPool,), plain),
        "https": type("TlsPool", (HTTPSConnectionPool,), over_tls),
    }


@final
class _PlainConnection(HTTPConnection):
    def __init__(self, seconds: float, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.response_class = partial(_PromptResponse, seconds)  # type: ignore[assignment]  # it is called only

    def _new_conn(self) -> socket.socket:
        return _checked(super()._new_conn(), self)


@final
class _TlsConnection(HTTPSConnection):
    def __init__(self, seconds: float, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.response_class = partial(_PromptResponse, seconds)  # type: ignore[assignment]  # it is called only

    def _new_conn(self) -> socket.socket:
        return _checked(super()._new_conn(), self)


def _checked(sock: socket.socket, connection: HTTPConnection) -> socket.socket:
    """The connection, before a byte is sent, by the address that its name led to; a proxy is the user's own."""
    peer = sock.getpeername()
    if connection.proxy is None and is_never_asked(str(peer[0])):
        sock.close()
        raise unreadable(
            f"{shown(connection.host)} is at {peer[0]}, which is link-local, or tells machines their credentials",
            f"{CHECK} {NEVER}",
        )
    return sock


@final
class _PromptResponse(http.client.HTTPResponse):
    """An answer of which no part, be it its first line, is waited for beyond the deadline."""

    def __init__(self, seconds: float, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        arriving = _Arriving(self.fp.detach(), sock, time.monotonic() + seconds)
        self.fp = io.BufferedReader(arriving, BUFFER)


@final
class _Arriving(io.RawIOBase):
    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: float) -> None:
        self._raw, self._sock, self._deadline = raw, sock, deadline
        self._patience = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            message = "the answer is not whole at the deadline"
            raise TimeoutError(message)
        self._sock.settimeout(left if self._patience is None else min(left, self._patience))
        read: int | None = self._raw.readinto(buffer)
        return read

    def close(self) -> None:
        self._raw.close()
        super().close()
