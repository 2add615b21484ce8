"""Metadata of tables is parsed once for each version of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import pytest
from pyiceberg.table.metadata import TableMetadata

from floe_ingestion_dlt.adapters.iceberg.parsed_metadata import ParsedMetadata


@dataclass
class Parser:
    """Notes what it parses; what it makes is as good as metadata here."""

    texts: list[str] = field(default_factory=list)

    def __call__(self, text: str) -> TableMetadata:
        self.texts.append(text)
        return cast("TableMetadata", object())


def test_the_same_content_is_parsed_once() -> None:
    known = ParsedMetadata(parser := Parser())
    first = known.metadata("a", b"{1}")
    assert first is known.metadata("a", b"{1}")
    assert first is not known.metadata("b", b"{2}")
    assert first is known.metadata("a", b"{1}")
    assert ["{1}", "{2}"] == parser.texts


def test_a_file_with_other_content_is_parsed_again() -> None:
    known = ParsedMetadata(parser := Parser())
    assert known.metadata("a", b"{1}") is not known.metadata("a", b"{2}")
    assert ["{1}", "{2}"] == parser.texts


def test_content_that_is_refused_is_not_known() -> None:
    def refuse(text: str) -> TableMetadata:
        raise ValueError(text)

    known = ParsedMetadata(refuse)
    for _ in range(2):
        with pytest.raises(ValueError, match="broken"):
            known.metadata("a", b"broken")


def test_the_oldest_are_forgotten_beyond_the_limit_and_the_newest_never() -> None:
    known = ParsedMetadata(parser := Parser(), most_bytes=10)
    for location in "abc":
        known.metadata(location, b"x" * 5)
    known.metadata("b", b"x" * 5)
    assert 3 == len(parser.texts)
    known.metadata("a", b"x" * 5)
    assert 4 == len(parser.texts)
    for _ in range(3):
        known.metadata("large", b"x" * 50)
    assert 5 == len(parser.texts)
    known.metadata("a", b"x" * 5)
    assert 6 == len(parser.texts)
