from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.delimited_rows import Quoting, RowState

PLAIN = Quoting(b",", b'"')
ESCAPING = Quoting(b",", b'"', b"\\")
texts = st.text(st.sampled_from('ab,"\\\n\r'), max_size=30)


def states(quoting: Quoting, text: str) -> list[RowState]:
    found: list[RowState] = []
    for line in text.encode().splitlines(keepends=True):
        found.append(quoting.after(line, found[-1] if found else RowState.COMPLETE))
    return found


def expected(text: str, escape: str | None) -> RowState:
    """The state after the last line, character by character."""
    at, is_open, is_begin, is_escaped = 0, False, True, False
    while at < len(text):
        char, is_escaped = text[at], False
        if char == escape:
            at, is_begin = at + 1, False
            is_escaped = at == len(text) - 1 and text[at] in "\r\n"
        elif is_open and char == '"':
            if text[at + 1 : at + 2] == '"':
                at += 1
            else:
                is_open, is_begin = False, False
        elif not is_open:
            is_open = char == '"' and is_begin
            is_begin = char in ",\r\n"
        at += 1
    if is_open:
        return RowState.IN_QUOTES
    return RowState.IN_VALUE if is_escaped else RowState.COMPLETE


@given(texts)
@example('a"b,"c\n')
@example('"a""\n')
@example('"a"b"\n')
def test_a_row_ends_where_its_quotes_are_closed(text: str) -> None:
    text += "\n"
    assert expected(text, None) is states(PLAIN, text)[-1]


@given(texts)
@example('\\\\,"a\n')
@example('a\\\n"b\n')
@example('"a\\"\n')
def test_an_escaped_character_neither_opens_nor_closes_nor_ends(text: str) -> None:
    text += "\n"
    assert expected(text, "\\") is states(ESCAPING, text)[-1]


def test_without_quotes_every_line_is_a_row() -> None:
    assert RowState.COMPLETE is Quoting(b",", None).after(b'"a\n')


def test_what_is_in_quotes_or_escaped_is_not_outside() -> None:
    assert 2 == PLAIN.outside(b'a,"b,""c,",d\n').count(b",")
    assert 1 == ESCAPING.outside(b'a\\,b,"c\\",d"\n').count(b",")
    assert b"a,b" == Quoting(b",", None).outside(b"a,b")
    assert 1 == PLAIN.outside(b'"a,b",c').count(b",")
