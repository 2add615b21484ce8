"""The internals of pyiceberg's REST catalog: a silent server is given up, and no answer decides more than it may."""

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
from floe_ingestion_dlt.domain.shown import quoted
from floe_ingestion_dlt.domain.table_places import AllowedLocations, Kind

FORM: Final = "application/x-www-form-urlencoded"
# Seconds to connect, and to wait for an answer.
HTTP_TIMEOUT_SECONDS: Final = (10.0, 60.0)


@final
class GuardedRestCatalog(RestCatalog):
    """A REST catalog that gives up on a silent server, where pyiceberg's own waits for ever, and believes no answer blindly.

    pyiceberg takes over whatever property the server sends, imports the code that it names, and sends tokens where it says.
    """

    _ours: Properties
    _allowed: AllowedLocations
    _hosts: dict[str, str]

    @classmethod
    def is_meant(cls, name: str, properties: Properties) -> bool:
        """Whether pyiceberg would make a REST catalog of them."""
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
        # Where only some snapshots are seen, the loads of the others would come twice, and their files would be leftovers.
        known.pop(SNAPSHOT_LOADING_MODE, None)
        return cls(name, **known)

    @property
    def auth_url(self) -> str:
        # What pyiceberg takes anyway, with a warning each time.
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
        taken = answers.taken_over(answer, self._ours, Part.CATALOG, whose)
        answers.note_hosts(self._hosts, taken, self._ours, whose)
        self.properties = {**self._ours, **taken}
        self.uri = self.properties[URI]
        self._allowed = answers.allowed_locations(Kind.REST, self._ours, taken)

    def _config_headers(self, session: Session) -> None:
        # The first thing that is done with a new session, before a token is fetched with it. A timeout in the adapter
        # would not do: signing mounts one of its own later.
        request = partial(session.request, timeout=HTTP_TIMEOUT_SECONDS)
        if bundle := self.properties.get(SSL, {}).get(CA_BUNDLE):
            # What pyiceberg does with it gives way to a bundle that the environment names.
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
        if isinstance(self._auth_manager, OAuth2AuthManager):  # which pyiceberg leaves with its old token
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
        """What may hold of what the catalog says of the table, its keys included."""
        whose, place = f"table {'.'.join(name)}", response.metadata_location
        keys = self._resolve_storage_credentials(response.storage_credentials, place)
        answer = {**response.config, **keys}
        taken = answers.taken_over(answer, self._ours, Part.TABLE, whose, before=self.properties)
        answers.note_hosts(self._hosts, taken, self._ours, whose)
        answers.check_properties(response.metadata.properties, self._ours, whose)
        answers.check_places(response.metadata, place, self._allowed, whose)
        return taken


def _place_of(response: TableResponse) -> str:
    """Where the table's metadata is; pyiceberg itself has None in a table that is only staged."""
    return response.metadata_location  # type: ignore[return-value]


def _with_environment(name: str, properties: Properties) -> Properties:
    return {**(_ENV_CONFIG.get_catalog_config(name) or {}), **properties}


def _target(next_of: Callable[[Response], str | None], answer: Response) -> str | None:
    """Where an *answer* sends us on to; raises RedirectRefusedError for another server than the one that was asked."""
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
        body = answer.json()
        lives = body.get("expires_in") or self.expires_in or 0
        self._token = body["access_token"]
        self._expires_at = int(monotonic() + lives - self.refresh_margin)
