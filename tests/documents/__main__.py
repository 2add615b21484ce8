"""Writes the pages, and the parts of pages, that come from the code."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.documents import errors, reference, spans, strategies
from tests.documents.pages import DOCS, with_block


def main() -> None:
    (DOCS / "errors.md").write_text(errors.page())
    (DOCS / "configuration.md").write_text(reference.configuration())
    (DOCS / "commands.md").write_text(reference.commands())
    page = DOCS / "observability.md"
    with tempfile.TemporaryDirectory() as folder:
        tree = spans.tree_of_a_run(Path(folder))
    page.write_text(with_block(page.read_text(), "spans", tree))
    page = DOCS / "merging.md"
    page.write_text(with_block(page.read_text(), "strategies", strategies.table()))


if __name__ == "__main__":
    main()
