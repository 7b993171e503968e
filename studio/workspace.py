"""The workspace: canvas in the middle, docks around it. A main window of its own, inside the outer one's stack."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtWidgets import QMainWindow, QTabWidget, QWidget

from studio.panels import Panel

LAYOUT_VERSION = 4
LOW = 800
"""A workspace of fewer pixels in height leaves more of them to the canvas."""
LEFT = ("palette", "outline")
BOTTOM = ("run", "charts", "plots", "inspector", "compare", "results", "export", "tryit")
AREAS = {
    **dict.fromkeys(LEFT, Qt.DockWidgetArea.LeftDockWidgetArea),
    **dict.fromkeys(BOTTOM, Qt.DockWidgetArea.BottomDockWidgetArea),
    "settings": Qt.DockWidgetArea.RightDockWidgetArea,
}


class Workspace(QMainWindow):
    """Places panels by name; knows nothing of what is in them."""

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
        return panel

    def panel(self, name: str) -> QWidget:
        """The content of a panel, made now if need be."""
        return self.panels[name].content()

    def bring(self, name: str) -> None:
        """Show a panel in front of those it shares a place with."""
        self.panel(name)
        self.panels[name].bring()

    def make_panels(self) -> None:
        """Make the contents that wait, one per turn of the event loop."""
        for panel in self.panels.values():
            if not panel.is_made:
                panel.content()
                QTimer.singleShot(0, self, self.make_panels)
                return

    def arrange(self) -> None:
        """The layout that everybody starts with."""
        self.enlarge(False)
        for name, area in AREAS.items():
            panel = self.panels[name]
            panel.setFloating(False)
            self.addDockWidget(area, panel)
            panel.show()
        for group in (LEFT, BOTTOM):
            for first, second in itertools.pairwise(group):
                self.tabifyDockWidget(self.panels[first], self.panels[second])
            self.panels[group[0]].raise_()
        self._fit()

    def enlarge(self, large: bool) -> None:
        """Give all the room to the panels below the canvas, or put everything back as it was before."""
        if large == self.is_large:
            return
        front = next((self.panels[name] for name in BOTTOM if self.panels[name].in_front), None)
        if large:
            self._before = self.saveState(LAYOUT_VERSION)
            self.center().hide()
            for name, panel in self.panels.items():
                if name not in BOTTOM:
                    panel.hide()
        else:
            before, self._before = self._before, None
            self.center().show()
            if before is not None:
                self.restoreState(before, LAYOUT_VERSION)
        if front is not None:
            QTimer.singleShot(0, front, front.bring)  # which tab was in front is restored late

    @property
    def is_large(self) -> bool:
        """Whether the panels have taken the canvas's place."""
        return self._before is not None

    def center(self) -> QWidget:
        """The canvas."""
        center = self.centralWidget()
        assert center is not None  # the canvas is put in first
        return center

    def _fit(self) -> None:
        width, height = max(self.width(), 900), max(self.height(), 560)
        sides = [min(270, round(width * 0.19)), min(340, round(width * 0.26))]
        self.resizeDocks([self.panels["palette"], self.panels["settings"]], sides, Qt.Orientation.Horizontal)
        below = round(height * (0.42 if height > LOW else 0.39))
        self.resizeDocks([self.panels["run"]], [below], Qt.Orientation.Vertical)
        for panel in self.panels.values():
            panel.fit_title_bar()

    def restore(self, state: QByteArray | None) -> None:
        """The layout of the last session, or the first one."""
        self.arrange()
        if state:
            self.restoreState(state, LAYOUT_VERSION)

    def layout_state(self) -> QByteArray:
        """What `restore` takes."""
        return self._before or self.saveState(LAYOUT_VERSION)
