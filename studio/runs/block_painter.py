"""Blocks on the canvas with what runs and checks say of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from engine.contracts.commands import ModelFacts
from engine.contracts.problem import Problem
from engine.pipeline.differences import result_key
from engine.pipeline.document import Pipeline
from engine.pipeline.texts import with_texts
from studio.canvas.describe import READY, BlockState
from studio.document.session import Session
from studio.runs.card import block_state, marked, model_line
from studio.states import State

TICK_SECONDS = 0.2
"""The words below a running block change at most this often: more is only flicker."""


class BlockView(Protocol):
    """A view of blocks with their states: the canvas, which the outline follows."""

    def set_block_state(self, block_id: str, state: BlockState) -> None: ...
    def set_locked(self, ids: Iterable[str]) -> None: ...
    def select(self, ids: Iterable[str]) -> None: ...


class BlockPainter:
    """States of the document's blocks: of the session's run, else of the last check. GUI thread only."""

    def __init__(self, session: Session, view: BlockView) -> None:
        self._session, self._document, self._view = session, session.document, view
        self.is_active = False
        """True while a run is executed: problems of the document are not those of the run."""
        self._cached: dict[str, Any] = {}
        """Keys of results that exist already, by block."""
        self._marks: dict[str, BlockState] = {}
        """Problems of the last check as card states, by block."""
        self._models: dict[str, tuple[Any, str]] = {}
        """Settings of blocks that open a model, and that model in a line."""
        self._drawn: dict[str, float] = {}
        self._with_texts: tuple[Pipeline, Pipeline] | None = None

    def forget(self, *, marks: bool = False) -> None:
        """Drop what a former run or check said; ``marks``: problems too."""
        self._cached, self._drawn = {}, {}
        if marks:
            self._marks = {}

    def set_cached(self, checked: Pipeline, blocks: Iterable[str]) -> None:
        """Blocks of a checked pipeline whose results exist already."""
        pipeline = with_texts(checked.active())
        self._cached = {block: result_key(pipeline, block) for block in blocks if pipeline.has(block)}

    def set_models(self, checked: Pipeline, models: Mapping[str, ModelFacts]) -> None:
        """Say what the models are that blocks of a checked pipeline open."""
        lines = {name: model_line(facts) for name, facts in models.items() if checked.has(name)}
        self._models = {name: (checked.block(name).settings, line) for name, line in lines.items()}

    def mark(self, problems: list[Problem]) -> None:
        """Badges of what is wrong, until the next check."""
        self._marks = {}
        for problem in sorted(problems, key=lambda problem: problem.severity, reverse=True):
            if problem.block is not None:
                state: State = "unconfigured" if problem.severity == "error" else "warning"
                self._marks[problem.block] = BlockState(state, badge=str(problem))
        self.draw_all()

    def draw_all(self) -> None:
        """Draw every block."""
        for block in self._document.pipeline.blocks:
            self.draw(block.id)

    def draw_event(self, block_id: str, now: float, *, running: bool) -> None:
        """Draw a block that an event changed, a running one unless it was drawn as such a moment ago; ``now`` in
        seconds."""
        if not running:
            self._drawn.pop(block_id, None)
        elif now - self._drawn.get(block_id, -TICK_SECONDS) > TICK_SECONDS:
            self._drawn[block_id] = now
        else:
            return
        self.draw(block_id)

    def draw_running(self) -> None:
        """Draw the block at work with the present times and whatever was said of it meanwhile."""
        run = self._session.run
        if run is not None and run.current is not None:
            self.draw(run.current.id)

    def draw(self, block_id: str) -> None:
        """Draw a block, if the document has it."""
        if self._document.pipeline.has(block_id):
            state = self._state_of(block_id)
            if self._document.pipeline.block(block_id).bypassed:
                state = replace(state, state="bypassed", fraction=None)
            settings, line = self._models.get(block_id, (None, ""))
            if line and settings == self._document.pipeline.block(block_id).settings:
                state = replace(state, model=line)
            self._view.set_block_state(block_id, state)

    def _state_of(self, block_id: str) -> BlockState:
        run = self._session.run
        block = run.blocks.get(block_id) if run is not None else None
        mark = READY if self.is_active else self._marks.get(block_id, READY)
        if run is not None and block is not None and block.successor is None:
            return marked(block_state(run, block), mark)
        if mark is READY and block_id in self._cached and self._document.pipeline.has(block_id):
            pipeline = self._resolved()
            fits = pipeline.has(block_id) and self._cached[block_id] == result_key(pipeline, block_id)
            return BlockState("cached") if fits else READY
        return mark

    def _resolved(self) -> Pipeline:
        """The document as results depend on it: made once for all blocks, since it looks at each of them."""
        document = self._document.pipeline
        if self._with_texts is None or self._with_texts[0] is not document:
            self._with_texts = document, with_texts(document.active())
        return self._with_texts[1]
