"""Connections that are never made to a link-local address, and wait for a whole answer until a deadline only."""

from __future__ import annotations

import http.client
import io
import socket
import time
from typing import TYPE_CHECKING, Any, Final, final

from requests.adapters import DEFAULT_POOLSIZE, HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from floe_ingestion_dlt.domain.addresses import is_never_asked
from floe_ingestion_dlt.domain.request_targets import CHECK, NEVER
from floe_ingestion_dlt.domain.safe_texts import shown
from floe_ingestion_dlt.ports.source import unreadable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BUFFER: Final = 64 * 1024


class PromptAdapter(HTTPAdapter):
    """Sends requests by such connections, also through a proxy."""

    def __init__(self, seconds: float, parallel: int = 1) -> None:
        self._pools = _pools_within(seconds)
        super().__init__(pool_maxsize=max(DEFAULT_POOLSIZE, parallel + 1))

    def init_poolmanager(
        self,
        connections: int,
        maxsize: int,
        block: bool = False,  # noqa: FBT001, FBT002 - that of requests
        **options: Any,
    ) -> None:
        super().init_poolmanager(connections, maxsize, block, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **options: Any) -> ProxyManager:
        manager: ProxyManager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _pools_within(seconds: float) -> dict[str, type[HTTPConnectionPool]]:
    """urllib3's pools by scheme, with connections on which an answer must be whole *seconds* after its request."""

    class Response(_PromptResponse):
        limit = seconds

    class PlainConnection(HTTPConnection):
        response_class = Response

        def _new_conn(self) -> socket.socket:
            return _checked(super()._new_conn(), self)

    class TlsConnection(HTTPSConnection):
        response_class = Response

        def _new_conn(self) -> socket.socket:
            return _checked(super()._new_conn(), self)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = PlainConnection

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = TlsConnection

    return {"http": PlainPool, "https": TlsPool}


def _checked(sock: socket.socket, connection: HTTPConnection) -> socket.socket:
    """The connection, unless its peer is link-local; checked before a byte is sent, and not if there is a proxy."""
    peer = sock.getpeername()
    if connection.proxy is None and is_never_asked(str(peer[0])):
        sock.close()
        raise unreadable(
            f"{shown(connection.host)} is at {peer[0]}, which is link-local, or may return the credentials of this machine",
            f"{CHECK} {NEVER}",
        )
    return sock


class _PromptResponse(http.client.HTTPResponse):
    """A response of which no part, not even its first line, is awaited for longer than the *limit*."""

    limit: float

    def __init__(
        self, sock: socket.socket, debuglevel: int = 0, method: str | None = None, url: str | None = None
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        arriving = _Arriving(self.fp.detach(), sock, time.monotonic() + self.limit)
        self.fp = io.BufferedReader(arriving, BUFFER)


@final
class _Arriving(io.RawIOBase):
    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: float) -> None:
        self._raw, self._sock, self._deadline = raw, sock, deadline
        self._patience = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            message = "the answer is not complete at the deadline"
            raise TimeoutError(message)
        self._sock.settimeout(left if self._patience is None else min(left, self._patience))
        read: int | None = self._raw.readinto(buffer)
        return read

    def close(self) -> None:
        self._raw.close()
        super().close()
