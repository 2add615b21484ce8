"""The faults for errors of dlt's steps."""

from __future__ import annotations

import errno
from pathlib import Path

from returns.result import Failure

from floe_ingestion_dlt.adapters.dlt.engine.working_folder import unusable
from floe_ingestion_dlt.adapters.dlt.loader.unwritable import unwritable_value
from floe_ingestion_dlt.adapters.dlt.raised_faults import carried
from floe_ingestion_dlt.adapters.dlt_api.internals import PipelineStepFailed
from floe_ingestion_dlt.domain.faults import Fault, Interrupted, Unforeseen
from floe_ingestion_dlt.library_errors.causes import causes
from floe_ingestion_dlt.library_errors.error_texts import log_traceback, one_line
from floe_ingestion_dlt.library_errors.source_errors import fault_of
from floe_ingestion_dlt.ports.source import NothingToReadError
from floe_ingestion_dlt.ports.stopping import Stop


def step_fault(error: BaseException, stop: Stop) -> Fault:
    """The fault that ended a step: a request to stop, the fault in the exception, or an error of the source."""
    if any(isinstance(link, KeyboardInterrupt) for link in causes(error)):
        asked = stop.check()
        return asked.failure() if isinstance(asked, Failure) else Interrupted("KeyboardInterrupt")
    fault = carried(error)
    if fault is not None:
        return fault
    if isinstance(error, PipelineStepFailed) and (full := full_disk(error)) is not None:
        return unusable(Path(error.pipeline.working_dir).parent, full)
    if isinstance(error, PipelineStepFailed) and error.step == "extract":
        return fault_of(error)
    found = unwritable_value(error) if isinstance(error, PipelineStepFailed) else None
    return found or _unforeseen(error)


def full_disk(error: BaseException) -> OSError | None:
    """The cause of *error* that says that a disk is full: during extract and normalize, that of the working folder."""
    links = (link for link in causes(error) if isinstance(link, OSError))
    return next((link for link in links if link.errno in {errno.ENOSPC, errno.EDQUOT}), None)


def nothing_to_read(error: BaseException) -> BaseException | None:
    """The cause of *error* that says that there was nothing to read; a table to replace then keeps its rows."""
    return next((link for link in causes(error) if isinstance(link, NothingToReadError)), None)


def _unforeseen(error: BaseException) -> Fault:
    log_traceback("no rule knows this error", error)
    return Unforeseen(one_line(error.exception if isinstance(error, PipelineStepFailed) else error))
