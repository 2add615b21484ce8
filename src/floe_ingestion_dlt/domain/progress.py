"""How the progress of a run is shown."""

from __future__ import annotations

from enum import Enum


class ProgressSetting(Enum):
    """`auto` means a bar on a terminal, and lines elsewhere."""

    AUTO = "auto"
    BAR = "bar"
    LINES = "lines"
    OFF = "off"
