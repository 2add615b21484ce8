from __future__ import annotations

import io
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from returns.pipeline import is_successful
from returns.result import Success

from tests.unit.adapters.parquet_samples import SAMPLE, attempt, footer_start, framed, ids_for, written


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("footer")


class TestDamagedFooter:
    """Whatever happened to a footer, it is stamped whole or not at all. Damaged notes are left out, as all notes are."""

    @settings(max_examples=300, deadline=None)
    @given(st.data())
    def test_with_changed_bytes_is_refused_or_still_reads_as_its_source(
        self, folder: Path, data: st.DataObject
    ) -> None:
        content = bytearray(written(folder, SAMPLE, has_notes=False).read_bytes())
        places = st.integers(footer_start(content), len(content) - 1)
        for place, byte in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=4)):
            content[place] = byte
        assert_whole_or_nothing(folder, bytes(content))

    def test_with_any_one_byte_changed_is_refused_or_still_reads_as_its_source(self, folder: Path) -> None:
        content = written(folder, SAMPLE, has_notes=False).read_bytes()
        chance = random.Random(1)
        for place in range(footer_start(content), len(content)):
            changed = bytearray(content)
            changed[place] ^= chance.randint(1, 255)
            assert_whole_or_nothing(folder, bytes(changed))

    def test_cut_off_anywhere_is_refused(self, folder: Path) -> None:
        content = written(folder, SAMPLE).read_bytes()
        whole = content[footer_start(content) : -8]
        source = folder / "cut.parquet"
        for length in range(len(whole)):
            source.write_bytes(framed(whole[:length]))
            answer, copy = attempt(source, ids_for(SAMPLE.schema))
            assert (False, b"") == (is_successful(answer), copy)

    def test_cut_off_with_its_end_is_refused(self, folder: Path) -> None:
        content = written(folder, SAMPLE).read_bytes()
        source = folder / "cut.parquet"
        for length in range(len(content)):
            source.write_bytes(content[:length])
            answer, copy = attempt(source, ids_for(SAMPLE.schema))
            assert (False, b"") == (is_successful(answer), copy)

    @given(st.binary(max_size=200))
    def test_made_of_noise_is_refused(self, folder: Path, noise: bytes) -> None:
        source = folder / "noise.parquet"
        source.write_bytes(framed(noise))
        answer, copy = attempt(source, {("a",): 1})
        assert (False, b"") == (is_successful(answer), copy)

    def test_nested_without_end_is_refused(self, folder: Path) -> None:
        source = folder / "deep.parquet"
        source.write_bytes(framed(b"\x1c" * 100_000))
        answer, copy = attempt(source, {("a",): 1})
        assert "deeply" in answer.failure().reason
        assert b"" == copy


def assert_whole_or_nothing(folder: Path, content: bytes) -> None:
    source = folder / "damaged.parquet"
    source.write_bytes(content)
    answer, copy = attempt(source, ids_for(SAMPLE.schema))
    if not is_successful(answer):
        assert b"" == copy
        return
    assert Success(len(copy)) == answer
    start = footer_start(content)
    assert content[:start] == copy[:start]
    assert readable(content) == readable(copy)


def readable(content: bytes) -> object:
    """What pyarrow makes of a footer."""
    try:
        metadata = pq.read_metadata(io.BytesIO(content))
        columns = [metadata.schema.column(number).path for number in range(metadata.num_columns)]
        creator = metadata.created_by
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        return type(error)
    return metadata.num_rows, metadata.num_row_groups, creator, columns
