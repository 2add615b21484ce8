"""The one place where pyiceberg's internals are used, so that an upgrade of pyiceberg is one file.

We send commits ourselves, because `Transaction.commit_transaction` deletes the manifests of a snapshot that landed when
the catalog's last answer is a conflict; so we need the updates and requirements that a transaction has gathered. One
SQL transaction over several tables needs the parts from which `SqlCatalog.commit_table` is made, and a REST catalog's
`transactions/commit` has no method there. The places of rows that were deleted come from pyiceberg, and the rows of files that
are not Parquet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any, Final, TypeAlias, cast, final

import pyarrow as pa
from pyiceberg.catalog import _ENV_CONFIG, URI, Catalog
from pyiceberg.catalog.rest import (
    _RETRY_ARGS,
    CA_BUNDLE,
    CREDENTIAL,
    OAUTH2_SERVER_URI,
    SSL,
    Endpoint,
    HttpMethod,
    RestCatalog,
)
from pyiceberg.catalog.rest.auth import OAuth2AuthManager, OAuth2TokenProvider
from pyiceberg.catalog.rest.response import _handle_non_200_response
from pyiceberg.catalog.sql import IcebergTables, SqlCatalog
from pyiceberg.exceptions import (
    CommitFailedException,
    CommitStateUnknownException,
    NoSuchPropertyException,
    OAuthError,
)
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io.pyarrow import (
    ArrowScan,
    _read_all_delete_files,
)
from pyiceberg.manifest import ManifestEntry, ManifestFile
from pyiceberg.schema import Schema
from pyiceberg.table import CommitTableRequest, FileScanTask, Table, TableIdentifier, Transaction
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.update import (
    AddSchemaUpdate,
    AssertCurrentSchemaId,
    AssertTableUUID,
    SetCurrentSchemaUpdate,
    TableRequirement,
    TableUpdate,
)
from pyiceberg.table.update.snapshot import _FastAppendFiles, _OverwriteFiles
from requests import HTTPError, Response, Session
from requests.auth import HTTPBasicAuth
from sqlalchemy import update
from sqlalchemy.orm import Session as SqlSession
from tenacity import Retrying

COMMIT_TRANSACTION: Final = Endpoint(http_method=HttpMethod.POST, path="/v1/{prefix}/transactions/commit")
FORM: Final = "application/x-www-form-urlencoded"
Producer: TypeAlias = _OverwriteFiles | _FastAppendFiles
# Seconds to connect, and to wait for an answer.
HTTP_TIMEOUT_SECONDS: Final = (10.0, 60.0)


@final
@dataclass(frozen=True, slots=True)
class Change:
    """What a commit asks of one table, and the table on which it was built."""

    base: Table
    updates: tuple[TableUpdate, ...]
    requirements: tuple[TableRequirement, ...]


def change_of(transaction: Transaction) -> Change:
    """What *transaction* has gathered, none of it sent."""
    base = transaction._table  # noqa: SLF001
    identity = AssertTableUUID(uuid=base.metadata.table_uuid)
    return Change(base, transaction._updates, (*transaction._requirements, identity))  # noqa: SLF001


def set_schema(transaction: Transaction, schema: Schema) -> None:
    """Let the table have *schema* from now on; pyiceberg's own changes know fields by names, which can be ambiguous."""
    now = AssertCurrentSchemaId(current_schema_id=transaction.table_metadata.current_schema_id)
    transaction._apply((AddSchemaUpdate(schema_=schema), SetCurrentSchemaUpdate(schema_id=-1)), (now,))  # noqa: SLF001


def commit_one(catalog: Catalog, change: Change) -> None:
    """Commit *change* to its table; raises CommitFailedException when that is no longer as it was."""
    answer = catalog.commit_table(change.base, change.requirements, change.updates)
    if not isinstance(catalog, RestCatalog):  # there the server does it
        _forget_old_metadata(change.base, answer.metadata)


def _forget_old_metadata(base: Table, now: TableMetadata) -> None:
    """Delete the metadata files that have dropped out of the table's log, if its properties want that."""
    with suppress(Exception):  # the commit has landed, and a file too many harms no reader
        Catalog._delete_old_metadata(base.io, base.metadata, now)  # noqa: SLF001


def commit_in_one_sql_transaction(catalog: SqlCatalog, changes: Sequence[Change]) -> None:
    """Commit all *changes* or none; raises CommitFailedException when a table is no longer as it was."""
    staged = [
        catalog._update_and_stage_table(  # noqa: SLF001
            change.base, change.base.name(), change.requirements, change.updates
        )
        for change in changes
    ]
    for table in staged:
        catalog._write_metadata(table.metadata, table.io, table.metadata_location)  # noqa: SLF001
    with SqlSession(catalog.engine) as session:
        for change, table in zip(changes, staged, strict=True):
            *namespace, name = change.base.name()
            moved = session.execute(
                update(IcebergTables)
                .where(
                    IcebergTables.catalog_name == catalog.name,
                    IcebergTables.table_namespace == Catalog.namespace_to_string(tuple(namespace)),
                    IcebergTables.table_name == name,
                    IcebergTables.metadata_location == change.base.metadata_location,
                )
                .values(
                    metadata_location=table.metadata_location,
                    previous_metadata_location=change.base.metadata_location,
                )
            )
            if moved.rowcount != 1:  # type: ignore[attr-defined]  # SQLAlchemy types every result alike
                raise CommitFailedException(
                    f"{'.'.join(change.base.name())} has been changed by another writer"
                )
        session.commit()
    for change, table in zip(changes, staged, strict=True):
        _forget_old_metadata(change.base, table.metadata)


