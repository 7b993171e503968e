"""Taking tables away: to the clipboard or to a CSV file that the user chooses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from engine.base.errors import StudioError
from engine.base.table import Table
from studio.kit import message_boxes
from studio.kit.icons import icon


def copy_table(table: Table) -> None:
    """Put the table on the clipboard as CSV."""
    QGuiApplication.clipboard().setText(table.to_csv())


def copy_markdown(table: Table) -> None:
    """Put the table on the clipboard as Markdown."""
    QGuiApplication.clipboard().setText(table.to_markdown())


def take_menu(
    table: Callable[[], Table], name: str, parent: QWidget, copied: Callable[[], Table] | None = None
) -> QMenu:
    """A menu that copies or saves the table as it is by then; ``name``: what the file is called at first; ``copied``:
    what is copied, where that is not all."""
    menu = QMenu(parent)
    copy = menu.addAction(icon("copy"), QCoreApplication.translate("saving", "Copy as CSV"))
    copy.triggered.connect(lambda: copy_table((copied or table)()))
    markdown = menu.addAction(icon("copy"), QCoreApplication.translate("saving", "Copy as Markdown"))
    markdown.triggered.connect(lambda: copy_markdown((copied or table)()))
    save = menu.addAction(icon("save"), QCoreApplication.translate("saving", "Save as CSV…"))
    save.triggered.connect(lambda: save_table(table(), name, parent))
    return menu


def save_table(table: Table, name: str, parent: QWidget) -> None:
    """Ask where to, then write the table; tells the user if that fails. ``name``: what the file is called at first."""
    title = QCoreApplication.translate("saving", "Save table")
    chosen, _ = QFileDialog.getSaveFileName(parent, title, str(Path.home() / f"{name}.csv"), "CSV (*.csv)")
    if not chosen:
        return
    try:
        table.write(Path(chosen).with_suffix(".csv"))
    except StudioError as error:
        message_boxes.warn(parent, QCoreApplication.translate("saving", "The table could not be saved"), str(error))
