"""Windows that are opened beside the main one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget

D = TypeVar("D", bound=QDialog)
LETTER = 6
"""Pixels of a letter, on average, in texts of 9 points."""


def show_once(parent: QWidget, kind: type[D], make: Callable[[], D]) -> D:
    """Bring the dialog of this kind to the front, made now if there is none: one at a time, not modal."""
    shown = next((child for child in parent.findChildren(kind) if type(child) is kind and child.isVisible()), None)
    dialog = shown or make()
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
    return dialog


def room_for(dialog: QDialog, width: int, height: int) -> tuple[int, int]:
    """Width and height of a dialog that is laid out for texts of 9 points, for texts as they are: no larger than the
    screen."""
    larger = max(1.0, dialog.fontMetrics().averageCharWidth() / LETTER)
    free = dialog.screen().availableSize()
    return min(round(larger * width), free.width()), min(round(larger * height), free.height())
