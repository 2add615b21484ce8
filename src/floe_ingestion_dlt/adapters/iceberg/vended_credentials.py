"""Renews the storage keys that a catalog vends: they are valid for about an hour, and a load may take longer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Final, final

from pyiceberg.catalog import Catalog
from pyiceberg.io import FileIO, InputFile, OutputFile
from pyiceberg.table import Table

# Keys are renewed this long before they expire, or after half of their remaining time if that is shorter.
MARGIN_SECONDS: Final = 300.0
# A catalog that caches its keys may vend some that expire at once, and better ones when it is asked again.
MOST_RENEWALS: Final = 2
# In milliseconds since 1970. Azure's property ends with the account's name.
EXPIRIES: Final = (
    "s3.session-token-expires-at-ms",
    "gcs.oauth2.token-expires-at",
    "adls.sas-token-expires-at-ms",
)


def with_lasting_keys(catalog: Catalog, table: Table) -> Table:
    """The *table* with a FileIO that renews vended keys before they expire."""
    if expiry_of(table.io.properties) is not None:
        name = table.name()
        table.io = VendedFileIO(table.io, lambda: catalog.load_table(name).io)
    return table


def expiry_of(properties: Mapping[str, object]) -> float | None:
    """When the first of the keys expires, in seconds since 1970; None if none of them does."""
    moments = [
        int(str(value)) / 1000
        for name, value in properties.items()
        if name.startswith(EXPIRIES) and str(value).isdigit()
    ]
    return min(moments, default=None)


@final
class VendedFileIO(FileIO):
    """Opens files with *io*, and with a new one from *renew* before the keys of the last one expire."""

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
        """The FileIO with keys that are valid now."""
        with self._renewing:
            for _ in range(MOST_RENEWALS):
                if self._good_until is None or self._now() < self._good_until:
                    break
                self._renew_if_possible()
            return self._io

    def _renew_if_possible(self) -> None:
        """Renew the keys. If that fails, the old ones are used as long as they are valid."""
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
