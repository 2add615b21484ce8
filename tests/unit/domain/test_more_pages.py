from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.more_pages import Read, sign_of_more

READ = Read(2, 1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def sign(answer: object, read: Read = READ, **headers: str) -> str | None:
    return sign_of_more(answer, headers, read, has_next_link=False)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"next": "http://a/x?page=2"}, "next"),
        ({"@odata.nextLink": "x?page=2"}, "@odata.nextLink"),
        ({"links": {"next": "/x"}}, "links.next"),
        ({"_links": {"next": {"href": "/x"}}}, "_links.next"),
        (
            {"link": [{"relation": "self", "url": "/x"}, {"relation": "next", "url": "/y"}]},
            "link, with a link to",
        ),
        ({"meta": {"pagination": {"nextCursor": "abc"}}}, "meta.pagination.nextCursor"),
        ({"next_page": 2}, "next_page"),
        ({"has_more": True}, "has_more, which is true"),
        ({"pageInfo": {"hasNextPage": "true"}}, "pageInfo.hasNextPage, which is true"),
        ({"isLast": False}, "isLast, which is false"),
        ({"total": 7}, "total, which is 7, and 2 rows came"),
        ({"meta": {"total_count": "7"}}, "meta.total_count, which is 7, and 2 rows came"),
        ({"totalPages": 3}, "totalPages, which is 3, and 1 pages came"),
    ],
)
def test_a_sign_of_more_pages_is_named(answer: object, told: str) -> None:
    assert (sign(answer) or "").startswith(told)


@pytest.mark.parametrize(
    "answer",
    [
        {"next": None},
        {"next": ""},
        {"next": False},
        {"has_more": False},
        {"total": 2},
        {"total": 99.5},
        {"total_pages": 1},
        {"isLast": True},
        {"items": [{"next": "http://a/", "total": 100}]},
        {"summary": {"total": 100}},
        [{"next": "http://a/"}],
        None,
        "next",
    ],
)
def test_an_answer_without_more_pages_has_no_sign(answer: object) -> None:
    assert sign(answer) is None


def test_headers_are_looked_at() -> None:
    assert 'a Link header with rel="next"' == sign_of_more([], {}, READ, has_next_link=True)
    assert "the header X-Next-Page" == sign_of_more([], {"X-Next-Page": "2"}, READ, has_next_link=False)
    assert sign_of_more([], {"X-Total-Count": "2", "X-Next-Page": ""}, READ, has_next_link=False) is None


def test_an_unknown_number_of_rows_is_compared_with_no_total() -> None:
    assert sign({"total": 7}, Read(None, 1)) is None


@given(JSON)
def test_no_answer_is_too_odd(answer: object) -> None:
    found = sign(answer)
    assert found is None or isinstance(found, str)
