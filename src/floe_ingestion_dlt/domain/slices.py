"""Slices: the parts of a load that several workers read, so that each row is in exactly one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias, assert_never, final

from floe_ingestion_dlt.domain.load import StagedFile
from floe_ingestion_dlt.domain.schema import NO_COLUMNS, TableSchema

Key: TypeAlias = int | Decimal | date | datetime


@final
@dataclass(frozen=True, slots=True)
class KeyRange:
    """The rows whose key in *column* is at least *start* and less than *end*.

    Without a *start* there is no lower limit, and rows without a key belong to the range; without an *end* there is no upper limit.
    """

    column: str
    start: Key | None = None
    end: Key | None = None


@final
@dataclass(frozen=True, slots=True)
class FileGroup:
    """The rows of these files; their *versions* differ from those of files that were written again.

    If the files *are_once*, later loads pass over them. They are below the *folders*.
    """

    paths: tuple[str, ...]
    versions: tuple[str, ...]
    are_once: bool = False
    folders: tuple[str, ...] = ()


Rows: TypeAlias = KeyRange | FileGroup


@final
@dataclass(frozen=True, slots=True)
class KnownTypes:
    """The types in which values without a type are read, so that all slices read them as a load at once does.

    *fixed* are those of columns of the source, found in its first rows; the *table* has the columns from before the load.
    """

    fixed: Mapping[str, str] = field(default_factory=dict)
    table: TableSchema = NO_COLUMNS


@final
@dataclass(frozen=True, slots=True)
class Slice:
    """The part number *number* of a load; with a *snapshot*, the database is read as it was at one moment."""

    number: int
    rows: Rows
    snapshot: str | None = None
    types: KnownTypes = KnownTypes()


@final
@dataclass(frozen=True, slots=True)
class Sample:
    """A few rows, or none, with the columns that the rows of the source have."""


@final
@dataclass(frozen=True, slots=True)
class Sampled:
    """What a sample has: the *columns* of each file, and the *types* in which values without a type were read."""

    columns: tuple[TableSchema, ...]
    types: Mapping[str, str]


@final
@dataclass(frozen=True, slots=True)
class StagedRows:
    """The rows of a load that workers have staged: its *files*, and the *columns* that they have values for."""

    files: tuple[StagedFile, ...]
    columns: TableSchema


# What a run reads instead of all rows.
Part: TypeAlias = Slice | Sample | StagedRows


def types_in(part: Part | None) -> KnownTypes | None:
    """The types in which the part's values without a type are read; None for a part that is read as a load at once."""
    return part.types if isinstance(part, Slice) else None


def files_once(parts: Iterable[Rows]) -> tuple[tuple[str, str], ...]:
    """The paths and versions of files that later loads pass over."""
    groups = [part for part in parts if isinstance(part, FileGroup) and part.are_once]
    return tuple(file for group in groups for file in zip(group.paths, group.versions, strict=True))


def folders_once(parts: Iterable[Rows]) -> tuple[str, ...]:
    """The folders of files that later loads pass over."""
    groups = [part for part in parts if isinstance(part, FileGroup) and part.are_once]
    return tuple(dict.fromkeys(folder for group in groups for folder in group.folders))


def file_groups(
    sizes: Mapping[str, int], versions: Mapping[str, str], count: int, *, are_once: bool = False
) -> tuple[FileGroup, ...]:
    """At most *count* groups of files with about the same size; files stay in order of their paths, as in a load at once."""
    groups: dict[int, list[str]] = {}
    total, before = sum(sizes.values()), 0
    for path in sorted(sizes):
        # The group in which the middle of the file is, if all bytes are divided evenly.
        groups.setdefault((2 * before + sizes[path]) * count // (2 * total), []).append(path)
        before += sizes[path]
    return tuple(
        FileGroup(tuple(paths), tuple(map(versions.__getitem__, paths)), are_once)
        for paths in groups.values()
    )


def are_of_one_source(ones: Iterable[Rows], others: Iterable[Rows]) -> bool:
    """Whether both are parts of the same files, or ranges of the same key."""
    return _whole(ones) == _whole(others)


def _whole(parts: Iterable[Rows]) -> tuple[object, ...]:
    """What the parts are together: the keys, and the files with their versions."""
    keys, files = set(), set()
    for part in parts:
        match part:
            case KeyRange(column):
                keys.add(column)
            case FileGroup():
                files |= set(zip(part.paths, part.versions, strict=True))
            case _:
                assert_never(part)
    return (keys, files)
