"""What a package does with rows that are gone in the source, and the keys that the source has, beside the package on disk.

They are kept with the package, so that a run that goes on with it deletes by the keys that belong to its rows.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Protocol, final

import pyarrow as pa
import pyarrow.parquet as pq

from floe_ingestion_dlt.adapters.dlt.raised_faults import throw
from floe_ingestion_dlt.adapters.dlt.state import kept_missing, load_id_of, table_read_at
from floe_ingestion_dlt.adapters.dlt_api.active_pipelines import active_pipeline
from floe_ingestion_dlt.domain.faults import StagedFilesGone
from floe_ingestion_dlt.domain.merge import DeleteMissing, MaxDeletes, MissingRows
from floe_ingestion_dlt.domain.names import table_of_pipeline

# The folder in the working folder of a pipeline, which each reading empties.
FOLDER: Final = "floe_keys"
# Written when all keys are in their files: its text is the number of the files.
COMPLETE: Final = "complete"


class HasFolder(Protocol):
    """A pipeline with a working folder."""

    @property
    def working_dir(self) -> str: ...


@final
class KeyFiles:
    """The files with the keys of one reading. A file has columns of one type each, as the source sent them."""

    def __init__(self, pipeline: HasFolder) -> None:
        self._folder = Path(pipeline.working_dir) / FOLDER

    def write(self, batches: Iterator[pa.Table]) -> None:
        """Write all keys, in place of those that are there. Raises OSError."""
        self.remove()
        self._folder.mkdir(mode=0o700)
        writer: pq.ParquetWriter | None = None
        schema: pa.Schema | None = None
        files = 0
        try:
            for batch in batches:
                if writer is None or batch.schema != schema:
                    if writer is not None:
                        writer.close()
                    schema = batch.schema
                    writer = pq.ParquetWriter(self._path(files), schema)
                    files += 1
                writer.write_table(batch)
        finally:
            if writer is not None:
                writer.close()
        (self._folder / COMPLETE).write_text(str(files))

    def found(self) -> tuple[Path, ...] | None:
        """The files; None if they are not complete."""
        complete = self._folder / COMPLETE
        if not complete.exists():
            return None
        files = tuple(map(self._path, range(int(complete.read_text()))))
        return files if all(path.exists() for path in files) else None

    def count(self) -> int:
        """The number of keys."""
        return sum(pq.read_metadata(path).num_rows for path in self.found() or ())

    def remove(self) -> None:
        """Delete the keys, if there are any."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, number: int) -> Path:
        return self._folder / f"{number}.parquet"


def text_of(missing: DeleteMissing, flag: str | None, *, has_files: bool) -> str:
    """What a package does, as a text; *flag* is the name of the column in the table."""
    return json.dumps({"most": str(missing.most), "flag": flag, "has_files": has_files})


def missing_rows() -> MissingRows | None:
    """What the active pipeline's package does with rows that are gone; None if it looks for none."""
    pipeline, kept = active_pipeline(), kept_missing()
    if pipeline is None or kept is None:
        return None
    entry: Mapping[str, object] = json.loads(kept)
    most, flag = MaxDeletes.parse(entry["most"]).unwrap(), entry["flag"]
    keys = KeyFiles(pipeline).found() if entry["has_files"] else None
    if keys is None and entry["has_files"]:
        table = str(table_of_pipeline(pipeline.pipeline_name))
        throw(
            StagedFilesGone(table, load_id_of(""), "the keys of the source are not in pipelines_dir any more")
        )
    return MissingRows(most, None if flag is None else str(flag), keys, table_read_at())
