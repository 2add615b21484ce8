"""The JSON schema of the configuration, by which editors complete and check it."""

from __future__ import annotations

from typing import Any, Final

from floe_ingestion_dlt.adapters.sources.registry import kind_of, source_types
from floe_ingestion_dlt.config.settings import DltIngestionConfig
from floe_ingestion_dlt.config.sources import IngestionSourceConfig

_SOURCE: Final = IngestionSourceConfig.__name__


def json_schema() -> dict[str, Any]:
    """The schema, with the options of each kind of source in its `source_config`."""
    found = DltIngestionConfig.model_json_schema()
    source = found["$defs"][_SOURCE]
    source["properties"]["source_type"]["enum"] = list(source_types())
    source["allOf"] = [_of_kind(kind, found["$defs"]) for kind in source_types()]
    return found


def _of_kind(name: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """What holds of the source_config if the source is of this kind; the models of the options are added to the *definitions*."""
    forms = []
    for model in kind_of(name).map(lambda kind: kind.options).value_or(()):
        form = model.model_json_schema(ref_template="#/$defs/{model}")
        definitions.update(form.pop("$defs", {}))
        definitions[model.__name__] = form
        forms.append({"$ref": f"#/$defs/{model.__name__}"})
    then = {"properties": {"source_config": {"anyOf": forms}}} if forms else {}
    return {"if": {"properties": {"source_type": {"const": name}}, "required": ["source_type"]}, "then": then}
