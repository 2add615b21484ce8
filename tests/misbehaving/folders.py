"""Folders and files that were made to harm whoever reads them."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

MB: Final = 1 << 20


def config_map(folder: Path, *names: str) -> None:
    """A folder as Kubernetes mounts a ConfigMap: nothing but links, and a hidden folder that they lead to."""
    version = folder / "..2024_11_26"
    version.mkdir()
    (folder / "..data").symlink_to(version.name)
    for number, name in enumerate(names):
        (version / name).write_text(f"id\n{number}\n")
        (folder / name).symlink_to(f"..data/{name}")


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def zstd(data: bytes) -> bytes:
    return pa.compress(data, codec="zstd", asbytes=True)


PACKED: Final[Mapping[str, Callable[[bytes], bytes]]] = MappingProxyType(
    {
        "gz": gzip.compress,
        "bz2": bz2.compress,
        "xz": lzma.compress,
        "zst": zstd,
        "zip": lambda data: zipped(data=data),
    }
)


def large_value(rows: int, size: int) -> bytes:
    """A Parquet file whose dictionary has one value, which stands in all rows."""
    values = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["a" * size]))
    return parquet(pa.table({"v": values}), compression="zstd", dictionary_pagesize_limit=1 << 30)


def parquet(table: pa.Table, **how: object) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file, **how)  # type: ignore[arg-type]
    return file.getvalue()
