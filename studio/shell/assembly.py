"""Assembly of the window: every part is made here, given what it uses, and connected to the others.

Nothing imports this but the program's start. Parts that do not know each other meet in the functions below and nowhere
else: which signal goes where, and what every action does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog

from engine.base.errors import ended
from engine.base.plugins import left_out
from engine.contracts.commands import DescribeDevice
from engine.contracts.events import Log
from engine.pipeline.document import Pipeline
from engine.pipeline.survey import source_of
from engine.record.folder import RunFolder
from engine.record.state import BlockRun, RunState
from engine.version import __version__
from studio.bridge import Bridge
from studio.canvas.outline import Outline
from studio.canvas.palette import Palette
from studio.canvas.view import CanvasView
from studio.choosers.controller import Choosers
from studio.document.document import Document
from studio.document.files import FileController
from studio.document.recovery import RecoveryOffer
from studio.document.session import Session
from studio.document.settings import THEME_CHOICES, ThemeChoice, UserSettings
from studio.engine_words import result_name
from studio.export.panel import ExportPanel
from studio.forms.form import SettingsForm
from studio.kit.dialogs import show_once
from studio.kit.focus import FocusRing
from studio.kit.later import later
from studio.kit.opening import open_outside
from studio.kit.theme import theme
from studio.kit.widgets import button
from studio.models.dialog import ModelDialog
from studio.models.fit_dialog import FitDialog
from studio.queue.beside import RunsBeside
from studio.queue.queue import RunQueue, tell_end
from studio.runs.background_runs import BackgroundRuns
from studio.runs.checking import BackgroundCheck
from studio.runs.controller import RunController
from studio.runs.panel import RunPanel
from studio.runs.past_runs import PastRuns
from studio.runs.renaming import RunRenaming
from studio.runs.reports import RunReports
from studio.runs.surveys import Surveys
from studio.runs.versions import Versions
from studio.runs.watch import WatchPage
from studio.shell import late_panels
from studio.shell.closing import Closing
from studio.shell.commandpalette import CommandPalette, ShortcutSheet
from studio.shell.context import ActionContext
from studio.shell.help import HelpWindow, page_of
from studio.shell.layouts import Layouts
from studio.shell.machines import Machines
from studio.shell.panelmenu import PanelMenu
from studio.shell.preferences import Housekeeping, Preferences
from studio.shell.responsiveness import ResponsivenessDialog
from studio.shell.results import ResultViews
from studio.shell.rotations import RotationComparison
from studio.shell.updates import Updates
from studio.shell.window import MainWindow
from studio.tryit.panel import TryItPanel

if TYPE_CHECKING:
    from studio.claims.window import ClaimsWindow
    from studio.models.card_dialog import CardDialog

HEAVY_DELAY_MS = 400
"""Between the first picture and the panels that import large libraries."""


class Studio(QObject):
    """All parts of one window, on the welcome page and not shown yet. Only who starts the program, or tests it, has
    them together."""

    def __init__(self, bridge: Bridge | None = None) -> None:
        self.settings = UserSettings.read()
        theme().choose(self.settings.theme)
        theme().enlarge(self.settings.text_size)
        self.window = window = MainWindow()
        super().__init__(window.controllers)
        FocusRing(self)
        workspace = window.workspace
        self.bridge = bridge = bridge or Bridge(window)
        self.document = document = Document(window)
        self.session = session = Session(document, window)
        self.canvas = canvas = CanvasView(document, workspace)
        self.watch = WatchPage(document, canvas.pipeline_scene, window.table["view.build"], workspace)
        workspace.set_pages(canvas, self.watch, self.watch.height_within)
        self.outline = Outline(canvas.editor, workspace)
        self.palette = Palette(workspace)
        self.form = SettingsForm(workspace)
        self.run_panel = RunPanel(window.table, workspace)
        self.run_panel.failures = window.banner
        self.export_panel = ExportPanel(bridge, self.settings, workspace)
        self.tryit = TryItPanel(bridge, workspace)
        self._add_panels()
        self.files = files = FileController(document, window)
        self.runs = runs = RunController(session, bridge, canvas, self.run_panel, window)
        self.checking = BackgroundCheck(session, bridge, window)
        self.results = ResultViews(session, bridge, runs, workspace, window.table["run.rotations"])
        self.rotations = RotationComparison(session, canvas, bridge, runs, self.results, workspace)
        self.past_runs = PastRuns(window, session, files, runs)
        self.machines = Machines(window, self.settings, session, runs, self.past_runs)
        self.beside = RunsBeside(session, bridge, files, runs)
        self.queue = RunQueue(window, session, bridge, files, runs, self.beside)
        self.housekeeping = Housekeeping(self.settings, session)
        self.surveys = Surveys(window, session, bridge, files, runs)
        self.claims: ClaimsWindow | None = None
        self.cards: CardDialog | None = None
        self.versions = Versions(session, canvas)
        self.reports = RunReports(session, runs, window, window.tell_failure)
        self.renaming = RunRenaming(session, runs, window)
        self.choosers = Choosers(window, session, bridge)
        self.layouts = Layouts(window)
        self.closing = Closing(window, document, files, runs, self.beside, self.queue, bridge)
        self.updates = Updates(window, bridge, self.closing)
        self.recovery = RecoveryOffer(files, window.banner)
        self.background = BackgroundRuns(window.banner, bridge, self.past_runs)
        self._connect_views()
        self._connect_documents()
        self._connect_runs()
        self._bind_actions()
        PanelMenu(workspace, window.table)
        window.restore_layout()
        window.show_welcome()
        ActionContext(window, document, canvas, runs).refresh()

    def start(self, document: str | None = None) -> None:
        """Do all that the first paint need not wait for: recovery, plug-ins, the file to open, the engine, panels."""
        self.recovery.offer()
        self._tell_news()
        if refused := left_out():
            self.window.show_message("warning", "  ".join(ended(str(problem)) for problem in refused))
        if document is not None:
            self.files.open_named(document)
        self.bridge.warm_up()
        self.queue.take_up()
        self.bridge.ask(DescribeDevice(), self._on_device, self.window.status.device_unknown)
        later(self.window.workspace, self.window.workspace.make_panels, HEAVY_DELAY_MS)

    def _on_device(self, about: object) -> None:
        self.window.status.show_device(about)
        self.machines.choice.note_device(about)

    def _tell_news(self) -> None:
        """After an update, say where its changes are listed; not at the very first start."""
        former, self.settings.seen_version = self.settings.seen_version, __version__
        if former != __version__:
            self.settings.write()
        if former not in ("", __version__) and self.window.banner.isHidden():
            show = button(self.tr("What is new"), self.window.banner, on=self.window.table["help.news"].trigger)
            text = self.tr("Compression Studio was updated from {former} to {version}.")
            text = text.format(former=former, version=__version__)
            self.window.banner.show_message("info", text, show, dismissable=True)

    def _add_panels(self) -> None:
        """The panels by name; those without content yet import large libraries and are made late."""
        add = self.window.workspace.add
        add("palette", self.tr("Blocks"), self.palette)
        add("outline", self.tr("Outline"), self.outline)
        add("settings", self.tr("Settings"), self.form)
        add("run", self.tr("Run"), self.run_panel)
        add("charts", self.tr("Charts"), make=late_panels.charts)
        add("inspector", self.tr("Inspector"), make=late_panels.inspector)
        add("compare", self.tr("Compare"), make=late_panels.compare)
        add("fit", self.tr("Fit"), make=late_panels.fit)
        add("results", self.tr("Results"), make=late_panels.results)
        add("export", self.tr("Export"), self.export_panel)
        add("tryit", self.tr("Try it"), self.tryit)

    # -- which signal goes where --------------------------------------------------------------------------------------
    def _connect_views(self) -> None:
        """Canvas, outline, palette and form."""
        self.canvas.selection_changed.connect(self.session.select)
        self.session.selection_changed.connect(self.outline.select)
        self.session.selection_changed.connect(self._offer_selected)
        self.session.selection_changed.connect(partial(self.form.show_selection, self.document))
        self.outline.selection_changed.connect(self.canvas.select)
        self.palette.chosen.connect(self.canvas.editor.add_method)
        self.palette.tree.zoom = lambda: self.canvas.zoom
        self.canvas.editor.saved.connect(self._on_saved)
        self.form.sweep_requested.connect(self._sweep)
        self.form.choice_requested.connect(self.choosers.open)
        self.session.message.connect(self.window.show_message)
        self.canvas.editor.compared_as.connect(self.session.compare_as)
        self.watch.chosen.connect(self._select)
        self.watch.opened.connect(self._edit_block)
        self.watch.inspected.connect(self._look_inside)
        self.watch.compared_as.connect(self.session.compare_as)
        self.watch.rearranged.connect(self.window.workspace.fit_cards_later)
        self.canvas.editor.hold_requested.connect(self.session.toggle_pause_point)
        self.canvas.editor.link_activated.connect(self._look_inside)
        self.session.pause_points_changed.connect(self.canvas.pipeline_scene.set_pause_points)
        self.canvas.editor.swap_requested.connect(self.session.swap_pair)
        self.session.pair_changed.connect(self._show_pair)
        self.results.offered.connect(self._show_pair)
        self.canvas.editor.block_activated.connect(self._edit_block)
        self.canvas.editor.run_to_here_requested.connect(self._run)
        self.canvas.editor.rotations_requested.connect(self.rotations.compare)
        self.canvas.editor.refused.connect(partial(self.window.show_message, "warning"))
        self.form.show_selection(self.document)

    def _sweep(self, block_id: str, name: str, values: list[object]) -> None:
        """A branch for every value; a value that has a result already stays one of them."""
        result = next((block for block in self.session.results() if block.id == block_id), None)
        keep = result is not None and result.shown_state != "stale" and result.successor is None
        now = self.document.pipeline.block(block_id).value(name)
        self.canvas.editor.sweep(block_id, name, values, keep=keep)
        if keep and now not in values:
            said = self.tr("{0} stays among the values because it has a result.")
            self.window.show_message("info", said.format(now))

    def _on_saved(self, title: str) -> None:
        self.palette.refill()
        self.window.show_message("success", self.tr("“{0}” was added under Saved blocks.").format(title))

    def _offer_selected(self, blocks: list[str]) -> None:
        """Export has the result of the selected block ready."""
        result = self.session.selected_result()
        if result is not None:
            self.export_panel.offer(str(result.artifact))

    def _show_pair(self, *_: object) -> None:
        self.canvas.set_pair(*self.session.pair)
        self.watch.follow()

    def _look_inside(self, block_id: str) -> None:
        """The inspector of what a block left."""
        self.canvas.select([block_id])
        result = self.session.selected_result()
        if result is None:
            self.window.show_message("info", self.tr("This block has no result yet. Run the pipeline first."))
            return
        self.window.workspace.bring("inspector")
        self.results.inspect(str(result.artifact))

    def _edit_block(self, block_id: str) -> None:
        self.canvas.select([block_id])
        self.window.workspace.lay_out("build")
        self.window.workspace.bring("settings")
        self.form.focus_editor()

    def _connect_documents(self) -> None:
        """Files, welcome page, drops, models: whatever puts another document in the place of the present one."""
        window, files, welcome = self.window, self.files, self.window.welcome
        self.document.opened.connect(window.banner.clear)
        self.document.opened.connect(window.status.clear_message)
        self.document.opened.connect(partial(window.workspace.lay_out, "build"))  # what was watched is gone
        self.document.opened.connect(partial(self.form.show_selection, self.document))
        self.document.opened.connect(self.form.clear_problems)
        files.shown.connect(window.show_workspace)
        files.model_added.connect(self._select)
        files.failed.connect(window.tell_failure)
        files.notice.connect(window.show_message)
        files.card_wanted.connect(self._show_card)
        window.droppable = files.droppable
        window.dropped.connect(partial(self._replace, files.drop))
        window.recent_menu.chosen.connect(partial(self._replace, files.open_path))
        welcome.back_chosen.connect(window.show_workspace)
        welcome.run_chosen.connect(self.past_runs.show)
        welcome.resume_chosen.connect(self.past_runs.take_up)
        welcome.sample_chosen.connect(partial(self._replace, files.open_sample))
        welcome.new_chosen.connect(partial(self._replace, files.new))
        welcome.open_model_chosen.connect(self._open_model)
        welcome.fit_chosen.connect(self._fit_model)
        welcome.pipeline_chosen.connect(partial(self._replace, files.open_path))
        welcome.template_chosen.connect(partial(self._replace, files.open_template))

    def _replace(self, verb: Callable[..., object], *arguments: object) -> None:
        """Do what would replace the document, unless that is being run."""
        if self.runs.may_replace():
            verb(*arguments)

    def _open(self, dialog: Callable[..., QDialog], *arguments: object) -> None:
        """A window beside the main one."""
        dialog(*arguments, self.window).show()

    def _open_model(self) -> None:
        """The dialog of models; one at a time, it keeps a download that goes on."""
        show_once(self.window, ModelDialog, self._make_model_dialog)

    def _fit_model(self) -> None:
        """The dialog of a model and its size."""
        show_once(self.window, FitDialog, self._make_fit_dialog)

    def _make_fit_dialog(self) -> FitDialog:
        dialog = FitDialog(self.bridge, self.window)
        dialog.fit_chosen.connect(partial(self._replace, self.files.fit_model))
        return dialog

    def _show_card(self, export: str = "") -> None:
        """The dialog of model cards: one, which keeps a replay that goes on."""
        from studio.models.card_dialog import CardDialog

        if self.cards is None:
            self.cards = CardDialog(self.bridge, self.window)
            self.cards.pipeline_chosen.connect(partial(self._replace, self.files.show_steps))
        self.cards.open_for(export)

    def _make_model_dialog(self) -> ModelDialog:
        dialog = ModelDialog(self.bridge, self.window)
        dialog.model_chosen.connect(self._add_model)
        return dialog

    def _add_model(self, model: str, revision: str) -> None:
        """On the welcome page a model begins a new pipeline."""
        if self.window.on_welcome and self.runs.may_replace():
            if not self.files.may_leave():
                return
            self.document.open(Pipeline(), None)
        self.files.add_model(model, revision)

    def _connect_runs(self) -> None:
        """Run controller, run panel, result views, status bar."""
        window, runs = self.window, self.runs
        runs.phase_changed.connect(self._show_run)
        runs.received.connect(self._show_run)
        self.session.run_changed.connect(self._show_run)
        self.session.outdated_changed.connect(self._show_run)
        self.session.run_renamed.connect(self._show_run)
        self.renaming.renamed.connect(self.results.records_changed)
        self.renaming.renamed.connect(window.welcome.refresh)
        self.session.pair_changed.connect(self._try_pair)
        runs.message_expired.connect(window.status.forget)
        runs.problems_found.connect(self.form.show_problems)
        runs.refused.connect(partial(window.workspace.bring, "run"))
        self.checking.checked.connect(runs.show_background_check)
        runs.run_started.connect(self._on_run_started)
        runs.begun.connect(self._watch)
        runs.ended.connect(self._on_run_ended)
        self.beside.changed.connect(self._show_beside)
        self.beside.progressed.connect(self._show_beside)
        self.beside.ended.connect(self._on_ended_beside)
        self.run_panel.resume_chosen.connect(self._resume)
        self.recovery.finished.connect(self.background.offer)
        self.versions.chosen.connect(self.past_runs.show_version)
        runs.ended.connect(self.versions.refresh)
        self.results.offered.connect(self.export_panel.set_results)
        self.results.offered.connect(self._offer_models)
        self.results.run_requested.connect(self.past_runs.show)
        self.past_runs.charts_missed.connect(self.results.charts_missed)
        self.bridge.said.connect(self._on_engine_said)
        self.run_panel.block_chosen.connect(self._select)

    def _resume(self) -> None:
        """Take up the run that was interrupted while it was watched."""
        if self.runs.folder is not None:
            self.past_runs.take_up(RunFolder(self.runs.folder))

    def _show_run(self, *_: object) -> None:
        self.window.status.show_run(self.session.run, checking=self.runs.phase == "checking")
        self.window.welcome.show_run(self.session.run)

    def _try_pair(self) -> None:
        """Let A and B write."""
        paths = {block.id: str(block.artifact) for block in self.session.results()}
        a, b = self.session.pair
        self.tryit.set_letters(self.session.artifact_letters())
        if a:
            self.tryit.choose(paths[a], paths[b])

    def _offer_models(self, results: list[BlockRun], name: str) -> None:
        self.tryit.set_models([(result_name(block.title), str(block.artifact)) for block in results])
        self.tryit.set_letters(self.session.artifact_letters())

    def _on_run_started(self, run: object) -> None:
        self.window.workspace.bring("run")
        self.files.autosave.flush()

    def _on_run_ended(self, run: RunState) -> None:
        """Tell who has gone away, make room, and go on with the next in the queue."""
        tell_end(self.window, run)
        later(self.queue, self.queue.go_on)  # another document, once all of this run's events are shown
        self._make_room()

    def _show_beside(self) -> None:
        self.window.status.show_beside(self.beside.states)

    def _on_ended_beside(self, run: RunState) -> None:
        """Its results are in the lists of runs."""
        tell_end(self.window, run)
        self.results.records_changed.emit()
        self.window.welcome.refresh()
        self._make_room()

    def _make_room(self) -> None:
        """Free what no run needs, while none goes on or is about to begin on this computer."""
        if not self.queue.running() and (self.queue.on_hold or not self.queue.waiting):
            self.housekeeping.after_run()

    def _watch(self) -> None:
        """The layout for a run, whatever it was before."""
        if self.window.workspace.mode != "large":
            self.window.workspace.lay_out("watch")

    def _on_engine_said(self, line: Log) -> None:
        if line.level == "error":
            self.window.tell_failure(line.text)

    def _select(self, block_id: str) -> None:
        if self.document.pipeline.has(block_id):
            self.canvas.select([block_id])

    # -- what every action does ---------------------------------------------------------------------------------------
    def slots(self) -> dict[str, Callable[[], object]]:
        """By the action's id; those that show panels belong to `PanelMenu`."""
        canvas, editor, runs, files, window = self.canvas, self.canvas.editor, self.runs, self.files, self.window
        return {
            "file.new": partial(self._replace, files.new),
            "file.open": partial(self._replace, files.open),
            "file.reopen": partial(self._replace, files.reopen),
            "file.open_model": self._open_model,
            "file.fit": self._fit_model,
            "file.card": self._show_card,
            "file.templates": window.show_welcome,
            "file.back": window.show_workspace,
            "file.save": files.save,
            "file.save_as": files.save_as,
            "file.export": partial(window.workspace.bring, "export"),
            "file.quit": window.close,
            "edit.undo": self.document.undo_stack.undo,
            "edit.redo": self.document.undo_stack.redo,
            "edit.cut": editor.cut,
            "edit.copy": editor.copy,
            "edit.preferences": self._show_preferences,
            "edit.paste": canvas.paste,
            "edit.duplicate": editor.duplicate,
            "edit.branch": editor.branch,
            "edit.bypass": editor.bypass,
            "edit.swap": self._swap,
            "edit.delete": editor.delete_selected,
            "edit.select_all": editor.select_all,
            "edit.comment": canvas.add_comment,
            "edit.tidy": editor.tidy,
            "edit.fold": editor.fold,
            "edit.unfold": editor.unfold,
            "run.check": self._check,
            "run.start": self._run,
            "run.to_here": self._run_to_selected,
            "run.pause": runs.pause,
            "run.continue": runs.go_on,
            "run.stop": runs.stop,
            "run.cancel": runs.cancel,
            "run.queue_add": self.queue.add,
            "run.queue": self.queue.show,
            "run.survey": self._survey,
            "run.claims": self._show_claims,
            "run.rotations": self.rotations.compare_any,
            "run.resume": partial(self.past_runs.choose, unfinished=True),
            "run.history": partial(self.past_runs.choose, unfinished=False),
            "run.report": self.reports.open,
            "run.report_pdf": self.reports.save,
            "run.folder": self._open_run_folder,
            "view.zoom_in": canvas.zoom_in,
            "view.zoom_out": canvas.zoom_out,
            "view.zoom_fit": canvas.fit,
            "view.zoom_actual": canvas.zoom_actual,
            "view.build": partial(window.workspace.lay_out, "build"),
            "view.float": window.workspace.float_panel,
            "view.save_layout": self.layouts.save,
            "view.reset_layout": window.workspace.arrange,
            **self.machines.slots(),
            **self._help_slots(),
        }

    def _help_slots(self) -> dict[str, Callable[[], object]]:
        return {
            "help.palette": partial(self._open, CommandPalette, self.window.table),
            "help.guide": self._show_guide,
            "help.news": partial(self._open, HelpWindow, "news"),
            "help.updates": self.updates.show_page,
            "help.shortcuts": partial(self._open, ShortcutSheet, self.window.table),
            "help.methods": partial(self._open, HelpWindow, "methods"),
            "help.responsiveness": partial(self._open, ResponsivenessDialog),
            "help.about": partial(self._open, HelpWindow, "about"),
        }

    def _bind_actions(self) -> None:
        table = self.window.table
        table.scope_to(self.canvas, self.outline)
        for action_id, slot in self.slots().items():
            table.bind(action_id, slot)
        for choice in THEME_CHOICES:
            action_id = f"view.theme_{choice}"
            table[action_id].setChecked(self.settings.theme == choice)
            table.bind(action_id, partial(self._choose_theme, choice))

    def _check(self) -> None:
        self.window.workspace.bring("run")
        self.runs.check()

    def _run(self, until: str | None = None) -> None:
        """Run all, or what block ``until`` needs."""
        self.window.workspace.bring("run")
        self.runs.start(until)

    def _survey(self) -> None:
        self.surveys.ask([] if self.window.on_welcome else self.canvas.selected_ids())

    def _show_claims(self) -> None:
        from studio.claims.window import ClaimsWindow

        if self.claims is None:
            self.claims = ClaimsWindow(self.bridge, self.window)
        selected = [] if self.window.on_welcome else self.canvas.selected_ids()
        self.claims.open_for(str(source_of(self.document.pipeline, selected).settings.get("model", "")))

    def _run_to_selected(self) -> None:
        selected = self.canvas.selected_ids()
        if len(selected) == 1:
            self._run(selected[0])

    def _swap(self) -> None:
        selected = self.canvas.selected_ids()
        if len(selected) == 1:
            self.canvas.menus.swap(selected[0])

    def _open_run_folder(self) -> None:
        if self.runs.folder is not None:
            open_outside(self.runs.folder, self.window.show_message)

    def _show_guide(self) -> None:
        """Help for what has the focus: a setting, a method of the palette, the selected block; else the guide."""
        if self.form.toggle_help():
            return
        method = self.palette.current() if self.window.workspace.panels["palette"].has_focus else None
        selected = [] if self.window.on_welcome else self.session.selection
        if method is None and len(selected) == 1 and self.document.pipeline.has(selected[0]):
            method = self.document.pipeline.block(selected[0]).method
        self._open(HelpWindow, "guide" if method is None else page_of(method))

    def _show_preferences(self) -> None:
        dialog = Preferences(self.settings, lambda: bool(self.queue.running()), self.window)
        dialog.theme_chosen.connect(self._choose_theme)
        dialog.form.choice_requested.connect(self.choosers.open)
        dialog.show()

    def _choose_theme(self, choice: ThemeChoice) -> None:
        """Now and at the next start."""
        self.settings.theme = choice
        self.settings.write()
        theme().choose(choice)
        self.window.table[f"view.theme_{choice}"].setChecked(True)
