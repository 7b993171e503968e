"""Where the window is put together: every part is made here, handed what it uses, and joined to the others.

Nothing imports this but the program's start. Parts that do not know each other meet in the functions below and nowhere
else: which signal goes where, and what every action does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from engine.contracts.commands import DescribeDevice
from engine.contracts.errors import StudioError, ended
from engine.contracts.events import Failure, Log
from engine.contracts.plugins import left_out
from engine.pipeline.document import Pipeline
from studio.background import BackgroundRuns
from studio.bridge import Bridge
from studio.canvas.outline import Outline
from studio.canvas.palette import Palette
from studio.canvas.view import CanvasView
from studio.checking import BackgroundCheck
from studio.choosers.controller import Choosers
from studio.closing import Closing
from studio.context import ActionContext
from studio.dialogs import Dialogs
from studio.document import Document
from studio.export.panel import ExportPanel
from studio.files import FileController
from studio.forms.form import SettingsForm
from studio.layouts import Layouts
from studio.panelmenu import PanelMenu
from studio.pastruns import PastRuns
from studio.plaintext import shortened
from studio.preferences import Housekeeping, Preferences
from studio.recovery import RecoveryOffer
from studio.results import ResultViews
from studio.rotations import RotationComparison
from studio.run_controller import RunController
from studio.runqueue import RunQueue, tell_end
from studio.runview.panel import RunPanel
from studio.runview.state import BlockRun, RunState
from studio.session import Session
from studio.settings import ThemeChoice, UserSettings
from studio.surveys import Surveys
from studio.theme import theme
from studio.tryit.panel import TryItPanel
from studio.versions import Versions
from studio.window import MainWindow

HEAVY_DELAY_MS = 400
"""Between the first picture and the panels that import large libraries."""


@dataclass(frozen=True)
class Studio:
    """All parts of one window. Only who starts the program, or tests it, has them together."""

    window: MainWindow
    settings: UserSettings
    session: Session
    document: Document
    bridge: Bridge
    canvas: CanvasView
    outline: Outline
    palette: Palette
    form: SettingsForm
    run_panel: RunPanel
    export_panel: ExportPanel
    tryit: TryItPanel
    files: FileController
    runs: RunController
    checking: BackgroundCheck
    results: ResultViews
    rotations: RotationComparison
    past_runs: PastRuns
    choosers: Choosers
    queue: RunQueue
    housekeeping: Housekeeping
    surveys: Surveys
    versions: Versions
    dialogs: Dialogs
    layouts: Layouts
    closing: Closing
    recovery: RecoveryOffer
    background: BackgroundRuns

    def start(self, document: str | None = None) -> None:
        """What the first picture need not wait for: recovery, broken plug-ins, the file to open, the engine, panels."""
        self.recovery.offer()
        if refused := left_out():
            self.window.tell("warning", "  ".join(ended(str(each)) for each in refused))
        if document is not None:
            self.files.open_named(document)
        self.bridge.warm_up()
        self.bridge.ask(DescribeDevice(), self.window.status.show_device, self.window.status.device_unknown)
        QTimer.singleShot(HEAVY_DELAY_MS, self.window.workspace, self.window.workspace.make_panels)


def assemble(bridge: Bridge | None = None) -> Studio:
    """Make the window and everything in it, on the welcome page and not shown yet."""
    settings = UserSettings.read()
    theme().choose(settings.theme)
    theme().enlarge(settings.text_size)
    window = MainWindow()
    bridge = bridge or Bridge(window)
    document, workspace = Document(window), window.workspace
    session = Session(document, window)
    canvas, outline = CanvasView(document, workspace), Outline(document, workspace)
    workspace.setCentralWidget(canvas)
    palette, form = Palette(workspace), SettingsForm(workspace)
    run_panel = RunPanel(window.table, workspace)
    export_panel, tryit = ExportPanel(bridge, settings, workspace), TryItPanel(bridge, workspace)
    _add_panels(window, palette, outline, form, run_panel, export_panel, tryit)
    files = FileController(document, window)
    runs = RunController(session, bridge, (canvas, outline), run_panel, window)
    past_runs = PastRuns(window, document, files, runs)
    results = ResultViews(session, bridge, runs, workspace)
    studio = Studio(
        window=window,
        settings=settings,
        session=session,
        document=document,
        bridge=bridge,
        canvas=canvas,
        outline=outline,
        palette=palette,
        form=form,
        run_panel=run_panel,
        export_panel=export_panel,
        tryit=tryit,
        files=files,
        runs=runs,
        checking=BackgroundCheck(session, bridge, window),
        results=results,
        rotations=RotationComparison(session, canvas, bridge, runs, results, workspace),
        past_runs=past_runs,
        queue=RunQueue(window, document, bridge, files, runs),
        housekeeping=Housekeeping(settings, window),
        surveys=Surveys(window, document, bridge, files, runs),
        versions=Versions(document, session, canvas),
        choosers=Choosers(window, document, bridge),
        dialogs=Dialogs(window, window.table, bridge),
        layouts=Layouts(window),
        closing=Closing(window, files, runs, bridge),
        recovery=RecoveryOffer(files, window.banner),
        background=BackgroundRuns(window.banner, bridge, past_runs),
    )
    _connect_views(studio)
    _connect_documents(studio)
    _connect_runs(studio)
    _bind_actions(studio)
    PanelMenu(workspace, window.table)
    context = ActionContext(window, document, canvas, runs)
    window.restore_layout()
    window.show_welcome()
    context.refresh()
    return studio


def _add_panels(window: MainWindow, *ready: QWidget) -> None:
    """The panels by name; those without content yet import large libraries and are made late."""
    palette, outline, form, run, export, tryit = ready
    add = window.workspace.add
    add("palette", window.tr("Blocks"), palette)
    add("outline", window.tr("Outline"), outline)
    add("settings", window.tr("Settings"), form)
    add("run", window.tr("Run"), run)
    add("charts", window.tr("Charts"), make=_charts)
    add("inspector", window.tr("Inspector"), make=_inspector)
    add("compare", window.tr("Compare"), make=_compare)
    add("results", window.tr("Results"), make=_results)
    add("export", window.tr("Export"), export)
    add("tryit", window.tr("Try it"), tryit)


# -- which signal goes where ------------------------------------------------------------------------------------------
def _connect_views(s: Studio) -> None:
    """Canvas, outline, palette and form."""
    s.canvas.selection_changed.connect(s.session.select)
    s.session.selection_changed.connect(s.outline.select)
    s.session.selection_changed.connect(partial(_offer_selected, s))
    s.session.selection_changed.connect(partial(s.form.show_selection, s.document))
    s.outline.selection_changed.connect(s.canvas.select)
    s.palette.chosen.connect(s.canvas.editor.add_method)
    s.canvas.editor.saved.connect(partial(_on_saved, s))
    s.form.sweep_requested.connect(s.canvas.editor.sweep)
    s.form.choice_requested.connect(s.choosers.open)
    s.choosers.notified.connect(s.window.tell)
    s.surveys.notified.connect(s.window.tell)
    s.layouts.notified.connect(s.window.tell)
    s.canvas.compared_as.connect(partial(_compare_as, s))
    s.window.workspace.mode_changed.connect(partial(_on_mode, s))
    s.canvas.hold_requested.connect(s.session.toggle_hold)
    s.canvas.link_activated.connect(partial(_look_inside, s))
    s.session.held_changed.connect(partial(_show_held, s))
    s.canvas.swap_requested.connect(s.session.swap_pair)
    s.session.pair_changed.connect(partial(_show_pair, s))
    s.results.offered.connect(partial(_show_pair, s))
    for view in (s.canvas, s.outline):
        view.block_activated.connect(partial(_edit_block, s))
        view.run_to_here_requested.connect(partial(_run, s))
        view.rotations_requested.connect(s.rotations.compare)
        view.message.connect(partial(s.window.tell, "warning"))
    s.form.show_pipeline(s.document)


def _on_saved(s: Studio, title: str) -> None:
    s.palette.refill()
    s.window.tell("success", s.window.tr("“{0}” is among the blocks now, under Saved blocks.").format(title))


def _offer_selected(s: Studio, blocks: list[str]) -> None:
    """Export has the result of the selected block ready."""
    result = s.session.selected_result()
    if result is not None:
        s.export_panel.offer(str(result.artifact))


def _compare_as(s: Studio, letter: str) -> None:
    """The selected block becomes A or B, in every view; what has no result can't be compared."""
    result = s.session.selected_result()
    if result is None:
        s.window.tell("warning", s.window.tr("Select one block that has a result: run it first."))
    elif letter == "A":
        s.session.choose(a=result.id)
    else:
        s.session.choose(b=result.id)


