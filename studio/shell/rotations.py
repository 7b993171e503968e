"""One click: a block without rotation, with a random Hadamard and with a learned one, run and compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from engine.contracts.commands import InspectRotation
from engine.contracts.events import Event, Failure, Progress
from engine.pipeline.variants import can_compare_rotations, rotation_variants
from studio.bridge import Bridge
from studio.canvas.view import CanvasView
from studio.document.session import Session
from studio.runs.controller import RunController
from studio.shell.results import ResultViews
from studio.shell.workspace import Workspace

if TYPE_CHECKING:
    from engine.contracts.rotation import RotationInspection
    from engine.record.comparison import Variant
    from engine.record.state import RunState


class RotationComparison(QObject):
    """Makes the branches (one step that can be undone), runs, then looks at the activations of each and shows them in
    the comparison. GUI thread only."""

    def __init__(
        self,
        session: Session,
        canvas: CanvasView,
        bridge: Bridge,
        runs: RunController,
        results: ResultViews,
        workspace: Workspace,
    ) -> None:
        super().__init__(workspace)
        self._session, self._document, self._canvas, self._bridge = session, session.document, canvas, bridge
        self._runs, self._results, self._workspace = runs, results, workspace
        self._pending: list[str] = []
        self._run: str | None = None
        self._inspections: list[tuple[Variant, RotationInspection]] = []
        runs.run_started.connect(self._on_started)
        runs.phase_changed.connect(self._on_phase)

    def compare_any(self) -> None:
        """Compare for the selected block, else for the first one that rotates."""
        pipeline = self._document.pipeline
        selected = self._canvas.selected_ids()
        ids = [*selected, *(block.id for block in pipeline.blocks)]
        block = next((name for name in ids if can_compare_rotations(pipeline, name)), None)
        if block is not None:
            self.compare(block)

    def compare(self, block_id: str) -> None:
        """Make the branches of this block and run."""
        if not self._runs.may_replace():
            return
        pipeline, ids = rotation_variants(self._document.pipeline, block_id)
        self._document.change(self.tr("Compare rotations"), pipeline)
        self._canvas.select(ids)
        self._canvas.fit()
        self._pending, self._run = ids, None
        self._workspace.bring("run")
        self._runs.start()

    # -- afterwards ---------------------------------------------------------------------------------------------------
    def _on_started(self, run: RunState) -> None:
        self._run = run.id if self._pending and run.blocks.keys() >= set(self._pending) else None

    def _on_phase(self, phase: str) -> None:
        """A check ends in "idle" too, before the run has started."""
        run = self._session.run
        if phase == "idle" and self._run is not None and run is not None and run.id == self._run:
            ids, self._pending, self._run = self._pending, [], None
            if run.state == "done":
                self._look(ids)

    def _look(self, ids: list[str]) -> None:
        """The metrics at once, the activations one after the other."""
        self._workspace.bring("compare")
        self._results.show_now()
        self._session.choose(a=ids[0], b=ids[-1])
        variants = {variant.id: variant for variant in self._results.variants()}
        self._waiting = [variants[name] for name in ids if name in variants]
        self._inspections = []
        self._next()

    def _next(self) -> None:
        if not self._waiting:
            panel: Any = self._workspace.panel("compare")
            panel.show_rotations(self._inspections)
            self._session.message.emit("success", self.tr("Three rotations were compared."))
            return
        command = InspectRotation(model=self._waiting[0].artifact, text=self._results.text())
        self._bridge.ask(command, self._on_found, self._on_failed, self._on_progress)

    def _on_progress(self, event: Event) -> None:
        if isinstance(event, Progress):
            text = self.tr("Measuring activations of {0}: {1}")
            self._session.message.emit("info", text.format(self._waiting[0].title, f"{event.fraction:.0%}"))

    def _on_found(self, inspection: Any) -> None:
        self._inspections.append((self._waiting.pop(0), inspection))
        self._next()

    def _on_failed(self, failure: Failure | None) -> None:
        self._waiting = []
        if failure is not None:
            self._session.message.emit("error", f"{failure.what}. {failure.why}")
