"""Whether trying again can help."""

from __future__ import annotations

from enum import Enum


class Category(Enum):
    """Whether trying again can help.

    TRANSIENT: it may help later. PERMANENT: it does not help without a change. PARTIAL: a part is done, the rest can be tried
    again. CONFIGURATION: it helps once a setting is correct.
    """

    TRANSIENT = "TRANSIENT"
    PERMANENT = "PERMANENT"
    PARTIAL = "PARTIAL"
    CONFIGURATION = "CONFIGURATION"