def _show_pair(s: Studio, *_: object) -> None:
    s.canvas.set_pair(*s.session.pair)


def _on_mode(s: Studio, mode: str) -> None:
    s.canvas.be_strip(mode == "watch")


def _show_held(s: Studio) -> None:
    s.canvas.set_held(s.session.held)


def _look_inside(s: Studio, block_id: str) -> None:
    """The inspector of what a block left."""
    s.canvas.select([block_id])
    result = s.session.selected_result()
    if result is None:
        s.window.tell("info", s.window.tr("Nothing has flowed here yet: run the pipeline first."))
        return
    s.window.workspace.bring("inspector")
    s.results.inspect(str(result.artifact))


def _edit_block(s: Studio, block_id: str) -> None:
    s.canvas.select([block_id])
    s.window.workspace.lay_out("build")
    s.window.workspace.bring("settings")
    s.form.focus_editor()


def _connect_documents(s: Studio) -> None:
    """Files, welcome page, drops, models: whatever puts another document in the place of the present one."""
    window, files, welcome = s.window, s.files, s.window.welcome
    s.document.opened.connect(window.banner.clear)
    s.document.opened.connect(window.status.clear_message)
    s.document.opened.connect(partial(window.workspace.lay_out, "build"))  # what was watched is gone
    s.document.opened.connect(partial(s.form.show_pipeline, s.document))
    s.document.opened.connect(s.form.clear_problems)
    files.shown.connect(window.show_workspace)
    files.model_added.connect(partial(_select, s))
    files.failed.connect(window.tell_failure)
    files.notified.connect(window.tell)
    window.droppable = files.droppable
    window.dropped.connect(partial(_replace, s, files.drop))
    window.recent_menu.chosen.connect(partial(_replace, s, files.open_path))
    welcome.back_chosen.connect(window.show_workspace)
    welcome.run_chosen.connect(s.past_runs.show)
    welcome.resume_chosen.connect(s.past_runs.take_up)
    welcome.sample_chosen.connect(partial(_replace, s, files.open_sample))
    welcome.new_chosen.connect(partial(_replace, s, files.new))
    welcome.open_model_chosen.connect(s.dialogs.open_model)
    welcome.pipeline_chosen.connect(partial(_replace, s, files.open_path))
    welcome.template_chosen.connect(partial(_replace, s, files.open_template))
    s.dialogs.model_chosen.connect(partial(_add_model, s))
    s.closing.notified.connect(window.tell)


