"""Visible keyboard focus: a ring around lists, tables, charts and pages, for which the style draws nothing."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QMenu,
    QMenuBar,
    QScrollArea,
    QSlider,
    QTabBar,
    QWidget,
)
from shiboken6 import isValid

from studio.kit.theme import color

WIDTH = 2
"""Pixels of the ring, inside of the widget."""
STYLED = (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QMenu, QMenuBar, QSlider, QTabBar)
"""Widgets whose own style shows the focus (resources/style.qss, Fusion)."""
_BY_KEYS = Qt.WidgetAttribute.WA_KeyboardFocusChange


class FocusRing(QObject):
    """Follows the focus of the whole program. While it is moved by keys, what has it is scrolled into view and has a
    ring, unless its style shows the focus already. GUI thread only."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._ring: _Ring | None = None
        self._by_keys = False
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus)

    def _on_focus(self, old: QWidget | None, now: QWidget | None) -> None:
        if self._ring is not None:
            self._ring.release()
            self._ring = None
        if old is not None and isValid(old):
            self._by_keys = old.window().testAttribute(_BY_KEYS)
        if now is None:
            return
        if old is None and self._by_keys:  # a window that a key opened, or closed
            now.window().setAttribute(_BY_KEYS)
        if now.window().testAttribute(_BY_KEYS):
            _scroll_to(now)
            if not isinstance(now, STYLED):
                self._ring = _Ring(now)


def pass_focus(widget: QWidget) -> None:
    """Give the focus to a widget as a consequence of something else: it is as visible there as it was before."""
    by_keys = widget.window().testAttribute(_BY_KEYS)
    widget.setFocus(Qt.FocusReason.ShortcutFocusReason if by_keys else Qt.FocusReason.OtherFocusReason)


def _scroll_to(widget: QWidget) -> None:
    """Qt does so only where the focus was inside of the area before."""
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(widget)
        above = above.parentWidget()


class _Ring(QWidget):
    """A frame over the border of a widget, which it belongs to."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        widget.installEventFilter(self)
        self._fit(widget)
        self.show()

    def release(self) -> None:
        """Go, unless the widget is gone already."""
        try:
            self.hide()
            self.deleteLater()
        except RuntimeError:  # the widget took it along
            pass

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest) and isinstance(watched, QWidget):
            self._fit(watched)
        return False

    def _fit(self, widget: QWidget) -> None:
        """Inside of scroll bars; only the frame is painted, so that what is within need not be painted with it."""
        area = QRect(widget.rect())
        if isinstance(widget, QAbstractScrollArea):
            bar = widget.verticalScrollBar()
            if bar.isVisibleTo(widget):
                area.setRight(area.right() - bar.width())
        self.setGeometry(area)
        inner = self.rect().adjusted(WIDTH, WIDTH, -WIDTH, -WIDTH)
        self.setMask(QRegion(self.rect()) - QRegion(inner))
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        pen = QPen(color("accent"), WIDTH)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()
