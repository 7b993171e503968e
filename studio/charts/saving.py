"""Taking tables away: to the clipboard or to a CSV file that the user chooses."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from engine.contracts.errors import StudioError
from engine.contracts.table import Table
from studio import ask


def copy_table(table: Table) -> None:
    """Put the table on the clipboard as CSV."""
    QGuiApplication.clipboard().setText(table.to_csv())


def save_table(table: Table, name: str, parent: QWidget) -> None:
    """Ask where to, then write the table; tells the user if that fails. ``name``: what the file is called at first."""
    title = QCoreApplication.translate("saving", "Save table")
    chosen, _ = QFileDialog.getSaveFileName(parent, title, str(Path.home() / f"{name}.csv"), "CSV (*.csv)")
    if not chosen:
        return
    try:
        table.write(Path(chosen).with_suffix(".csv"))
    except StudioError as error:
        ask.warn(parent, QCoreApplication.translate("saving", "The table was not written"), str(error))