def _replace(s: Studio, verb: Callable[..., object], *arguments: object) -> None:
    """Do what would replace the document, unless that is being run."""
    if s.runs.may_replace():
        verb(*arguments)


def _add_model(s: Studio, model: str, revision: str) -> None:
    """On the welcome page a model begins a new pipeline."""
    if s.window.on_welcome and s.runs.may_replace():
        if not s.files.may_leave():
            return
        s.document.open(Pipeline(), None)
    s.files.add_model(model, revision)


def _connect_runs(s: Studio) -> None:
    """Run controller, run panel, result views, status bar."""
    window, runs = s.window, s.runs
    runs.phase_changed.connect(partial(_show_run, s))
    runs.received.connect(partial(_show_run, s))
    s.session.run_changed.connect(partial(_show_run, s))
    s.session.pair_changed.connect(partial(_try_pair, s))
    runs.notified.connect(window.tell)
    runs.outdated.connect(window.status.forget)
    runs.problems_found.connect(s.form.show_problems)
    runs.refused.connect(partial(window.workspace.bring, "run"))
    s.checking.found.connect(runs.take_found)
    runs.run_started.connect(partial(_on_run_started, s))
    runs.begun.connect(partial(_watch, s))
    runs.ended.connect(partial(_on_run_ended, s))
    s.queue.notified.connect(window.tell)
    s.housekeeping.notified.connect(window.tell)
    s.run_panel.resume_chosen.connect(partial(_resume, s))
    s.recovery.finished.connect(s.background.offer)
    s.past_runs.earlier.connect(s.results.take)
    s.versions.chosen.connect(s.past_runs.show_version)
    runs.ended.connect(s.versions.refresh)
    s.results.offered.connect(s.export_panel.set_results)
    s.results.offered.connect(partial(_offer_models, s))
    s.results.run_requested.connect(s.past_runs.show_folder)
    s.results.rotations_requested.connect(window.table["run.rotations"].trigger)
    window.table["run.rotations"].enabledChanged.connect(s.results.set_comparable)
    s.rotations.notified.connect(window.tell)
    s.bridge.said.connect(partial(_on_engine_said, s))
    s.run_panel.block_chosen.connect(partial(_select, s))
    s.run_panel.details_wanted.connect(partial(_on_details_wanted, s))


