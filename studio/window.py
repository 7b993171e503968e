"""The main window: puts the rooms together. What they do stands in the controllers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings, QSize, Qt, QTimer, QUrl
from PySide6.QtGui import QCloseEvent, QDesktopServices, QDragEnterEvent, QDropEvent, QPaintEvent
from PySide6.QtWidgets import (
    QMainWindow,
    QMenu,
    QSizePolicy,
    QStackedWidget,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.contracts.errors import ended
from engine.contracts.events import Failure
from engine.contracts.plugins import left_out
from engine.run.home import Home
from studio import ask
from studio.actions import Actions
from studio.bridge import Bridge
from studio.canvas.edits import can_compare_rotations
from studio.canvas.outline import Outline
from studio.canvas.palette import Palette
from studio.canvas.view import CanvasView
from studio.document import Document
from studio.export.panel import ExportPanel
from studio.files import FileController, when_text
from studio.forms.form import SettingsForm
from studio.home import forget_recent, home, recents
from studio.icons import icon
from studio.panels import HEAVY
from studio.results import ResultViews
from studio.run_controller import RunController
from studio.runview.panel import RunPanel
from studio.settings import UserSettings
from studio.statusbar import StatusBar
from studio.theme import theme
from studio.tryit.panel import TryItPanel
from studio.welcome.page import WelcomePage
from studio.widgets import Banner, button, set_look
from studio.workspace import Workspace

CLOSE_BUDGET_MS = 5000
"""How long closing waits for the engine's next safe point; what is finished is on disk anyway."""


