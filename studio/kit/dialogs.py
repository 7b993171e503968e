"""Windows that are opened beside the main one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget

D = TypeVar("D", bound=QDialog)


def show_once(parent: QWidget, kind: type[D], make: Callable[[], D]) -> D:
    """Bring the dialog of this kind to the front, made now if there is none: one at a time, not modal."""
    found = next((each for each in parent.findChildren(kind) if each.isVisible()), None)
    dialog = found or make()
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
    return dialog
