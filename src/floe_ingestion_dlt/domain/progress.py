"""How people want to see that a run goes on."""

from __future__ import annotations

from enum import Enum


class ProgressSetting(Enum):
    """`auto` means a bar where somebody sits at a terminal, else lines."""

    AUTO = "auto"
    BAR = "bar"
    LINES = "lines"
    OFF = "off"
