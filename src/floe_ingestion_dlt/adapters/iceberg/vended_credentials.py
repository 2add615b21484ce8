"""Keys to a table's files that the catalog vends are good for an hour or so, and a load may take longer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Final, final

from pyiceberg.catalog import Catalog
from pyiceberg.io import FileIO, InputFile, OutputFile
from pyiceberg.table import Table

# So long before its keys expire no file is opened with them any more; less where they live shortly.
MARGIN_SECONDS: Final = 300.0
# In milliseconds since 1970; Azure's has the account's name behind it.
EXPIRIES: Final = (
    "s3.session-token-expires-at-ms",
    "gcs.oauth2.token-expires-at",
    "adls.sas-token-expires-at-ms",
)


def with_lasting_keys(catalog: Catalog, table: Table) -> Table:
    """The *table*, whose files can be opened for as long as the catalog vends new keys to them."""
    if expiry_of(table.io.properties) is not None:
        name = table.name()
        table.io = VendedFileIO(table.io, lambda: catalog.load_table(name).io)
    return table


def expiry_of(properties: Mapping[str, object]) -> float | None:
    """When the first of the keys expires, in seconds since 1970; None where none of them does."""
    moments = [
        int(str(value)) / 1000
        for name, value in properties.items()
        if name.startswith(EXPIRIES) and str(value).isdigit()
    ]
    return min(moments, default=None)


@final
class VendedFileIO(FileIO):
    """Files that are opened with *io*, or with what *renew* gives in its place before the keys of that expire."""

    def __init__(self, io: FileIO, renew: Callable[[], FileIO], now: Callable[[], float] = time.time) -> None:
        super().__init__(io.properties)
        self._renew, self._now = renew, now
        self._renewing = Lock()
        self._take(io)

    def _take(self, io: FileIO) -> None:
        self._io, self.properties = io, io.properties
        expiry, now = expiry_of(io.properties), self._now()
        margin = 0.0 if expiry is None else min(MARGIN_SECONDS, (expiry - now) / 2)
        self._expiry = expiry
        self._good_until = None if expiry is None else expiry - margin

    @property
    def current(self) -> FileIO:
        """What opens files now."""
        with self._renewing:
            if self._good_until is not None and self._now() >= self._good_until:
                self._renew_if_possible()
            return self._io

    def _renew_if_possible(self) -> None:
        """Take new keys; those that are there serve for as long as they are good, if none can be had."""
        try:
            self._take(self._renew())
        except Exception:
            if self._expiry is not None and self._now() >= self._expiry:
                raise

    def new_input(self, location: str) -> InputFile:
        return self.current.new_input(location)

    def new_output(self, location: str) -> OutputFile:
        return self.current.new_output(location)

    def delete(self, location: str | InputFile | OutputFile) -> None:
        self.current.delete(location)
