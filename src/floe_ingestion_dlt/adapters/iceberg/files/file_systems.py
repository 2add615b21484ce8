"""The file system behind a FileIO of pyiceberg, which itself cannot list files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fsspec import AbstractFileSystem
from pyarrow import fs
from pyiceberg.io import FileIO
from pyiceberg.io.fsspec import FsspecFileIO
from pyiceberg.io.pyarrow import PyArrowFileIO

from floe_ingestion_dlt.adapters.iceberg.catalog_answers import GuardedFileIO
from floe_ingestion_dlt.adapters.iceberg.vended_credentials import VendedFileIO

# The stubs declare it as an abstract class.
_HANDLER: Final[Callable[[AbstractFileSystem], fs.FileSystemHandler]] = fs.FSSpecHandler


def file_system(io: FileIO, location: str) -> fs.FileSystem | None:
    """The file system in which *io* opens *location*; None if *io* is not one of pyiceberg's own kinds."""
    scheme, host, _ = PyArrowFileIO.parse_location(location)
    match io:
        case VendedFileIO():
            return file_system(io.current, location)
        case GuardedFileIO():
            return file_system(io.at(location), location)
        case PyArrowFileIO():
            return io.fs_by_scheme(scheme, host)
        case FsspecFileIO():
            return fs.PyFileSystem(_HANDLER(io.get_fs(scheme, host)))
        case _:
            return None
