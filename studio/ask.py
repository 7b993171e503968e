"""Questions that must be answered before going on. One function, so that tests can answer."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

Option = tuple[str, str]


def choose(parent: QWidget, title: str, text: str, options: Sequence[Option], *, escape: str, default: str = "") -> str:
    """Ask and wait; returns the key of the option chosen.

    ``options``: (key, label) from left to right; ``escape`` is the key that Escape and closing mean.
    """
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setWindowTitle(title)
    box.setText(f"<b>{title}</b>")
    box.setInformativeText(text)
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
