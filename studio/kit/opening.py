"""Files and folders opened by other programs, or a sentence where they lie if this machine has none for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QDesktopServices


def opens_outside(path: Path) -> bool:
    """Open a file or folder with the program that the desktop has for it; False if there is none."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def open_outside(path: Path, report: Callable[[str, str], object]) -> None:
    """Open a file or folder with the program that the desktop has for it. ``report``: gets the kind and the text of a
    message if there is none."""
    if not opens_outside(path):
        said = QCoreApplication.translate("Opening", "No program is set up to open this file: {0}")
        report("warning", said.format(path))
