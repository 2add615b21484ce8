"""The internals of pyiceberg's REST catalog: requests have a timeout, and the server's answers are checked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Final, final
from urllib.parse import urljoin, urlsplit

from pyiceberg.catalog import _ENV_CONFIG, PY_CATALOG_IMPL, TYPE, URI, CatalogType
from pyiceberg.catalog.rest import (
    CA_BUNDLE,
    OAUTH2_SERVER_URI,
    SNAPSHOT_LOADING_MODE,
    SSL,
    RestCatalog,
    TableResponse,
)
from pyiceberg.catalog.rest.auth import OAuth2AuthManager, OAuth2TokenProvider
from pyiceberg.catalog.rest.response import _handle_non_200_response
from pyiceberg.exceptions import NoSuchPropertyException, OAuthError
from pyiceberg.io import FileIO
from pyiceberg.table import StagedTable, Table
from pyiceberg.typedef import EMPTY_DICT, Properties
from requests import HTTPError, Response, Session
from requests.auth import HTTPBasicAuth
from requests.utils import requote_uri

from floe_ingestion_dlt.adapters.iceberg import catalog_answers as answers
from floe_ingestion_dlt.adapters.iceberg.catalog_errors import RedirectRefusedError
from floe_ingestion_dlt.domain.addresses import configured_origin, origin_of
from floe_ingestion_dlt.domain.catalog_answers import Part
from floe_ingestion_dlt.domain.safe_texts import quoted
from floe_ingestion_dlt.domain.table_places import AllowedLocations, Kind

FORM: Final = "application/x-www-form-urlencoded"
# Timeouts in seconds: to connect, and for an answer.
HTTP_TIMEOUT_SECONDS: Final = (10.0, 60.0)


@final
class GuardedRestCatalog(RestCatalog):
    """A REST catalog with a timeout, which pyiceberg's own does not have, that checks every answer before it is used.

    pyiceberg uses every property that the server sends: it imports the code that they name, and sends tokens where they say.
    """

    _ours: Properties
    _allowed: AllowedLocations
    _hosts: dict[str, str]

    @classmethod
    def is_configured(cls, name: str, properties: Properties) -> bool:
        """Whether pyiceberg would open a REST catalog with these properties."""
        known = _with_environment(name, properties)
        if kind := known.get(TYPE):
            return str(kind).lower() == CatalogType.REST.value
        return PY_CATALOG_IMPL not in properties and str(known.get(URI)).startswith("http")

    @classmethod
    def load(cls, name: str, properties: Properties) -> GuardedRestCatalog:
        """The catalog for *properties* and what pyiceberg's configuration and environment add for *name*."""
        known = _with_environment(name, properties)
        if not known.get(URI):
            raise NoSuchPropertyException("a catalog of type rest needs a uri, where its server is")
        # All snapshots are needed: otherwise loads would be committed twice, and live files would be taken for leftovers.
        known.pop(SNAPSHOT_LOADING_MODE, None)
        return cls(name, **known)

    @property
    def auth_url(self) -> str:
        # pyiceberg uses the same address, but warns each time.
        own = f"{self._ours[URI].rstrip('/')}/v1/oauth/tokens"
        return str(self._ours.get(OAUTH2_SERVER_URI) or own)

    def _fetch_config(self) -> None:
        self._ours, self._hosts = dict(self.properties), {}
        super()._fetch_config()
        answer = {
            name: value
            for name, value in self.properties.items()
            if name not in self._ours or self._ours[name] != value
        }
        whose = f"the catalog at {quoted(self._ours[URI])}"
        taken = answers.usable_properties(answer, self._ours, Part.CATALOG, whose)
        answers.warn_of_new_hosts(self._hosts, taken, self._ours, whose)
        self.properties = {**self._ours, **taken}
        self.uri = self.properties[URI]
        self._allowed = answers.allowed_locations(Kind.REST, self._ours, taken)

    def _config_headers(self, session: Session) -> None:
        # This runs first on a new session, before it fetches a token. A timeout in the adapter
        # would not be enough: signing mounts its own adapter later.
        request = partial(session.request, timeout=HTTP_TIMEOUT_SECONDS)
        if bundle := self.properties.get(SSL, {}).get(CA_BUNDLE):
            # pyiceberg sets it on the session, where a bundle in the environment takes precedence.
            request = partial(request, verify=bundle)
        vars(session).update(
            request=request, get_redirect_target=partial(_target, session.get_redirect_target)
        )
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
        if isinstance(self._auth_manager, OAuth2AuthManager):  # pyiceberg leaves the old token in it
            self._auth_manager.token_provider._token = None  # noqa: SLF001

    def _load_file_io(self, properties: Properties = EMPTY_DICT, location: str | None = None) -> FileIO:
        return answers.GuardedFileIO(super()._load_file_io(properties, location), self._allowed)

    def _response_to_table(self, identifier_tuple: tuple[str, ...], table_response: TableResponse) -> Table:
        config = self._config_of(identifier_tuple, table_response)
        return Table(
            identifier=identifier_tuple,
            metadata_location=_place_of(table_response),
            metadata=table_response.metadata,
            io=self._load_file_io(config, table_response.metadata_location),
            catalog=self,
            config=config,
        )

    def _response_to_staged_table(
        self, identifier_tuple: tuple[str, ...], table_response: TableResponse
    ) -> StagedTable:
        config = self._config_of(identifier_tuple, table_response)
        return StagedTable(
            identifier=identifier_tuple,
            metadata_location=_place_of(table_response),
            metadata=table_response.metadata,
            io=self._load_file_io(config, table_response.metadata_location),
            catalog=self,
        )

    def _config_of(self, name: tuple[str, ...], response: TableResponse) -> Properties:
        """The properties that are used of the catalog's answer for a table, including its storage keys."""
        whose, place = f"table {'.'.join(name)}", response.metadata_location
        keys = self._resolve_storage_credentials(response.storage_credentials, place)
        answer = {**response.config, **keys}
        taken = answers.usable_properties(answer, self._ours, Part.TABLE, whose, before=self.properties)
        answers.warn_of_new_hosts(self._hosts, taken, self._ours, whose)
        answers.check_properties(response.metadata.properties, self._ours, whose)
        answers.check_places(response.metadata, place, self._allowed, whose)
        return taken


