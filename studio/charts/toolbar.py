"""The tools of a chart over the corner of its plot: seen while the mouse or the keyboard is in the chart."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect
from PySide6.QtWidgets import QApplication, QFrame, QToolButton, QWidget

from studio.charts.controls import flat
from studio.kit.layouts import hbox
from studio.kit.widgets import set_look, single_shot

EDGE = 4
"""Pixels between the tools and the border of the plot."""


class HoverTools(QFrame):
    """Lies over a chart and takes none of its room."""

    def __init__(self, chart: QWidget) -> None:
        super().__init__(chart)
        self._row = hbox(margins=2, gap=2)
        self.setLayout(self._row)
        set_look(self, "tools")
        self.hide()
        chart.installEventFilter(self)
        self._later = single_shot(self._show_or_hide, self)

    def add(self, *buttons: QToolButton, first: bool = False) -> None:
        """Put buttons behind the others, or before them."""
        for number, item in enumerate(buttons):
            self._row.insertWidget(number if first else self._row.count(), flat(item))
            item.installEventFilter(self)
            if item.menu() is not None:
                item.menu().aboutToHide.connect(self._show_or_hide)

    def move_into(self, plot: QRect) -> None:
        """Stand in the upper right corner of the plot, given in the chart's coordinates."""
        size = self.sizeHint()
        width = min(size.width(), max(plot.width() - 2 * EDGE, 0))
        self.setGeometry(QRect(plot.right() - EDGE - width, plot.top() + EDGE, width, size.height()))
        self.raise_()

    @property
    def _chart(self) -> QWidget:
        parent = self.parentWidget()
        assert parent is not None
        return parent

    @property
    def is_needed(self) -> bool:
        """True while the mouse or the keyboard is in the chart, or a menu of the tools is open."""
        focus = QApplication.focusWidget()
        inside = focus is not None and self._chart.isAncestorOf(focus)
        menus = (item.menu() for item in self.findChildren(QToolButton) if item.menu() is not None)
        return self._chart.underMouse() or inside or any(menu.isVisible() for menu in menus)

    def watch(self, plot: QWidget) -> None:
        """The tools are seen while this has the focus, so that Tab leads on to them."""
        plot.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.FocusIn or (kind == QEvent.Type.Enter and watched is self._chart):
            self._show(True)
        elif kind == QEvent.Type.FocusOut or (kind == QEvent.Type.Leave and watched is self._chart):
            self._later.start()  # once it is known what has the focus now
        return False

    def _show_or_hide(self) -> None:
        self._show(self.is_needed)

    def _show(self, on: bool) -> None:
        if on and self.isHidden():
            self.adjustSize()
        self.setVisible(on and self._row.count() > 0)
        self.raise_()
