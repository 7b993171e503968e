"""What is known of a run, put together from its events, while it goes on or from its log. Torch-free."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.contracts.events import Event, Failure, Log, Measured, Memory, Progress, RunChanged, StageChanged
from engine.contracts.events import State as Stated
from engine.contracts.grading import Graded, grade_result
from engine.pipeline.differences import result_key
from engine.pipeline.document import Pipeline
from engine.pipeline.legality import roots
from engine.pipeline.names import distinct_titles
from engine.pipeline.texts import with_texts
from engine.pipeline.variants import is_rotated
from engine.run.gathered import Gathered

State = Stated | Literal["ready", "warning", "stale", "interrupted"]
"""What events say of a block, and what is known beyond: it was not worked on after all, its result has warnings, the
pipeline is another one by now, the process died before it was finished."""

STOPPED = "stopped early"
MEASURED_WITH = ("text", "window_size", "num_windows")
"""Fields of an evaluation: metrics measured with other values can't be compared."""
FINISHED = ("done", "cached", "warning", "failed", "cancelled", "interrupted")


@dataclass
class BlockRun:
    """One block in a run. ``state`` is what the last event said; ``stale`` that the pipeline changed since."""

    id: str
    title: str
    state: State = "queued"
    fraction: float = 0.0
    text: str = ""
    elapsed: float = 0.0
    eta: float | None = None
    seen: float = 0.0
    """time.monotonic() of the last progress, to let the clock tick between events."""
    artifact: str | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    protocol: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    failure: Failure | None = None
    stale: bool = False
    """What it left is not what the pipeline would leave now."""
    measured_otherwise: bool = False
    """The pipeline measures on another text or in another way now: its metrics are those of before."""
    successor: str | None = None
    """Title of the block of another method that is in its place now: nothing is known of that one."""
    stopping: bool = False
    """The user asked to stop it early and to keep what it has."""
    note: str = ""
    """How it ended, if not as usual."""
    gathered: Gathered = field(default_factory=Gathered)
    """What it told, as it can be seen at a glance."""

    @property
    def shown_state(self) -> State:
        """The state as it is shown: results that no longer fit are stale, results with warnings are marked."""
        if self.successor is not None:
            return "ready"
        if (self.stale or self.measured_otherwise) and self.state in ("done", "cached"):
            return "stale"
        if self.state == "done" and self.warnings:
            return "warning"
        return self.state

    def seconds(self, now: float) -> float:
        """Elapsed seconds, ticking while it runs."""
        return self.elapsed + (now - self.seen if self.state == "running" and self.seen else 0.0)


