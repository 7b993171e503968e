"""Windows that are opened beside the main one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget

D = TypeVar("D", bound=QDialog)


def show_once(parent: QWidget, kind: type[D], make: Callable[[], D]) -> D:
    """Bring the dialog of this kind to the front, made now if there is none: one at a time, not modal."""
    shown = next((child for child in parent.findChildren(kind) if child.isVisible()), None)
    dialog = shown or make()
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
    return dialog
