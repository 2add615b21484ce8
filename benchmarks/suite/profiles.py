"""Where the time of a program goes: samples of the Python code that runs, taken by py-spy in a run of its own."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks.suite.processes import environment

SAMPLES_PER_SECOND: Final = 250
# Places with a smaller share are not shown.
LEAST_SHARE: Final = 0.05
OURS: Final = "floe_ingestion_dlt/"
_FRAME: Final = re.compile(r"(?P<function>.*) \((?P<file>.*?)(:\d+)?\)")

Frame = tuple[str, str]


def profile_of(module: str, *arguments: str) -> dict[str, float]:
    """The places at which `python -m module arguments` spends its time, with their shares of the samples, the largest one first.

    Threads without Python, such as those in which pyarrow and duckdb work, are not sampled. Raises CalledProcessError if the program or
    py-spy fails, as it does where processes may not be traced.
    """
    with tempfile.TemporaryDirectory(prefix="floe-profile-") as folder:
        file = Path(folder) / "samples"
        spy = [
            str(Path(sys.executable).with_name("py-spy")),
            "record",
            "--format",
            "raw",
            "--output",
            str(file),
        ]
        rate = ["--rate", str(SAMPLES_PER_SECOND), "--", sys.executable, "-m", module, *arguments]
        subprocess.run([*spy, *rate], check=True, capture_output=True, env=environment())  # noqa: S603 - this project
        return shares_in(file.read_text().splitlines())


def shares_in(samples: Sequence[str]) -> dict[str, float]:
    """The share of each place in lines of frames, the outermost one first, each with the number of its samples."""
    found: Counter[str] = Counter()
    for line in samples:
        stack, _, number = line.rpartition(" ")
        found[_place([_frame(text) for text in stack.split(";")])] += int(number)
    return {place: count / found.total() for place, count in found.most_common()}


def shown(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{place} {share:.0%}" for place, share in shares.items() if share >= LEAST_SHARE)


def _frame(text: str) -> Frame:
    """The function and the file of a frame."""
    found = _FRAME.fullmatch(text)
    return (found["function"], found["file"]) if found else (text, "")


def _place(stack: Sequence[Frame]) -> str:
    """The package that is imported, or the module of the plugin that runs, with the library that it has called."""
    if any("importlib" in file for _, file in stack):
        importing = [file for function, file in stack if function == "<module>"]
        return f"importing {_package(importing[-1])}" if importing else "importing"
    own = [file for _, file in stack if file.startswith(OURS)]
    last = _package(stack[-1][1])
    if not own:
        return last
    module = own[-1].removeprefix(OURS).removesuffix(".py")
    return f"`{module}`" if last in {"floe_ingestion_dlt", "python"} else f"`{module}` in {last}"


def _package(file: str) -> str:
    """The package of a file in the environment; a module of the standard library is Python's."""
    package, slash, _ = file.partition("/")
    return package if slash and not file.startswith(("/", "<")) else "python"