def _resume(s: Studio) -> None:
    """Take up the run that was interrupted while it was watched."""
    run = s.session.run
    if run is not None and s.runs.folder is not None:
        s.past_runs.take_up(run.id, run.pipeline, run.until or "", s.runs.folder)


def _show_run(s: Studio, *_: object) -> None:
    s.window.status.show_run(s.session.run)
    s.window.welcome.show_run(s.session.run)


def _try_pair(s: Studio) -> None:
    """Let A and B write."""
    paths = {block.id: str(block.artifact) for block in s.session.results()}
    a, b = s.session.pair
    s.tryit.set_letters(s.session.artifact_letters())
    if a:
        s.tryit.choose(paths[a], paths[b])


def _offer_models(s: Studio, results: list[BlockRun], name: str) -> None:
    s.tryit.set_models([(block.title, str(block.artifact)) for block in results])
    s.tryit.set_letters(s.session.artifact_letters())


def _on_run_started(s: Studio, run: object) -> None:
    s.window.workspace.bring("run")
    s.files.autosave.flush()


def _on_run_ended(s: Studio, run: RunState) -> None:
    """Tell who has gone away, make room, and go on with the next in the queue."""
    tell_end(s.window, run)
    QTimer.singleShot(0, s.queue, s.queue.go_on)  # another document, once all of this run's events are shown
    if s.queue.held or not s.queue.waiting:
        s.housekeeping.after_run()


def _watch(s: Studio) -> None:
    """The layout for a run, whatever it was before."""
    if s.window.workspace.mode != "large":
        s.window.workspace.lay_out("watch")
        s.canvas.fit()


def _on_engine_said(s: Studio, line: Log) -> None:
    if line.level == "error":
        s.window.tell_failure(line.text)


def _select(s: Studio, block_id: str) -> None:
    if s.document.pipeline.has(block_id):
        s.canvas.select([block_id])


def _on_details_wanted(s: Studio, failure: Failure) -> None:
    s.dialogs.show_failure(failure, s.runs.titles())


# -- what every action does -------------------------------------------------------------------------------------------
def slots(s: Studio) -> dict[str, Callable[[], object]]:
    """By the action's id; those that show panels belong to `PanelMenu`."""
    canvas, editor, runs, files, window = s.canvas, s.canvas.editor, s.runs, s.files, s.window
    return {
        "file.new": partial(_replace, s, files.new),
        "file.open": partial(_replace, s, files.open),
        "file.open_model": s.dialogs.open_model,
        "file.templates": window.show_welcome,
        "file.back": window.show_workspace,
        "file.save": files.save,
        "file.save_as": files.save_as,
        "file.export": partial(window.workspace.bring, "export"),
        "file.quit": window.close,
        "edit.undo": s.document.undo_stack.undo,
        "edit.redo": s.document.undo_stack.redo,
        "edit.cut": editor.cut,
        "edit.copy": editor.copy,
        "edit.preferences": partial(_show_preferences, s),
        "edit.paste": canvas.paste,
        "edit.duplicate": editor.duplicate,
        "edit.branch": editor.branch,
        "edit.bypass": editor.bypass,
        "edit.swap": partial(_swap, s),
        "edit.delete": editor.delete_selected,
        "edit.select_all": editor.select_all,
        "edit.comment": canvas.add_comment,
        "edit.tidy": editor.tidy,
        "edit.fold": editor.fold,
        "edit.unfold": editor.unfold,
        "run.check": partial(_check, s),
        "run.start": partial(_run, s),
        "run.to_here": partial(_run_to_selected, s),
        "run.pause": runs.pause,
        "run.continue": runs.go_on,
        "run.stop": runs.stop,
        "run.cancel": runs.cancel,
        "run.queue_add": s.queue.add,
        "run.queue": s.queue.show,
        "run.survey": partial(_survey, s),
        "run.rotations": s.rotations.compare_any,
        "run.resume": s.past_runs.choose_interrupted,
        "run.history": s.past_runs.choose_any,
        "run.report": partial(_open_report, s),
        "run.report_pdf": partial(_save_report, s),
        "run.folder": partial(_open_run_folder, s),
        "view.zoom_in": canvas.zoom_in,
        "view.zoom_out": canvas.zoom_out,
        "view.zoom_fit": canvas.fit,
        "view.zoom_actual": canvas.zoom_actual,
        "view.float": window.workspace.float_panel,
        "view.save_layout": s.layouts.save,
        "view.reset_layout": window.reset_layout,
        "help.palette": s.dialogs.show_palette,
        "help.guide": partial(_show_guide, s),
        "help.shortcuts": s.dialogs.show_shortcuts,
        "help.methods": partial(s.dialogs.show_help, "methods"),
        "help.responsiveness": s.dialogs.show_responsiveness,
        "help.about": partial(s.dialogs.show_help, "about"),
    }


