"""The storage in a check: many files are requested at a time, and a missing file differs from a failed request."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeVar, final

from pyiceberg.io import FileIO, InputFile, InputStream, OutputFile

from floe_ingestion_dlt.adapters.iceberg.catalog_errors import cause_of
from floe_ingestion_dlt.domain.verification.file_findings import Unchecked

ItemT = TypeVar("ItemT")
ValueT = TypeVar("ValueT")

AT_ONCE: Final = 16
# After so many failures, the storage is not asked for the remaining files.
MOST_FAILURES: Final = 20


class Answer(Enum):
    """Why there is no value."""

    ABSENT = "there is no such file"
    FAILED = "the storage did not say"


@final
@dataclass(frozen=True, slots=True)
class Damaged:
    """What was read is not what it should be."""

    cause: str


@final
class Storage:
    """The storage of one table; requests that failed are in *unchecked*."""

    def __init__(self, files: FileIO, table: str) -> None:
        self.io = files
        self.unchecked: list[Unchecked] = []
        self._table = table

    def each(self, act: Callable[[ItemT], ValueT], items: Iterable[ItemT]) -> list[ValueT]:
        """The results of *act* for the items, computed in several threads."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(act, items))

    def length(self, path: str) -> int | Answer:
        """The file's length, without reading its content."""
        return self.ask(path, lambda: len(self.io.new_input(path)))

    def content(self, path: str) -> bytes | Answer:
        """The whole content of the file."""

        def read() -> bytes:
            with self.io.new_input(path).open() as stream:
                return stream.read()

        return self.ask(path, read)

    def tail(self, path: str, length: int, size: int) -> bytes | Answer:
        """The last *size* bytes of a file."""

        def read() -> bytes:
            with self.io.new_input(path).open() as stream:
                stream.seek(max(0, length - size))
                return stream.read()

        return self.ask(path, read)

    def ask(self, place: str, act: Callable[[], ValueT]) -> ValueT | Answer:
        """The result of *act*, or why the storage did not answer."""
        if len(self.unchecked) > MOST_FAILURES:
            return Answer.FAILED
        try:
            return act()
        except (FileNotFoundError, NotADirectoryError):
            return Answer.ABSENT
        except Exception as error:  # noqa: BLE001 - this is the edge
            is_last = len(self.unchecked) >= MOST_FAILURES
            what = "what else is in the storage" if is_last else place
            self.unchecked.append(Unchecked(self._table, what, cause_of(error)))
            return Answer.FAILED


def parsed(act: Callable[[], ValueT]) -> ValueT | Damaged:
    """The result of *act* on bytes that were already read, so that only these bytes can be damaged."""
    try:
        return act()
    except Exception as error:  # noqa: BLE001 - libraries fail in any way on bytes that are not theirs
        return Damaged(cause_of(error))


@final
class ContentIO(FileIO):
    """A FileIO with one file, whose content was already read."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self._content = content

    def new_input(self, location: str) -> InputFile:
        return ContentFile(location, self._content)

    def new_output(self, location: str) -> OutputFile:
        raise NotImplementedError(location)

    def delete(self, location: str | InputFile | OutputFile) -> None:
        raise NotImplementedError(location)


@final
class ContentFile(InputFile):
    def __init__(self, location: str, content: bytes) -> None:
        super().__init__(location)
        self._content = content

    def __len__(self) -> int:
        return len(self._content)

    def exists(self) -> bool:
        return True

    def open(self, seekable: bool = True) -> InputStream:  # noqa: ARG002, FBT001, FBT002 - pyiceberg's own
        return io.BytesIO(self._content)
