"""The main window: a frame of menus, toolbar, banner, pages, status bar. `studio.shell.assembly` connects them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QMimeData, QObject, QSettings, QSize, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QFontMetrics,
    QKeyEvent,
    QPaintEvent,
    QStatusTipEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QMenu,
    QSizePolicy,
    QStackedWidget,
    QTabBar,
    QToolBar,
    QToolButton,
    QWidget,
)

from engine.base.files import home
from studio.kit.actions import MENUS, TOOLBAR, Actions
from studio.kit.icons import icon
from studio.kit.later import later
from studio.kit.layouts import vbox
from studio.kit.plaintext import as_plain
from studio.kit.theme import scaled, theme
from studio.kit.widgets import Banner, set_look, size_icons, tool
from studio.shell.recentmenu import RecentMenu
from studio.shell.statusbar import StatusBar
from studio.shell.workspace import Workspace
from studio.welcome.page import WelcomePage

HOME, PIPELINE = range(2)
"""The pages, by the number of their tabs."""
NAME_WIDTH = 170
"""Pixels that the name of the pipeline takes in its tab at most; the end of a longer one is in the tooltip."""
TITLE_BAR = 40
"""Pixels left for the frame that the desktop draws around the first window."""


class MainWindow(QMainWindow):
    """Knows no controller: it tells what the user does by signals, and asks by the two functions that are handed in.
    GUI thread only."""

    page_changed = Signal()
    """Between the welcome page and the workspace."""
    painted = Signal()
    """The first picture is on the screen."""
    dropped = Signal(list)
    """Paths that were dropped and are taken."""

    def __init__(self) -> None:
        super().__init__()
        self.controllers = QObject(self)
        """Parent of what follows widgets: the first child, so that it is gone before those that it listens to."""
        self.may_close: Callable[[], bool] = _yes
        """Asked when the user closes the window; it closes if this says so."""
        self.droppable: Callable[[QMimeData], list[Path]] = _nothing
        """Filter for dragged files that can be opened."""
        self.setWindowTitle(self.tr("Compression Studio"))
        self.setWindowIcon(icon("low_rank", "accent"))
        self.setAcceptDrops(True)
        self.setMinimumSize(880, 560)
        self.table = Actions(self)
        page = QWidget(self)
        self.banner = Banner(page)
        self._pages = QStackedWidget(page)
        page.setLayout(vbox(self.banner, (self._pages, 1), margins=0, gap=0))
        self.setCentralWidget(page)
        self.welcome = WelcomePage(self)
        self.workspace = Workspace(self)
        self._pages.addWidget(self.welcome)
        self._pages.addWidget(self.workspace)
        self.recent_menu = RecentMenu(self)
        self.status = StatusBar(self)
        self.setStatusBar(self.status)
        self.menus: dict[str, QMenu] = {}
        self._build_menus()
        self.pages = self._build_pages()
        self._toolbar = self._build_toolbar()
        self._painted = False

    # -- building -----------------------------------------------------------------------------------------------------
    def _build_menus(self) -> None:
        titles = (self.tr("&File"), self.tr("&Edit"), self.tr("&Run"), self.tr("&View"), self.tr("&Help"))
        for name, title in zip(MENUS, titles, strict=True):
            menu = self.menuBar().addMenu(title)
            menu.setToolTipsVisible(True)
            self.menus[name] = menu
            for spec, action in self.table.in_menu(name):
                if spec.separator:
                    menu.addSeparator()
                menu.addAction(action)
                if spec.id == "file.open":
                    menu.addMenu(self.recent_menu)

    def _build_pages(self) -> QTabBar:
        """Home and the open pipeline, beside each other: a click goes to and fro."""
        bar = QToolBar(self.tr("Pages"), self)
        bar.setObjectName("pages")
        bar.setMovable(False)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        tabs = QTabBar(bar)
        tabs.setDrawBase(False)
        tabs.setExpanding(False)
        tabs.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        tabs.setElideMode(Qt.TextElideMode.ElideNone)  # the tab bar would cut both
        tabs.addTab(icon("template", "muted"), self.tr("Home"))
        tabs.addTab("")
        tabs.setAccessibleName(self.tr("Pages"))
        self._page_name = ""
        theme().changed.connect(self._name_page)
        bar.addWidget(tabs)
        self.addToolBar(bar)
        tabs.currentChanged.connect(self._on_page)
        return tabs

    def _on_page(self, page: int) -> None:
        if (page == HOME) != self.on_welcome:
            self.show_welcome() if page == HOME else self.show_workspace()

    def offer_pipeline(self, name: str) -> None:
        """The tab of the open pipeline, by its name; "": there is none."""
        self.pages.setTabVisible(PIPELINE, bool(name))
        self.pages.setTabToolTip(PIPELINE, as_plain(name))
        self._page_name = name
        self._name_page()

    def _name_page(self) -> None:
        """As much of the name as there is room for at this size of texts."""
        metrics, right = QFontMetrics(self.pages.font()), Qt.TextElideMode.ElideRight
        shown = metrics.elidedText(" ".join(self._page_name.split()), right, scaled(NAME_WIDTH))
        self.pages.setTabText(PIPELINE, shown.replace("&", "&&"))

    def _build_toolbar(self) -> QToolBar:
        bar = QToolBar(self.tr("Tools"), self)
        bar.setObjectName("toolbar")
        bar.setMovable(False)
        size_icons(bar, 18)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        for group in TOOLBAR:
            for name in group:
                bar.addWidget(self._start_button(bar)) if name == "run.start" else bar.addAction(self.table[name])
                if name == "run.start":
                    self._add_where(bar)
            if group != TOOLBAR[-1]:
                bar.addSeparator()
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
        return bar

    def _add_where(self, bar: QToolBar) -> None:
        """The choice of the machine that runs it, hidden until there are several."""
        self.where_button = tool("", self.tr("The machine that runs the pipeline"), bar, menu=QMenu(bar))
        self.where = bar.addWidget(self.where_button)
        self.where.setVisible(False)

    def _start_button(self, bar: QToolBar) -> QToolButton:
        """Run, on the accent color. It has an icon of its own: that of the action is for menus."""
        start, shown = self.table["run.start"], QToolButton(bar)
        shown.setIcon(icon("run", "on_accent"))

        def follow() -> None:
            shown.setText(start.iconText())
            shown.setToolTip(start.toolTip())
            shown.setStatusTip(start.statusTip())

        follow()
        start.changed.connect(follow)
        shown.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        shown.setEnabled(start.isEnabled())
        start.enabledChanged.connect(shown.setEnabled)
        shown.clicked.connect(start.trigger)
        set_look(shown, "primary")
        return shown

    # -- pages --------------------------------------------------------------------------------------------------------
    @property
    def on_welcome(self) -> bool:
        """True if the welcome page is shown."""
        return self._pages.currentWidget() is self.welcome

    def show_welcome(self) -> None:
        """The home page; the document stays as it is beside it."""
        if self.isVisible() or not self.on_welcome:  # the page of a new window has just been filled
            self.welcome.refresh()
        self._show_page(self.welcome)

    def show_workspace(self) -> None:
        """Canvas and panels."""
        self._show_page(self.workspace)
        self.workspace.center().setFocus()

    def _show_page(self, page: QWidget) -> None:
        self._pages.setCurrentWidget(page)
        self._toolbar.setVisible(page is self.workspace)
        if page is self.workspace:
            self.pages.setTabVisible(PIPELINE, True)
        self.pages.setCurrentIndex(PIPELINE if page is self.workspace else HOME)
        self.page_changed.emit()

    def show_title(self, document: str, path: Path | None, *, changed: bool) -> None:
        """The name of the document in the title, "" for none, with the folder of its file and whether it has unsaved
        changes."""
        folder = None if path is None else path.parent
        if folder is not None and folder.is_relative_to(Path.home()):
            folder = "~" / folder.relative_to(Path.home())
        parts = (f"{document}[*]" if document else "", str(folder or ""), self.tr("Compression Studio"))
        self.setWindowTitle(" – ".join(filter(None, parts)))
        self.setWindowModified(changed)

    # -- sentences ----------------------------------------------------------------------------------------------------
    def show_message(self, kind: str, text: str) -> None:
        """A sentence in the status bar."""
        self.status.show_message(kind, text)

    def tell_failure(self, text: str) -> None:
        """A refusal that must be seen: a banner at the top, on whichever page."""
        self.banner.show_message("error", text, dismissable=True)

    # -- what the user does -------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            later(self, self.painted.emit, 20)

    def event(self, event: QEvent) -> bool:
        """Tips of actions share the place of the last message: Qt would paint them over it."""
        if isinstance(event, QStatusTipEvent):
            self.status.show_tip(event.tip())
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves Watch and large panels, else it leads from a panel back to the canvas; unless what has the focus
        does something else with it."""
        if event.key() != Qt.Key.Key_Escape or self.on_welcome:
            super().keyPressEvent(event)
        elif self.table["view.build"].isEnabled():
            self.table["view.build"].trigger()
        else:
            self.workspace.center().setFocus(Qt.FocusReason.ShortcutFocusReason)

    def focusNextPrevChild(self, next: bool) -> bool:
        """The Tab key passes over panels that lie behind others: Qt counts them as visible."""
        first = QApplication.focusWidget()
        while super().focusNextPrevChild(next):
            focus = QApplication.focusWidget()
            if focus is None or focus is first or not self.workspace.covers(focus):
                return True
        return False

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.droppable(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.dropped.emit(self.droppable(event.mimeData()))

    def closeEvent(self, event: QCloseEvent) -> None:
        event.setAccepted(self.may_close())

    # -- layout -------------------------------------------------------------------------------------------------------
    def restore_layout(self) -> None:
        """As the last session left it, once all panels were added."""
        stored = layout_file()
        geometry, state = stored.value("geometry"), stored.value("state")
        self.resize(QSize(1440, 900).boundedTo(self.screen().availableSize() - QSize(0, TITLE_BAR)))
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        self.workspace.resize(self.size())
        self.workspace.restore(state if isinstance(state, QByteArray) else None)

    def store_layout(self) -> None:
        """For the next session."""
        stored = layout_file()
        stored.setValue("geometry", self.saveGeometry())
        stored.setValue("state", self.workspace.layout_state())
        stored.sync()


def layout_file() -> QSettings:
    """File that stores the layout of window and panels."""
    return QSettings(str(home() / "layout.ini"), QSettings.Format.IniFormat)


def _yes() -> bool:
    return True


def _nothing(data: QMimeData) -> list[Path]:
    return []
