from __future__ import annotations

import pytest
from hypothesis import given

from floe_ingestion_dlt.domain.faults import (
    Category,
    CommitConflict,
    CommitRefused,
    CommitUnknown,
    Context,
    ContractViolated,
    Fault,
    FolderShared,
    Invalid,
    LoadInParts,
    MergeRefused,
    MissingPackage,
    SchemaChange,
    StagedFilesGone,
    StateMoved,
    TableDropped,
    Unforeseen,
    describe,
)
from tests.unit.domain.strategies import faults

WHERE = Context("rest_api", "bronze.orders", "bronze-orders")


class TestDescribe:
    @given(faults)
    def test_says_what_happened_where_and_what_to_do_next(self, fault: Fault) -> None:
        line = describe(fault, WHERE)
        where = ("source rest_api", "table bronze.orders", "pipeline bronze-orders")
        told = (f"[{fault.category.value}] {type(fault).__name__}: ", fault.message, *where, fault.next_step)
        assert (True,) * len(told) == tuple(part in line for part in told)

    def test_is_one_sentence_after_the_other(self) -> None:
        expected = (
            "[CONFIGURATION] Invalid: max_retries: '-1' cannot be used (source rest_api, table bronze.orders,"
            " pipeline bronze-orders). Set max_retries to 0 or more."
        )
        assert expected == describe(Invalid("max_retries", "-1", "0 or more"), WHERE)

    def test_marks_what_is_not_known(self) -> None:
        assert "(source -, table -, pipeline -)" in describe(Unforeseen("boom"), Context())


class TestInvalid:
    @pytest.mark.parametrize(
        ("fault", "expected"),
        [
            (Invalid("uri", "", "an address"), "uri is missing. Set uri to an address."),
            (Invalid("uri", None, "an address"), "uri is not valid. Set uri to an address."),
            (
                Invalid("key", "id", "only a merge has one", is_superfluous=True),
                "key: 'id' cannot be used. Remove key: only a merge has one.",
            ),
            (
                Invalid("key", None, "only a merge has one", is_superfluous=True),
                "key cannot be used here. Remove key: only a merge has one.",
            ),
        ],
    )
    def test_says_what_is_wrong_with_the_setting_and_how_to_fix_it(
        self, fault: Invalid, expected: str
    ) -> None:
        assert expected == f"{fault.message}. {fault.next_step}"


class TestFault:
    @given(faults)
    def test_has_a_message_and_a_next_step(self, fault: Fault) -> None:
        assert (True, True) == (bool(fault.message.strip()), bool(fault.next_step.strip()))

    @pytest.mark.parametrize(
        ("fault", "expected"),
        [
            (Invalid("f", "g", "w"), Category.CONFIGURATION),
            (MissingPackage("p", "n", "i"), Category.CONFIGURATION),
            (ContractViolated("t", ()), Category.PERMANENT),
            (CommitRefused("t", "1", "c"), Category.PERMANENT),
            (CommitConflict("t", "1", "c"), Category.TRANSIENT),
            (CommitUnknown("t", "1", "c"), Category.TRANSIENT),
            (FolderShared("f", "c"), Category.CONFIGURATION),
            (LoadInParts("t", "u", "1", "c"), Category.PARTIAL),
            (MergeRefused("t", "c", "n"), Category.PERMANENT),
            (StagedFilesGone("t", "1", "c"), Category.PERMANENT),
            (StateMoved("t", "1"), Category.PERMANENT),
            (TableDropped("t", "1"), Category.PERMANENT),
            (Unforeseen("c"), Category.PERMANENT),
        ],
    )
    def test_says_whether_trying_again_can_help(self, fault: Fault, expected: Category) -> None:
        assert expected is fault.category

    def test_of_a_contract_names_every_change(self) -> None:
        message = ContractViolated(
            "n.t", tuple(SchemaChange(f"new column {c}", c, "long") for c in "ab")
        ).message
        assert "schema contract 'freeze' of n.t forbids: new column a; new column b" == message
