"""The folder beside a pipeline's working folder in which a load in slices is kept until its package is there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar, final

from floe_ingestion_dlt.adapters.dlt.engine.working_folder import WorkingFolder
from floe_ingestion_dlt.adapters.dlt.kept_slices import (
    answer_in,
    load_in,
    text_of_answer,
    text_of_load,
)
from floe_ingestion_dlt.adapters.system.private_folders import make_private_folder
from floe_ingestion_dlt.domain.sliced_loads import SliceAnswer, SlicedLoad

_LOAD: Final = "load.json"
ValueT = TypeVar("ValueT")


@final
class SliceFolder:
    """Keeps one load and the answers of its workers; the run that has claimed the working folder uses it. Methods raise OSError."""

    def __init__(self, folder: WorkingFolder) -> None:
        self._path = folder.parent / f"{folder.path.name}.slices"

    def begin(self, load: SlicedLoad) -> None:
        """Keep a new load; an earlier one is dropped."""
        self.drop()
        make_private_folder(self._path)
        self._write(_LOAD, text_of_load(load))

    def load(self) -> SlicedLoad | None:
        """The load that is kept, if there is one."""
        return _read(self._path / _LOAD, load_in)

    def keep(self, answer: SliceAnswer) -> None:
        """Keep an answer; a later run finds it completely or not at all."""
        self._write(f"slice-{answer.number}.json", text_of_answer(answer))

    def answers(self) -> tuple[SliceAnswer, ...]:
        """The answers that are kept."""
        found = (_read(path, answer_in) for path in sorted(self._path.glob("slice-*.json")))
        return tuple(answer for answer in found if answer is not None)

    def drop(self) -> None:
        """Forget the load. Its files stay where they are: they are in no table."""
        (self._path / _LOAD).unlink(missing_ok=True)
        shutil.rmtree(self._path, ignore_errors=True)

    def _write(self, name: str, text: str) -> None:
        new = self._path / f"{name}.new"
        with new.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path / name)


def _read(path: Path, read: Callable[[str], ValueT]) -> ValueT | None:
    """The content of a file; None if there is none, or if it is damaged: then its slices are read again."""
    try:
        return read(path.read_text())
    except (FileNotFoundError, KeyError, TypeError, ValueError):
        return None
