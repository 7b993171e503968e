"""Checks of pipelines by the machines that would run them: what they cost there, with that device and its rates."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from PySide6.QtCore import QObject

from engine.base.errors import Cancelled, StudioError
from engine.contracts.commands import Checked
from engine.contracts.events import Failure
from engine.machines.records import MachineRecord, machine_record
from engine.pipeline.document import Pipeline
from engine.record.home import Home
from studio.kit.background import BackgroundTask


@dataclass(eq=False)
class FarQuestion:
    """A check of a pipeline that was asked for."""

    pipeline: Pipeline
    until: str | None
    on_done: Callable[[Checked], None]
    on_failed: Callable[[Failure], None]
    dropped: threading.Event = field(default_factory=threading.Event)

    def drop(self) -> bool:
        """Wait for no answer any more; whether one was waited for."""
        was_open = not self.dropped.is_set()
        self.dropped.set()
        return was_open

    def answer(self, result: Checked | StudioError) -> None:
        """Call back, unless nobody waits."""
        if not self.drop():
            return
        if isinstance(result, StudioError):
            failure = Failure(run="", what=result.what, where=result.where, why=result.why, advice=result.advice)
            self.on_failed(failure)
        else:
            self.on_done(result)


class FarChecks(QObject):
    """One connection to each machine, while there are questions for it. GUI thread only."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: dict[str, deque[FarQuestion]] = {}
        self._tasks: dict[str, BackgroundTask] = {}
        self._questions: list[FarQuestion] = []

    def ask(
        self,
        machine: str,
        pipeline: Pipeline,
        until: str | None,
        on_done: Callable[[Checked], None],
        on_failed: Callable[[Failure], None],
    ) -> FarQuestion:
        """Let a machine check a pipeline; one that can't be reached is told as a failure."""
        question = FarQuestion(pipeline, until, on_done, on_failed)
        self._questions = [*(other for other in self._questions if not other.dropped.is_set()), question]
        self._waiting.setdefault(machine, deque()).append(question)
        self._start(machine)
        return question

    def close(self) -> None:
        """Drop all questions: the window closes."""
        for question in self._questions:
            question.drop()

    def _start(self, machine: str) -> None:
        waiting = self._waiting[machine]
        if machine in self._tasks or not waiting:
            return
        try:
            record = machine_record(Home.default(), machine)
        except StudioError as error:
            while waiting:
                waiting.popleft().answer(error)
            return
        task = self._tasks[machine] = BackgroundTask(partial(_answers, Home.default(), record, waiting), self)
        task.part.connect(self._on_answer)
        task.done.connect(partial(self._on_end, machine))

    def _on_answer(self, part: Any) -> None:
        question, result = part
        question.answer(result)

    def _on_end(self, machine: str, _: object = None) -> None:
        del self._tasks[machine]
        self._start(machine)  # what was asked when the connection was about to end


def _answers(
    home: Home, record: MachineRecord, waiting: deque[FarQuestion]
) -> Iterator[tuple[FarQuestion, Checked | StudioError]]:
    """Each question with its answer, over one connection."""
    from engine.machines.session import Session

    try:
        with Session(home, record.machine()) as session:
            while waiting:
                question = waiting.popleft()
                result = _answer(session, record.name, question)
                if result is not None:
                    yield question, result
    except StudioError as error:  # it can't even be begun, for any of them
        while waiting:
            yield waiting.popleft(), error


def _answer(session: Any, machine: str, question: FarQuestion) -> Checked | StudioError | None:
    """The result of a check, why there is none, or None for one that nobody waits for any more."""
    from engine.machines.checking import check_there

    def checkpoint() -> None:
        if question.dropped.is_set():
            raise Cancelled

    try:
        checkpoint()
        return check_there(session, machine, question.pipeline, question.until, checkpoint)
    except Cancelled:
        return None
    except StudioError as error:
        return error
    except Exception as error:
        return StudioError("The pipeline can't be checked there", where=machine, why=f"{type(error).__name__}: {error}")
