"""The views of a run's results: charts, inspector, comparison, all results, export, try it. Each shows what the session
says: its run, its selection, its pair."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from engine.base.errors import BadInput
from engine.contracts.commands import DescribeLayers, Inspect, InspectRotation
from engine.contracts.events import OVER, Event, Failure, Measured, RunChanged
from engine.pipeline.texts import model_of, with_texts
from engine.record.comparison import Variant, variants_of
from engine.record.folder import RunFolder
from engine.record.run_list import Reused
from engine.record.state import RunState
from studio.bridge import Bridge, Question
from studio.document.session import Session
from studio.engine_words import block_name, remaining_time, result_name, speed_words, work_words
from studio.inquiry import Inquiry
from studio.kit.background import BackgroundTask
from studio.runs.controller import RunController
from studio.runs.recent_runs import when_words
from studio.shell.panels import HEAVY
from studio.shell.workspace import Workspace

if TYPE_CHECKING:
    from engine.architecture.anatomy import Anatomy
    from engine.contracts.budget import BudgetProblem, Plan
    from engine.contracts.inspection import Inspection
    from engine.record.budgets import FittedBlock
    from engine.record.history import Result
    from studio.allresults.panel import ResultsPanel
    from studio.compare.panel import ComparePanel
    from studio.fit.panel import FitPanel
    from studio.inspector.panel import InspectorPanel
    from studio.plots.board import Board
    from studio.plots.waiting import Activity

SHOWING = ("charts", "inspector", "compare", "fit", "export", "tryit")
"""Panels that show something of a run."""
BUDGET = "budget"
"""Family of the methods that fit a model to a budget."""
SETTLE_MS = 200


class ResultViews(QObject):
    """Tells every view what changed, in order. The heavy panels are made late; each has a view from then on, which is
    told what came before. GUI thread only."""

    records_changed = Signal()
    """Records of past runs changed on disk."""
    offered = Signal(list, str)
    """The results that there are now, `BlockRun`s, and the name of their pipeline."""
    run_requested = Signal(object)
    """Show the run in this `RunFolder` again."""
    charts_missed = Signal(object)
    """Charts of reused results are not there: a `Reused`."""

    def __init__(
        self, session: Session, bridge: Bridge, runs: RunController, workspace: Workspace, rotations: QAction
    ) -> None:
        """``rotations``: compares no rotation, a random Hadamard one and a learned one."""
        super().__init__(workspace)
        self.session, self.bridge, self.runs, self.workspace = session, bridge, runs, workspace
        self.rotations = rotations
        self.views: dict[str, View] = {}
        self.shown: list[tuple[str, str]] = []
        """Path and title of the results that were offered."""
        self._later = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._later.timeout.connect(self.show_now)
        session.run_changed.connect(self._on_run_changed)
        session.results_changed.connect(self._on_results_changed)
        session.outdated_changed.connect(self._show_note)
        for name in HEAVY:
            workspace.panels[name].content_made.connect(self._adopt)
            workspace.panels[name].seen.connect(self._on_seen)

    def _on_seen(self, name: str, visible: bool) -> None:
        """Make a panel at once where a run is looked at in it."""
        if visible and self.session.run is not None:
            self.workspace.panel(name)

    def _adopt(self, name: str, panel: QWidget) -> None:
        """A heavy panel was made."""
        content: Any = panel
        kinds: dict[str, Callable[[Any, ResultViews], View]] = {
            "charts": ChartsView,
            "inspector": InspectorView,
            "compare": CompareView,
            "fit": FitView,
            "results": AllResultsView,
        }
        self.views[name] = view = kinds[name](content, self)
        if self.session.run is not None:
            view.on_run()
        view.on_results()

    def inspect(self, artifact: str) -> None:
        """Look into an artifact, unless it is shown already."""
        view = self.views.get("inspector")
        if isinstance(view, InspectorView) and view.panel.shown != artifact:
            view.inspect(artifact)

    def variants(self) -> list[Variant]:
        """Results that can be compared."""
        return variants_of(self.session.run) if self.session.run is not None else []

    def text(self) -> str:
        """The text that everything is measured on."""
        return str(with_texts(self.session.document.pipeline).evaluation.text)

    def _on_run_changed(self) -> None:
        """Nothing of the former run stays; of another one there is nothing yet."""
        if self.session.run is not None:
            self.workspace.panel("charts")  # they draw events as they come; the others read what the session has
        for view in self.views.values():
            view.on_run()
        self._later.stop()
        self.show_now()

    def _show_note(self) -> None:
        """Of which run the results are, where they no longer fit the pipeline."""
        note = self.session.note()
        for name in SHOWING:
            self.workspace.panels[name].show_note(note)

    def _on_results_changed(self) -> None:
        """Announce changed results, soon and once."""
        if not self._later.isActive():
            self._later.start()

    def show_now(self) -> None:
        """Offer the results that there are, without waiting for more."""
        results = self.session.results()
        entries = [(str(block.artifact), result_name(block.title)) for block in results]
        self._show_note()
        if entries != self.shown:
            self.shown = entries
            self.offered.emit(results, self.session.document.pipeline.name)
            for view in self.views.values():
                view.on_results()


class View(QObject):
    """View of the session in one panel, from when the panel is made."""

    def __init__(self, panel: QWidget, hub: ResultViews) -> None:
        super().__init__(panel)
        self.hub, self._session = hub, hub.session

    def on_run(self) -> None:
        """Another run is shown, or none."""

    def on_results(self) -> None:
        """There are other results, or they are called otherwise."""


def activity_of(run: RunState | None) -> Activity:
    """The present work of a run."""
    from studio.plots.waiting import Activity

    if run is None or not run.activity:
        return Activity()
    block = run.current
    if block is None:
        return Activity(text=work_words(run.activity))
    left = remaining_time(block.left_text(time.time()))
    return Activity(result_name(block.title), work_words(block.text), block.fraction or None, left)


class ChartsView(View):
    """Charts follow the block at work, else the selected one."""

    def __init__(self, panel: Board, hub: ResultViews) -> None:
        super().__init__(panel, hub)
        self.panel = panel
        self._former: RunState | None = None
        self._maker: RunFolder | None = None
        panel.waiting.run_requested.connect(self._show_maker)
        hub.charts_missed.connect(self._on_missed)
        hub.runs.received.connect(panel.add_events)
        hub.runs.received.connect(self._show_activity)
        hub.runs.phase_changed.connect(self._show_activity)
        hub.session.pair_changed.connect(self._show_letters)
        hub.session.selection_changed.connect(self._on_selection)

    def _on_missed(self, answer: Reused) -> None:
        """The board is empty and stays so: results were reused, and what they had shown is not there."""
        self._maker = answer.maker
        when = f"“{answer.name}”, {when_words(answer.started)}" if answer.maker is not None else ""
        self.panel.waiting.show_reused(when)

    def _show_maker(self) -> None:
        if self._maker is not None:
            self.hub.run_requested.emit(self._maker)

    def on_run(self) -> None:
        run, former = self._session.run, self._former
        self._former = run
        self.panel.set_titles(self.hub.runs.titles())
        self.panel.clear(run.id if run else None, run.takes_up(former) if run and former else [])
        self.panel.set_subject(run.pipeline.name if run else "")

    def on_results(self) -> None:
        self._show_letters()
        self._on_selection()

    def _show_activity(self, *_: object) -> None:
        self.panel.show_activity(activity_of(self._session.run))

    def _show_letters(self) -> None:
        self.panel.set_letters(self._session.letters())

    def _on_selection(self) -> None:
        blocks = self._session.selection
        if not self.hub.runs.is_active:  # they follow the block at work
            self.panel.follow_block(blocks[0] if len(blocks) == 1 else "")


class AllResultsView(View):
    """The table of all results is read anew where it can be seen."""

    def __init__(self, panel: ResultsPanel, hub: ResultViews) -> None:
        super().__init__(panel, hub)
        self.panel, self._dock = panel, hub.workspace.panels["results"]
        panel.open_requested.connect(self._on_open)
        panel.compare_requested.connect(self._on_compare)
        self._dock.seen.connect(self._refresh)
        hub.session.run_renamed.connect(self._show_pipeline)
        hub.session.document.changed.connect(self._show_pipeline)
        self._show_pipeline()
        hub.runs.received.connect(self._on_received)
        hub.records_changed.connect(self._refresh)
        self._refresh()

    def _show_pipeline(self, *_: object) -> None:
        """The panel shows the results of the open pipeline."""
        self.panel.show_pipeline(self._session.document.pipeline.name)

    def _on_received(self, events: list[Event]) -> None:
        if any(isinstance(event, RunChanged) and event.state in OVER for event in events):
            self._refresh()

    def _refresh(self) -> None:
        if self._dock.in_front:
            self.panel.refresh()

    def _on_open(self, result: Result) -> None:
        self.hub.run_requested.emit(RunFolder(result.folder))

    def _on_compare(self, results: list[Result]) -> None:
        """Chosen rows of the table stand beside each other, whichever runs they are of."""
        self.hub.workspace.bring("compare")
        view = self.hub.views["compare"]
        assert isinstance(view, CompareView)
        view.panel.invite([self.panel.records.variant(result) for result in results])


class InspectorView(View):
    """The layers of what the selected block left, and its activations."""

    def __init__(self, panel: InspectorPanel, hub: ResultViews) -> None:
        super().__init__(panel, hub)
        self.panel = panel
        page = panel.rotation
        self.layers = Inquiry(hub.bridge, panel.layers, self._on_inspected, panel.show_nothing)
        self.activations = Inquiry(hub.bridge, page.pages, page.show_inspection)
        panel.inspect_requested.connect(self.inspect)
        panel.layers.cancel_requested.connect(self.layers.give_up)
        panel.rotation_requested.connect(self._on_rotation)
        page.pages.cancel_requested.connect(self.activations.give_up)
        page.compare_requested.connect(hub.rotations.trigger)
        page.set_comparable(hub.rotations.isEnabled())
        hub.rotations.enabledChanged.connect(page.set_comparable)
        panel.layer_shown.connect(self._on_layer)
        panel.plots_requested.connect(self._on_plots)
        panel.ignore_requested.connect(self._on_ignore)
        hub.session.pair_changed.connect(self._show_letters)
        hub.session.selection_changed.connect(self._on_selection)

    def on_run(self) -> None:
        for look in (self.layers, self.activations):
            look.drop()
        self.panel.rotation.pages.show_ask()
        self.panel.show_nothing()

    def on_results(self) -> None:
        self.panel.set_artifacts(self.hub.shown)
        self._show_letters()
        self._on_selection()

    def _show_letters(self) -> None:
        self.panel.set_letters(self._session.artifact_letters())

    def _on_selection(self) -> None:
        """Have the result of the selected block ready, or the last one where nothing is chosen."""
        result = self._session.selected_result()
        if self.layers.is_open:
            return
        if result is not None:
            self.panel.offer(str(result.artifact))
        elif self.hub.shown and not self.panel.artifact:
            self.panel.offer(self.hub.shown[-1][0])

    def inspect(self, artifact: str) -> None:
        """Look at the layers of an artifact."""
        run = self._session.run
        reference = run.reference(artifact) if run is not None else None
        self._rotated = run is not None and run.is_rotated(artifact)
        command = Inspect(model=artifact, reference=reference, text=self.hub.text())
        self.layers.send(command, self.tr("Reading every layer…"))

    def _on_inspected(self, inspection: Inspection) -> None:
        titles = dict(self.hub.shown)
        note = self.tr("rotated: weight errors do not apply") if self._rotated else ""
        self.panel.show(inspection, titles.get(inspection.model, Path(inspection.model).name), note)

    def _on_rotation(self, artifact: str) -> None:
        run = self._session.run
        reference = run.original(artifact) if run is not None else None
        command = InspectRotation(model=artifact, reference=reference, text=self.hub.text())
        self.activations.send(command, self.tr("Measuring activations…"))

    def _plot_of(self, layer: str) -> tuple[Board, Any] | None:
        """The charts, and which of their plots shows a layer."""
        charts = self.hub.views.get("charts")
        key = charts.panel.find_plot(layer) if isinstance(charts, ChartsView) else None
        return (charts.panel, key) if isinstance(charts, ChartsView) and key is not None else None

    def _on_layer(self, layer: str) -> None:
        self.panel.offer_plots(self._plot_of(layer) is not None)

    def _on_plots(self, layer: str) -> None:
        if (plot := self._plot_of(layer)) is not None:
            board, key = plot
            self.hub.workspace.bring("charts")
            board.point_at(key, layer)

    def _on_ignore(self, artifact: str, pattern: str) -> None:
        """Let the block that left this model leave a layer, or all of a role, as they are from now on."""
        run, document = self._session.run, self._session.document
        left = run.block_of(artifact) if run is not None else None
        if left is None or not document.pipeline.has(left.id):
            return
        block = document.pipeline.block(left.id)
        if block.info is None or "ignore" not in block.info.settings.model_fields:
            text = self.tr("“{block}” can't skip layers.")
            self._session.message.emit("warning", text.format(block=block_name(block)))
            return
        ignored = tuple(block.settings.get("ignore", ()))
        if pattern not in ignored:
            changed = document.pipeline.with_settings(block.id, ignore=[*ignored, pattern])
            document.change(self.tr("Skip {layer}").format(layer=pattern), changed)
            text = self.tr("“{block}” will skip {layer} in the next run.")
            self._session.message.emit("info", text.format(block=block_name(block), layer=pattern))


class CompareView(View):
    """A and B beside each other; their layers are looked at one model after the other."""

    def __init__(self, panel: ComparePanel, hub: ResultViews) -> None:
        super().__init__(panel, hub)
        self.panel = panel
        pages = panel.layer_pages
        self._inquiry = Inquiry(hub.bridge, pages, self._on_inspected, panel.show_stopped)
        panel.inspect_requested.connect(self._on_inspect)
        pages.cancel_requested.connect(self._inquiry.give_up)
        panel.pair_chosen.connect(self._on_pair_chosen)
        hub.session.pair_changed.connect(self._show_pair)
        hub.runs.received.connect(self._on_received)

    def on_run(self) -> None:
        self._inquiry.give_up()
        self.panel.clear()

    def on_results(self) -> None:
        self.panel.set_variants(self.hub.variants())
        if not self.panel.has_guests:
            self._show_pair()

    def _show_pair(self) -> None:
        a, b = self._session.pair
        if a and self.panel.ids() != (a, b):
            self.panel.choose(a, b)

    def _on_received(self, events: list[Event]) -> None:
        if any(isinstance(event, Measured) for event in events):
            self.panel.set_variants(self.hub.variants())

    def _on_pair_chosen(self, left: str, right: str) -> None:
        self._session.choose(a=left, b=right)

    def _on_inspect(self, variants: list[Variant]) -> None:
        self._inspected = list(variants)
        self._inspections: list[Inspection] = []
        self._inspect_next()

    def _inspect_next(self) -> None:
        done, count = len(self._inspections), len(self._inspected)
        variant = self._inspected[done]
        command = Inspect(model=variant.artifact, reference=variant.reference or None, text=self.hub.text())
        text = self.tr("Reading the layers of {0} of {1}…").format(done + 1, count)
        self._inquiry.send(command, text, done, count)

    def _on_inspected(self, inspection: Inspection) -> None:
        self._inspections.append(inspection)
        if len(self._inspections) < len(self._inspected):
            self._inspect_next()
        else:
            self.panel.show_inspections(self._inspections)


class FitView(View):
    """Plans that the run's blocks fitted to a budget, read from its report."""

    def __init__(self, panel: FitPanel, hub: ResultViews) -> None:
        super().__init__(panel, hub)
        self.panel = panel
        self._reading: BackgroundTask | None = None
        self._look = Question(hub.bridge, self, self._on_anatomy, self._on_failed)
        panel.build_requested.connect(self._on_build)
        panel.convert_requested.connect(self._on_convert)
        hub.runs.ended.connect(self.on_results)
        hub.runs.received.connect(self._show_activity)
        hub.session.selection_changed.connect(self._on_selection)

    def _show_activity(self, _: object = None) -> None:
        run = self._session.run
        self.panel.show_activity(run.activity if run is not None and self._fits(list(run.blocks)) else "")

    def _fits(self, blocks: list[str]) -> bool:
        """True if one of these blocks of the run fits to a budget."""
        run = self._session.run
        infos = [run.pipeline.block(block).info for block in blocks] if run is not None else []
        return any(info is not None and info.family == BUDGET for info in infos)

    def on_run(self) -> None:
        self._drop()
        self._show_activity()
        self.panel.show_blocks([])

    def on_results(self, _: object = None) -> None:
        """Read the report anew, if there is a block that fits; several requests are one."""
        run, folder = self._session.run, self.hub.runs.folder
        if run is None or folder is None or not self._fits([block.id for block in run.results()]):
            return
        self._drop()
        self._reading = BackgroundTask(partial(_fitted_blocks, folder), self)
        self._reading.done.connect(self._on_read)

    def _drop(self) -> None:
        if self._reading is not None:
            self._reading.stop()
            self._reading = None

    def _on_read(self, blocks: list[FittedBlock] | None) -> None:
        self._reading = None
        self.panel.show_blocks(blocks or [])
        self._on_selection()

    def _on_selection(self) -> None:
        if len(self._session.selection) == 1:
            self.panel.offer(self._session.selection[0])

    def _on_build(self, block: str, size: str, context: int, speed: float, locks: list[str]) -> None:
        """Give the block this size, speed and these locks, as one step to undo, and run."""
        document = self._session.document
        if not self._is_there(block):
            return
        changed = document.pipeline.with_settings(
            block, size=size, context=context, tokens_per_second=speed, locks=locks, plan=""
        )
        goal = speed_words(speed) if speed else size
        document.change(self.tr("Build the plan of {0}").format(goal), changed)
        self.hub.workspace.bring("run")
        self.hub.runs.start()

    def _is_there(self, block: str) -> bool:
        """True if a block is on the canvas and still fits to a budget; else that is said."""
        pipeline = self._session.document.pipeline
        info = pipeline.block(block).info if pipeline.has(block) else None
        there = info is not None and info.family == BUDGET
        if not there:
            self.panel.refuse(self.tr("The Fit to budget block for this plan was removed from the canvas."))
        return there

    def _on_convert(self, block: str, problem: BudgetProblem, plan: Plan) -> None:
        """An ordinary block takes its place once the layers of its input are known."""
        if self._is_there(block):
            self._conversion = block, problem, plan
            self._look.ask(self._describe_input(block))

    def _describe_input(self, block: str) -> DescribeLayers:
        """Of what the block before left in the run, else of the source."""
        pipeline, run = self._session.document.pipeline, self._session.run
        before = run.blocks.get(pipeline.before(block) or "") if run is not None else None
        if before is not None and before.artifact:
            return DescribeLayers(model=before.artifact)
        model, revision = model_of(pipeline, block)
        return DescribeLayers(model=model, revision=revision)

    def _on_anatomy(self, anatomy: Anatomy) -> None:
        from engine.pipeline.fitting import as_ordinary_block  # loads numpy, which the window opens without

        block, problem, plan = self._conversion
        document = self._session.document
        if not self._is_there(block):
            return
        try:
            changed = as_ordinary_block(document.pipeline, block, problem, plan, anatomy)
        except BadInput as error:
            self.panel.refuse(str(error))
            return
        document.change(self.tr("Turn a plan into an ordinary block"), changed)
        title = block_name(changed.block(block))
        text = self.tr("“{block}” has the formats of the plan. Undo brings Fit to budget back.").format(block=title)
        self._session.message.emit("success", text)

    def _on_failed(self, failure: Failure | None) -> None:
        if failure is not None:
            self.panel.refuse(str(failure))


def _fitted_blocks(folder: Path) -> list[FittedBlock]:
    from engine.record.budgets import fitted_blocks  # loads numpy, which the window opens without

    return fitted_blocks(RunFolder(folder).report())
