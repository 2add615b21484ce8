"""Compressed files, unpacked up to a limit; a damaged file is an error, never a shorter one."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final, TypeVar, final

import pyarrow as pa
from fsspec.utils import infer_compression
from returns.result import Failure

from floe_ingestion_dlt.adapters.arrow.stubs import as_file
from floe_ingestion_dlt.adapters.sources.filesystem.stored_files import StoredBytes
from floe_ingestion_dlt.adapters.sources.filesystem.streams import ByteStream
from floe_ingestion_dlt.domain.file_limits import FileLimits
from floe_ingestion_dlt.domain.safe_texts import listed
from floe_ingestion_dlt.ports.source import unreadable

ValueT = TypeVar("ValueT")

# What the decompressors raise for damaged bytes.
_DAMAGES: Final = (
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    pa.ArrowException,
)
# A folder that macOS adds to every archive.
_RESOURCE_FORKS: Final = "__MACOSX/"


@contextmanager
def unpacked(
    open_file: Callable[[], AbstractContextManager[ByteStream]], path: str, shown: str, limits: FileLimits
) -> Iterator[ByteStream]:
    """The bytes in the file at *path*, unpacked as the ending of its name says."""
    with open_file() as raw:
        open_packed = _PACKED.get(infer_compression(path) or "")
        if open_packed is None:
            yield raw
            return
        stored = StoredBytes(raw)
        file = _Unpacked(stored, open_packed, shown, limits)
        try:
            yield file
        finally:
            file.close()


@final
class _Unpacked(io.RawIOBase):
    """The file's content; damage and too much content are errors that name the file."""

    def __init__(
        self,
        stored: StoredBytes,
        open_packed: Callable[[StoredBytes], ByteStream],
        shown: str,
        limits: FileLimits,
    ) -> None:
        self._stored, self._shown, self._limits = stored, shown, limits
        self._size = 0
        self._file = self._guarded(lambda: open_packed(stored))

    def read(self, size: int = -1, /) -> bytes:
        data = self._guarded(lambda: self._file.read(size))
        self._size += len(data)
        allowed = self._limits.expansion(self._stored.size, self._size)
        if isinstance(allowed, Failure):
            over = allowed.failure()
            raise unreadable(f"{self._shown}: {over.message}", over.next_step)
        return data

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()

    def _guarded(self, act: Callable[[], ValueT]) -> ValueT:
        try:
            return act()
        except _NotOneFileError as error:
            raise unreadable(f"{self._shown} {error}", "Unpack it into the folder.") from error
        except _DAMAGES as error:
            if self._stored.failure is not None:  # the file could not be read, but may not be damaged
                raise self._stored.failure from None
            raise unreadable(
                f"{self._shown} cannot be unpacked: it is cut off, damaged or encrypted ({type(error).__name__})",
                "Write the file again, or exclude it by include_glob.",
            ) from error


def _gzip(stored: StoredBytes) -> ByteStream:
    return gzip.GzipFile(fileobj=stored, mode="rb")


def _bz2(stored: StoredBytes) -> ByteStream:
    return bz2.BZ2File(stored)


def _xz(stored: StoredBytes) -> ByteStream:
    return lzma.LZMAFile(as_file(stored))


def _zstd(stored: StoredBytes) -> ByteStream:
    # Unlike the package zstandard, it raises an error if the file is cut off.
    return pa.CompressedInputStream(pa.PythonFile(stored, mode="r"), "zstd")


class _NotOneFileError(Exception):
    """An archive has more than one file, or none."""


def _zip(stored: StoredBytes) -> ByteStream:
    archive = zipfile.ZipFile(stored)
    members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith(_RESOURCE_FORKS)]
    if len(members) != 1:
        names = listed([member.filename for member in members])
        raise _NotOneFileError(f"has {len(members):,} files instead of one: {names or 'none'}")
    return archive.open(members[0])


_PACKED: Final = {"gzip": _gzip, "bz2": _bz2, "xz": _xz, "lzma": _xz, "zstd": _zstd, "zip": _zip}