@final
class ReplaceAll(_OverwriteFiles):
    """Takes all files of a table away, those with deletes too, which pyiceberg's own overwrite keeps.

    They have to be named all the same, so that the summary counts them.
    """

    def _existing_manifests(self) -> list[ManifestFile]:
        return []

    def _validate_required_deletes(self, deleted_entries: list[ManifestEntry]) -> None:
        """Not asked: the files are those of the very snapshot that is replaced."""


def takes_transactions(catalog: RestCatalog) -> bool:
    """Whether the catalog says that it commits to several tables in one act."""
    return COMMIT_TRANSACTION in catalog._supported_endpoints  # noqa: SLF001


def commit_in_one_rest_transaction(catalog: RestCatalog, changes: Sequence[Change]) -> None:
    """Commit all *changes* or none, which pyiceberg never asks for; raises what it does for one table."""
    # As pyiceberg does for its own requests: a token that is not taken any more is fetched anew, once.
    Retrying(**cast("dict[str, Any]", _RETRY_ARGS))(_post_transaction, catalog, changes)


def _post_transaction(catalog: RestCatalog, changes: Sequence[Change]) -> None:
    asked = [
        CommitTableRequest(
            identifier=TableIdentifier(namespace=change.base.name()[:-1], name=change.base.name()[-1]),
            requirements=change.requirements,
            updates=change.updates,
        )
        for change in changes
    ]
    told = ", ".join(request.model_dump_json() for request in asked)
    answer = catalog._session.post(  # noqa: SLF001
        catalog.url("transactions/commit"), data=f'{{"table-changes": [{told}]}}'.encode()
    )
    try:
        answer.raise_for_status()
    except HTTPError as error:
        open_outcome = dict.fromkeys((500, 502, 504), CommitStateUnknownException)
        _handle_non_200_response(error, {409: CommitFailedException, **open_outcome})


def batches_of(table: Table, task: FileScanTask, columns: Schema) -> Iterator[pa.RecordBatch]:
    """The rows of one data file as pyiceberg reads them, less those that delete files took away, a batch at a time.

    The public reader gives the same, but holds all rows of a file at once.
    """
    scan = ArrowScan(table.metadata, table.io, columns, AlwaysTrue())
    deletes = _read_all_delete_files(table.io, [task])
    yield from scan._record_batches_from_scan_tasks_and_deletes([task], deletes)  # noqa: SLF001


def deleted_places(table: Table, task: FileScanTask) -> pa.Array[pa.Int64Scalar]:
    """The places, in order, of the rows of one data file that delete files took away."""
    found = _read_all_delete_files(table.io, [task]).get(task.file.file_path, [])
    places = pa.chunked_array([chunk.cast(pa.int64()) for part in found for chunk in part.chunks], pa.int64())
    return pa.table({"place": places.unique()}).sort_by("place")["place"].combine_chunks()


@final
class RestCatalogWithTimeouts(RestCatalog):
    """A REST catalog that gives up on a silent server; pyiceberg's own waits for ever."""

    @classmethod
    def load(cls, name: str, properties: Mapping[str, Any]) -> RestCatalogWithTimeouts:
        """The catalog for *properties* and what pyiceberg's configuration and environment add for *name*."""
        known: dict[str, Any] = {**(_ENV_CONFIG.get_catalog_config(name) or {}), **properties}
        if not known.get(URI):
            raise NoSuchPropertyException("a catalog of type rest needs a uri, where its server is")
        if CREDENTIAL in known:
            # What pyiceberg takes anyway, with a warning each time.
            known.setdefault(OAUTH2_SERVER_URI, f"{known[URI].rstrip('/')}/v1/oauth/tokens")
        return cls(name, **known)

    def _config_headers(self, session: Session) -> None:
        # The first thing that is done with a new session, before a token is fetched with it. A timeout in the adapter
        # would not do: signing mounts one of its own later.
        options: dict[str, Any] = {"timeout": HTTP_TIMEOUT_SECONDS}
        if bundle := self.properties.get(SSL, {}).get(CA_BUNDLE):
            # What pyiceberg does with it gives way to a bundle that the environment names.
            options["verify"] = bundle
        session.request = partial(session.request, **options)  # type: ignore[method-assign]
        super()._config_headers(session)

    def _create_session(self) -> Session:
        session = super()._create_session()
        if isinstance(self._auth_manager, OAuth2AuthManager):
            own = self._auth_manager.token_provider
            tokens = _TokensInTime(
                own.client_id, own.client_secret, own.token_url, own.scope, own.refresh_margin, own.expires_in
            )
            tokens.post = session.post
            self._auth_manager.token_provider = tokens
        return session

    def _refresh_token(self) -> None:
        super()._refresh_token()
        if isinstance(self._auth_manager, OAuth2AuthManager):  # which pyiceberg leaves with its old token
            self._auth_manager.token_provider._token = None  # noqa: SLF001


class _TokensInTime(OAuth2TokenProvider):
    """Fetches tokens like pyiceberg's own, which waits for ever, and trusts whom the catalog's requests trust."""

    post: Callable[..., Response]

    def _refresh_token(self) -> None:
        asked = {"grant_type": "client_credentials"} | ({"scope": self.scope} if self.scope else {})
        basic = HTTPBasicAuth(self.client_id, self.client_secret)
        answer = self.post(self.token_url, data=asked, auth=basic, headers={"Content-type": FORM})
        try:
            answer.raise_for_status()
        except HTTPError as error:
            _handle_non_200_response(error, dict.fromkeys((400, 401), OAuthError))
        told = answer.json()
        lives = told.get("expires_in") or self.expires_in or 0
        self._token = told["access_token"]
        self._expires_at = int(monotonic() + lives - self.refresh_margin)
