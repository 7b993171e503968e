"""The views of a run's results: charts, inspector, comparison, export, try it. Each shows what the session
says: its run, its selection, its pair."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from engine.contracts.commands import Inspect, InspectRotation
from engine.contracts.events import OVER, Event, Measured, RunChanged
from engine.pipeline.differences import result_key
from engine.pipeline.legality import roots
from engine.pipeline.texts import with_texts
from engine.pipeline.variants import is_rotated
from engine.run.folder import RunFolder
from engine.run.state import RunState
from studio.asked import Inquiry
from studio.bridge import Bridge
from studio.panels import HEAVY
from studio.run_controller import RunController
from studio.session import Session
from studio.workspace import Workspace

if TYPE_CHECKING:
    from engine.contracts.inspection import Inspection
    from engine.run.comparison import Variant
    from engine.run.history import Result
    from studio.allresults.panel import ResultsPanel
    from studio.compare.panel import ComparePanel
    from studio.inspector.panel import InspectorPanel
    from studio.plots.board import Board


SHOWING = ("charts", "inspector", "compare", "export", "tryit")
"""Panels that show something of a run."""


class ResultViews(QObject):
    """Charts, inspector and comparison are made late; what came before is told them when they are adopted.
    GUI thread only."""

    offered = Signal(list, str)
    """The results that there are now, `BlockRun`s, and the name of their pipeline."""
    run_requested = Signal(object)
    """Show the run in this `RunFolder` again."""
    rotations_requested = Signal()
    """Compare no rotation, a random Hadamard one and a learned one."""

    def __init__(self, session: Session, bridge: Bridge, runs: RunController, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._session, self._document = session, session.document
        self._bridge, self._runs, self._workspace = bridge, runs, workspace
        self._charts: Board | None = None
        self._inspector: InspectorPanel | None = None
        self._compare: ComparePanel | None = None
        self._all: ResultsPanel | None = None
        self._inspecting: Inquiry | None = None
        self._rotated = False
        self._rotating: Inquiry | None = None
        self._comparing: Inquiry | None = None
        self._comparable = False
        self._shown: list[tuple[str, str]] = []
        self._former: RunState | None = None
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(200)
        self._later.timeout.connect(self.show_now)
        session.run_changed.connect(self._on_run_changed)
        session.results_changed.connect(self._on_results_changed)
        session.outdated_changed.connect(self._show_note)
        session.selection_changed.connect(self._on_selection)
        session.pair_changed.connect(self._show_pair)
        runs.received.connect(self.take)
        for name in HEAVY:
            workspace.panels[name].made.connect(self._adopt)

    def _adopt(self, name: str, panel: QWidget) -> None:
        """A heavy panel was made."""
        content: Any = panel
        if name == "charts":
            self._charts = content
            content.set_letters(self._session.letters())
        elif name == "inspector":
            self._inspector = content
            self._inspecting = Inquiry(self._bridge, content.layers, self._on_inspected, content.show_nothing)
            self._rotating = Inquiry(self._bridge, content.rotation.pages, content.rotation.show_inspection)
            content.inspect_requested.connect(self._on_inspect)
            content.layers.cancel_requested.connect(self._inspecting.give_up)
            content.rotation_requested.connect(self._on_rotation)
            content.rotation.pages.cancel_requested.connect(self._rotating.give_up)
            content.rotation.compare_requested.connect(self.rotations_requested)
            content.rotation.set_comparable(self._comparable)
            content.layer_shown.connect(self._on_layer)
            content.plots_requested.connect(self._on_plots)
            content.ignore_requested.connect(self._on_ignore)
            content.set_letters(self._session.artifact_letters())
            content.set_artifacts(self._shown)
        elif name == "results":
            self._all = content
            content.open_requested.connect(self._on_open_run)
            content.compare_requested.connect(self._on_compare)
            workspace = self._workspace.panels[name]
            workspace.seen.connect(self._refresh_all)
            self._refresh_all(name, workspace.in_front)
        elif name == "compare":
            self._compare = content
            pages = content.layer_pages
            self._comparing = Inquiry(self._bridge, pages, self._on_layers_inspected, content.show_stopped)
            content.inspect_requested.connect(self._on_inspect_layers)
            pages.cancel_requested.connect(self._comparing.give_up)
            content.pair_chosen.connect(self._on_pair_chosen)
            content.set_variants(self.variants())
            self._show_pair()
        self._on_selection(self._session.selection)

    def _refresh_all(self, name: str = "results", seen: bool = True) -> None:
        """The table of all results is read anew where it can be seen."""
        if self._all is not None and seen and self._workspace.panels["results"].in_front:
            self._all.refresh()

    def _on_open_run(self, result: Result) -> None:
        self.run_requested.emit(RunFolder(result.folder))

    def _on_compare(self, results: list[Result]) -> None:
        """Chosen rows of the table stand beside each other, whichever runs they are of."""
        assert self._all is not None
        self._workspace.bring("compare")
        if self._compare is not None:
            self._compare.invite([self._all.records.variant(result) for result in results])

    def set_comparable(self, possible: bool) -> None:
        """Whether there is a block whose rotations can be compared."""
        self._comparable = possible
        if self._inspector is not None:
            self._inspector.rotation.set_comparable(possible)

    def _on_run_changed(self) -> None:
        """Nothing of the former run stays; of another one there is nothing yet."""
        run = self._session.run
        if run is not None:
            for name in HEAVY:
                self._workspace.panel(name)
        former, self._former = self._former, run
        if self._charts is not None:
            self._charts.set_titles(self._runs.titles())
            self._charts.clear(run.id if run is not None else None, _taken_up(former, run))
            self._charts.set_subject(run.pipeline.name if run is not None else "")
        for inquiry in (self._comparing, self._rotating, self._inspecting):
            if inquiry is not None:
                inquiry.give_up()
        if self._inspector is not None:
            self._inspector.show_nothing()
            self._inspector.rotation.pages.show_ask()
        if self._compare is not None:
            self._compare.clear()
        self._show_note()
        self._later.stop()
        self.show_now()

    def _show_note(self) -> None:
        """Of which run the results are, where they no longer fit the pipeline."""
        note = self._session.note()
        for name in SHOWING:
            self._workspace.panels[name].show_note(note)

    def take(self, events: list[Event]) -> None:
        """Events of the run."""
        if self._charts is not None:
            self._charts.take(events)
        if self._compare is not None and any(isinstance(event, Measured) for event in events):
            self._compare.set_variants(self.variants())
        if any(isinstance(event, RunChanged) and event.state in OVER for event in events):
            self._refresh_all()

    def _on_selection(self, blocks: list[str]) -> None:
        """Charts show the selected block, the inspector offers what it left."""
        if self._charts is not None and not self._runs.is_active:  # they follow the block at work
            self._charts.follow_block(blocks[0] if len(blocks) == 1 else "")
        result = self._session.selected_result()
        busy = self._inspecting is not None and self._inspecting.is_open
        if self._inspector is not None and result is not None and not busy:
            self._inspector.offer(str(result.artifact))

    def _show_pair(self) -> None:
        self._show_letters()
        a, b = self._session.pair
        if self._compare is not None and a and self._compare.ids() != (a, b):
            self._compare.choose(a, b)

    def _show_letters(self) -> None:
        if self._charts is not None:
            self._charts.set_letters(self._session.letters())
        if self._inspector is not None:
            self._inspector.set_letters(self._session.artifact_letters())

    def _on_pair_chosen(self, left: str, right: str) -> None:
        self._session.choose(a=left, b=right)

    def _on_results_changed(self) -> None:
        """What is there changed: it is announced, soon and once."""
        if not self._later.isActive():
            self._later.start()

    def show_now(self) -> None:
        """Offer the results that there are, without waiting for more."""
        results = self._session.results()
        entries = [(str(block.artifact), block.title) for block in results]
        self._show_note()
        if entries == self._shown:
            return
        self._shown = entries
        self.offered.emit(results, self._document.pipeline.name)
        if self._inspector is not None:
            self._inspector.set_artifacts(entries)
        if self._compare is not None:
            self._compare.set_variants(self.variants())
        if self._compare is None or not self._compare.has_guests:
            self._show_pair()
        self._show_letters()
        self._on_selection(self._session.selection)

    def variants(self) -> list[Variant]:
        """What can be compared."""
        from engine.run.comparison import Variant

        return [
            Variant(
                block.id,
                block.title,
                dict(block.metrics),
                dict(block.protocol),
                str(block.artifact),
                self._reference(str(block.artifact)) or "",
                self._is_source(block.id),
            )
            for block in self._session.results()
        ]

    def _is_source(self, block: str) -> bool:
        run = self._session.run
        return run is not None and roots(run.pipeline).get(block) == block

    # -- inspection ---------------------------------------------------------------------------------------------------
    def inspect(self, artifact: str) -> None:
        """Look into an artifact, unless it is shown already."""
        if self._inspector is not None and self._inspector.shown != artifact:
            self._on_inspect(artifact)

    def _on_inspect(self, artifact: str) -> None:
        assert self._inspecting is not None
        self._rotated = self._is_rotated(artifact)
        command = Inspect(model=artifact, reference=self._reference(artifact), text=self.text())
        self._inspecting.put(command, self.tr("Reading every layer…"))

    def _block_of(self, artifact: str) -> str | None:
        run = self._session.run
        return next((b.id for b in run.blocks.values() if b.artifact == artifact), None) if run is not None else None

    def _is_rotated(self, artifact: str) -> bool:
        run, block = self._session.run, self._block_of(artifact)
        return run is not None and block is not None and is_rotated(run.pipeline, block)

    def _reference(self, artifact: str) -> str | None:
        """What the errors of its layers are relative to; None for weights of another basis."""
        return None if self._is_rotated(artifact) else self._original(artifact)

    def _original(self, artifact: str) -> str | None:
        """The artifact of the source that a block's model comes from."""
        run, block = self._session.run, self._block_of(artifact)
        if run is None or block is None:
            return None
        root = roots(run.pipeline)[block]
        return run.blocks[root].artifact if root in run.blocks and root != block else None

    def text(self) -> str:
        """The text that everything is measured on."""
        return str(with_texts(self._document.pipeline).evaluation.text)

    def _on_inspected(self, inspection: Any) -> None:
        titles = dict(self._shown)
        if self._inspector is not None:
            note = self.tr("rotated, so without an error against the original's weights") if self._rotated else ""
            self._inspector.show(inspection, titles.get(inspection.model, Path(inspection.model).name), note)

    def _on_layer(self, layer: str) -> None:
        """A layer was picked in the inspector: are there plots of it?"""
        if self._inspector is not None:
            self._inspector.offer_plots(self._charts is not None and self._charts.find_plot(layer) is not None)

    def _on_ignore(self, artifact: str, pattern: str) -> None:
        """Let the block that left this model leave a layer, or all of a role, as they are from now on."""
        block, pipeline = self._block_of(artifact), self._document.pipeline
        if block is None or not pipeline.has(block):
            return
        info = pipeline.block(block).info
        if info is None or "ignore" not in info.settings.model_fields:
            text = self.tr("“{block}” has no setting for layers to ignore.")
            self._session.told.emit("warning", text.format(block=pipeline.block(block).name))
            return
        ignored = tuple(pipeline.block(block).settings.get("ignore", ()))
        if pattern not in ignored:
            changed = pipeline.with_settings(block, ignore=[*ignored, pattern])
            self._document.change(self.tr("Ignore {layer}").format(layer=pattern), changed)
            text = self.tr("“{block}” leaves {layer} as it is at the next run.")
            self._session.told.emit("info", text.format(block=pipeline.block(block).name, layer=pattern))

    def _on_plots(self, layer: str) -> None:
        key = self._charts.find_plot(layer) if self._charts is not None else None
        if self._charts is not None and key is not None:
            self._workspace.bring("charts")
            self._charts.point_at(key, layer)

    # -- activations --------------------------------------------------------------------------------------------------
    def _on_rotation(self, artifact: str) -> None:
        assert self._rotating is not None
        command = InspectRotation(model=artifact, reference=self._original(artifact), text=self.text())
        self._rotating.put(command, self.tr("Looking at the activations…"))

    # -- comparison of layers -----------------------------------------------------------------------------------------
    def _on_inspect_layers(self, variants: list[Variant]) -> None:
        self._asked = list(variants)
        self._found: list[Inspection] = []
        self._inspect_next()

    def _inspect_next(self) -> None:
        assert self._comparing is not None
        done, count = len(self._found), len(self._asked)
        variant = self._asked[done]
        command = Inspect(model=variant.artifact, reference=variant.reference or None, text=None)
        text = self.tr("Reading the layers of {0} of {1}…").format(done + 1, count)
        self._comparing.put(command, text, done, count)

    def _on_layers_inspected(self, inspection: Any) -> None:
        self._found.append(inspection)
        if len(self._found) < len(self._asked):
            self._inspect_next()
        elif self._compare is not None:
            self._compare.show_inspections(self._found)


def _taken_up(former: RunState | None, run: RunState | None) -> list[str]:
    """Blocks that a former run did not finish and this one goes on with."""
    if former is None or run is None:
        return []
    open_blocks = [block.id for block in former.blocks.values() if block.state in ("cancelled", "failed")]
    mine, other = former.pipeline, run.pipeline
    return [name for name in open_blocks if other.has(name) and result_key(mine, name) == result_key(other, name)]