class MainWindow(QMainWindow):
    """The studio. GUI thread only."""

    def __init__(self, *, bridge: Bridge | None = None) -> None:
        super().__init__()
        self.settings = UserSettings.read()
        theme().choose(self.settings.theme)
        self.setWindowTitle(self.tr("Compression Studio"))
        self.setWindowIcon(icon("low_rank", "accent"))
        self.setAcceptDrops(True)
        self.setMinimumSize(880, 560)
        self.bridge = bridge or Bridge(self)
        self.document = Document(self)
        self.table = Actions(self)
        self.files = FileController(self.document, self)
        self._leaving = False
        self._rest: Callable[[], None] | None = None
        self._build_center()
        views = (self.canvas, self.outline)
        self.runs = RunController(self.document, self.bridge, views, self.run_panel, self)
        self.results = ResultViews(self)
        self._build_menus()
        self._build_toolbar()
        self.status = StatusBar(self)
        self.setStatusBar(self.status)
        self._connect()
        self._restore_layout()
        self._show_context()
        self.show_welcome()

    # -- building -----------------------------------------------------------------------------------------------------
    def _build_center(self) -> None:
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.banner = Banner(page)
        self._pages = QStackedWidget(page)
        column.addWidget(self.banner)
        column.addWidget(self._pages, 1)
        self.setCentralWidget(page)
        self.welcome = WelcomePage(self)
        self.workspace = Workspace(self)
        self.canvas = CanvasView(self.document, self.workspace)
        self.workspace.setCentralWidget(self.canvas)
        self.palette_panel = Palette(self.workspace)
        self.outline = Outline(self.document, self.workspace)
        self.form = SettingsForm(self.workspace)
        self.run_panel = RunPanel(self.table, self.workspace)
        self.export_panel = ExportPanel(self.bridge, self.settings, self.workspace)
        self.tryit = TryItPanel(self.bridge, self.workspace)
        add = self.workspace.add
        add("palette", self.tr("Blocks"), self.palette_panel)
        add("outline", self.tr("Outline"), self.outline)
        add("settings", self.tr("Settings"), self.form)
        add("run", self.tr("Run"), self.run_panel)
        add("charts", self.tr("Charts"), make=_charts)
        add("plots", self.tr("Plots"), make=_plots)
        add("inspector", self.tr("Inspector"), make=_inspector)
        add("compare", self.tr("Compare"), make=_compare)
        add("export", self.tr("Export"), self.export_panel)
        add("tryit", self.tr("Try it"), self.tryit)
        self._pages.addWidget(self.welcome)
        self._pages.addWidget(self.workspace)

    def _build_menus(self) -> None:
        titles = (self.tr("&File"), self.tr("&Edit"), self.tr("&Run"), self.tr("&View"), self.tr("&Help"))
        for name, title in zip(("file", "edit", "run", "view", "help"), titles, strict=True):
            menu = self.menuBar().addMenu(title)
            menu.setToolTipsVisible(True)
            for spec, action in self.table.in_menu(name):
                if spec.separator:
                    menu.addSeparator()
                menu.addAction(action)
                if spec.id == "file.open":
                    self._recent_menu = menu.addMenu(icon("recent"), self.tr("Open &recent"))
        self._recent_menu.aboutToShow.connect(self._fill_recent)

    def _build_toolbar(self) -> None:
        bar = QToolBar(self.tr("Tools"), self)
        self._toolbar = bar
        bar.setObjectName("toolbar")
        bar.setMovable(False)
        bar.setIconSize(QSize(18, 18))
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        group = "file"
        for spec, action in self.table:
            if not spec.toolbar:
                continue
            if spec.toolbar != group:
                bar.addSeparator()
                group = spec.toolbar
            bar.addAction(action)
            if spec.id == "run.start":
                tool = bar.widgetForAction(action)
                assert isinstance(tool, QToolButton)
                tool.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
                action.setIcon(icon("run", "on_accent"))
                set_look(tool, "primary")
        spacer = QWidget(bar)
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(spacer)
        search = QToolButton(bar)
        search.setIcon(icon("search", "muted"))
        search.setText(self.tr("  Find an action     Ctrl+Shift+P"))
        search.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        search.setToolTip(self.table["help.palette"].toolTip())
        set_look(search, "search")
        search.clicked.connect(self.table["help.palette"].trigger)
        bar.addWidget(search)
        self.addToolBar(bar)

    def _connect(self) -> None:
        from studio.wiring import connect

        connect(self)

    # -- pages --------------------------------------------------------------------------------------------------------
    @property
    def on_welcome(self) -> bool:
        """Whether the welcome page is shown."""
        return self._pages.currentWidget() is self.welcome

    def show_welcome(self) -> None:
        """The first page; the document stays as it is behind it."""
        self.welcome.refresh()
        self._pages.setCurrentWidget(self.welcome)
        self._toolbar.hide()
        self._show_context()

    def show_workspace(self) -> None:
        """Canvas and panels."""
        self._pages.setCurrentWidget(self.workspace)
        self._toolbar.show()
        self.canvas.setFocus()
        self._show_context()

    def after_first_paint(self, document: str | None = None) -> None:
        """What the first picture need not wait for: recovery, the engine, heavy panels, the file to open."""
        self._rest = partial(self._go_on_starting, document)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._rest is not None:
            rest, self._rest = self._rest, None
            QTimer.singleShot(20, self, rest)

    def _go_on_starting(self, document: str | None) -> None:
        self.offer_recovery()
        if refused := left_out():
            self.tell("warning", "  ".join(ended(str(each)) for each in refused))
        if document is not None:
            self.files.open_named(document)
        self.bridge.warm_up()
        QTimer.singleShot(400, self, self.make_heavy_panels)

    def make_heavy_panels(self) -> None:
        """Build the panels that import large libraries, one per turn of the event loop."""
        for name in HEAVY:
            if not self.workspace.panels[name].is_made:
                self.panel(name)
                QTimer.singleShot(0, self, self.make_heavy_panels)
                return

    def panel(self, name: str) -> QWidget:
        """The content of a panel, made now if need be."""
        made = self.workspace.panels[name].is_made
        content = self.workspace.panels[name].content()
        if not made:
            self.results.adopt(name, content)
        return content

    # -- context ------------------------------------------------------------------------------------------------------
    def _show_context(self, *_: object) -> None:
        pipeline, stack, phase = self.document.pipeline, self.document.undo_stack, self.runs.phase
        here = not self.on_welcome
        selected = self.canvas.selected_ids() if here else []
        things = here and bool(self.canvas.pipeline_scene.selectedItems())
        self.table.set_context(
            workspace=here,
            has_blocks=here and bool(pipeline.blocks),
            selection=things,
            one_block=len(selected) == 1,
            can_undo=here and stack.canUndo(),
            can_redo=here and stack.canRedo(),
            running=self.runs.is_active or phase == "checking",
            cancellable=phase in ("running", "paused"),
            paused=phase == "paused",
            trains=self.runs.can_stop,
            cancelling=phase in ("cancelling", "checking"),
            has_run=self.runs.run is not None,
            rotates=here and any(can_compare_rotations(pipeline, block.id) for block in pipeline.blocks),
        )
        self._show_title()

    def _show_title(self) -> None:
        name = self.document.path.name if self.document.path else self.document.pipeline.name
        title = self.tr("Compression Studio")
        self.setWindowTitle(title if self.on_welcome else f"{name}[*] – {title}")
        self.setWindowModified(not self.on_welcome and not self.document.is_clean)

    def tell(self, kind: str, text: str) -> None:
        """A sentence in the status bar."""
        self.status.tell(kind, text)

    def tell_failure(self, text: str) -> None:
        """A refusal that must be seen: a banner at the top, on whichever page."""
        dismiss = button("", self, look="quiet", picture="close", tip=self.tr("Dismiss"))
        dismiss.clicked.connect(self.banner.clear)
        self.banner.tell("error", text, dismiss)

    def offer_recovery(self) -> None:
        """After a crash: unsaved work of the last session, in a banner."""
        found = self.files.recoverable()
        if not found:
            return
        item = found[0]
        name = item.path.name if item.path else item.pipeline.name
        recover = button(self.tr("Recover"), self, look="primary")
        recover.clicked.connect(partial(self._on_recover, item))
        discard = button(self.tr("Discard"), self, look="quiet")
        discard.clicked.connect(partial(self._on_discard, item))
        text = self.tr("Unsaved work of “{name}” from {when} was found: the studio was not closed properly.")
        self.banner.tell("warning", text.format(name=name, when=when_text(item.time)), recover, discard)

    def _on_recover(self, item: Any) -> None:
        self.banner.clear()
        self.files.recover(item)

    def _on_discard(self, item: Any) -> None:
        item.discard()
        self.banner.clear()
        self.offer_recovery()

    def show_failure_details(self, failure: Failure) -> None:
        """All that is known of a failure."""
        from studio.details import FailureDialog

        FailureDialog(failure, self.runs.titles(), self).show()

    # -- files --------------------------------------------------------------------------------------------------------
    def _fill_recent(self) -> None:
        menu: QMenu = self._recent_menu
        menu.clear()
        for name in recents("pipelines"):
            path = Path(name)
            action = menu.addAction(icon("file"), f"{path.stem}   {path.parent}")
            action.setData(name)
            action.setEnabled(path.exists())
            action.triggered.connect(partial(self._on_recent, name))
        if menu.isEmpty():
            menu.addAction(self.tr("Nothing yet")).setEnabled(False)

    def _on_recent(self, name: str, checked: bool = False) -> None:
        if not self.leave_run():
            return
        if not Path(name).exists():
            forget_recent("pipelines", name)
        self.files.open_path(Path(name))

    def leave_run(self) -> bool:
        """Whether the document may be replaced: not while it is being run."""
        if not self.runs.is_active:
            return True
        self.tell("warning", self.tr("A run is going on: cancel it, or wait, before you open something else."))
        return False

    def open_folder(self, path: Path) -> None:
        """Show a folder or file in the desktop's own way."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

    def open_run_folder(self) -> None:
        """The folder of the last run."""
        run = self.runs.run
        if run is not None:
            self.open_folder(Path(run.report).parent if run.report else Home.default().runs / run.id)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.files.droppable(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        if self.leave_run():
            self.files.drop(self.files.droppable(event.mimeData()))

    # -- theme and layout ---------------------------------------------------------------------------------------------
    def choose_theme(self, choice: Any) -> None:
        """ "system", "dark" or "light", now and at the next start."""
        self.settings.theme = choice
        self.settings.write()
        theme().choose(choice)

    def reset_layout(self) -> None:
        """Every panel where it was at first."""
        self.table["view.large"].setChecked(False)
        self.workspace.arrange()

    def _restore_layout(self) -> None:
        stored = QSettings(str(home() / "layout.ini"), QSettings.Format.IniFormat)
        geometry, state = stored.value("geometry"), stored.value("state")
        self.resize(1440, 900)
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        self.workspace.resize(self.size())
        self.workspace.restore(state if isinstance(state, QByteArray) else None)

    def _store_layout(self) -> None:
        stored = QSettings(str(home() / "layout.ini"), QSettings.Format.IniFormat)
        stored.setValue("geometry", self.saveGeometry())
        stored.setValue("state", self.workspace.layout_state())
        stored.sync()

    # -- closing ------------------------------------------------------------------------------------------------------
    def closeEvent(self, event: QCloseEvent) -> None:
        if self._leaving or not self.runs.is_active:
            if not self.files.may_leave():
                self._leaving = False
                event.ignore()
                return
            self._store_layout()
            self.files.close()
            self.bridge.close()
            event.accept()
            return
        event.ignore()
        answer = ask.choose(
            self,
            self.tr("A run is going on"),
            self.tr("Closing stops it at the next safe point. Finished blocks are kept, and the run can be resumed."),
            (("stay", self.tr("Keep running")), ("cancel", self.tr("Stop and close"))),
            escape="stay",
        )
        if answer == "cancel":
            self._leaving = True
            self.runs.cancel()
            self.tell("info", self.tr("Closing after the next safe point…"))
            QTimer.singleShot(CLOSE_BUDGET_MS, self, self.close)

    def close_if_leaving(self, phase: str) -> None:
        """The run ended that closing waited for."""
        if self._leaving and phase == "idle":
            QTimer.singleShot(0, self, self.close)


def _charts(parent: QWidget) -> QWidget:
    from studio.charts.panel import ChartsPanel

    return ChartsPanel(parent)


def _plots(parent: QWidget) -> QWidget:
    from studio.plots.panel import PlotsPanel

    return PlotsPanel(parent)


def _inspector(parent: QWidget) -> QWidget:
    from studio.inspector.panel import InspectorPanel

    return InspectorPanel(parent)


def _compare(parent: QWidget) -> QWidget:
    from studio.compare.panel import ComparePanel

    return ComparePanel(parent)
