"""Values of PostgreSQL that are hard to write as texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

ODD_TEXTS: Final = ("", " ", "a,b", 'say "x"', "two\nlines", "\r\n", "\\.", "\\N", "NULL", "Ægir 💾", "%s %%")
# The values of each type that are the hardest to write as a text.
VALUES: Final[dict[str, Sequence[object]]] = {
    "text": ODD_TEXTS,
    "varchar(20)": ODD_TEXTS,
    "char(12)": ("a", "", '"'),
    "smallint": (-32768, 32767),
    "bigint": (-(2**63), 2**63 - 1),
    "numeric(38, 10)": ("-0.0000000001", "1234567890123456789012345678.9876543210"),
    "numeric": ("1.5", "0.000000001", "-12345678901234567890"),
    "real": ("0.1", "-0", "3.4028235e38", "NaN", "-Infinity"),
    "double precision": ("0.1", "5e-324", "1.7976931348623157e308", "NaN", "Infinity"),
    "boolean": (True, False),
    "bytea": (r"\x", r"\x00ff225c", r"\x0a"),
    "date": ("0001-01-01", "9999-12-31", "2024-02-29"),
    "time": ("00:00:00", "23:59:59.999999"),
    "timestamp": ("0001-01-01 00:00:00", "9999-12-31 23:59:59.999999", "2026-03-29 02:30:00.5"),
    "timestamptz": ("1900-01-01 00:00:00+00", "9998-12-31 23:59:59.999999+00", "1883-11-18 12:03:58-05"),
    "timetz": ("01:02:03+02", "23:59:59.999999-12"),
    "interval": ("1 mon 2 days 03:04", "-1 year"),
    "uuid": ("00000000-0000-0000-0000-00000000000a",),
    "json": ('{"a": 1.10,  "b": "x\\ny"}', "null", '"x"', "[]"),
    "jsonb": ('{"a": 12345678901234567.89}', "null"),
    "int4range": ("[1,5)", "empty"),
    "cidr": ("10.0.0.0/8",),
    "macaddr": ("08:00:2b:01:02:03",),
    "bit(4)": ("1010",),
    "money": ("12.34",),
    "tsvector": ("'a':1 'b'",),
}
