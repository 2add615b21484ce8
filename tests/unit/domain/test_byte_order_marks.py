from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.byte_order_marks import LONGEST_MARK, marked_encoding

MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


@pytest.mark.parametrize("encoding", MARKS)
@given(text=st.text().filter(lambda text: not text.startswith("\0")))
def test_a_text_with_a_mark_says_its_encoding(encoding: str, text: str) -> None:
    head = (MARKS[encoding] + text.encode(encoding))[:LONGEST_MARK]
    assert (encoding, len(MARKS[encoding])) == marked_encoding(head)


@given(st.text())
def test_a_text_without_a_mark_says_none(text: str) -> None:
    assert marked_encoding(text.lstrip("\ufeff").encode()) is None
