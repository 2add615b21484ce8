"""The size of rows, also by a pyarrow that does not count views."""

from __future__ import annotations

import pyarrow as pa
import pytest

from floe_ingestion_dlt.adapters.arrow.sizes import bytes_of, in_parts


class OldTable:
    """A table with views, as pyarrow 21 has it."""

    @property
    def nbytes(self) -> int:
        raise pa.ArrowTypeError("Extracting byte ranges not supported for type string_view")

    def get_total_buffer_size(self) -> int:
        return 48


def test_views_have_the_size_of_their_buffers_where_pyarrow_cannot_count_them() -> None:
    assert 48 == bytes_of(OldTable())  # type: ignore[arg-type]


def test_other_values_have_the_size_that_pyarrow_says() -> None:
    table = pa.table({"id": [1, 2, 3]})
    assert (24, 16) == (bytes_of(table), bytes_of(table.slice(1)))
    assert bytes_of(pa.table({"t": pa.array(["x" * 100], pa.string_view())})) >= 100


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 1000])
@pytest.mark.parametrize("size", [1, 8, 100, 1000, 10_000])
def test_the_parts_of_a_table_are_neither_small_nor_twice_as_large(rows: int, size: int) -> None:
    table = pa.table({"id": pa.array(range(rows), pa.int64())})
    parts = [*in_parts(table, size)]
    assert pa.concat_tables(parts).equals(table)
    if len(parts) > 1:
        *full, last = parts
        assert all(max(size, 8) <= part.nbytes < 2 * max(size, 8) for part in full)
        assert last.num_rows > 0
