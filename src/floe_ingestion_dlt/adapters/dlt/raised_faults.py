"""Faults as exceptions, in which they pass through dlt."""

from __future__ import annotations

from typing import NoReturn, TypeVar

from returns.result import Failure, Result

from floe_ingestion_dlt.adapters.dlt_api.internals import (
    DestinationTerminalException,
    DestinationTransientException,
)
from floe_ingestion_dlt.domain.faults import Category, Fault
from floe_ingestion_dlt.library_errors.causes import causes

ValueT = TypeVar("ValueT")


class TerminalFault(DestinationTerminalException):
    """A fault for which dlt must not retry."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(f"{fault.message}. {fault.next_step}")


class TransientFault(DestinationTransientException):
    """A fault for which dlt may retry."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(f"{fault.message}. {fault.next_step}")


def throw(fault: Fault) -> NoReturn:
    """Raise *fault* as an exception whose type says whether dlt may retry."""
    raise TransientFault(fault) if fault.category is Category.TRANSIENT else TerminalFault(fault)


def value_or_throw(result: Result[ValueT, Fault]) -> ValueT:
    """The value of a success; a failure is raised as an exception of dlt."""
    if isinstance(result, Failure):
        throw(result.failure())
    return result.unwrap()


def carried(error: BaseException) -> Fault | None:
    """The fault in *error* or in one of its causes."""
    return next(
        (link.fault for link in causes(error) if isinstance(link, TerminalFault | TransientFault)), None
    )
