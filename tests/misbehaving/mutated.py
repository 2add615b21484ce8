"""Files that were whole, changed as disks, networks and attackers change them; and a child that reads them one by one.

`python -m tests.misbehaving.mutated KIND SEED COUNT` reads so many within limits of memory, and prints what is wrong.
"""

from __future__ import annotations

import json
import random
import resource
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from floe_ingestion_dlt.adapters.sources.filesystem.settings import FileFormat, Filesystem
from floe_ingestion_dlt.adapters.sources.filesystem.source import FilesystemSource
from floe_ingestion_dlt.ports.source import ArrowBatch, Reading, SourceError
from tests.misbehaving.folders import MB, PACKED, parquet

MEMORY: Final = 6_000 * MB
SECONDS: Final = 20
KINDS: Final = ("csv", "jsonl", "parquet")
CODECS: Final = ("none", "snappy", "gzip", "brotli", "lz4", "zstd")
# Damage that such a packing finds in any case; CSV and JSON as they are may become other rows.
CHECKED: Final = frozenset({"gz", "bz2", "xz", "zip"})


def rows(count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": i,
            "name": f'nämé "{i % 7}", x\n',
            "price": i / 8,
            "ok": i % 3 == 0,
            "at": f"2024-01-{i % 28 + 1:02}",
            "note": None if i % 5 else "n" * (i % 90),
        }
        for i in range(count)
    ]


def table(count: int) -> pa.Table:
    flat = pa.Table.from_pylist(rows(count))
    lists = pa.array([list(range(i % 4)) if i % 6 else None for i in range(count)], pa.list_(pa.int32()))
    structs = pa.array([{"a": str(i), "b": [{"c": i}]} for i in range(count)])
    times = pa.array([datetime(2024, 1, 1, tzinfo=UTC)] * count, pa.timestamp("us", "UTC"))
    money = pa.array([Decimal(i) / 100 for i in range(count)], pa.decimal128(20, 2))
    for name, column in (("l", lists), ("s", structs), ("t", times), ("m", money)):
        flat = flat.append_column(name, column)
    return flat


def seeds(kind: str) -> list[tuple[str, bytes]]:
    """Whole files of a kind, in every packing: names and bytes."""
    if kind == "parquet":
        plain = [(f"{codec}.parquet", parquet(table(300), compression=codec)) for codec in CODECS]
        how: dict[str, Any] = {
            "use_dictionary": False,
            "data_page_version": "2.0",
            "write_page_checksum": True,
        }
        encodings = {
            "name": "DELTA_BYTE_ARRAY",
            "note": "DELTA_LENGTH_BYTE_ARRAY",
            "id": "DELTA_BINARY_PACKED",
        }
        return [
            *plain,
            ("delta.parquet", parquet(table(300), column_encoding=encodings, row_group_size=70, **how)),
        ]
    text = "".join(json.dumps(row) + "\n" for row in rows(200)) if kind == "jsonl" else csv_text(200)
    packed = [(f"a.{kind}.{ending}", pack(text.encode())) for ending, pack in PACKED.items()]
    return [(f"a.{kind}", text.encode()), *packed]


def csv_text(count: int) -> str:
    def field(value: object) -> str:
        return "" if value is None else '"' + str(value).replace('"', '""') + '"'

    lines = [",".join(rows(1)[0]), *(",".join(map(field, row.values())) for row in rows(count))]
    return "".join(line + "\r\n" for line in lines)


def mutated(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """*data* with a few changes: bits and bytes, cuts, repeats, and parts of other files."""
    made = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = chance.randrange(len(made) + 1)
        size = chance.choice((1, 2, 4, 8, 64, 1000))
        match chance.randrange(7):
            case 0 if at < len(made):
                made[at] ^= 1 << chance.randrange(8)
            case 1 if at < len(made):
                made[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, ord('"'), 10))
            case 2:
                del made[at : at + size]
            case 3:
                made[at:at] = made[at : at + size] * chance.choice((1, 2, 50))
            case 4:
                del made[at:]
            case 5:
                other = chance.choice(others)
                start = chance.randrange(len(other))
                made[at : at + size] = other[start : start + size]
            case _ if len(made) > 8:  # where a footer of Parquet has its sizes
                place = len(made) - 1 - chance.randrange(min(len(made), 1_500))
                made[place] = chance.randrange(256)
    return bytes(made)


def read(path: Path, kind: str) -> list[dict[str, Any]] | str:
    """The rows in a file, or what its refusal says."""
    source = Filesystem(str(path), FileFormat(kind), "**")
    try:
        messages = list(FilesystemSource(source).read("files", None, Reading()))
    except SourceError as error:
        return error.fault.message
    found = [pa.table(message.table) for message in messages if isinstance(message, ArrowBatch)]
    for batch in found:
        batch.validate(full=True)
    return [row for batch in found for row in batch.to_pylist()]


def wrong(path: Path, kind: str, whole: list[dict[str, Any]] | str, *, is_whole: bool) -> str | None:
    """What is wrong with how a file was read; None if it was refused by name, or has rows that it may have."""
    try:
        answer = read(path, kind)
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        return f"{type(error).__name__}: {error}"
    if isinstance(answer, str):
        return None if str(path) in answer and answer.isprintable() else f"the place is not named: {answer}"
    is_checked = path.suffix.removeprefix(".") in CHECKED
    return (
        "other rows from a damaged file" if is_checked and not is_whole and _differ(answer, whole) else None
    )


def _differ(answer: list[dict[str, Any]], whole: list[dict[str, Any]] | str) -> bool:
    """Whether rows were changed, or lost between others; gzip members that are repeated or gone are whole files."""
    return isinstance(whole, list) and bool(answer) and answer[: len(whole)] != whole[: len(answer)]


@contextmanager
def time_limit() -> Iterator[None]:
    signal.alarm(SECONDS)  # its default action ends the process, whatever C code runs
    yield
    signal.alarm(0)


def _most_memory() -> int:
    """The kilobytes that this process had at most. What `resource` has counts those of its parent, too, from before it began."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def main(kind: str, seed: int, count: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    chance = random.Random(seed)
    files = seeds(kind)
    with tempfile.TemporaryDirectory() as folder:
        whole = {}
        for name, data in files:
            path = Path(folder, name)
            path.write_bytes(data)
            whole[name] = read(path, kind)
        for number in range(count):
            name, data = chance.choice(files)
            changed = mutated(data, chance, [other for _, other in files])
            path = Path(folder, name)
            path.write_bytes(changed or b"x")
            say("reads", kind, seed, number, name)
            with time_limit():
                found = wrong(path, kind, whole[name], is_whole=changed == data)
            if found:
                say("WRONG", found)
    say("done", _most_memory() >> 10, "MB")


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