@dataclass
class RunState:
    """A run as a whole. ``pipeline`` is the one that was started."""

    id: str
    pipeline: Pipeline
    blocks: dict[str, BlockRun]
    state: str = "queued"
    message: str = ""
    total: float = 0.0
    elapsed: float = 0.0
    eta: float | None = None
    seen: float = 0.0
    started: float = 0.0
    """When it began: seconds as of time.time(), 0.0 before its first event."""
    report: str | None = None
    failure: Failure | None = None
    memory: Memory | None = None
    until: str | None = None
    """The last block that was wanted, None for all."""
    sources: dict[str, str] = field(default_factory=dict)
    """Block -> the source that its model comes from."""

    @classmethod
    def start(cls, run: str, pipeline: Pipeline, until: str | None, titles: dict[str, str]) -> RunState:
        """All blocks that will run are queued."""
        pipeline = pipeline.active()
        wanted = {b.id for b in pipeline.blocks} if until is None else {until, *pipeline.upstream(until)}
        blocks = {b.id: BlockRun(b.id, titles.get(b.id, b.id)) for b in pipeline.order() if b.id in wanted}
        return cls(run, pipeline, blocks, until=until, sources=roots(pipeline))

    def source_of(self, block: BlockRun) -> BlockRun | None:
        """The block whose model this one changed, None for a source itself."""
        source = self.sources.get(block.id, block.id)
        return self.blocks.get(source) if source != block.id else None

    def results(self) -> list[BlockRun]:
        """Blocks that left a model, sources included, in order."""
        return [block for block in self.blocks.values() if block.artifact]

    def block_of(self, artifact: str) -> BlockRun | None:
        """The block that left this."""
        return next((block for block in self.blocks.values() if block.artifact == artifact), None)

    def original(self, artifact: str) -> str | None:
        """The artifact of the source that one was made of."""
        block = self.block_of(artifact)
        source = self.source_of(block) if block is not None else None
        return source.artifact if source is not None else None

    def is_rotated(self, artifact: str) -> bool:
        """Whether its weights are in another basis than those of its source."""
        block = self.block_of(artifact)
        return block is not None and is_rotated(self.pipeline, block.id)

    def reference(self, artifact: str) -> str | None:
        """What the errors of its layers are relative to; None for weights of another basis."""
        return None if self.is_rotated(artifact) else self.original(artifact)

    def takes_up(self, former: RunState) -> list[str]:
        """Blocks that a former run did not finish and this one goes on with."""
        mine, other = self.pipeline, former.pipeline
        unfinished = ("cancelled", "failed", "interrupted")
        stopped = [block.id for block in former.blocks.values() if block.state in unfinished]
        return [name for name in stopped if mine.has(name) and result_key(mine, name) == result_key(other, name)]

    def grade(self, block: BlockRun) -> Graded | None:
        """How much a block's model lost against its source, None for sources and while it is not known."""
        source = self.source_of(block)
        if source is None or not source.metrics:
            return None
        return grade_result(block.metrics, block.protocol, source.metrics, source.protocol)

    @property
    def shown_state(self) -> str:
        """The state as it is shown: a finished run is stale once the pipeline would leave something else."""
        outdated = any(block.shown_state == "stale" or block.successor is not None for block in self.blocks.values())
        return "stale" if self.state == "done" and outdated else self.state

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ("done", "failed", "cancelled", "interrupted")

    @property
    def current(self) -> BlockRun | None:
        """The block that is being executed."""
        return next((b for b in self.blocks.values() if b.state in ("running", "paused", "cancelling")), None)

    def seconds(self, now: float) -> float:
        """Elapsed seconds of the run, ticking while it runs."""
        return self.elapsed + (now - self.seen if self.state == "running" and self.seen else 0.0)

    def apply(self, event: Event) -> str | None:
        """Take in one event; the id of the block that looks different now, or None."""
        block = self.blocks.get(event.block or "")
        self.started = self.started or event.time
        if isinstance(event, RunChanged):
            self._run_changed(event)
        elif isinstance(event, Progress):
            self._progress(event, block)
        elif isinstance(event, Memory):
            self.memory = event
        elif block is None:
            if isinstance(event, Failure):
                self.failure = event
        elif isinstance(event, StageChanged):
            _stage_changed(block, event)
        elif isinstance(event, Measured):
            block.metrics.update(event.metrics)
            block.protocol.update(event.protocol)
            block.artifact = event.artifact
        elif isinstance(event, Failure):
            block.failure = self.failure = event
        elif isinstance(event, Log):
            if event.level != "warning":
                return None
            block.warnings.append(event.text)
        else:
            block.gathered.take(event)
        return block.id if block is not None else None

    def compare(self, pipeline: Pipeline) -> set[str]:
        """Mark what this pipeline would leave or measure otherwise; the ids of blocks of which that is new."""
        pipeline, former = with_texts(pipeline.active()), with_texts(self.pipeline)
        changed, titles = set(), distinct_titles(pipeline)
        mine, other = former.evaluation, pipeline.evaluation
        otherwise = any(getattr(mine, name) != getattr(other, name) for name in MEASURED_WITH)
        for block in self.blocks.values():
            fits = pipeline.has(block.id) and result_key(pipeline, block.id) == result_key(former, block.id)
            there = pipeline.has(block.id) and former.block(block.id).method != pipeline.block(block.id).method
            successor = titles[block.id] if there else None
            now = (not fits, otherwise and bool(block.protocol), successor)
            if now != (block.stale, block.measured_otherwise, block.successor):
                block.stale, block.measured_otherwise, block.successor = now
                changed.add(block.id)
        return changed

    def _run_changed(self, event: RunChanged) -> None:
        self.state = event.state
        self.message = event.message
        self.report = event.report or self.report
        self.seen = time.monotonic()
        if event.state == "done":
            self.total = 1.0
        if self.is_over:
            self.eta = None
            unfinished: State = "cancelled" if event.state == "cancelled" else "interrupted"
            for block in self.blocks.values():
                if block.state not in FINISHED:
                    block.state = "ready" if event.state in ("done", "failed") else unfinished

    def _progress(self, event: Progress, block: BlockRun | None) -> None:
        self.total, self.elapsed, self.eta = event.total, event.total_elapsed, event.total_eta
        self.seen = time.monotonic()
        if block is not None:
            block.fraction, block.text = event.fraction, event.text
            block.elapsed, block.eta, block.seen = event.elapsed, event.eta, self.seen


def _stage_changed(block: BlockRun, event: StageChanged) -> None:
    block.state = event.state
    block.text = event.message or (block.text if event.state in ("running", "paused", "cancelling") else "")
    block.artifact = event.artifact or block.artifact
    if event.state in FINISHED:
        block.elapsed, block.eta = event.seconds or block.elapsed, None
        block.fraction = 1.0 if event.state in ("done", "cached") else block.fraction
    elif event.state == "running" and not block.seen:
        block.seen = time.monotonic()
    if event.state == "done" and block.stopping:
        block.note = STOPPED


def note_stopped(run: RunState, report: dict[str, Any]) -> set[str]:
    """Take over from a run's report which trainings were ended early; the ids of the blocks whose ends are new."""
    told = set()
    for stage in report.get("stages", ()):
        block, details = run.blocks.get(stage.get("block", "")), stage.get("details", {})
        stopped = any(found.get("stopped") is True for found in (details, *details.values()) if isinstance(found, dict))
        if block is not None and (block.note == STOPPED) != stopped:
            block.note = STOPPED if stopped else ""
            told.add(block.id)
    return told
