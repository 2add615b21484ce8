"""Parquet files of a source that become jobs of a load package as they are.

dlt would write such a file again if a column of it may not be null, or if the table has its columns in another order. So a file waits
beside its package until that is normalized, and becomes one of its jobs then. The package's state has its name, so that no load is complete without it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from floe_ingestion_dlt.adapters.dlt.engine.disk import COPIES_FOLDER
from floe_ingestion_dlt.adapters.dlt.engine.load_pipeline import LoadPipeline
from floe_ingestion_dlt.adapters.dlt.engine.row_counts import rows_handled
from floe_ingestion_dlt.adapters.dlt.loader.load_package import LoadPackage
from floe_ingestion_dlt.adapters.dlt.loader.package_state import COPIES, section
from floe_ingestion_dlt.adapters.dlt.naming import NamingConvention
from floe_ingestion_dlt.adapters.dlt_api.internals import ExtractInfo, NormalizeInfo, PackageStorage
from floe_ingestion_dlt.adapters.dlt_api.packages import import_job, kept_with_package
from floe_ingestion_dlt.adapters.dlt_api.reading_order import next_file_id
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.operations import RowsHandled
from floe_ingestion_dlt.domain.write_modes import Merge
from floe_ingestion_dlt.ports.source import Copies, ParquetCopy


def copies_for(pipeline: LoadPipeline) -> Copies | None:
    """Where the source may copy files; None if the plan compares, changes or leaves out rows."""
    plan = pipeline.plan
    if not _takes_rows_as_they_are(plan):
        return None
    folder = Path(pipeline.working_dir, COPIES_FOLDER)
    folder.mkdir(exist_ok=True)
    names, convention = pipeline.columns.of_root, NamingConvention()

    def keeps(name: str) -> bool:
        return name == names.in_table(name) == convention.normalize_identifier(name)

    return Copies(folder, keeps)


def _takes_rows_as_they_are(plan: LoadPlan) -> bool:
    chooses_rows = plan.cursor is not None or plan.window is not None or plan.part is not None
    changes_rows = bool(plan.columns) or plan.soft_delete is not None
    return not (chooses_rows or changes_rows or isinstance(plan.mode, Merge))


def keep(pipeline: LoadPipeline, copy: ParquetCopy) -> None:
    """Let the file wait for the package that is extracted."""
    package, table = LoadPackage.in_load(), pipeline.plan.table.name
    name = PackageStorage.build_job_file_name(
        NamingConvention().normalize_table_identifier(table), next_file_id(), loader_file_format="parquet"
    )
    folder = copy.path.parent / package.load_id
    folder.mkdir(exist_ok=True)
    copy.path.rename(folder / name)
    package.keep_copy(name, copy.rows)
    pipeline.collector.update(table, copy.rows)


def add_to_packages(pipeline: LoadPipeline) -> None:
    """Make the files that wait jobs of their packages, which are normalized."""
    for load_id in pipeline.list_normalized_load_packages():
        folder = Path(pipeline.working_dir, COPIES_FOLDER, load_id)
        for name in section(pipeline.get_load_package_state(load_id), COPIES):
            # an earlier run may have begun with that
            if (folder / name).exists():
                import_job(pipeline, load_id, folder / name)


def all_rows_handled(pipeline: LoadPipeline, info: ExtractInfo | NormalizeInfo) -> RowsHandled:
    """The rows that a step has handled, with those of the files that wait for its packages."""
    handled, states = rows_handled(info), (kept_with_package(pipeline, load_id) for load_id in info.loads_ids)
    return replace(handled, rows=handled.rows + sum(sum(section(state, COPIES).values()) for state in states))
