from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.queries import subquery, without_end

QUERIES = [
    "select 1 as n",
    "select '-- no comment; ' as n",
    "select 'it''s; /*' as n",
    'select 1 as "a--b;"',
    "select 1 as `a;`",
    "with a as (select 1 as n) select * from a order by n limit 5",
    "select /* a; */ 1 as n -- b\n, 2 as m",
    "select 1 - -1 as n",
]
ends = st.lists(st.sampled_from([";", " ", "\n", "-- it's all;\n", "/* a 'b */", "/**/", "\t"])).map("".join)


@given(st.sampled_from(QUERIES), ends, st.sampled_from(["", "-- the end", ";-- it's", "/* x */"]))
def test_what_follows_the_last_word_is_left_out(query: str, end: str, last: str) -> None:
    assert query == without_end(query + " " + end + last)


@given(st.sampled_from(QUERIES), ends, st.sampled_from(["", "-- the end", "; -- it's"]))
def test_a_database_reads_the_same_rows_of_the_subquery(query: str, end: str, last: str) -> None:
    database = sqlite3.connect(":memory:")
    expected = database.execute(query).fetchall()
    assert (
        expected == database.execute(f"select * from {subquery(query + ' ' + end + last)} as rows").fetchall()
    )
    database.close()


@pytest.mark.parametrize(
    "query",
    [
        r"select 'it\'s; ' as n",
        "select $$a;'$$",
        "select $a$ ; -- $$ $a$",
        "select $1, '$$'",
        "select E'\\'' as n",
    ],
)
def test_texts_of_other_databases_are_known(query: str) -> None:
    assert query == without_end(f"{query} ; -- the end")


@given(st.text(alphabet="a';-/*\n\"\\$ `", max_size=12))
def test_any_text_is_kept_up_to_its_end(text: str) -> None:
    assert text.startswith(without_end(text))
