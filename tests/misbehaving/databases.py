"""Databases that speak just enough of their protocols to say no: Postgres with any SQLSTATE, MySQL with any error number."""

from __future__ import annotations

import socket
import struct
from abc import ABC, abstractmethod
from contextlib import suppress
from threading import Thread
from typing import Self, final

RESET = "reset"
SILENCE = "silence"
DRIPPING = "dripping"


class MisbehavingDatabase(ABC):
    """Refuses with *code*: the connection itself, or the first statement; with the code `RESET` it hangs up instead.

    With `SILENCE` it never answers, and with `DRIPPING` it answers one byte at a time, of an answer that has no end.
    """

    def __init__(self, code: str, *, connects: bool = True, words: str = "told to") -> None:
        self.code, self.connects, self.words = code, connects, words
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                link, _ = self._server.accept()
                Thread(target=self._talk_to, args=(link,), daemon=True).start()

    def stall(self, link: socket.socket, begun: bytes) -> bool:
        """Whether it has kept its client waiting until the client left; an answer that drips has *begun*."""
        if self.code not in {SILENCE, DRIPPING}:
            return False
        link.settimeout(0.1)
        for byte in begun * (self.code == DRIPPING) + b"\0" * 1_000:
            with suppress(TimeoutError):
                if not link.recv(1_000):
                    break
            if self.code == DRIPPING:
                link.sendall(bytes([byte]))
        return True

    def _talk_to(self, link: socket.socket) -> None:
        with suppress(OSError, EOFError, struct.error), link:
            self.talk(link)

    @abstractmethod
    def talk(self, link: socket.socket) -> None: ...


@final
class MisbehavingPostgres(MisbehavingDatabase):
    """https://www.postgresql.org/docs/current/protocol-message-formats.html"""

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://shop@127.0.0.1:{self.port}/shop?connect_timeout=2&gssencmode=disable"

    def talk(self, link: socket.socket) -> None:
        while True:
            (size, version) = struct.unpack("!ii", _exactly(link, 8))
            _exactly(link, size - 8)
            if version >> 16 == 3:
                break
            link.sendall(b"N")  # neither TLS nor GSS
        if not self.connects:
            if not self.stall(link, b"N" + struct.pack("!i", 60_000)) and self.code != RESET:
                link.sendall(self._error("FATAL"))
            return
        settings = {"server_version": "17.0", "client_encoding": "UTF8", "standard_conforming_strings": "on"}
        told = b"".join(_message(b"S", f"{key}\0{value}\0".encode()) for key, value in settings.items())
        link.sendall(_message(b"R", struct.pack("!i", 0)) + told + _message(b"Z", b"I"))
        while True:
            kind = _exactly(link, 1)
            (size,) = struct.unpack("!i", _exactly(link, 4))
            _exactly(link, size - 4)
            if kind in {b"Q", b"S"}:
                if self.code == RESET or self.stall(link, b"N" + struct.pack("!i", 60_000)):
                    return
                link.sendall(self._error("ERROR") + _message(b"Z", b"I"))

    def _error(self, severity: str) -> bytes:
        fields = {"S": severity, "V": severity, "C": self.code, "M": self.words}
        return _message(b"E", b"".join(f"{key}{value}\0".encode() for key, value in fields.items()) + b"\0")


@final
class MisbehavingMySql(MisbehavingDatabase):
    """https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html"""

    @property
    def url(self) -> str:
        return f"mysql+pymysql://shop@127.0.0.1:{self.port}/shop?connect_timeout=2"

    def talk(self, link: socket.socket) -> None:
        capabilities = 0x0008 | 0x0200 | 0x8000 | 0x0008_0000
        greeting = (
            b"\x0a8.0.0\0"
            + struct.pack("<i", 1)
            + b"12345678\0"
            + struct.pack("<HBH", capabilities & 0xFFFF, 45, 2)
            + struct.pack("<HB", capabilities >> 16, 21)
            + b"\0" * 10
            + b"123456789012\0"
            + b"mysql_native_password\0"
        )
        link.sendall(_packet(0, greeting))
        self._read(link)
        if not self.connects:
            if not self.stall(link, b"\xff\xff\0\2") and self.code != RESET:
                link.sendall(_packet(2, self._error()))
            return
        link.sendall(_packet(2, b"\0\0\0\x02\0\0\0"))
        while True:
            self._read(link)
            if self.code == RESET or self.stall(link, b"\xff\xff\0\1"):
                return
            link.sendall(_packet(1, self._error()))

    def _read(self, link: socket.socket) -> bytes:
        head = _exactly(link, 4)
        return _exactly(link, int.from_bytes(head[:3], "little"))

    def _error(self) -> bytes:
        return b"\xff" + struct.pack("<H", int(self.code)) + b"#HY000" + self.words.encode()


def _exactly(link: socket.socket, size: int) -> bytes:
    told = b""
    while len(told) < size:
        part = link.recv(size - len(told))
        if not part:
            raise EOFError
        told += part
    return told


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def _packet(number: int, body: bytes) -> bytes:
    return len(body).to_bytes(3, "little") + bytes([number]) + body