def _bind_actions(s: Studio) -> None:
    table = s.window.table
    table.scope_to(s.canvas, s.outline)
    for action_id, slot in slots(s).items():
        table.bind(action_id, slot)
    choices: tuple[ThemeChoice, ...] = ("system", "dark", "light", "contrast")
    for choice in choices:
        action_id = f"view.theme_{choice}"
        table[action_id].setChecked(s.settings.theme == choice)
        table.bind(action_id, partial(_choose_theme, s, choice))


def _check(s: Studio) -> None:
    s.window.workspace.bring("run")
    s.runs.check()


def _run(s: Studio, until: str | None = None) -> None:
    """Run all, or what block ``until`` needs."""
    s.window.workspace.bring("run")
    s.runs.start(until)


def _survey(s: Studio) -> None:
    s.surveys.ask([] if s.window.on_welcome else s.canvas.selected_ids())


def _run_to_selected(s: Studio) -> None:
    selected = s.canvas.selected_ids()
    if len(selected) == 1:
        _run(s, selected[0])


def _swap(s: Studio) -> None:
    selected = s.canvas.selected_ids()
    if len(selected) == 1:
        s.canvas.menus.swap(selected[0])


def _open_run_folder(s: Studio) -> None:
    if s.runs.folder is not None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(s.runs.folder)))


def _report(s: Studio) -> Path | None:
    """The page of the run that is shown; where there is none yet, that is said."""
    page = s.runs.folder / "report.html" if s.runs.folder is not None else None
    if page is not None and page.is_file():
        return page
    s.window.tell("info", s.window.tr("The report is written when the run has ended."))
    return None


def _open_report(s: Studio) -> None:
    page = _report(s)
    if page is not None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(page)))


def _save_report(s: Studio) -> None:
    from studio.report import write_pdf

    page = _report(s)
    if page is None:
        return
    name = Path.home() / f"{shortened(s.document.pipeline.name) or 'report'}.pdf"
    chosen, _ = QFileDialog.getSaveFileName(s.window, s.window.tr("Save the report"), str(name), "PDF (*.pdf)")
    if not chosen:
        return
    try:
        write_pdf(page.read_text(encoding="utf-8", errors="replace"), Path(chosen).with_suffix(".pdf"))
        s.window.tell("success", s.window.tr("The report is in {0}.").format(chosen))
    except (StudioError, OSError) as error:
        s.window.tell_failure(str(error))


def _show_guide(s: Studio) -> None:
    """Help for what has the focus: a setting, a method of the palette, the selected block; else the guide."""
    from studio.help import page_of

    if s.form.toggle_help():
        return
    method = s.palette.current() if s.window.workspace.panels["palette"].has_focus else None
    selected = [] if s.window.on_welcome else s.session.selection
    if method is None and len(selected) == 1 and s.document.pipeline.has(selected[0]):
        method = s.document.pipeline.block(selected[0]).method
    s.dialogs.show_help("guide" if method is None else page_of(method))


def _show_preferences(s: Studio) -> None:
    dialog = Preferences(s.settings, lambda: s.runs.is_active, s.window)
    dialog.theme_chosen.connect(partial(_choose_theme, s))
    dialog.form.choice_requested.connect(s.choosers.open)
    dialog.show()


def _choose_theme(s: Studio, choice: ThemeChoice) -> None:
    """Now and at the next start."""
    s.settings.theme = choice
    s.settings.write()
    theme().choose(choice)
    s.window.table[f"view.theme_{choice}"].setChecked(True)


# -- panels that are made late ----------------------------------------------------------------------------------------
def _charts(parent: QWidget) -> QWidget:
    from studio.plots.board import Board

    return Board(parent)


def _inspector(parent: QWidget) -> QWidget:
    from studio.inspector.panel import InspectorPanel

    return InspectorPanel(parent)


def _results(parent: QWidget) -> QWidget:
    from studio.allresults.panel import ResultsPanel

    return ResultsPanel(parent)


def _compare(parent: QWidget) -> QWidget:
    from studio.compare.panel import ComparePanel

    return ComparePanel(parent)