def _place_of(response: TableResponse) -> str:
    """The location of the table's metadata. Like pyiceberg, it passes on the None of a table that is only staged."""
    return response.metadata_location  # type: ignore[return-value]


def _with_environment(name: str, properties: Properties) -> Properties:
    return {**(_ENV_CONFIG.get_catalog_config(name) or {}), **properties}


def _target(next_of: Callable[[Response], str | None], answer: Response) -> str | None:
    """The address to which an *answer* redirects. Raises RedirectRefusedError if that is another server."""
    target = next_of(answer)
    if target is None:
        return None
    whole = requote_uri(urljoin(answer.url, target))
    asked, other = configured_origin(answer.url), origin_of(whole)
    if urlsplit(whole)[:2] != urlsplit(answer.url)[:2] and (other is None or other != asked):
        raise RedirectRefusedError(
            f"{asked} redirects to {quoted(whole)}, another server: that is not followed",
            "If the catalog has moved there, set catalog_config.uri to its new address; credentials are not sent on.",
        )
    return target


class _TokensInTime(OAuth2TokenProvider):
    """Fetches tokens as pyiceberg does, but with the timeout and the certificates of the catalog's other requests."""

    post: Callable[..., Response]

    def _refresh_token(self) -> None:
        asked = {"grant_type": "client_credentials"} | ({"scope": self.scope} if self.scope else {})
        basic = HTTPBasicAuth(self.client_id, self.client_secret)
        answer = self.post(self.token_url, data=asked, auth=basic, headers={"Content-type": FORM})
        try:
            answer.raise_for_status()
        except HTTPError as error:
            _handle_non_200_response(error, dict.fromkeys((400, 401), OAuthError))
        body = answer.json()
        lives = body.get("expires_in") or self.expires_in or 0
        self._token = body["access_token"]
        self._expires_at = int(monotonic() + lives - self.refresh_margin)
