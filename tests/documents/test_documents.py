"""Pages say what the code says; `make docs` writes them anew."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from floe_ingestion_dlt.domain.faults import KINDS, kind_of
from floe_ingestion_dlt.domain.verification.findings import Finding
from tests.documents import errors, reference, spans, strategies
from tests.documents.pages import DOCS, block

ERRORS = (DOCS / "errors.md").read_text()
OBSERVABILITY = (DOCS / "observability.md").read_text()


def test_the_page_of_errors_is_what_the_code_says() -> None:
    assert errors.page() == ERRORS


def test_every_fault_has_a_heading_of_its_name_to_link_to() -> None:
    headings = re.findall(r"^### (\w+)$", ERRORS, re.MULTILINE)
    names = [kind.__name__ for kind in KINDS]
    assert sorted(names) == sorted(kind_of(example) for example in errors.EXAMPLES)
    assert set(names) <= set(headings)


def test_every_fault_and_each_of_its_examples_says_what_to_do_next() -> None:
    assert [] == [kind_of(fault) for fault in errors.EXAMPLES if fault.next_step not in ERRORS]


def test_the_pages_of_settings_and_commands_are_what_the_code_says() -> None:
    assert reference.configuration() == (DOCS / "configuration.md").read_text()
    assert reference.commands() == (DOCS / "commands.md").read_text()


def test_each_model_of_settings_has_a_section() -> None:
    shown = {model.__name__ for model in reference.SECTIONS.values()}
    assert reference.models() <= shown


def test_the_table_of_merge_strategies_is_what_the_code_says() -> None:
    assert strategies.table() == block((DOCS / "merging.md").read_text(), "strategies")


def test_the_spans_of_a_run_are_those_that_are_printed(tmp_path: Path) -> None:
    assert spans.tree_of_a_run(tmp_path) == block(OBSERVABILITY, "spans")


def test_every_span_of_a_run_has_the_places_that_are_promised(tmp_path: Path) -> None:
    promised = {
        "ingestion.source_type": "rest_api",
        "ingestion.destination_table": "bronze.orders",
        "floe.namespace": "bronze",
        "floe.pipeline.id": "bronze-orders",
    }
    told = spans.spans_of_a_run(tmp_path)
    assert [promised] * len(told) == [
        {key: (span.attributes or {}).get(key) for key in promised} for span in told
    ]
    (run,) = (span for span in told if span.name == "ingestion.run")
    figures = {"write_mode", "rows_loaded", "bytes_written", "duration_seconds", "retries", "load_id"}
    assert {f"ingestion.{figure}" for figure in figures} <= set(run.attributes or {})


def test_pages_link_to_headings_that_are_there() -> None:
    for page in DOCS.glob("*.md"):
        for target, anchor in re.findall(r"\]\(([\w.-]*\.md)?#([\w-]+)\)", page.read_text()):
            text = (DOCS / target if target else page).read_text()
            anchors = {_anchor(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
            assert anchor in anchors, f"{page.name} links to {target}#{anchor}"


def test_each_test_that_a_promise_names_is_there() -> None:
    file, named = "", 0
    for path, name in re.findall(r"`(tests/[\w/]+\.py)?((?:::\w+)*)`", (DOCS / "security.md").read_text()):
        file = path or file
        text = (DOCS.parent / file).read_text()
        for part in name.split("::")[1:]:
            assert re.search(rf"(def|class) {part}\b", text), f"{file} has no {part}"
            named += 1
    assert named > 0


def _anchor(heading: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_kind_of_damage_that_a_check_finds_is_explained() -> None:
    explained = re.findall(r"^\| `(\w+)` \|", (DOCS / "housekeeping.md").read_text(), re.MULTILINE)
    assert sorted(kind.__name__ for kind in get_args(Finding)) == sorted(explained)
