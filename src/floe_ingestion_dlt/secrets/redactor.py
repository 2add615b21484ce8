"""Removes the credentials that the plugin knows from texts, faults and logs of libraries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, final

from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.redaction import KnownSecrets
from floe_ingestion_dlt.domain.text_changes import with_text
from floe_ingestion_dlt.secrets.finding import secrets_in, secrets_of_environment

if TYPE_CHECKING:
    from floe_ingestion_dlt.secrets.library_logs import LibraryLogs


@final
class Redactor:
    """Removes known credentials from texts, from faults and, between `start` and `stop`, from logs of libraries."""

    def __init__(self) -> None:
        self._secrets = KnownSecrets()
        self._library_logs: LibraryLogs | None = None

    def start(self, environment: Mapping[str, str]) -> None:
        """Start redacting logs of libraries, and add the credentials in the *environment*; may be called again."""
        if self._library_logs is None:
            # The module imports the error types of dlt and pyiceberg, which takes seconds.
            from floe_ingestion_dlt.secrets.library_logs import LibraryLogs  # noqa: PLC0415

            self._library_logs = LibraryLogs(self._secrets.redact)
        self._library_logs.begin()
        self._secrets.add(secrets_of_environment(environment))

    def stop(self) -> None:
        """Stop redacting logs of libraries."""
        if self._library_logs is not None:
            self._library_logs.end()

    def add_from(self, *settings: object) -> None:
        """Redact the credentials in these settings from now on."""
        for setting in settings:
            self._secrets.add(secrets_in(setting))

    def redact(self, text: str) -> str:
        """The text without known credentials."""
        return self._secrets.redact(text)

    def redact_fault(self, fault: Fault) -> Fault:
        """The fault without known credentials."""
        return with_text(fault, self.redact)
