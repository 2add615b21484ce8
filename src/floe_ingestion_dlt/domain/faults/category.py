"""Whether trying again can help."""

from __future__ import annotations

from enum import Enum


class Category(Enum):
    """Whether trying again can help: later (TRANSIENT), not by itself (PERMANENT), in part (PARTIAL), or once a setting is right."""

    TRANSIENT = "TRANSIENT"
    PERMANENT = "PERMANENT"
    PARTIAL = "PARTIAL"
    CONFIGURATION = "CONFIGURATION"
