"""The workspace: canvas in the middle, docks around it. A main window of its own, inside the outer one's stack."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from typing import Literal

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QAction, QCursor, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QStackedWidget, QStyle, QTabBar, QTabWidget, QWidget

from studio.kit.focus import pass_focus
from studio.kit.icons import icon
from studio.kit.later import later
from studio.kit.theme import scaled, theme
from studio.shell.panels import Panel

LAYOUT_VERSION = 5
Mode = Literal["build", "watch", "large"]
CARDS = 0.47
"""Share of the height that result cards take at most, where a run is watched."""
LINE = 48
"""Height of the panels below the canvas, with their tabs, while there is nothing in them."""
FOLDED = 130
"""Panels that are lower than this have nothing that could be read."""
TABLES = ("inspector", "results")
"""Panels that are tables first."""
TABLE_HEIGHT = 364
"""Pixels of height in which a table has ten rows below its controls and its header."""
LOW = 800
"""A workspace of fewer pixels in height leaves more of them to the canvas."""
WIDE = 1500
"""A workspace of so many pixels in width has room for two panels side by side."""
TASKS = {"inspect": ("inspector", "charts"), "compare": ("compare",), "export": ("export",)}
"""Task -> the panel that it is done in, and one beside it where there is room."""
BESIDE = 0.4
"""Share of the width that the panel beside it has."""
LARGE = 1.3
"""Texts that are larger, relative to the desktop's, need wider panels."""
LEFT_PANELS = ("palette", "outline")
BOTTOM = ("run", "charts", "inspector", "compare", "fit", "results", "export", "tryit")
AREAS = {
    **dict.fromkeys(LEFT_PANELS, Qt.DockWidgetArea.LeftDockWidgetArea),
    **dict.fromkeys(BOTTOM, Qt.DockWidgetArea.BottomDockWidgetArea),
    "settings": Qt.DockWidgetArea.RightDockWidgetArea,
}


