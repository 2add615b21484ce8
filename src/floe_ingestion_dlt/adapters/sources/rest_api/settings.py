"""Which resources of an HTTP API a plan reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, final

from floe_ingestion_dlt.domain.api_limits import ApiLimits
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.sources import not_pickled

NAME: Final = "rest_api"


@final
@dataclass(frozen=True, slots=True)
class RestApi:
    """An HTTP API, described in dlt's declarative terms (`client`, `resource_defaults`, `resources`).

    It *is_short* if the user has described one resource by its `url`.
    """

    config: Mapping[str, object] = field(repr=False)
    resources: tuple[str, ...]
    credentials: Secret | None = None
    limits: ApiLimits = field(default_factory=ApiLimits)
    is_short: bool = False

    __reduce__ = not_pickled

    @property
    def type(self) -> str:
        return NAME

    @property
    def may_nest(self) -> bool:
        """Whether a resource may have lists that become tables; with `max_table_nesting: 0` they stay in their columns."""
        listed = self.config.get("resources")
        resources = listed if isinstance(listed, Sequence) and not isinstance(listed, str) else ()
        defaults = self.config.get("resource_defaults")
        selected = (r if isinstance(r, Mapping) else {"name": r} for r in resources)
        depths = (_nesting(defaults) | _nesting(r) for r in selected if r.get("name") in self.resources)
        return any(depth.get("max_table_nesting") != 0 for depth in depths) or not resources

    def is_read_from(self, place: str) -> bool:
        client = self.config.get("client")
        url = client.get("base_url") if isinstance(client, Mapping) else None
        return isinstance(url, str) and place.startswith(url.rstrip("/"))


def _nesting(settings: object) -> dict[str, object]:
    held = settings.get("max_table_nesting") if isinstance(settings, Mapping) else None
    return {} if held is None else {"max_table_nesting": held}
