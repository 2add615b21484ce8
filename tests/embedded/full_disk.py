"""A file system that is full when a file named after its word is written."""

from __future__ import annotations

import errno
from pathlib import Path

from pyiceberg.io import OutputFile, OutputStream
from pyiceberg.io.pyarrow import PyArrowFileIO


class FullDisk(PyArrowFileIO):
    """The local file system, without space for data files while the file `full` lies beside the warehouse."""

    def new_output(self, location: str) -> OutputFile:  # type: ignore[override]  # it is one
        output = super().new_output(location)
        marker = Path(location.removeprefix("file://").split("/warehouse/")[0]) / "full"
        if marker.exists() and marker.read_text() in location:
            return _NoSpace(location)
        return output


class _NoSpace(OutputFile):
    def __len__(self) -> int:
        return 0

    def exists(self) -> bool:
        return False

    def to_input_file(self) -> None:  # type: ignore[override]  # never asked for
        raise NotImplementedError

    def create(self, overwrite: bool = False) -> OutputStream:  # noqa: ARG002, FBT001, FBT002 - theirs
        raise OSError(errno.ENOSPC, "No space left on device")
