"""One program on one workload: `python -m benchmarks.suite.run WORKLOAD PROGRAM STAGE DATA PLACE SCALE [ADDRESS]`.

It prints the most memory that it had, in MB.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import final

from benchmarks.suite.processes import peak_mb


@final
class WithoutPandas(MetaPathFinder):
    """Lets imports of pandas fail, which pyarrow imports if it is there: the data of the demo needs it, and the plugin does not."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name=name)


def main(arguments: Sequence[str]) -> None:
    name, program, stage, data, place, scale, *address = arguments
    sys.meta_path.insert(0, WithoutPandas())
    from benchmarks.suite.workloads import WORKLOADS  # noqa: PLC0415 - what a program imports is measured

    work = WORKLOADS[name](Path(data), float(scale), *address)
    if program == "limit":
        (work.limit_base if stage == "base" else work.limit)(Path(place))
        return
    if program in {"dlt", "dlt-iceberg"}:
        from benchmarks.suite import dlt_alone  # noqa: PLC0415 - as above

        if work.load is not None:
            dlt_alone.loaded(work.load, Path(place), program)
        return
    from benchmarks.suite.plugin import loaded  # noqa: PLC0415 - as above

    if stage == "base" and work.base is None:
        return
    loaded(work.base if stage == "base" else work.load, Path(place))


if __name__ == "__main__":
    main(sys.argv[1:])
    sys.stdout.write(f"{peak_mb()}\n")
