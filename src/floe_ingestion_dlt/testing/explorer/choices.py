"""Replayable choices: the same script leads to the same schedule, and the next script differs in its last choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar, final

OptionT = TypeVar("OptionT")

Script = tuple[int, ...]


@final
class Choices:
    """The choices of one schedule: those in *script*, and after that always the first option."""

    def __init__(self, script: Script = ()) -> None:
        self._script = script
        self._taken: list[int] = []
        self._widths: list[int] = []

    def of(self, options: Sequence[OptionT]) -> OptionT:
        """Choose one of *options*. A single option is not recorded as a choice."""
        if len(options) == 1:
            return options[0]
        at = len(self._taken)
        taken = self._script[at] if at < len(self._script) else 0
        self._taken.append(taken)
        self._widths.append(len(options))
        return options[taken]

    @property
    def taken(self) -> Script:
        return tuple(self._taken)

    def next_script(self) -> Script | None:
        """The script of the next schedule, depth first; None after the last one."""
        taken, widths = list(self._taken), list(self._widths)
        while taken and taken[-1] + 1 >= widths[len(taken) - 1]:
            taken.pop()
        if not taken:
            return None
        return (*taken[:-1], taken[-1] + 1)
