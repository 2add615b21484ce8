"""What becomes of a source's columns is decided by their names alone; hashes are keyed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.schema import Scalar
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.source_columns import OTHERS, ColumnChange, ColumnPlan, Mask, SourceColumns

names = st.text("aBcÄ_ 1", min_size=1).filter(str.strip)
values = st.none() | st.text() | st.binary() | st.integers() | st.booleans()


def made(changes: dict[str, ColumnChange], masks: dict[str, Mask], key: str = "k") -> SourceColumns:
    return SourceColumns.make(changes, masks, Secret(key)).unwrap()


@given(st.lists(names, unique=True))
def test_without_changes_every_column_stays(sent: list[str]) -> None:
    assert dict.fromkeys(sent, ColumnPlan()) == made({}, {}).of(sent)


@given(st.lists(names, min_size=1, unique=True), st.data())
def test_only_columns_that_are_named_are_changed(sent: list[str], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sent))
    plans = made({name: ColumnChange(type=Scalar.STRING)}, {}).of(sent)
    assert [name] == [column for column, plan in plans.items() if plan != ColumnPlan()]


@given(st.lists(names, min_size=1, unique=True), st.data())
def test_others_are_left_out_but_neither_taken_nor_masked_ones(sent: list[str], data: st.DataObject) -> None:
    taken, hashed = data.draw(st.sampled_from(sent)), data.draw(st.sampled_from(sent))
    settings = made({OTHERS: ColumnChange(is_dropped=True), taken: ColumnChange()}, {hashed: Mask.HASH})
    plans = settings.of(sent)
    assert {taken, hashed} == {column for column, plan in plans.items() if not plan.is_dropped}
    assert {hashed} == {column for column, plan in plans.items() if plan.is_hashed}


@given(values, values)
def test_hashes_are_equal_where_values_are(one: object, other: object) -> None:
    settings = made({}, {"a": Mask.HASH})
    same = (one is None) == (other is None) and _text(one) == _text(other)
    assert same == (settings.hashed(one) == settings.hashed(other))


def _text(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    return (str(value).lower() if isinstance(value, bool) else str(value)).encode("utf-8", "surrogatepass")


@given(st.text(min_size=1), st.text(min_size=1), st.text())
def test_hashes_depend_on_the_secret(one: str, other: str, value: str) -> None:
    hashes = {made({}, {"a": Mask.HASH}, secret).hashed(value) for secret in {one, other}}
    assert len(hashes) == len({one.rstrip("\0"), other.rstrip("\0")})
    assert all(digest and len(digest) == 64 for digest in hashes)


def test_hashes_without_a_secret_are_refused() -> None:
    assert "mask_secret" == SourceColumns.make({}, {"a": Mask.HASH}, None).failure().field
    assert SourceColumns.make({}, {"a": Mask.DROP}, None).unwrap()


@given(st.lists(names, unique=True), names)
def test_a_setting_that_names_no_column_is_told_with_those_there_are(sent: list[str], name: str) -> None:
    refused = made({name: ColumnChange()}, {}).missing(sent)
    if name in sent:
        assert refused is None
    elif refused is not None:
        assert all(repr(column)[1:-1] in refused.cause for column in sent if "\\" not in repr(column))
