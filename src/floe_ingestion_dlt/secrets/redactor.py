"""The credentials that the plugin knows, and where they are hidden."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, final

from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.redaction import KnownSecrets
from floe_ingestion_dlt.domain.texts import with_text
from floe_ingestion_dlt.secrets.finding import secrets_in, secrets_of_environment

if TYPE_CHECKING:
    from floe_ingestion_dlt.secrets.library_logs import LibraryLogs


@final
class Redactor:
    """Takes known credentials out of texts, of faults and, while it is started, of what libraries log."""

    def __init__(self) -> None:
        self._secrets = KnownSecrets()
        self._library_logs: LibraryLogs | None = None

    def start(self, environment: Mapping[str, str]) -> None:
        """Redact what libraries log, and know the credentials in the *environment*; once is enough."""
        if self._library_logs is None:
            # It tells errors of dlt and pyiceberg apart by their types, which take seconds to import.
            from floe_ingestion_dlt.secrets.library_logs import LibraryLogs  # noqa: PLC0415

            self._library_logs = LibraryLogs(self._secrets.redact)
        self._library_logs.begin()
        self._secrets.add(secrets_of_environment(environment))

    def stop(self) -> None:
        """Leave what libraries log as it is."""
        if self._library_logs is not None:
            self._library_logs.end()

    def add_from(self, *settings: object) -> None:
        """Redact the credentials in these settings from now on."""
        for setting in settings:
            self._secrets.add(secrets_in(setting))

    def redact(self, text: str) -> str:
        """The text without the credentials that are known."""
        return self._secrets.redact(text)

    def redact_fault(self, fault: Fault) -> Fault:
        """The fault without them."""
        return with_text(fault, self.redact)
