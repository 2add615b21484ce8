"""The key of a merge, which may stand in `source_config`."""

from __future__ import annotations

from pathlib import Path

from tests.cli.declared import ingest


class TestKeysInSourceConfig:
    def test_are_those_of_the_merge(self, folder: Path) -> None:
        text = (folder / "floe.yaml").read_text()
        for wrong, code in (("id", 0), ("nope", 1)):
            options = f"format: csv\n      primary_key: {wrong}\n    write_mode: merge"
            (folder / "floe.yaml").write_text(text.replace("format: csv", options, 1))
            assert ingest("check").exit_code == 0
            found = ingest("run", "people")
            assert found.exit_code == code, found.output
        assert "nope" in found.stdout

    def test_that_do_not_fit_the_write_mode_are_named(self, folder: Path) -> None:
        text = (folder / "floe.yaml").read_text()
        options = "format: csv\n      merge_strategy: upsert"
        (folder / "floe.yaml").write_text(text.replace("format: csv", options, 1))
        found = ingest("check")
        assert found.exit_code == 2
        assert "merge_strategy" in found.stderr
        (folder / "floe.yaml").write_text(text.replace("format: csv", f"{options}\n    write_mode: merge", 1))
        found = ingest("check")
        assert found.exit_code == 2
        assert "primary_key" in found.stderr
        assert "Traceback" not in found.output
