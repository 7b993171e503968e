"""The quick menu: the method list as a popup where the mouse or the keyboard focus is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QWidget

from engine.methods.base import MethodInfo
from studio.canvas.palette import MethodPicker
from studio.kit.layouts import vbox

SIZE = QSize(300, 340)


class QuickMenu(QFrame):
    """Opens at a place, tells `chosen` once, and is gone."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAccessibleName(self.tr("Add a method"))
        self.picker = MethodPicker(self)
        self.picker.chosen.connect(self._on_chosen)
        self.setLayout(vbox(self.picker, margins=0))
        self.resize(SIZE)

    def open_at(self, position: QPoint, allowed: Callable[[MethodInfo], bool] | None = None) -> None:
        """Show it with its corner at a place of the screen, moved so that all of it is on the screen."""
        if allowed is not None:
            self.picker.restrict(allowed)
        area = self.screen().availableGeometry()
        x = max(area.left(), min(position.x(), area.right() - self.width()))
        y = max(area.top(), min(position.y(), area.bottom() - self.height()))
        self.move(x, y)
        self.show()
        self.picker.search.setFocus(Qt.FocusReason.PopupFocusReason)

    def _on_chosen(self, method_id: str) -> None:
        self.close()
        self.chosen.emit(method_id)
