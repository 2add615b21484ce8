"""Options that every source has."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ConfigDict

from floe_ingestion_dlt.boundary.validation import Strict, one_or_more, value_or_raise
from floe_ingestion_dlt.domain.column_names import NameStyle
from floe_ingestion_dlt.domain.merge import parse_strategy
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.sources import SourceSettings
from floe_ingestion_dlt.domain.table_settings import TableSettings


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("a text that is not empty is needed")
    return text


Text: TypeAlias = Annotated[str, AfterValidator(_not_blank)]
Strategy: TypeAlias = Annotated[str, AfterValidator(lambda text: value_or_raise(parse_strategy(text)).name)]
Names: TypeAlias = Annotated[tuple[Text, ...], BeforeValidator(one_or_more)]


class Options(Strict):
    """Options that every source has."""

    model_config = ConfigDict(title="source_config", arbitrary_types_allowed=True, populate_by_name=True)

    resource: Text | None = None
    cursor_field: Text | None = None
    primary_key: Names = ()
    merge_strategy: Strategy | None = None
    hard_delete: Text | None = None
    dedup_sort: dict[str, str] | None = None
    column_names: Annotated[str, AfterValidator(lambda text: value_or_raise(NameStyle.parse(text)).value)] = (
        NameStyle.SNAKE_CASE.value
    )

    @property
    def table_settings(self) -> TableSettings:
        """The options for the table."""
        return TableSettings(
            self.cursor_field, self.primary_key, self.merge_strategy, self.hard_delete, self.dedup_sort
        )

    def source(self, credentials: Secret | None) -> SourceSettings:
        """The settings of a source with these options."""
        raise NotImplementedError
