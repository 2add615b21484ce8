"""The names of types in `column_types`, which files and databases share."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator

from floe_ingestion_dlt.adapters.sources.decimals import decimal_parameters

TYPE_NAMES: Final = (
    "bool",
    "int32",
    "int64",
    "float32",
    "float64",
    "string",
    "binary",
    "date32",
    "time64[us]",
    "timestamp[us]",
    "timestamp[us, tz=UTC]",
)
_MAX_PRECISION: Final = 38


def _type_name(name: str) -> str:
    parameters = decimal_parameters(name)
    if parameters is not None and 0 < parameters[0] <= _MAX_PRECISION and parameters[1] <= parameters[0]:
        return name
    if name not in TYPE_NAMES:
        raise ValueError(f"not a type; use one of {', '.join(TYPE_NAMES)}, decimal128(precision, scale)")
    return name


TypeName: TypeAlias = Annotated[str, AfterValidator(_type_name)]
