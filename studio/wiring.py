"""Which signal goes where, and what every action does. All connections of the main window stand here."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from engine.contracts.events import Curve, Event, Grid, LayerDone, Log, Metric
from engine.contracts.problem import Problem
from engine.pipeline.document import Pipeline
from studio.commandpalette import CommandPalette, ShortcutSheet
from studio.models.dialog import ModelDialog
from studio.panels import HEAVY
from studio.pastrun import PastRun
from studio.rotations import RotationComparison

if TYPE_CHECKING:
    from studio.window import MainWindow


DRAWN = (Metric, LayerDone, Curve, Grid)
"""Events that charts and plots are drawn from, whenever they were told."""


def connect(window: MainWindow) -> None:
    """Make all connections."""
    wiring = Wiring(window)
    window.table.scope_to(window.canvas, window.outline)
    wiring.connect_views()
    wiring.connect_runs()
    for action_id, slot in wiring.slots().items():
        window.table.bind(action_id, slot)
    for name, panel in window.workspace.panels.items():
        action = window.table[f"view.{name}"]
        action.setChecked(True)
        action.triggered.connect(partial(wiring.show_panel, name))
        panel.seen.connect(wiring.follow_panel)
    for choice in ("system", "dark", "light"):
        action = window.table[f"view.theme_{choice}"]
        action.setChecked(window.settings.theme == choice)
        action.triggered.connect(partial(wiring.choose_theme, choice))


class Wiring(QObject):
    """Slots that join two rooms which do not know each other."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._dialog: ModelDialog | None = None
        self._past: PastRun | None = None
        self.rotations = RotationComparison(window)

    # -- actions ------------------------------------------------------------------------------------------------------
    def slots(self) -> dict[str, Any]:
        """What every action does, but for panels and themes."""
        window, canvas, runs, files = self._window, self._window.canvas, self._window.runs, self._window.files
        return {
            "file.new": partial(self._leaving_run, files.new),
            "file.open": partial(self._leaving_run, files.open),
            "file.open_model": self.open_model,
            "file.templates": window.show_welcome,
            "file.save": files.save,
            "file.save_as": files.save_as,
            "file.export": partial(self.bring, "export"),
            "file.quit": window.close,
            "edit.undo": window.document.undo_stack.undo,
            "edit.redo": window.document.undo_stack.redo,
            "edit.cut": canvas.editor.cut,
            "edit.copy": canvas.editor.copy,
            "edit.paste": _plain(canvas.editor.paste),
            "edit.duplicate": canvas.editor.duplicate,
            "edit.delete": canvas.editor.delete_selected,
            "edit.select_all": canvas.editor.select_all,
            "edit.comment": _plain(canvas.add_comment),
            "edit.tidy": canvas.editor.tidy,
            "run.check": self.check,
            "run.start": self.start,
            "run.to_here": self.run_to_selected,
            "run.pause": runs.pause,
            "run.continue": runs.go_on,
            "run.stop": runs.stop,
            "run.cancel": runs.cancel,
            "run.rotations": self.rotations.compare_any,
            "run.resume": self.choose_run,
            "run.history": self.choose_past_run,
            "run.folder": window.open_run_folder,
            "view.zoom_in": canvas.zoom_in,
            "view.zoom_out": canvas.zoom_out,
            "view.zoom_fit": canvas.fit,
            "view.zoom_actual": canvas.zoom_actual,
            "view.large": self.enlarge,
            "view.reset_layout": window.reset_layout,
            "help.palette": self.show_palette,
            "help.guide": self.show_guide,
            "help.shortcuts": self.show_shortcuts,
            "help.methods": partial(self.show_help, "methods"),
            "help.responsiveness": self.show_responsiveness,
            "help.about": partial(self.show_help, "about"),
        }

    def _leaving_run(self, slot: Any, checked: bool = False) -> None:
        if self._window.leave_run():
            slot()

    # -- views --------------------------------------------------------------------------------------------------------
    def connect_views(self) -> None:
        """Canvas, outline, palette, form and welcome page."""
        window = self._window
        document, canvas, outline = window.document, window.canvas, window.outline
        document.changed.connect(self._on_document)
        document.opened.connect(self._on_opened)
        for signal in (
            document.path_changed,
            document.clean_changed,
            document.undo_stack.canUndoChanged,
            document.undo_stack.canRedoChanged,
            canvas.pipeline_scene.selectionChanged,
        ):
            signal.connect(window._show_context)
        canvas.selection_changed.connect(self._on_selection)
        outline.selection_changed.connect(canvas.select)
        window.palette_panel.chosen.connect(canvas.editor.add_method)
        for view in (canvas, outline):
            view.block_activated.connect(self._on_activated)
            view.run_to_here_requested.connect(self.run_to)
            view.rotations_requested.connect(self.rotations.compare)
            view.message.connect(self._on_message)
        window.files.shown.connect(window.show_workspace)
        window.files.failed.connect(window.tell_failure)
        window.files.notified.connect(window.tell)
        welcome = window.welcome
        welcome.sample_chosen.connect(partial(self._leaving_run, window.files.open_sample))
        welcome.new_chosen.connect(partial(self._leaving_run, window.files.new))
        welcome.open_model_chosen.connect(self.open_model)
        welcome.pipeline_chosen.connect(self._on_pipeline_chosen)
        welcome.template_chosen.connect(self._on_template_chosen)
        window.form.show_pipeline(document)

    def _on_pipeline_chosen(self, path: Path) -> None:
        if self._window.leave_run():
            self._window.files.open_path(path)

    def _on_template_chosen(self, path: Path) -> None:
        if self._window.leave_run():
            self._window.files.open_template(path)

    def _on_document(self, old: Pipeline, new: Pipeline) -> None:
        self._window._show_context()
        if old.blocks != new.blocks:
            self._window.form.clear_problems()

    def _on_opened(self) -> None:
        self._window.banner.clear()
        self._window.form.show_pipeline(self._window.document)

    def _on_selection(self, ids: list[str]) -> None:
        window = self._window
        window.outline.select(ids)
        window.results.show_block(ids[0] if len(ids) == 1 else "")
        if len(ids) == 1:
            window.form.show_block(window.document, ids[0])
        else:
            window.form.show_pipeline(window.document)

    def _on_activated(self, block_id: str) -> None:
        self._window.canvas.select([block_id])
        self._window.workspace.panels["settings"].bring()
        self._window.form.focus_editor()

    def _on_message(self, text: str) -> None:
        self._window.tell("warning", text)

    # -- runs ---------------------------------------------------------------------------------------------------------
    def connect_runs(self) -> None:
        """Run controller, run panel, result views, status bar."""
        window, runs = self._window, self._window.runs
        runs.phase_changed.connect(window._show_context)
        runs.verbs_changed.connect(window._show_context)
        runs.phase_changed.connect(self._on_phase)
        runs.phase_changed.connect(window.close_if_leaving)
        runs.notified.connect(window.tell)
        window.bridge.said.connect(self._on_engine_said)
        runs.problems_found.connect(self._on_problems)
        runs.run_started.connect(self._on_run_started)
        runs.received.connect(self._on_events)
        runs.results_changed.connect(window.results.show_results)
        window.run_panel.block_chosen.connect(self._on_block_chosen)
        window.run_panel.details_wanted.connect(window.show_failure_details)

    def _on_engine_said(self, line: Log) -> None:
        if line.level == "error":
            self._window.tell_failure(line.text)

    def _on_phase(self, phase: str) -> None:
        self._window.status.show_run(self._window.runs.run)

    def _on_problems(self, problems: list[Problem]) -> None:
        form = self._window.form
        form.clear_problems()
        for block in {problem.block for problem in problems if problem.block}:
            form.set_problems(block, [problem for problem in problems if problem.block == block])
        if any(problem.severity == "error" for problem in problems):
            self.bring("run")

    def _on_run_started(self, run: object) -> None:
        if self._past is not None:
            self._past.stop()
        self._window.results.begin(run)
        self.bring("run")
        self._window.files.autosave.flush()

    def _on_events(self, events: list[Any]) -> None:
        self._window.results.take(events)
        self._window.status.show_run(self._window.runs.run)

    def _on_block_chosen(self, block_id: str) -> None:
        if self._window.document.pipeline.has(block_id):
            self._window.canvas.select([block_id])

    def check(self) -> None:
        """Problems and cost."""
        self.bring("run")
        self._window.runs.check()

    def start(self) -> None:
        """Run all."""
        self.bring("run")
        self._window.runs.start()

    def run_to_selected(self) -> None:
        """Run what the selected block needs."""
        selected = self._window.canvas.selected_ids()
        if len(selected) == 1:
            self.run_to(selected[0])

    def run_to(self, block_id: str) -> None:
        """Run what this block needs."""
        self.bring("run")
        self._window.runs.start(block_id)

    def choose_run(self) -> None:
        """Which of the interrupted runs."""
        self._choose_run(unfinished=True)

    def choose_past_run(self) -> None:
        """Which of all runs to look at again."""
        self._choose_run(unfinished=False)

    def _choose_run(self, *, unfinished: bool) -> None:
        from studio.runview.resume import RunsDialog

        dialog = RunsDialog(self._window, unfinished=unfinished)
        dialog.run_chosen.connect(self._on_resume)
        dialog.open_chosen.connect(self._on_past)
        dialog.open()

    def _on_resume(self, run: str, pipeline: Pipeline, until: str, folder: Path) -> None:
        """Go on with a run: first what its curves were before it stopped, then the run itself."""
        if not self._show_document_of(pipeline):
            return
        earlier: list[Event] = []
        past = self._read(folder)
        past.read.connect(earlier.extend)
        past.finished.connect(partial(self._on_earlier_read, run, pipeline, until, earlier))
        past.start()

    def _on_earlier_read(self, run: str, pipeline: Pipeline, until: str, earlier: list[Event]) -> None:
        if pipeline == self._window.document.pipeline:
            self._window.runs.resume_run(run, pipeline, until or None)
            self._window.results.take([event for event in earlier if isinstance(event, DRAWN)])

    def _on_past(self, run: str, pipeline: Pipeline, until: str, folder: Path) -> None:
        """Show a past run: its pipeline on the canvas, its charts, plots and figures."""
        if not self._show_document_of(pipeline):
            return
        runs = self._window.runs
        runs.show_past(run, pipeline, until or None)
        past = self._read(folder)
        past.read.connect(runs.apply_past)
        past.finished.connect(runs.end_past)
        past.start()

    def _show_document_of(self, pipeline: Pipeline) -> bool:
        """Put the pipeline of a run on the canvas, unless the user stays with the present one."""
        window = self._window
        if not window.leave_run() or (pipeline != window.document.pipeline and not window.files.may_leave()):
            return False
        if pipeline != window.document.pipeline:
            window.document.open(pipeline, None)
        window.show_workspace()
        return True

    def _read(self, folder: Path) -> PastRun:
        if self._past is not None:
            self._past.stop()
        self._past = PastRun(folder, self)
        return self._past

    # -- panels and dialogs -------------------------------------------------------------------------------------------
    def bring(self, name: str, checked: bool = False) -> None:
        """Show a panel in front."""
        if name in HEAVY:
            self._window.panel(name)
        self._window.workspace.panels[name].bring()

    def show_panel(self, name: str) -> None:
        """The user wants a panel or not; one that is only behind another comes to the front."""
        panel = self._window.workspace.panels[name]
        if not panel.in_front:
            self.bring(name)
        else:
            panel.close()
        self.follow_panel(name)

    def follow_panel(self, name: str, visible: bool = False) -> None:
        """The check mark says whether the panel is there, be it behind another."""
        panel = self._window.workspace.panels[name]
        self._window.table[f"view.{name}"].setChecked(not panel.isHidden())
        if visible and not panel.is_made and self._window.isVisible():
            self._window.panel(name)

    def enlarge(self) -> None:
        """Panels instead of the canvas, and back."""
        self._window.workspace.enlarge(self._window.table["view.large"].isChecked())

    def choose_theme(self, choice: str, checked: bool = False) -> None:
        """Switch the theme."""
        self._window.choose_theme(choice)

    def open_model(self) -> None:
        """The dialog of models; one at a time, it keeps a download that goes on."""
        if self._dialog is None:
            self._dialog = ModelDialog(self._window.bridge, self._window)
            self._dialog.model_chosen.connect(self._on_model)
            self._dialog.finished.connect(self._on_dialog_closed)
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def _on_model(self, model: str, revision: str, trust: bool) -> None:
        if self._window.on_welcome and self._window.leave_run():
            if not self._window.files.may_leave():
                return
            self._window.document.open(Pipeline(), None)
        self._window.files.add_model(model, revision, trust)

    def _on_dialog_closed(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None

    def show_palette(self) -> None:
        """Find an action by typing."""
        CommandPalette(self._window.table, self._window).show()

    def show_shortcuts(self) -> None:
        """The sheet of shortcuts."""
        ShortcutSheet(self._window.table, self._window).show()

    def show_guide(self, checked: bool = False) -> None:
        """The guide; with one block selected, the page about methods of its family."""
        from studio.help import page_of

        window = self._window
        selected = [] if window.on_welcome else window.canvas.selected_ids()
        block = window.document.pipeline.block(selected[0]) if len(selected) == 1 else None
        self.show_help("guide" if block is None else page_of(block.method))

    def show_help(self, page: str, checked: bool = False) -> None:
        """The help window."""
        from studio.help import HelpWindow

        HelpWindow(page, self._window).show()

    def show_responsiveness(self) -> None:
        """How late the window answers."""
        from studio.responsiveness import ResponsivenessDialog

        ResponsivenessDialog(self._window).show()


def _plain(slot: Any) -> Any:
    """Without the ``checked`` that `QAction.triggered` brings."""
    return partial(_call, slot)


def _call(slot: Any, checked: bool = False) -> None:
    slot()
