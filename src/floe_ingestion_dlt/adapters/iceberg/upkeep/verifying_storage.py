"""Files as a check asks for them: many at a time, and what does not answer is told apart from what is not there."""

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
# A storage that has failed so often is not asked for each of the other files.
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
    """The storage of one table; what could not be asked is in *unchecked*."""

    def __init__(self, files: FileIO, table: str) -> None:
        self.io = files
        self.unchecked: list[Unchecked] = []
        self._table = table

    def each(self, act: Callable[[ItemT], ValueT], items: Iterable[ItemT]) -> list[ValueT]:
        """What *act* gives for each of the items, some of them at the same time."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(act, items))

    def length(self, path: str) -> int | Answer:
        """The file's length; only its head is asked for."""
        return self.ask(path, lambda: len(self.io.new_input(path)))

    def content(self, path: str) -> bytes | Answer:
        """All that is in the file."""

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
        """What *act* gets from the storage."""
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
    """What *act* makes of bytes that are here already, so that nothing but they can be at fault."""
    try:
        return act()
    except Exception as error:  # noqa: BLE001 - libraries fail in any way on bytes that are not theirs
        return Damaged(cause_of(error))


@final
class ContentIO(FileIO):
    """One file, whose content is here."""

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
