"""The catalog of tests that need no services."""

from __future__ import annotations

from pathlib import Path


def sqlite_catalog(folder: Path) -> dict[str, str]:
    """The properties of a catalog in a file of *folder*, whose tables are beside it."""
    return {
        "type": "sql",
        "uri": f"sqlite:///{folder}/catalog.db",
        "warehouse": (folder / "warehouse").as_uri(),
    }