class Workspace(QMainWindow):
    """Places panels by name; knows nothing of what is in them."""

    mode_changed = Signal(str)
    """See `Mode`."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setObjectName("workspace")
        self.setDockOptions(
            QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.AllowNestedDocks
            | QMainWindow.DockOption.AnimatedDocks
        )
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.BottomDockWidgetArea)
        self.panels: dict[str, Panel] = {}
        self._before: QByteArray | None = None
        self._front: Panel | None = None
        self.menu_actions: list[QAction] = []
        """Actions of the tab menu besides those of the clicked panel."""
        self.mode: Mode = "build"
        self._pages = QStackedWidget(self)
        self._grown: set[str] = set()
        """Tables that were given their height once."""

    def set_pages(self, canvas: QWidget, watch: QWidget, height_within: Callable[[int], int]) -> None:
        """The canvas, and the page in its place while a run is watched. ``height_within``: pixels of height that this
        page needs, no more than so many."""
        self._canvas, self._watch, self._watch_height = canvas, watch, height_within
        for page in (canvas, watch):
            self._pages.addWidget(page)
        self.setCentralWidget(self._pages)

    def add(
        self,
        name: str,
        title: str,
        content: QWidget | None = None,
        make: Callable[[QWidget], QWidget] | None = None,
    ) -> Panel:
        """A panel with its content, or with a function that makes it when it is first needed."""
        panel = Panel(name, title, self, content, make, scrolls=name in BOTTOM)
        self.panels[name] = panel
        panel.seen.connect(self._on_seen)
        return panel

    def panel(self, name: str) -> QWidget:
        """The content of a panel, made now if need be."""
        return self.panels[name].content()

    def covers(self, widget: QWidget) -> bool:
        """True if a widget is in a panel that is hidden behind another tab, or is a tab bar that Qt has put away
        outside of the window or below the panels."""
        if isinstance(widget, QTabBar) and widget.parent() is self:
            return widget.visibleRegion().isEmpty()
        behind = (other for other in self.panels.values() if not other.in_front and not other.isFloating())
        return any(panel.isAncestorOf(widget) for panel in behind)

    def bring(self, name: str) -> None:
        """Show a panel in front of those it shares a place with."""
        self.panel(name)
        self.panels[name].bring()
        if name in BOTTOM:
            self._front = None
            later(self, self.unfold)  # once it has the size that the layout gives it

    def unfold(self) -> None:
        """Give the panels below the canvas their room: until there is something in them they are one line."""
        shown = [panel for name in BOTTOM if (panel := self.panels[name]).in_front and not panel.isFloating()]
        if self.mode != "build" or not shown or not self.isVisible():
            return
        high = max(other.height() for other in shown)
        height = max(self.height(), 560)
        below = round(height * (0.42 if height > LOW else 0.39)) if high < FOLDED else high
        tables = {panel.name for panel in shown}.intersection(TABLES)
        if tables and (high < FOLDED or not tables <= self._grown):
            self._grown |= tables  # a height that a person gives it later stays
            below = max(below, TABLE_HEIGHT)
        if below != high:
            self.resizeDocks(shown[:1], [below], Qt.Orientation.Vertical)

    def _on_seen(self, name: str, visible: bool) -> None:
        """Another tab was chosen: who does that wants to see it."""
        if visible and name in BOTTOM and name != BOTTOM[0]:
            later(self, partial(self._unfold_for, name))

    def _unfold_for(self, name: str) -> None:
        """Unless it was only seen for a moment, while panels were arranged."""
        if self.panels[name].in_front:
            self.unfold()

    def make_panels(self) -> None:
        """Make the contents that wait, one per turn of the event loop."""
        for panel in self.panels.values():
            if not panel.is_made:
                panel.content()
                later(self, self.make_panels)
                return

    def arrange(self) -> None:
        """The layout that everybody starts with."""
        self.lay_out("build", keep_front=False)
        self._front = None
        self._grown.clear()
        for name, area in AREAS.items():
            panel = self.panels[name]
            panel.setFloating(False)
            self.addDockWidget(area, panel)
            panel.show()
        for group in (LEFT_PANELS, BOTTOM):
            for first, second in itertools.pairwise(group):
                self.tabifyDockWidget(self.panels[first], self.panels[second])
            self.panels[group[0]].raise_()
        self._fit()

    def enlarge(self, large: bool) -> None:
        """Give all the room to the panels below the canvas, or put everything back as it was before."""
        if large != self.is_large:
            self.lay_out("large" if large else "build")

    def watch(self, on: bool) -> None:
        """Show result cards above large charts in place of the canvas, or put everything back as it was before."""
        if on != (self.mode == "watch"):
            self.lay_out("watch" if on else "build")

    def lay_out_for(self, task: str) -> None:
        """Give all the room to the panels of a task of `TASKS`; "build" puts everything back."""
        main, *others = (self.panels[name] for name in TASKS[task])
        self.lay_out("build", keep_front=False)
        self.lay_out("large", keep_front=False)
        for panel in (main, *others):
            panel.content()
            panel.setFloating(False)
        for beside in others if self.width() >= scaled(WIDE) else ():
            self.removeDockWidget(beside)  # from among the tabs: what is split off there becomes another tab
            self.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, beside, Qt.Orientation.Horizontal)
            beside.show()
            share = round(BESIDE * self.width())
            self.resizeDocks([main, beside], [self.width() - share, share], Qt.Orientation.Horizontal)
        main.bring()
        self._bring_later(main)
        main.focus_content()

    def lay_out(self, mode: Mode, *, keep_front: bool = True) -> None:
        """Build, watch, or nothing but panels; back in "build" everything is where it was. ``keep_front``: the panel
        that is in front now stays there."""
        if mode == self.mode:
            return
        front = next((self.panels[name] for name in BOTTOM if self.panels[name].in_front), None)
        before = self._before or self.saveState(LAYOUT_VERSION)
        focused = self._pages.isAncestorOf(QApplication.focusWidget() or self)
        if focused and mode == "large" and front is not None:
            front.focus_content()  # before the canvas goes: Qt would lead the focus through all that is hidden
        self._pages.setVisible(mode != "large")  # first: what is restored fits around it
        self._pages.setCurrentWidget(self._watch if mode == "watch" else self._canvas)
        if self._before is not None:
            self._restore_docked(before)
        self._before = before
        self.mode = mode
        if mode == "build":
            self._before = None
        else:
            for name, panel in self.panels.items():
                if name not in BOTTOM and not panel.isFloating():
                    panel.hide()
        if mode == "watch":
            self._show_charts()
        elif front is not None and keep_front:
            self._bring_later(front)
        if focused and mode != "large":
            pass_focus(self.center())
        self.mode_changed.emit(mode)

    def _restore_docked(self, state: QByteArray) -> None:
        """Restore docked panels; floating ones stay where they are."""
        afloat = {name: panel.geometry() for name, panel in self.panels.items() if panel.isFloating()}
        self._restore_state(state)
        for name, panel in self.panels.items():
            if panel.isFloating() != (name in afloat):
                panel.setFloating(name in afloat)
            if name in afloat:
                panel.setGeometry(afloat[name])
                panel.show()

    def float_panel(self, panel: Panel | None = None) -> None:
        """Take a panel out of the window or put it back: that one, or the one with the focus, or in front below."""
        below = (self.panels[name] for name in BOTTOM)
        for candidate in (panel, *(p for p in self.panels.values() if p.has_focus), *(p for p in below if p.in_front)):
            if candidate is not None:
                candidate.setFloating(not candidate.isFloating())
                candidate.bring()
                candidate.activateWindow()
                candidate.focus_content()
                return

    def createPopupMenu(self) -> QMenu:
        """For who clicks on a tab with the right button."""
        menu = QMenu(self)
        for bar in self.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            tab = bar.tabAt(bar.mapFromGlobal(QCursor.pos()))
            for panel in self.panels.values():
                if tab >= 0 and bar.isVisible() and bar.tabText(tab) == panel.windowTitle():
                    text = self.tr("Float “{panel}”").format(panel=panel.windowTitle())
                    menu.addAction(icon("float"), text, partial(self.float_panel, panel))
                    menu.addAction(icon("close"), self.tr("Hide panel"), panel.close)
                    menu.addSeparator()
        menu.addActions(self.menu_actions)
        return menu

    def _show_charts(self) -> None:
        """Charts in front and large, the cards above them as high as they need."""
        charts = self.panels["charts"]
        charts.content()
        charts.bring()
        self._fit_cards(charts)
        self._bring_later(charts)

    def fit_cards_later(self) -> None:
        """Give the cards the height that they need, once everything has its place."""
        later(self, self._fit_cards)

    def _fit_cards(self, front: Panel | None = None) -> None:
        """Give the cards the height that they need now. ``front``: the panel below them, the one in front for None."""
        front = front or next((self.panels[name] for name in BOTTOM if self.panels[name].in_front), None)
        if self.mode == "watch" and front is not None:
            between = self.style().pixelMetric(QStyle.PixelMetric.PM_DockWidgetSeparatorExtent, None, self)
            height = max(self.height(), 560)
            above = self._watch_height(round(CARDS * height))
            self.resizeDocks([front], [height - above - between], Qt.Orientation.Vertical)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A banner above, or a window of another size: it is the panels that become lower."""
        super().resizeEvent(event)
        if self.mode == "watch" and event.size().height() != event.oldSize().height():
            self.fit_cards_later()

    def _bring_later(self, panel: Panel) -> None:
        """Bring the stored front tab forward later, unless another one was chosen meanwhile."""
        self._front = panel
        later(self, self._bring_front)

    def _bring_front(self) -> None:
        if self._front is not None:
            self._front.bring()
        self._front = None

    @property
    def is_large(self) -> bool:
        """True if the panels fill the window in place of the canvas."""
        return self.mode == "large"

    def center(self) -> QWidget:
        """The canvas, or what stands in its place."""
        return self._watch if self.mode == "watch" else self._canvas

    def _fit(self) -> None:
        width = max(self.width(), 900)
        left, right = (0.19, 0.26) if theme().scale < LARGE else (0.235, 0.26)  # names of methods are whole
        sides = [min(scaled(270), round(width * left)), min(scaled(340), round(width * right))]
        self.resizeDocks([self.panels["palette"], self.panels["settings"]], sides, Qt.Orientation.Horizontal)
        self.resizeDocks([self.panels["run"]], [LINE], Qt.Orientation.Vertical)
        for panel in self.panels.values():
            panel.fit_title_bar()

    def apply(self, mode: Mode, state: QByteArray) -> None:
        """A layout that `present_state` told in this mode."""
        self.lay_out("build", keep_front=False)
        self.lay_out(mode)
        self._front = None
        self._restore_state(state)

    def present_state(self) -> QByteArray:
        """State for `apply`."""
        return self.saveState(LAYOUT_VERSION)

    def restore(self, state: QByteArray | None) -> None:
        """The layout of the last session, or the first one."""
        self.arrange()
        if state:
            self._restore_state(state)

    def _restore_state(self, state: QByteArray) -> None:
        """Take up a stored layout. A panel that was not there when it was stored joins the others below the canvas."""
        self.restoreState(state, LAYOUT_VERSION)
        stored = bytes(state.data())
        stored_names = {name for name in BOTTOM if self.panels[name].objectName().encode("utf-16-be") in stored}
        neighbor = next((self.panels[name] for name in BOTTOM if name in stored_names and self._is_docked(name)), None)
        for name in BOTTOM:
            if name not in stored_names and neighbor is not None:
                self.tabifyDockWidget(neighbor, self.panels[name])
                self.panels[name].setVisible(not neighbor.isHidden())

    def _is_docked(self, name: str) -> bool:
        panel = self.panels[name]
        return not panel.isFloating() and self.dockWidgetArea(panel) != Qt.DockWidgetArea.NoDockWidgetArea

    def layout_state(self) -> QByteArray:
        """State for `restore`."""
        return self._before or self.saveState(LAYOUT_VERSION)
