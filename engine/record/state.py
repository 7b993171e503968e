"""State of a run, put together from its events, while it goes on or from its log. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from engine.contracts.events import (
    Event,
    Failure,
    LinkChanged,
    Log,
    Measured,
    Memory,
    Progress,
    RunChanged,
    StageChanged,
)
from engine.contracts.events import State as Stated
from engine.contracts.grading import Graded, grade_result
from engine.pipeline.differences import result_key
from engine.pipeline.document import Pipeline
from engine.pipeline.legality import roots
from engine.pipeline.names import distinct_titles
from engine.pipeline.texts import with_texts
from engine.pipeline.variants import is_rotated
from engine.record.block_digest import BlockDigest
from engine.record.timing import Ledger, Timing, left_text

State = Stated | Literal["ready", "warning", "stale", "interrupted"]
"""States of events, and others beyond: the block was not worked on after all, its result has warnings, the pipeline is
another one by now, the process died before it was finished."""

STOPPED = "stopped early"
MEASURED_WITH = ("text", "window_size", "num_windows", "generation")
"""Fields of an evaluation: metrics measured with other values can't be compared."""
FINISHED = ("done", "cached", "warning", "failed", "cancelled", "skipped", "interrupted")


@dataclass
class BlockRun:
    """One block in a run. ``state`` is what the last event said; ``stale`` that the pipeline changed since."""

    id: str
    title: str
    state: State = "queued"
    fraction: float = 0.0
    text: str = ""
    timing: Timing = field(default_factory=Timing)
    artifact: str | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    protocol: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    """Of what was measured, by name; see `engine.contracts.generation`."""
    warnings: list[str] = field(default_factory=list)
    failure: Failure | None = None
    stale: bool = False
    """True if its result is not what the pipeline would leave now."""
    measured_otherwise: bool = False
    """The pipeline measures on another text or in another way now: its metrics are those of before."""
    successor: str | None = None
    """Title of the block of another method that is in its place now: nothing is known of that one."""
    stopping: bool = False
    """The user asked to stop it early and to keep what it has."""
    note: str = ""
    """Remark on its end, if that was not as usual."""
    digest: BlockDigest = field(default_factory=BlockDigest)
    """Its events, as they can be seen at a glance."""

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

    @property
    def elapsed(self) -> float:
        """Seconds as of its last event: all its phases, without pauses."""
        return self.timing.clock.elapsed

    def seconds(self, now: float) -> float:
        """Elapsed seconds at ``now`` (as of time.time()), ticking while it runs."""
        return self.timing.seconds(now)

    def remaining_time(self, now: float) -> float | None:
        """Seconds left at ``now``; None while nothing can be said, and where nothing is done."""
        return self.timing.remaining_time(now) if self.state == "running" else None

    def left_text(self, now: float) -> str:
        """`remaining_time` in words, "" for None."""
        return left_text(self.timing, now) if self.state == "running" else ""


