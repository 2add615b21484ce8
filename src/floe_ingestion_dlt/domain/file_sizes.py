"""How large a file of a table is made, if the table does not say so."""

from __future__ import annotations

from typing import Final

# A load without merges makes files of this size before they are staged.
LOADED_BYTES: Final = 256_000_000
# A merge writes each file again in which it changes a row. So the files of a table that is merged are smaller, as long as it is small.
SMALLEST_MERGED_BYTES: Final = 32_000_000
MOST_SMALL_FILES: Final = 64


def merged_file_bytes(table_bytes: int, largest: int) -> int:
    """The size of the files that a merge writes into a table of this size: from 32 MB to *largest*, so that the table has about 64 files or more."""
    return min(largest, max(SMALLEST_MERGED_BYTES, table_bytes // MOST_SMALL_FILES))
