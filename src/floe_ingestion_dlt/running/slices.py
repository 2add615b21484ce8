"""A load in slices: workers stage the slices that are missing, then the run commits all of them together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import closing
from dataclasses import dataclass
from typing import Final, Generic, TypeVar, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.events import SliceStaged, SourceReadAgain
from floe_ingestion_dlt.domain.faults import (
    Category,
    ColumnTypesChanged,
    Fault,
    SlicesMissing,
    WorkerLost,
    WorkerUnusable,
)
from floe_ingestion_dlt.domain.faults.kind import FaultKind
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.retry_policy import Step
from floe_ingestion_dlt.domain.sliced_loads import SliceAnswer, SlicedLoad, check_types, complete_answers
from floe_ingestion_dlt.domain.slices import Slice
from floe_ingestion_dlt.ports.engine import Engine
from floe_ingestion_dlt.ports.slicing import SliceTask, Slicing
from floe_ingestion_dlt.ports.source import Snapshot
from floe_ingestion_dlt.retry import categorize_error
from floe_ingestion_dlt.running.ingest import Reading, RunServices, extract

PipelineT = TypeVar("PipelineT")
Answer = Result[SliceAnswer, Fault]

# How often slices are read again because the table lacked columns of them.
MOST_ROUNDS: Final = 5
# How often a run that waits for workers looks whether it was asked to stop.
WAIT_SECONDS: Final = 0.5


@final
@dataclass(frozen=True, slots=True)
class Workers:
    """Does tasks by *work* in an *executor*; *work* returns its faults, and an exception means that a worker is lost."""

    executor: Executor
    work: Callable[[SliceTask], Answer]

    def done(self, tasks: list[SliceTask], may_wait: Callable[[], Result[None, Fault]]) -> Iterator[Answer]:
        """The answers, each as soon as it is there. After a fault, or when the run *may_wait* no longer, no other task begins."""
        given: dict[Future[Answer], SliceTask] = {}
        waiting: set[Future[Answer]] = set()
        try:
            for task in tasks:
                given[self.executor.submit(self.work, task)] = task
            waiting = set(given)
            while waiting:
                done, waiting = wait(waiting, WAIT_SECONDS, FIRST_COMPLETED)
                for future in done:
                    yield (answer := _answer_of(future, given[future]))
                    if isinstance(answer, Failure):
                        waiting -= {each for each in waiting if each.cancel()}
                if isinstance(ended := may_wait(), Failure):
                    yield ended
                    return
        except Exception as error:  # noqa: BLE001 - an executor may raise anything
            yield Failure(_lost(error))
        finally:
            for future in given:
                future.cancel()


def _answer_of(future: Future[Answer], task: SliceTask) -> Answer:
    """The answer to the task; an executor may return anything."""
    try:
        match future.result():
            case Success(SliceAnswer(load_id, number)) as answer if (load_id, number) == (
                task.load_id,
                task.part.number,
            ):
                return answer
            case Failure(FaultKind()) as failed:
                return failed
            case other:
                return Failure(_no_answer(task.part.number, other))
    except (Exception, CancelledError) as error:  # noqa: BLE001 - the worker may be gone, and its executor says so in its own way
        return Failure(_lost(error))


def _no_answer(number: int, other: object) -> WorkerUnusable:
    cause = f"the executor returned no answer to slice {number}, but a {type(other).__name__}"
    return WorkerUnusable(cause, "Use an executor that returns what the submitted function returns.")


def _lost(error: BaseException) -> WorkerLost:
    # The module imports the error types of databases.
    from floe_ingestion_dlt.library_errors.error_texts import log_traceback, one_line  # noqa: PLC0415

    log_traceback("a worker is lost", error)
    is_gone = isinstance(error, BrokenExecutor | CancelledError)
    return WorkerLost(one_line(error), Category.TRANSIENT if is_gone else categorize_error(error))


@final
@dataclass(frozen=True, slots=True)
class SlicedReading:
    """Reads all rows of a pipeline's unit by *workers*, in at most *count* slices *by* a column."""

    workers: Workers
    count: int
    by: str | None = None

    def stage(
        self,
        slicing: Slicing[PipelineT],
        pipeline: PipelineT,
        plan: LoadPlan,
        services: RunServices,
        snapshots: Snapshots,
    ) -> Result[SlicedLoad | None, Fault]:
        """Stage the slices that are missing; the load is None if there is nothing to read."""
        begun = slicing.begin(pipeline, self.count, self.by)
        if isinstance(begun, Failure) or (load := begun.unwrap()) is None:
            return begun
        named = snapshots.name(lambda: slicing.hold_snapshot(pipeline))
        staging = _Staging(slicing, pipeline, plan, load, self.workers, services)
        return named.bind(lambda snapshot: staging.completed(load.slices(snapshot)))


