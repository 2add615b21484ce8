"""The walk of CONTRIBUTING.md: a new error is a class in its group, and a name that the package exports."""

from __future__ import annotations

from pathlib import Path

from tests.contributing.copies import PackageCopy, code_in

GROUP = "domain/faults/sources.py"
NAMES = "domain/faults/__init__.py"

CHECKS = """
    from floe_ingestion_dlt.domain.faults import KINDS, Context, QuotaExceeded, describe
    from floe_ingestion_dlt.errors import ErrorCategory, SourceConnectionError, error_for
    from tests.documents import errors
    from tests.unit.domain.test_faults import TestDescribe, TestFault

    __all__ = ["TestDescribe", "TestFault"]


    def test_it_is_raised_as_the_exception_that_it_names():
        error = error_for(QuotaExceeded("1000 requests a day"), Context("rest_api", "b.t", "b-t"))
        assert type(error) is SourceConnectionError
        assert error.category is ErrorCategory.PERMANENT
        assert "[PERMANENT] QuotaExceeded: the quota of 1000 requests a day is used up" in str(error)


    def test_it_is_among_all_errors_and_on_their_page():
        assert QuotaExceeded in KINDS
        assert "### QuotaExceeded" in errors.page()
"""


def test_it_is_a_class_and_its_name(tmp_path: Path) -> None:
    copy = PackageCopy(tmp_path)
    (error,) = code_in("CONTRIBUTING.md", "### An error")
    copy.replace(
        GROUP,
        "SourceFault: TypeAlias = SourceFailed",
        f"{error}\n\nSourceFault: TypeAlias = QuotaExceeded | SourceFailed",
    )
    copy.replace(NAMES, "    SchemaChange,\n", "    QuotaExceeded,\n    SchemaChange,\n")
    copy.replace(NAMES, '    "RaisedAs",\n', '    "QuotaExceeded",\n    "RaisedAs",\n')
    assert [NAMES, GROUP] == copy.changed()
    copy.test(CHECKS)
