from __future__ import annotations

import copy
import pickle

import pytest

from floe_ingestion_dlt import (
    DestinationWriteError,
    ErrorCategory,
    IngestionError,
    PipelineConfigurationError,
    SchemaContractViolation,
    SourceConnectionError,
    categorize_error,
)
from floe_ingestion_dlt.domain.faults import Category, Context, SourceFailed
from floe_ingestion_dlt.errors import error_for

ALL = [
    (IngestionError, ErrorCategory.PERMANENT),
    (SourceConnectionError, ErrorCategory.TRANSIENT),
    (DestinationWriteError, ErrorCategory.PERMANENT),
    (SchemaContractViolation, ErrorCategory.PERMANENT),
    (PipelineConfigurationError, ErrorCategory.CONFIGURATION),
]


@pytest.mark.parametrize(("kind", "category"), ALL)
def test_an_error_has_the_category_of_its_class_unless_it_is_given_one(
    kind: type[IngestionError], category: ErrorCategory
) -> None:
    assert category is categorize_error(kind("broken"))
    assert ErrorCategory.PARTIAL is categorize_error(kind("broken", category=ErrorCategory.PARTIAL))


def test_an_error_shows_where_it_happened_as_far_as_that_is_known() -> None:
    whole = IngestionError("broken", source_type="rest_api", destination_table="b.t", pipeline_name="b-t")
    assert "broken (source rest_api, table b.t, pipeline b-t)" == str(whole)
    assert "broken (table b.t)" == str(IngestionError("broken", destination_table="b.t"))
    assert "broken" == str(IngestionError("broken"))


def test_the_error_of_a_fault_names_its_place_once() -> None:
    fault = SourceFailed("the API answered 503", Category.TRANSIENT, "Run again.")
    error = error_for(fault, Context("rest_api", "b.t", "b-t"))
    assert 1 == str(error).count("b.t,")
    assert ("rest_api", "b.t", "b-t") == (error.source_type, error.destination_table, error.pipeline_name)


@pytest.mark.parametrize("kind", [kind for kind, _ in ALL])
def test_an_error_survives_being_copied_and_pickled(kind: type[IngestionError]) -> None:
    error = kind("broken", destination_table="b.t", next_step="Look.")
    for same in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 - our own
        assert (str(error), "Look.", error.category) == (str(same), same.next_step, same.category)
