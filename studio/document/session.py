"""The state that all views share: one document, one run of it, the selected blocks, and the pair A and B.

There is one session. Views of a run, a selection or a pair read it and follow its signals; none holds a copy. Opening a
document clears everything of the former one. An edit leaves the run, and `note` says whose run it is and what is
outdated.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Signal

from engine.pipeline.document import Pipeline
from engine.record.state import BlockRun, RunState
from studio.document.document import Document
from studio.engine_words import result_name


class Session(QObject):
    """GUI thread only. The run controller puts runs in, the canvas selects, keys and choosers make the pair."""

    run_changed = Signal()
    """Another run is shown, or none."""
    run_renamed = Signal()
    """The pipeline of the run has another name now."""
    outdated_changed = Signal(set)
    """Ids of blocks whose results fit the document again, or no longer."""
    results_changed = Signal()
    """There are other results, or their metrics changed."""
    selection_changed = Signal(list)
    """Ids of the selected blocks."""
    pair_changed = Signal()
    """A or B is another block."""
    pause_points_changed = Signal(frozenset)
    """Ids of the blocks after which runs hold now."""
    message = Signal(str, str)
    """For the status bar: kind ("info", "success", "warning", "error") and a sentence."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.run: RunState | None = None
        self.selection: list[str] = []
        self.pause_points: frozenset[str] = frozenset()
        """Ids of blocks after which a run is paused, so that one can look and then go on."""
        self._pair = ("", "")
        document.changed.connect(self._on_changed)

    # -- run ----------------------------------------------------------------------------------------------------------
    def show_run(self, run: RunState | None) -> None:
        """Show this run in the place of the former one: its results, and no others."""
        self.run = run
        self._pair = ("", "")
        self.run_changed.emit()
        self.results_changed.emit()
        self.pair_changed.emit()

    def results(self) -> list[BlockRun]:
        """Blocks of the run that left a model, sources included, in order."""
        return self.run.results() if self.run is not None else []

    def compare_with_document(self) -> None:
        """Find out what of the run still fits the document; undo makes it fit again."""
        changed = self.run.compare(self.document.pipeline) if self.run is not None else set()
        if changed:
            self.outdated_changed.emit(changed)

    def note(self) -> str:
        """Of which run the results are and what no longer holds of them, "" while everything holds."""
        if self.run is None:
            return ""
        results = self.results()
        changed = [result_name(block.title) for block in results if block.stale]
        if not changed and not any(block.measured_otherwise for block in results):
            return ""
        when = time.strftime("%H:%M", time.localtime(self.run.started)) if self.run.started else ""
        which = self.tr("From the run at {when}.").format(when=when) if when else self.tr("From an earlier run.")
        if changed:
            shown = ", ".join(changed[:3]) + ("…" if len(changed) > 3 else "")
            return f"{which} " + self.tr("Changed since then: {blocks}.").format(blocks=shown)
        return f"{which} " + self.tr("The evaluation settings changed since then: metrics are for the former text.")

    def _on_changed(self, old: Pipeline, new: Pipeline) -> None:
        if self.run is not None and self.run.pipeline.name == old.name != new.name:
            self.run.pipeline = self.run.pipeline.model_copy(update={"name": new.name})  # it is called as it is now
            self.run_renamed.emit()
        self.compare_with_document()

    # -- selection ----------------------------------------------------------------------------------------------------
    def select(self, blocks: list[str]) -> None:
        """These blocks are selected."""
        if blocks != self.selection:
            self.selection = list(blocks)
            self.selection_changed.emit(self.selection)

    def selected_result(self) -> BlockRun | None:
        """The result of the selected block, None unless exactly one block with a result is selected."""
        selected = self.selection[0] if len(self.selection) == 1 else ""
        return next((block for block in self.results() if block.id == selected), None)

    # -- holding ------------------------------------------------------------------------------------------------------
    def toggle_pause_point(self, block: str) -> None:
        """Let runs hold after a block, or no longer."""
        self.pause_points = self.pause_points ^ {block}
        self.pause_points_changed.emit(self.pause_points)

    # -- A and B ------------------------------------------------------------------------------------------------------
    @property
    def pair(self) -> tuple[str, str]:
        """Ids of the results that are held against each other, "" for none; the first and the last until chosen."""
        there = [block.id for block in self.results()]
        if len(there) < 2:
            return "", ""
        a, b = self._pair
        return (a if a in there else there[0]), (b if b in there else there[-1])

    def letters(self) -> dict[str, str]:
        """ "A" and "B" by block, for who marks them; empty while nothing is compared."""
        a, b = self.pair
        return {b: "B", a: "A"} if a else {}

    def artifact_letters(self) -> dict[str, str]:
        """The same by path of the artifact."""
        paths = {block.id: str(block.artifact) for block in self.results()}
        return {paths[block]: letter for block, letter in self.letters().items()}

    def swap_pair(self) -> None:
        """A becomes B, and B becomes A."""
        a, b = self.pair
        if a:
            self._pair = (b, a)
            self.pair_changed.emit()

    def compare_as(self, letter: str) -> None:
        """Make the result of the selected block A or B; what has none can't be compared, which is said."""
        result = self.selected_result()
        if result is None:
            self.message.emit("warning", self.tr("Select one block with a result. Run the pipeline if there is none."))
        else:
            self.choose(**{letter.lower(): result.id})

    def choose(self, *, a: str = "", b: str = "") -> None:
        """Make a result A, B, or both."""
        pair = (a or self._pair[0], b or self._pair[1])
        if pair != self._pair:
            self._pair = pair
            self.pair_changed.emit()
