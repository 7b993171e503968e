"""Message boxes: questions that must be answered before going on, and refusals. Tests answer by replacing these."""

from __future__ import annotations

import html
from collections.abc import Sequence

from PySide6.QtWidgets import QInputDialog, QMessageBox, QPushButton, QWidget

from studio.kit.plaintext import as_plain

Option = tuple[str, str]


def choose(parent: QWidget, title: str, text: str, options: Sequence[Option], *, escape: str, default: str = "") -> str:
    """Ask and wait; returns the key of the option chosen.

    ``options``: (key, label) from left to right; ``escape`` is the key that Escape and closing mean.
    """
    box = _box(parent, title, text)
    buttons: dict[QPushButton, str] = {}
    for key, label in options:
        button = box.addButton(label, QMessageBox.ButtonRole.ActionRole)
        buttons[button] = key
        if key == escape:
            box.setEscapeButton(button)
        if key == (default or escape):
            box.setDefaultButton(button)
    box.exec()
    clicked = box.clickedButton()
    box.deleteLater()
    return next((key for pushed, key in buttons.items() if pushed is clicked), escape)


def text(parent: QWidget, title: str, label: str, value: str = "") -> str | None:
    """Ask for a line and wait; None if the person thinks better of it."""
    dialog = QInputDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setLabelText(label)
    dialog.setTextValue(value)
    accepted = dialog.exec() == QInputDialog.DialogCode.Accepted
    typed = dialog.textValue().strip()
    dialog.deleteLater()
    return typed if accepted else None


def warn(parent: QWidget, title: str, text: str) -> None:
    """Say why something could not be done, and wait until it was read."""
    box = _box(parent, title, text)
    box.exec()
    box.deleteLater()


def _box(parent: QWidget, title: str, text: str) -> QMessageBox:
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setWindowTitle(title)
    box.setText(f"<b>{html.escape(title)}</b>")
    box.setInformativeText(as_plain(text, wraps=True))
    return box
