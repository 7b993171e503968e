"""The views of a run's results: charts, inspector, comparison, export, try it. What goes to which of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from engine.contracts.commands import Inspect
from engine.contracts.events import Event, Failure, Measured, Progress
from studio.bridge import new_id
from studio.runview.state import RunState

if TYPE_CHECKING:
    from engine.measure.inspection import Inspection
    from studio.charts.panel import ChartsPanel
    from studio.compare.figures import Variant
    from studio.compare.panel import ComparePanel
    from studio.inspector.panel import InspectorPanel
    from studio.window import MainWindow


class ResultViews(QObject):
    """Charts, inspector and comparison are made late; what came before is told them when they are adopted."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._charts: ChartsPanel | None = None
        self._inspector: InspectorPanel | None = None
        self._compare: ComparePanel | None = None
        self._inspecting: str | None = None
        self._comparing: str | None = None
        self._shown: list[tuple[str, str]] = []
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(200)
        self._later.timeout.connect(self._show_now)

    def adopt(self, name: str, panel: QWidget) -> None:
        """A heavy panel was made."""
        content: Any = panel
        if name == "charts":
            self._charts = content
        elif name == "inspector":
            self._inspector = content
            content.inspect_requested.connect(self._on_inspect)
            content.cancel_requested.connect(self._on_cancel)
            content.set_artifacts(self._shown)
        elif name == "compare":
            self._compare = content
            content.inspect_requested.connect(self._on_inspect_pair)
            content.cancel_requested.connect(self._on_cancel_pair)
            content.set_variants(self._variants())

    def begin(self, run: object) -> None:
        """A run starts: charts are empty, nothing can be exported yet."""
        assert isinstance(run, RunState)
        for name in ("charts", "inspector", "compare"):
            self._window.panel(name)
        titles = self._window.runs.titles()
        if self._charts is not None:
            self._charts.set_titles(titles)
            self._charts.clear(run.id)

    def take(self, events: list[Event]) -> None:
        """Events of the run."""
        if self._charts is not None:
            self._charts.take(events)
        if self._compare is not None and any(isinstance(event, Measured) for event in events):
            self._compare.set_variants(self._variants())

    def show_results(self) -> None:
        """What is there changed: tell export, try it and inspector, soon and once."""
        if not self._later.isActive():
            self._later.start()

    def _show_now(self) -> None:
        window = self._window
        results = window.runs.results()
        entries = [(str(block.artifact), block.title) for block in results]
        if entries == self._shown:
            return
        self._shown = entries
        name = window.document.pipeline.name
        window.export_panel.set_results(results, name)
        window.tryit.set_models([(title, path) for path, title in entries])
        if self._inspector is not None:
            self._inspector.set_artifacts(entries)
        if self._compare is not None:
            self._compare.set_variants(self._variants())

    def _variants(self) -> list[Variant]:
        from studio.compare.figures import Variant

        return [
            Variant(block.id, block.title, dict(block.figures), dict(block.protocol), str(block.artifact))
            for block in self._window.runs.results()
        ]

    # -- inspection ---------------------------------------------------------------------------------------------------
    def _on_inspect(self, artifact: str) -> None:
        self._on_cancel()
        run = self._window.runs.run
        reference = None
        if run is not None:
            block = next((block.id for block in run.blocks.values() if block.artifact == artifact), None)
            sources = [b for b in run.pipeline.upstream(block) if not run.pipeline.into(b)] if block else []
            reference = next((run.blocks[b].artifact for b in sources if b in run.blocks), None)
        assert self._inspector is not None
        self._inspector.show_loading(self.tr("Reading every layer…"))
        command = Inspect(id=new_id(), model=artifact, reference=reference, text=self._text())
        bridge = self._window.bridge
        self._inspecting = bridge.ask(command, self._on_inspected, self._on_inspect_failed, self._on_inspect_progress)

    def _text(self) -> str:
        return str(self._window.document.pipeline.evaluation.text)

    def _on_cancel(self) -> None:
        if self._inspecting is not None:
            self._window.bridge.forget(self._inspecting)
            self._inspecting = None
            if self._inspector is not None:
                self._inspector.show_nothing()

    def _on_inspect_progress(self, event: Event) -> None:
        if isinstance(event, Progress) and self._inspector is not None:
            self._inspector.show_loading(event.text, event.fraction)

    def _on_inspected(self, inspection: Any) -> None:
        self._inspecting = None
        titles = dict(self._shown)
        if self._inspector is not None:
            self._inspector.show(inspection, titles.get(inspection.model, Path(inspection.model).name))

    def _on_inspect_failed(self, failure: Failure | None) -> None:
        self._inspecting = None
        if self._inspector is None:
            return
        if failure is None:
            self._inspector.show_nothing()
        else:
            self._inspector.show_error(failure.what, _rest(failure))

    # -- comparison of layers -----------------------------------------------------------------------------------------
    def _on_inspect_pair(self, left: str, right: str) -> None:
        self._on_cancel_pair()
        self._pair = [left, right]
        self._found: list[Inspection] = []
        self._inspect_next()

    def _inspect_next(self) -> None:
        assert self._compare is not None
        self._compare.show_loading(self.tr("Reading the layers of {0} of 2…").format(len(self._found) + 1))
        command = Inspect(id=new_id(), model=self._pair[len(self._found)], reference=None, text=None)
        bridge = self._window.bridge
        self._comparing = bridge.ask(command, self._on_pair_inspected, self._on_pair_failed, self._on_pair_progress)

    def _on_pair_progress(self, event: Event) -> None:
        if isinstance(event, Progress) and self._compare is not None:
            self._compare.show_loading(event.text, (len(self._found) + event.fraction) / 2)

    def _on_pair_inspected(self, inspection: Any) -> None:
        self._comparing = None
        self._found.append(inspection)
        if len(self._found) < 2:
            self._inspect_next()
        elif self._compare is not None:
            self._compare.show_inspections(*self._found)

    def _on_pair_failed(self, failure: Failure | None) -> None:
        self._comparing = None
        if self._compare is not None and failure is not None:
            self._compare.show_error(failure.what, _rest(failure))

    def _on_cancel_pair(self) -> None:
        if self._comparing is not None:
            self._window.bridge.forget(self._comparing)
            self._comparing = None
            if self._compare is not None:
                self._compare.show_error(self.tr("Stopped"), self.tr("The layers were not compared."))


def _rest(failure: Failure) -> str:
    """Where, why and what to do, without what happened."""
    place = f"{failure.where}: " if failure.where else ""
    return f"{place}{failure.why} {failure.advice}".strip()
