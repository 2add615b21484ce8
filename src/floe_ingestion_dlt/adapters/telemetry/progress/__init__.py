"""Progress for users: a bar on a terminal, else log lines."""

from __future__ import annotations

import sys

from floe_ingestion_dlt.adapters.telemetry.progress.bar import BarProgress
from floe_ingestion_dlt.adapters.telemetry.progress.lines import LineProgress
from floe_ingestion_dlt.domain.progress import ProgressSetting
from floe_ingestion_dlt.ports.clock import Clock
from floe_ingestion_dlt.ports.progress import NoProgress, Progress
from floe_ingestion_dlt.ports.telemetry import Telemetry


def progress_for(setting: ProgressSetting, telemetry: Telemetry, clock: Clock) -> Progress:
    """The progress display for a setting."""
    if setting is ProgressSetting.OFF:
        return NoProgress()
    is_bar = sys.stderr.isatty() if setting is ProgressSetting.AUTO else setting is ProgressSetting.BAR
    return BarProgress() if is_bar else LineProgress(telemetry, clock)


__all__ = ["BarProgress", "LineProgress", "progress_for"]
