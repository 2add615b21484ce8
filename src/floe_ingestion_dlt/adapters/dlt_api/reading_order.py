"""Makes dlt keep the order in which it reads rows over the borders of its files, because of rows with one key the last one wins.

dlt names its files at random and reads them in the order of the folder's entries. It has no setting for either, so two of its names are
replaced.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from importlib import import_module

from dlt.common.data_writers import buffered
from dlt.common.schema import Schema
from dlt.common.schema.utils import get_root_table
from dlt.common.storages.load_package import ParsedLoadJobFileName
from dlt.normalize import Normalize
from dlt.normalize.normalize import SubmitRV


def keep_reading_order() -> None:
    """Let dlt name its files by the time at which they are made, and read them in this order."""
    vars(buffered)["new_file_id"] = next_file_id
    # dlt has a function of the name of this module's package, which hides it from other imports.
    vars(import_module("dlt.pipeline.pipeline"))["Normalize"] = NormalizeInOrder


def next_file_id() -> str:
    """An id that is greater than all ids that this process has made before, and that no other process makes."""
    return f"{time.perf_counter_ns():016x}{secrets.token_hex(3)}"


class NormalizeInOrder(Normalize):
    """dlt's step that normalizes extracted files, in the order in which they were written.

    Tables whose rows are merged are normalized by one worker: several of them would mix up their files.
    """

    def spool_schema_files(self, load_id: str, schema: Schema, files: Sequence[str]) -> str:
        in_order = sorted(files, key=lambda file: ParsedLoadJobFileName.parse(file).file_id)
        done: str = super().spool_schema_files(load_id, schema, in_order)
        return done

    def map_parallel(self, schema: Schema, load_id: str, files: Sequence[str]) -> SubmitRV:
        tables = {ParsedLoadJobFileName.parse(file).table_name for file in files}
        is_ordered = any(_is_merged(schema, table) for table in tables)
        spool = self.map_single if is_ordered else super().map_parallel
        spooled: SubmitRV = spool(schema, load_id, files)
        return spooled


def _is_merged(schema: Schema, table: str) -> bool:
    known = schema.tables
    return table in known and get_root_table(known, table).get("write_disposition") == "merge"
