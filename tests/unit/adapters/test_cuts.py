"""A connection that is cut ends what its server sends, also if the server waits to send more."""

from __future__ import annotations

import socket
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from floe_ingestion_dlt.adapters.sources.sql_database.cuts import cut_off

ROWS = b"row" * 1_000_000


def driver_of(link: socket.socket, kind: str) -> Any:
    """As much of a driver as is asked: PyMySQL has its socket, and the drivers of PostgreSQL its number."""
    return SimpleNamespace(_sock=link) if kind == "pymysql" else SimpleNamespace(fileno=link.fileno)


@pytest.mark.parametrize("kind", ["pymysql", "psycopg"])
def test_a_server_that_waits_to_send_rows_notices_at_once(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        link = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
    errors = list[OSError]()

    def send() -> None:
        try:
            while True:
                server.sendall(ROWS)
        except OSError as error:
            errors.append(error)

    sending = threading.Thread(target=send, daemon=True)
    sending.start()
    # the server waits once all buffers are full
    sending.join(0.5)
    assert sending.is_alive()
    cut_off(driver_of(link, kind))
    # a driver reads what has arrived until the end, and closes its socket
    while link.recv(1 << 20):
        pass
    link.close()
    sending.join(2)
    assert not sending.is_alive()
    assert len(errors) == 1
    server.close()


def test_a_socket_that_cannot_be_reset_is_shut_down_all_the_same() -> None:
    done = list[str]()

    class Link:
        def setsockopt(self, *_: object) -> None:
            raise OSError(22, "Invalid argument")

        def shutdown(self, _how: int) -> None:
            done.append("shut down")

    cut_off(SimpleNamespace(_sock=Link()))
    assert ["shut down"] == done
