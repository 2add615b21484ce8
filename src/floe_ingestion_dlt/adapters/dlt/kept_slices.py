"""Loads in slices, and the answers of their workers, as JSON and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final, assert_never, get_args

from pydantic import TypeAdapter

from floe_ingestion_dlt.adapters.arrow.types import schema_from_text, text_of
from floe_ingestion_dlt.domain.load import Discarded, StagedFile
from floe_ingestion_dlt.domain.load_warnings import LoadWarning
from floe_ingestion_dlt.domain.sliced_loads import SliceAnswer, SlicedLoad
from floe_ingestion_dlt.domain.slices import FileGroup, Key, KeyRange, KnownTypes, Rows
from floe_ingestion_dlt.domain.window_texts import bound_in, written

_WARNINGS: Final = {kind.__name__: kind for kind in get_args(LoadWarning)}


def text_of_load(load: SlicedLoad) -> str:
    """The load as JSON."""
    parts = [_entry_of(rows) for rows in load.rows]
    types = {"fixed": dict(load.types.fixed), "table": text_of(load.types.table)}
    entry = {"load_id": load.load_id, "unit": load.unit, "begun": load.begun, "rows": parts, "types": types}
    return json.dumps(entry)


def load_in(text: str) -> SlicedLoad:
    """The load that was written as *text*."""
    kept = json.loads(text)
    types = KnownTypes(kept["types"]["fixed"], schema_from_text(kept["types"]["table"]))
    rows = tuple(map(_rows_in, kept["rows"]))
    return SlicedLoad(kept["load_id"], kept["unit"], kept["begun"], rows, types)


def text_of_answer(answer: SliceAnswer) -> str:
    """The answer as JSON."""
    columns = [text_of(schema) for schema in answer.columns]
    files = None if answer.files is None else [asdict(file) for file in answer.files]
    entry = {"load_id": answer.load_id, "number": answer.number, "columns": columns, "files": files}
    warnings = [*map(_warning_entry, answer.warnings)]
    return json.dumps(entry | {"types": dict(answer.types), "warnings": warnings})


def answer_in(text: str) -> SliceAnswer:
    """The answer that was written as *text*."""
    kept = json.loads(text)
    files = None if kept["files"] is None else _files_in(kept["files"])
    columns = tuple(map(schema_from_text, kept["columns"]))
    warnings = tuple(map(_warning_in, kept.get("warnings", ())))
    return SliceAnswer(kept["load_id"], kept["number"], columns, files, kept["types"], warnings)


def _warning_entry(warning: LoadWarning) -> dict[str, object]:
    fields = TypeAdapter(type(warning)).dump_python(warning, mode="json")
    return {"kind": type(warning).__name__, "fields": fields}


def _warning_in(entry: Mapping[str, Any]) -> LoadWarning:
    found: LoadWarning = TypeAdapter(_WARNINGS[entry["kind"]]).validate_python(entry["fields"])
    return found


def text_of_files(files: Iterable[StagedFile]) -> str:
    """Staged files as JSON."""
    return json.dumps([asdict(file) for file in files])


def files_in(text: str) -> tuple[StagedFile, ...]:
    """The staged files that were written as *text*."""
    return _files_in(json.loads(text))


def _files_in(entries: Iterable[Mapping[str, Any]]) -> tuple[StagedFile, ...]:
    return tuple(
        StagedFile(**{**entry, "discarded": tuple(Discarded(**each) for each in entry["discarded"])})
        for entry in entries
    )


def _entry_of(rows: Rows) -> dict[str, object]:
    match rows:
        case KeyRange():
            return {"column": rows.column, "start": _bound(rows.start), "end": _bound(rows.end)}
        case FileGroup():
            files = {"paths": rows.paths, "versions": rows.versions, "are_once": rows.are_once}
            return files | {"folders": rows.folders}
        case _:
            assert_never(rows)


def _rows_in(entry: Mapping[str, Any]) -> Rows:
    if "paths" in entry:
        folders = tuple(entry.get("folders", ()))
        return FileGroup(
            tuple(entry["paths"]), tuple(entry["versions"]), bool(entry.get("are_once")), folders
        )
    return KeyRange(entry["column"], _key_in(entry["start"]), _key_in(entry["end"]))


def _bound(key: Key | None) -> tuple[str, str] | None:
    return None if key is None else written(key)


def _key_in(kept: tuple[str, str] | None) -> Key | None:
    key = None if kept is None else bound_in(*kept)
    if isinstance(key, float | str):
        raise TypeError(f"{key!r} is no key")
    return key