@dataclass
class RunState:
    """A run as a whole. ``pipeline`` is the one that was started."""

    id: str
    pipeline: Pipeline
    blocks: dict[str, BlockRun]
    state: str = "queued"
    message: str = ""
    total: float = 0.0
    text: str = ""
    """Activity that belongs to no block."""
    timing: Timing = field(default_factory=Timing)
    started: float = 0.0
    """Time of its beginning: seconds as of time.time(), 0.0 before its first event."""
    report: str | None = None
    failure: Failure | None = None
    memory: Memory | None = None
    machine: str = ""
    """Name of the other machine that executes it, "" for this one."""
    connected: bool = True
    """False while the connection to that machine is lost: the run goes on there."""
    until: str | None = None
    """The last block that was wanted, None for all."""
    sources: dict[str, str] = field(default_factory=dict)
    """Block -> the source that its model comes from."""
    _ledger: Ledger = field(default_factory=Ledger)

    @classmethod
    def start(cls, run: str, pipeline: Pipeline, until: str | None, titles: dict[str, str]) -> RunState:
        """All blocks that will run are queued."""
        pipeline = pipeline.active()
        ids = {b.id for b in pipeline.blocks} if until is None else {until, *pipeline.upstream(until)}
        blocks = {b.id: BlockRun(b.id, titles.get(b.id, b.id)) for b in pipeline.order() if b.id in ids}
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
        """True if its weights are in another basis than those of its source."""
        block = self.block_of(artifact)
        return block is not None and is_rotated(self.pipeline, block.id)

    def reference(self, artifact: str) -> str | None:
        """Block that the errors of its layers are relative to; None for weights of another basis."""
        return None if self.is_rotated(artifact) else self.original(artifact)

    def takes_up(self, former: RunState) -> list[str]:
        """Blocks that a former run did not finish and this one goes on with."""
        mine, other = self.pipeline, former.pipeline
        unfinished = ("cancelled", "failed", "skipped", "interrupted")
        stopped = [block.id for block in former.blocks.values() if block.state in unfinished]
        return [name for name in stopped if mine.has(name) and result_key(mine, name) == result_key(other, name)]

    def grade(self, block: BlockRun) -> Graded | None:
        """Loss of a block's model against its source, None for sources and while it is not known."""
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
        """True if nothing more will come."""
        return self.state in ("done", "failed", "cancelled", "interrupted")

    @property
    def current(self) -> BlockRun | None:
        """The block that is being executed."""
        return next((b for b in self.blocks.values() if b.state in ("running", "paused", "cancelling")), None)

    @property
    def activity(self) -> str:
        """Present activity in words; "" where nothing is done."""
        block = self.current
        if not self.connected and not self.is_over:
            return f"Connection to {self.machine} lost, reconnecting. The run goes on there."
        if self.is_over or block is None:
            return "" if self.is_over else self.text
        return f"{block.title}: {block.text}" if block.text else block.title

    @property
    def elapsed(self) -> float:
        """Seconds of the run as of its last event, since it was started or resumed, without pauses."""
        return self.timing.clock.elapsed

    def seconds(self, now: float) -> float:
        """Elapsed seconds of the run at ``now`` (as of time.time()), ticking while it runs."""
        return self.timing.seconds(now)

    def remaining_time(self, now: float) -> float | None:
        """Seconds left at ``now``; None while nothing can be said, and where nothing is done."""
        return self.timing.remaining_time(now) if self.state == "running" else None

    def left_text(self, now: float) -> str:
        """`remaining_time` in words, "" for None."""
        return left_text(self.timing, now) if self.state == "running" else ""

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
        elif isinstance(event, LinkChanged):
            self.machine, self.connected = event.machine, event.connected
        elif block is None:
            if isinstance(event, Failure):
                self.failure = event
        elif isinstance(event, StageChanged):
            self._stage_changed(block, event)
        elif isinstance(event, Measured):
            block.metrics.update(event.metrics)
            block.protocol.update(event.protocol)
            block.details.update(event.details)
            block.artifact = event.artifact
        elif isinstance(event, Failure):
            block.failure = self.failure = event
        elif isinstance(event, Log):
            if event.level != "warning":
                return None
            block.warnings.append(event.text)
        else:
            block.digest.take(event)
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
        if (event.state == "running" and self.state != "paused") or event.total_elapsed == 0.0:
            self._begin_anew()
        self.state = event.state
        self.message = event.message
        self.report = event.report or self.report
        ticks = event.state in ("running", "cancelling")
        lost = event.state == "interrupted"  # told by whoever noticed, perhaps much later
        at = self.elapsed if lost else self._now(event, event.total_elapsed)
        self.timing.tell(at, event.time, None, 0.0, ticks=ticks)
        self._charge(event.time, ticks=ticks)
        if event.state == "done":
            self.total = 1.0
        if self.is_over:
            unfinished: State = "cancelled" if event.state == "cancelled" else "interrupted"
            for block in self.blocks.values():
                if block.state not in FINISHED:
                    begun = block.state != "queued"
                    block.state = "ready" if event.state in ("done", "failed") else unfinished if begun else "skipped"

    def _begin_anew(self) -> None:
        """It is started, or resumed: seconds count from now on."""
        self.timing, self._ledger, self.total = Timing(), Ledger(), 0.0
        for block in self.blocks.values():
            block.timing, block.fraction = Timing(), 0.0

    def _now(self, event: Event, elapsed: float | None) -> float:
        """Seconds of the run at an event; of logs that don't say it, by when events were told."""
        seconds = self.timing.seconds(event.time) if elapsed is None else elapsed
        return max(seconds, self.elapsed)

    def _charge(self, at: float, *, ticks: bool) -> None:
        """Let the block that the present seconds belong to know them."""
        block = self.blocks.get(self._ledger.owner)
        if block is not None:
            seconds = self._ledger.seconds(block.id, self.elapsed)
            block.timing.clock.set(seconds, at, ticks and block.state in ("running", "cancelling"))

    def _turn_to(self, block: BlockRun, at: float) -> None:
        self._charge(at, ticks=False)
        self._ledger.enter(block.id, self.elapsed)

    def _progress(self, event: Progress, block: BlockRun | None) -> None:
        self.total = max(self.total, event.total)
        ticks = self.state in ("running", "cancelling")
        elapsed = self._now(event, event.total_elapsed or None)
        self.timing.tell(elapsed, event.time, event.total_eta, event.unit, ticks=ticks)
        if block is None:
            self.text = event.text
            return
        self._turn_to(block, event.time)
        self._charge(event.time, ticks=ticks)
        block.fraction, block.text = max(block.fraction, event.fraction), event.text or block.text
        block.timing.left.tell(block.elapsed, event.eta, event.unit)

    def _stage_changed(self, block: BlockRun, event: StageChanged) -> None:
        going = self.state in ("running", "cancelling")
        self.timing.clock.set(self._now(event, event.total_elapsed), event.time, going)
        if event.state == "running":
            self._turn_to(block, event.time)
        block.state = event.state
        block.text = event.message or (block.text if event.state in ("running", "paused", "cancelling") else "")
        block.artifact = event.artifact or block.artifact
        if event.state in ("done", "cached"):
            block.fraction = 1.0
        if block.id == self._ledger.owner:
            self._charge(event.time, ticks=going)
        if event.state == "done" and block.stopping:
            block.note = STOPPED


def note_stopped(run: RunState, report: dict[str, Any]) -> set[str]:
    """Take over from a run's report which trainings were ended early; the ids of the blocks whose ends are new."""
    values = set()
    for stage in report.get("stages", ()):
        block, details = run.blocks.get(stage.get("block", "")), stage.get("details", {})
        stopped = any(value.get("stopped") is True for value in (details, *details.values()) if isinstance(value, dict))
        if block is not None and (block.note == STOPPED) != stopped:
            block.note = STOPPED if stopped else ""
            values.add(block.id)
    return values