@final
class Snapshots:
    """The snapshot of a run: its retries read the same one, as long as it is held."""

    def __init__(self) -> None:
        self._held: Snapshot | None = None

    def name(self, hold: Callable[[], Result[Snapshot | None, Fault]]) -> Result[str | None, Fault]:
        """Its name; if there is none, or none any more, the one that *hold* returns is the run's."""
        if self._held is not None and self._held.is_held():
            return Success(self._held.name)
        self.close()
        if isinstance(held := hold(), Failure):
            return held
        self._held = held.unwrap()
        return Success(self._held.name if self._held is not None else None)

    def close(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None


@final
@dataclass(frozen=True, slots=True)
class _Staging(Generic[PipelineT]):
    """The staging of one load's slices."""

    slicing: Slicing[PipelineT]
    pipeline: PipelineT
    plan: LoadPlan
    load: SlicedLoad
    workers: Workers
    services: RunServices

    def completed(self, slices: tuple[Slice, ...]) -> Result[SlicedLoad | None, Fault]:
        """The load when all slices are staged."""
        for _round in range(MOST_ROUNDS):
            kept = self.slicing.answers(self.pipeline)
            if isinstance(kept, Failure):
                return kept
            complete = complete_answers(self.plan.table, self.load, kept.unwrap())
            if isinstance(complete, Success):
                return Success(self.load)
            answered = {answer.number for answer in kept.unwrap()}
            missing = [SliceTask(self.load.load_id, each) for each in slices if each.number not in answered]
            if not missing:  # an answer is not one of this load, or they do not agree
                return self._dropped(complete.failure())
            if isinstance(staged := self._staged(missing, kept.unwrap()), Failure):
                return staged
        cause = "each time slices were read, they had columns that the table lacked"
        return Failure(SlicesMissing(str(self.plan.table), self.load.load_id, cause))

    def _dropped(self, fault: Fault) -> Result[SlicedLoad | None, Fault]:
        return self.slicing.drop(self.pipeline).bind(lambda _: Failure(fault))

    def _staged(self, tasks: list[SliceTask], known: tuple[SliceAnswer, ...]) -> Result[None, Fault]:
        """Keep the answers to the tasks; the table gets the columns that slices have and it lacks."""
        answers: list[SliceAnswer] = []
        fault: Fault | None = None
        for outcome in self.workers.done(tasks, self._may_wait):
            if isinstance(outcome, Failure):
                fault = fault or outcome.failure()
            else:
                answers.append(answer := outcome.unwrap())
                kept = self._kept(answer)
                fault = fault or (kept.failure() if isinstance(kept, Failure) else None)
        if fault is not None:
            return Failure(fault)
        if isinstance(agreed := check_types((*known, *answers)), Failure):
            return self._dropped(agreed.failure()).map(lambda _: None)
        unfit = (each for each in answers if each.files is None)
        in_order = sorted(unfit, key=lambda answer: answer.number)
        return self.slicing.settle(self.pipeline, (c for answer in in_order for c in answer.columns))

    def _may_wait(self) -> Result[None, Fault]:
        if self.services.retries.left() == 0:
            return Failure(WorkerLost("deadline_seconds of retry_config passed first"))
        return self.services.stop.check()

    def _kept(self, answer: SliceAnswer) -> Result[None, Fault]:
        if answer.files is None:
            return Success(None)
        kept = self.slicing.keep(self.pipeline, answer)
        if isinstance(kept, Success):
            event = SliceStaged(answer.load_id, answer.number, len(self.load.rows), answer.rows)
            self.services.telemetry.record(event, self.plan.context)
        return kept


def sliced(
    engine: Engine[PipelineT],
    plan: LoadPlan,
    slicing: Slicing[PipelineT],
    how: SlicedReading,
    services: RunServices,
) -> Reading[PipelineT]:
    """The reading of a run in slices; where there is nothing to divide, rows are read as in any run."""

    def make_pending(pipeline: PipelineT) -> Result[None, Fault]:
        with closing(Snapshots()) as snapshots:
            staged = services.attempt(
                Step.EXTRACT, lambda: how.stage(slicing, pipeline, plan, services, snapshots)
            )
        if isinstance(staged, Failure) and isinstance(fault := staged.failure(), ColumnTypesChanged):
            services.telemetry.record(SourceReadAgain(fault), plan.context)
            staged = slicing.drop(pipeline).map(lambda _: None)
        return staged.bind(
            lambda load: (
                extract(engine, None, services, pipeline) if load is None else slicing.finish(pipeline)
            )
        )

    return Reading(make_pending)
