"""Faults on their way through dlt, which knows only exceptions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn, TypeVar

from returns.result import Failure, Result

from floe_ingestion_dlt.adapters.dlt.internals import (
    DestinationTerminalException,
    DestinationTransientException,
    PipelineStepFailed,
)
from floe_ingestion_dlt.domain.faults import Category, Fault

ValueT = TypeVar("ValueT")


class TerminalFault(DestinationTerminalException):
    """dlt must not try this again."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(f"{fault.message}. {fault.next_step}")


class TransientFault(DestinationTransientException):
    """dlt may try this again."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(f"{fault.message}. {fault.next_step}")


def throw(fault: Fault) -> NoReturn:
    """Raise *fault* as the exception that tells dlt whether to try again."""
    raise TransientFault(fault) if fault.category is Category.TRANSIENT else TerminalFault(fault)


def value_or_throw(result: Result[ValueT, Fault]) -> ValueT:
    """The value of a success; a failure is raised for dlt."""
    if isinstance(result, Failure):
        throw(result.failure())
    return result.unwrap()


def carried(error: BaseException) -> Fault | None:
    """The fault that *error*, or an exception behind it, carries."""
    return next(
        (link.fault for link in chain(error) if isinstance(link, TerminalFault | TransientFault)), None
    )


def chain(error: BaseException) -> Iterator[BaseException]:
    """*error* and what is behind it, through dlt's wrappers."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop(0)
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        inner = (
            link.exception
            if isinstance(link, PipelineStepFailed)
            else getattr(link, "client_exception", None)
        )
        waiting += [inner, link.__cause__, link.__context__]
